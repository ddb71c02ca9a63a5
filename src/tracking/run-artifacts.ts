import { copyFileSync, mkdirSync, readdirSync, statSync } from "node:fs";
import path from "node:path";
import { pathToFileURL } from "node:url";
import { toArquero } from "../engine/arquero.js";
import { InvalidArgumentError, LoadObjectError, MissingArtifactError, nearest } from "../errors.js";
import type { ArtifactFolder, WrittenFile } from "../store/artifact-folder.js";
import type { StagedFile } from "../store/staged-file.js";
import type { ArtifactEvent } from "../store/events.js";
import { readArtifacts, type ArtifactRow } from "../store/run-queries.js";
import type { LocalArtifact, Store } from "../store/store.js";
import { decodeArtifact, encodeArtifact, type EncodedArtifact } from "./codec.js";

export interface SaveOptions {
  /** Folder inside the run, such as `sig_analysis`; default its root. */
  readonly artifactPath?: string;
}

export interface ListArtifactsOptions {
  /** All names below the folder instead of one level; default false. */
  readonly recursive?: boolean;
}

interface ToSave {
  readonly name: string;
  readonly kind: string;
  readonly stage: () => Promise<StagedFile>;
}

/** The last text written by {@link RunArtifacts.saveSharedText}, by store and name. */
const shared = new Map<string, { text: string; file: string; written: WrittenFile }>();

/** The artifacts of one run: files in its folder, told to the store by events. */
export class RunArtifacts {
  readonly #store: Store;
  readonly #runId: string;
  readonly #files: ArtifactFolder;
  /** Saves of one run follow each other, so that of two with one name the later one stays. */
  #last: Promise<unknown> = Promise.resolve();

  constructor(store: Store, runId: string) {
    this.#store = store;
    this.#runId = runId;
    this.#files = store.artifacts(runId);
  }

  get folder(): string {
    return this.#files.folder;
  }
  get uri(): string {
    return pathToFileURL(this.#files.folder).href;
  }

  /** Resolves when nothing is being saved; a failed save is its caller's. */
  async settled(): Promise<void> {
    await this.#last;
  }

  saveObjects(objects: readonly (readonly [string, unknown])[], { artifactPath }: SaveOptions): Promise<void> {
    // All names and values are looked at before the first is written: nothing is written of a faulty call, nor of what is changed after it.
    const encoded = objects.map(
      ([name, value]) => [this.#place(withoutEnding(name), artifactPath), encodeArtifact(name, value)] as const,
    );
    return this.#inTurn(async () => {
      await this.#checkFree(encoded.map(([name, { extension }]) => ({ name, path: name + extension })));
      await this.#save(
        encoded.map(([name, artifact]) => ({ name, kind: artifact.kind, stage: () => this.#stage(name, artifact) })),
      );
    });
  }

  saveFiles(localPath: string, { artifactPath }: SaveOptions): Promise<void> {
    const source = path.resolve(localPath);
    const stat = statSync(source, { throwIfNoEntry: false });
    if (!stat) throw new InvalidArgumentError(`Cannot save files: "${localPath}" does not exist`);
    const files = stat.isDirectory() ? filesBelow(source) : [path.basename(source)];
    const base = stat.isDirectory() ? source : path.dirname(source);
    const places = files.map((file) => this.#place(file.split(path.sep).join("/"), artifactPath));
    return this.#inTurn(async () => {
      await this.#checkFree(places.map((name) => ({ name, path: name })));
      const stage = (i: number) => this.#files.stageCopy(places[i]!, path.join(base, files[i]!));
      await this.#save(places.map((name, i) => ({ name, kind: "file", stage: () => stage(i) })));
    });
  }

  /**
   * Saves a text that many runs have in common: the file of a run that has the same is linked, which costs no flush to
   * the disk.
   */
  saveSharedText(name: string, text: string): Promise<void> {
    return this.#inTurn(async () => {
      const key = `${this.#store.root}\0${name}`;
      const written = this.#linkShared(key, name, text) ?? (await this.#files.write(`${name}.txt`, text));
      shared.set(key, { text, file: this.#files.resolve(written.path), written });
      this.#announce([this.#event(name, "text", written)]);
    });
  }

  #linkShared(key: string, name: string, text: string): WrittenFile | undefined {
    const before = shared.get(key);
    if (before?.text !== text) return undefined;
    try {
      return this.#files.linkIn(`${name}.txt`, before.file, before.written);
    } catch {
      // The other run is gone, or the file system has no links.
      return undefined;
    }
  }

  async loadObject(name: string): Promise<unknown> {
    await this.#last;
    const row = await this.#get(name);
    const { files, path: file } = await this.#find(row);
    try {
      if (row.kind === "table") return toArquero(await files.readTable(file));
      const content = files.read(file);
      if (content.length !== row.bytes)
        throw new Error(`the file has ${content.length} bytes, ${row.bytes} were written`);
      return await decodeArtifact(row.kind, content);
    } catch (error) {
      if (error instanceof MissingArtifactError) throw error;
      const reason = error instanceof Error ? error.message : String(error);
      throw new LoadObjectError(
        `Cannot load "${name}" of run ${this.#runId}: ${reason}\n  file: ${path.join(this.folder, row.path)}`,
        { cause: error },
      );
    }
  }

