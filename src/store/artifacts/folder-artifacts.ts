import { copyFileSync, mkdirSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import path from "node:path";
import { replaceFile } from "../../engine/durable-file.js";
import { MissingArtifactError, StoreError } from "../../errors.js";
import { host } from "../../host/host.js";
import { ArtifactFolder } from "../artifact-folder.js";
import { isMissing, reason } from "../format.js";
import { changedArtifact, hashOf } from "./artifact-hash.js";
import type { ArtifactRef, ArtifactStore, StoredArtifact } from "./artifact-store.js";

const OWNER = "artifacts.owner";

/** The files of runs in a folder, `artifacts/<run id>/<path>`: what every store begins with. */
export class FolderArtifacts implements ArtifactStore {
  readonly address: string;
  readonly #root: string;

  /** @param root Folder of a store; made with the first file. */
  constructor(root: string) {
    this.#root = path.resolve(root);
    this.address = path.join(this.#root, "artifacts");
  }

  keyOf(artifact: ArtifactRef): string {
    return artifact.path;
  }

  async put(artifact: ArtifactRef, file: string): Promise<void> {
    const target = this.#fileOf(artifact);
    try {
      mkdirSync(path.dirname(target), { recursive: true });
      await replaceFile(target, (temporary) => copyChecked(artifact, file, temporary, path.dirname(file)));
    } catch (error) {
      throw this.#failed(error, artifact, "keep");
    }
  }

  async get(artifact: ArtifactRef, file: string): Promise<void> {
    const source = this.#fileOf(artifact);
    try {
      mkdirSync(path.dirname(file), { recursive: true });
      await replaceFile(file, (temporary) => copyChecked(artifact, source, temporary, this.address));
    } catch (error) {
      throw this.#failed(error, artifact, "fetch");
    }
  }

  async has(artifact: ArtifactRef): Promise<boolean> {
    return statSync(this.#fileOf(artifact), { throwIfNoEntry: false })?.size === artifact.bytes;
  }

  async verify(artifact: ArtifactRef): Promise<void> {
    try {
      const found = await hashOf(this.#fileOf(artifact));
      if (found !== artifact.sha256) throw changedArtifact(artifact, this.address, `sha256 ${found}`);
    } catch (error) {
      throw this.#failed(error, artifact, "read");
    }
  }

  async list(run?: string): Promise<StoredArtifact[]> {
    const runs = run === undefined ? namesIn(this.address) : [run];
    const found: StoredArtifact[] = [];
    for (const each of runs) {
      await host.breathe();
      const files = new ArtifactFolder(this.#root, each);
      for (const key of files.list()) {
        const stat = statSync(files.resolve(key), { throwIfNoEntry: false });
        if (stat) found.push({ run: each, key, bytes: stat.size });
      }
    }
    return found;
  }

  async remove(run: string): Promise<void> {
    rmSync(new ArtifactFolder(this.#root, run).folder, { recursive: true, force: true });
  }

  async owner(): Promise<string | undefined> {
    try {
      return readFileSync(path.join(this.#root, OWNER), "utf8").trim();
    } catch (error) {
      if (isMissing(error)) return undefined;
      throw new StoreError(`Cannot read ${path.join(this.#root, OWNER)}: ${reason(error)}`, { cause: error });
    }
  }

  async claim(owner: string): Promise<void> {
    mkdirSync(this.#root, { recursive: true });
    await replaceFile(path.join(this.#root, OWNER), (temporary) => writeFileSync(temporary, `${owner}\n`));
  }

  #fileOf({ run, path: relative }: ArtifactRef): string {
    return new ArtifactFolder(this.#root, run).resolve(relative);
  }

  #failed(error: unknown, { run, path: relative }: ArtifactRef, action: string): unknown {
    if (isMissing(error))
      return new MissingArtifactError(
        `Cannot ${action} artifact "${relative}" of run ${run}: there is no such file in ${this.address}`,
        [relative],
        { cause: error },
      );
    if (!(error instanceof Error) || !("code" in error)) return error;
    return new StoreError(`Cannot ${action} artifact "${relative}" of run ${run}: ${reason(error)}`, { cause: error });
  }
}

async function copyChecked(artifact: ArtifactRef, from: string, to: string, place: string): Promise<void> {
  copyFileSync(from, to);
  const found = await hashOf(to);
  if (found !== artifact.sha256) throw changedArtifact(artifact, place, `sha256 ${found}`);
}

function namesIn(folder: string): string[] {
  try {
    return readdirSync(folder, { withFileTypes: true })
      .filter((entry) => entry.isDirectory())
      .map(({ name }) => name)
      .sort();
  } catch (error) {
    if (isMissing(error)) return [];
    throw error;
  }
}
