import { linkSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import path from "node:path";
import { flushToDisk, temporaryNameFor } from "../engine/durable-file.js";
import { StoreError } from "../errors.js";
import { FORMAT_VERSION, isMissing, reason } from "./format.js";

/** What one generation of the store consists of, besides the logs' bytes after the watermarks. Never changed once published. */
export interface Manifest {
  readonly format: number;
  readonly generation: number;
  /** Below `base/`; null before the first. */
  readonly base: string | null;
  /** Names below `delta/`, each of several Parquet files `<name>.<table>.parquet`. */
  readonly deltas: readonly Delta[];
  /** Log file → bytes that the base and the deltas hold. */
  readonly watermarks: Readonly<Record<string, number>>;
  /** Log file → lines among those bytes that were no events. */
  readonly skipped: Readonly<Record<string, number>>;
}

export interface Delta {
  readonly name: string;
  /** Tables it has rows of. */
  readonly tables: readonly string[];
  readonly bytes: number;
}

/** A copy of the newest base for other clients: a lock that one of them takes never reaches the base itself. */
export const SNAPSHOT_FILE = "runs.duckdb";

export const NO_MANIFEST: Manifest = {
  format: FORMAT_VERSION,
  generation: 0,
  base: null,
  deltas: [],
  watermarks: {},
  skipped: {},
};

const NAME = /^MANIFEST-(\d{8,})$/;
const nameOf = (generation: number) => `MANIFEST-${String(generation).padStart(8, "0")}`;

export const deltaFile = (root: string, { name }: Pick<Delta, "name">, table: string) =>
  path.join(root, "delta", `${name}.${table}.parquet`);
export const baseFile = (root: string, base: string) => path.join(root, "base", base);
export const manifestFile = (root: string, generation: number) => path.join(root, nameOf(generation));

/** Generations whose manifests are there, ascending. */
export function listGenerations(root: string): number[] {
  let names: string[];
  try {
    names = readdirSync(root);
  } catch (error) {
    if (isMissing(error)) return [];
    throw new StoreError(`Cannot read store ${root}: ${reason(error)}`, { cause: error });
  }
  return names
    .flatMap((name) => {
      const generation = NAME.exec(name)?.[1];
      return generation === undefined ? [] : [Number(generation)];
    })
    .sort((a, b) => a - b);
}

export const newestGeneration = (root: string) => listGenerations(root).at(-1) ?? 0;

/** The newest manifest; `NO_MANIFEST` for a store that was never compacted. */
export function readNewestManifest(root: string): Manifest {
  for (;;) {
    const newest = newestGeneration(root);
    if (newest === 0) return NO_MANIFEST;
    const manifest = readManifest(root, newest);
    // Gone between the two looks: a newer one is there.
    if (manifest) return manifest;
  }
}

/** @throws StoreError for a newer format, or a file that is no manifest. */
export function readManifest(root: string, generation: number): Manifest | undefined {
  const file = manifestFile(root, generation);
  let text: string;
  try {
    text = readFileSync(file, "utf8");
  } catch (error) {
    if (isMissing(error)) return undefined;
    throw new StoreError(`Cannot read store ${root}: ${reason(error)}`, { cause: error });
  }
  let manifest: Manifest;
  try {
    manifest = JSON.parse(text) as Manifest;
  } catch (error) {
    throw new StoreError(
      `Cannot read store ${root}: ${path.basename(file)} is damaged\n  put it back from a backup; \`alphabook store doctor\` tells more`,
      { cause: error },
    );
  }
  if (manifest.format > FORMAT_VERSION)
    throw new StoreError(
      `Cannot read store ${root}: ${path.basename(file)} has format ${manifest.format}, this version of alphabook reads up to ${FORMAT_VERSION}\n  update alphabook, or choose another folder with ALPHABOOK_STORE`,
    );
  return manifest;
}

/** Makes a generation the newest one, unless another process made one of its number first: then false. */
export function publishManifest(root: string, manifest: Manifest): boolean {
  const file = manifestFile(root, manifest.generation);
  const temporary = temporaryNameFor(file);
  try {
    writeFileSync(temporary, JSON.stringify(manifest), { flush: true });
    try {
      linkSync(temporary, file);
    } catch (error) {
      // A network file system may repeat a request that had been done and call that a failure.
      if (statSync(temporary).nlink !== 2) {
        if ((error as NodeJS.ErrnoException).code === "EEXIST") return false;
        throw error;
      }
    }
    flushToDisk(root);
    return true;
  } finally {
    rmSync(temporary, { force: true });
  }
}