  async has(name: string): Promise<boolean> {
    await this.#last;
    return findArtifact(await this.#rows(), name) !== undefined;
  }

  async list(folder = "", { recursive = false }: ListArtifactsOptions = {}): Promise<string[]> {
    await this.#last;
    if (folder !== "") this.#files.resolve(folder);
    const prefix = folder === "" ? "" : `${folder}/`;
    const below = (await this.#rows()).map(({ name }) => name).filter((name) => name.startsWith(prefix));
    const shown = recursive ? below : below.map((name) => prefix + name.slice(prefix.length).split("/")[0]!);
    return [...new Set(shown)].sort();
  }

  async download(name: string, folder?: string): Promise<string> {
    await this.#last;
    const row = await this.#get(name);
    const found = await this.#find(row);
    const file = found.files.resolve(found.path);
    if (!found.files.has(found.path))
      throw new MissingArtifactError(`Cannot download "${name}": its file ${file} is gone`, [row.path]);
    if (folder === undefined) return file;
    const copy = path.resolve(folder, path.basename(file));
    mkdirSync(path.dirname(copy), { recursive: true });
    copyFileSync(file, copy);
    return copy;
  }

  /** Where its file lies: in the run's folder, or where it was fetched to. */
  async #find(row: ArtifactRow): Promise<LocalArtifact> {
    if (this.#store.sharing.address === undefined) {
      this.#files.settle(row);
      return { files: this.#files, path: row.path };
    }
    return this.#store.artifactFile({ run: this.#runId, ...row });
  }

  #rows(): Promise<ArtifactRow[]> {
    return readArtifacts(this.#store, this.#runId);
  }

  async #get(name: string): Promise<ArtifactRow> {
    const rows = await this.#rows();
    const row = findArtifact(rows, name);
    if (row) return row;
    const names = rows.map((each) => each.name).sort();
    const near = nearest(name, names);
    throw new MissingArtifactError(
      `Cannot load "${name}" of run ${this.#runId}: there is no such artifact\n  there are: ${names.join(", ") || "none"}${near === undefined ? "" : `\n  did you mean "${near}"?`}`,
      [name],
    );
  }

  /** Full name of an artifact, checked. */
  #place(name: string, artifactPath: string | undefined): string {
    const full = artifactPath === undefined || artifactPath === "" ? name : `${artifactPath}/${name}`;
    this.#files.resolve(full);
    return full;
  }

  /** A text `a` lies in `a.txt`, and so would a file saved as `a.txt`: one of the two is refused. */
  async #checkFree(wanted: readonly { name: string; path: string }[]): Promise<void> {
    const ownerOf = new Map((await this.#rows()).map((row) => [row.path, row.name]));
    for (const { name, path: file } of wanted) {
      const owner = ownerOf.get(file) ?? name;
      if (owner !== name)
        throw new InvalidArgumentError(
          `Cannot save "${name}": its file ${file} holds artifact "${owner}" already\n  choose another name`,
        );
      ownerOf.set(file, name);
    }
  }

  #stage(name: string, artifact: EncodedArtifact): Promise<StagedFile> {
    const file = `${name}${artifact.extension}`;
    return artifact.kind === "table"
      ? this.#files.stageTable(file, artifact.table)
      : this.#files.stage(file, artifact.content);
  }

  /**
   * All of it or nothing, whenever this process dies: what takes the place of another version does so after it is logged, and
   * a reader does it where this process no longer can; what is new is there before it is logged.
   */
  async #save(objects: readonly ToSave[]): Promise<void> {
    const staged: StagedFile[] = [];
    try {
      for (const { stage } of objects) staged.push(await stage());
    } catch (error) {
      for (const file of staged) file.discard();
      throw error;
    }
    const later = staged.filter((file) => {
      if (file.isNew) file.place();
      else return true;
    });
    this.#announce(objects.map(({ name, kind }, i) => this.#event(name, kind, staged[i]!.written)));
    for (const file of later) file.place();
  }

  #event(name: string, kind: string, written: WrittenFile): ArtifactEvent {
    return { e: "a", r: this.#runId, name, kind, ...written };
  }

  #announce(events: readonly ArtifactEvent[]): void {
    if (events.length) this.#store.append(events);
  }

  #inTurn(work: () => Promise<void>): Promise<void> {
    const turn = this.#last.then(work);
    this.#last = turn.catch(() => undefined);
    return turn;
  }
}

/** By its name; else without the ending that recipes for pickled or Parquet files write. */
function findArtifact(rows: readonly ArtifactRow[], name: string): ArtifactRow | undefined {
  const plain = withoutEnding(name);
  return rows.find((row) => row.name === name) ?? rows.find((row) => row.name === plain);
}

/** `pred` for `pred.pkl` and `pred.parquet`. */
export function withoutEnding(name: string): string {
  if (typeof name !== "string")
    throw new InvalidArgumentError(
      `Cannot find an artifact: its name is ${String(name)}, a text such as "pred" is expected`,
    );
  return name.replace(/\.(pkl|parquet)$/, "");
}

function filesBelow(folder: string): string[] {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => path.relative(folder, path.join(entry.parentPath, entry.name)))
    .sort();
}
