import {
  copyFileSync,
  linkSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  realpathSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import path from "node:path";
import type { EngineTable } from "../engine/columns.js";
import { flushToDisk, temporaryNameFor } from "../engine/durable-file.js";
import { getEngine } from "../engine/engine.js";
import { InvalidArgumentError, MissingArtifactError, StoreError } from "../errors.js";
import { hashOf } from "./artifacts/artifact-hash.js";
import { isMissing, reason } from "./format.js";
import { placeStaged, StagedFile, type WrittenFile } from "./staged-file.js";

export type { WrittenFile } from "./staged-file.js";

/** Bytes of UTF-8 that disks take in a name. */
const LONGEST_NAME = 255;

/** The files of one run, `artifacts/<run id>/…`. Each is written beside, flushed and renamed: it is the old one or the complete new one. */
export class ArtifactFolder {
  /** Absolute; made at the first write. */
  readonly folder: string;

  constructor(root: string, runId: string) {
    if (!/^[A-Za-z0-9][A-Za-z0-9._-]*$/.test(runId))
      throw new InvalidArgumentError(
        `Cannot use run id "${runId}" as a folder: letters, digits, ".", "_" and "-" expected`,
      );
    this.folder = path.join(root, "artifacts", runId);
  }

  /**
   * Absolute path of a file in the folder.
   * @throws InvalidArgumentError for a path that leads out: absolute, with `..`, or through a symbolic link.
   */
  resolve(relative: string): string {
    const parts = relative.split("/");
    const wrong =
      parts.some((part) => part === "" || part === "." || part === "..") ||
      /[\0\\]/.test(relative) ||
      /^[A-Za-z]:/.test(relative);
    if (wrong)
      throw new InvalidArgumentError(
        `Cannot use artifact path "${relative}": it must be relative, with "/" between plain names and without ".."`,
      );
    const long = parts.find((part) => Buffer.byteLength(part) > LONGEST_NAME);
    if (long !== undefined)
      throw new InvalidArgumentError(
        `Cannot use artifact path "${relative.slice(0, 60)}…": "${long.slice(0, 40)}…" has ${Buffer.byteLength(long)} bytes, its ending included\n  expected: at most ${LONGEST_NAME} between two "/"`,
      );
    const full = path.join(this.folder, ...parts);
    this.#checkLinks(relative, full);
    return full;
  }

  /** Writes text or bytes. @param relative Such as `sig_analysis/ic.json`. */
  async write(relative: string, content: string | Uint8Array): Promise<WrittenFile> {
    return this.#placed(await this.stage(relative, content));
  }

  /** Copies a file as it is. */
  async copyIn(relative: string, source: string): Promise<WrittenFile> {
    return this.#placed(await this.stageCopy(relative, source));
  }

  /** As {@link write}, but the file does not take its place yet. */
  stage(relative: string, content: string | Uint8Array): Promise<StagedFile> {
    return this.#stage(relative, (temporary) => writeFileSync(temporary, content));
  }

  stageCopy(relative: string, source: string): Promise<StagedFile> {
    return this.#stage(relative, (temporary) => copyFileSync(source, temporary));
  }

  /** A table as Parquet, sorted by (datetime, instrument) as far as it has these columns. */
  async stageTable(relative: string, table: EngineTable): Promise<StagedFile> {
    const orderBy = ["datetime", "instrument"].filter((key) => table.columns.has(key));
    const engine = await getEngine();
    return this.#stage(relative, (temporary) => engine.writeParquet(temporary, table, { orderBy }));
  }

  /** Puts the version that was logged in its place, where its writer died before it could. */
  settle({ path: relative, sha256 }: Pick<WrittenFile, "path" | "sha256">): void {
    try {
      placeStaged(this.resolve(relative), sha256);
    } catch {
      // The folder cannot be written: the version before it stays, and whoever reads says so.
    }
  }

  /** Another run's file, safe on the disk already, under a name of this run; nothing is copied. @throws StoreError where that cannot be. */
  linkIn(relative: string, source: string, written: WrittenFile): WrittenFile {
    const file = this.resolve(relative);
    try {
      mkdirSync(path.dirname(file), { recursive: true });
      linkSync(source, file);
    } catch (error) {
      throw new StoreError(`Cannot link artifact "${relative}": ${reason(error)}`, { cause: error });
    }
    return { ...written, path: relative };
  }

  async writeTable(relative: string, table: EngineTable): Promise<WrittenFile> {
    return this.#placed(await this.stageTable(relative, table));
  }

  /** @throws MissingArtifactError when there is no such file, StoreError when it cannot be read. */
  read(relative: string): Buffer {
    return this.#get(relative, (file) => readFileSync(file));
  }

  async readTable(relative: string, options: { columns?: readonly string[] } = {}): Promise<EngineTable> {
    this.#get(relative, statSync);
    return (await getEngine()).readParquet(this.resolve(relative), options);
  }

  has(relative: string): boolean {
    return statSync(this.resolve(relative), { throwIfNoEntry: false })?.isFile() ?? false;
  }

  /** Files below a folder (default: all), as relative paths in ascending order; unfinished files of a crashed writer are left out. */
  list(below = ""): string[] {
    const start = below === "" ? this.folder : this.resolve(below);
    return this.#walk(start, below === "" ? "" : `${below}/`).sort();
  }

  #walk(folder: string, prefix: string): string[] {
    let entries;
    try {
      entries = readdirSync(folder, { withFileTypes: true });
    } catch (error) {
      if (isMissing(error)) return [];
      throw new StoreError(`Cannot list ${folder}: ${reason(error)}`, { cause: error });
    }
    return entries.flatMap((entry) => {
      if (entry.isDirectory()) return this.#walk(path.join(folder, entry.name), `${prefix}${entry.name}/`);
      return entry.isFile() && !/^\..*\.tmp$/.test(entry.name) ? [`${prefix}${entry.name}`] : [];
    });
  }

  async #stage(relative: string, fill: (temporary: string) => Promise<void> | void): Promise<StagedFile> {
    const file = this.resolve(relative);
    const temporary = temporaryNameFor(file);
    try {
      mkdirSync(path.dirname(file), { recursive: true });
      await fill(temporary);
      flushToDisk(temporary);
      const { size: bytes } = statSync(temporary);
      return new StagedFile(file, temporary, { path: relative, bytes, sha256: await hashOf(temporary) });
    } catch (error) {
      rmSync(temporary, { force: true });
      throw unwritten(relative, error);
    }
  }

  #placed(staged: StagedFile): WrittenFile {
    try {
      staged.place();
    } catch (error) {
      staged.discard();
      throw unwritten(staged.written.path, error);
    }
    return staged.written;
  }

  #get<T>(relative: string, read: (file: string) => T): T {
    const file = this.resolve(relative);
    try {
      return read(file);
    } catch (error) {
      if (isMissing(error))
        throw new MissingArtifactError(
          `Cannot read artifact "${relative}": there is no such file in ${this.folder}`,
          [relative],
          { cause: error },
        );
      throw new StoreError(`Cannot read artifact "${relative}": ${reason(error)}`, { cause: error });
    }
  }

  /** A link on the way may lead anywhere, so what exists of the path must lie below the run's folder. */
  #checkLinks(relative: string, full: string): void {
    for (let at = full; at.length >= this.folder.length; at = path.dirname(at)) {
      if (!lstatSync(at, { throwIfNoEntry: false })) continue;
      const real = safeRealPath(at);
      const home = safeRealPath(this.folder);
      if (real === undefined || home === undefined || !inside(home, real)) {
        throw new InvalidArgumentError(
          `Cannot use artifact path "${relative}": a symbolic link on it leads outside the run's folder`,
        );
      }
      return;
    }
  }
}

const unwritten = (relative: string, error: unknown): StoreError =>
  new StoreError(`Cannot write artifact "${relative}": ${reason(error)}\n  an earlier version of it is intact`, {
    cause: error,
  });

const inside = (home: string, file: string) => file === home || file.startsWith(home + path.sep);

function safeRealPath(file: string): string | undefined {
  try {
    return realpathSync(file);
  } catch {
    return undefined;
  }
}
