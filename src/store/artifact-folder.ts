import { createHash } from "node:crypto";
import {
  copyFileSync,
  linkSync,
  createReadStream,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  realpathSync,
  statSync,
  writeFileSync,
} from "node:fs";
import path from "node:path";
import { pipeline } from "node:stream/promises";
import type { EngineTable } from "../engine/columns.js";
import { replaceFile } from "../engine/durable-file.js";
import { getEngine } from "../engine/engine.js";
import { InvalidArgumentError, MissingArtifactError, StoreError } from "../errors.js";
import { isMissing, reason } from "./format.js";

/** What was written, as an artifact event wants it. */
export interface WrittenFile {
  /** Below the run's folder, with `/`. */
  readonly path: string;
  readonly bytes: number;
  readonly sha256: string;
}

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
    return this.#put(relative, (temporary) => writeFileSync(temporary, content));
  }

  /** Copies a file as it is. */
  async copyIn(relative: string, source: string): Promise<WrittenFile> {
    return this.#put(relative, (temporary) => copyFileSync(source, temporary));
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

  /** Writes a table as Parquet, sorted by (datetime, instrument) as far as it has these columns. */
  async writeTable(relative: string, table: EngineTable): Promise<WrittenFile> {
    const orderBy = ["datetime", "instrument"].filter((key) => table.columns.has(key));
    const engine = await getEngine();
    return this.#put(relative, (temporary) => engine.writeParquet(temporary, table, { orderBy }));
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

  async #put(relative: string, fill: (temporary: string) => Promise<void> | void): Promise<WrittenFile> {
    const file = this.resolve(relative);
    let bytes = 0;
    let sha256 = "";
    try {
      mkdirSync(path.dirname(file), { recursive: true });
      await replaceFile(file, async (temporary) => {
        await fill(temporary);
        bytes = statSync(temporary).size;
        const hash = createHash("sha256");
        await pipeline(createReadStream(temporary), hash);
        sha256 = hash.digest("hex");
      });
    } catch (error) {
      throw new StoreError(
        `Cannot write artifact "${relative}": ${reason(error)}\n  an earlier version of it is intact`,
        { cause: error },
      );
    }
    return { path: relative, bytes, sha256 };
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

const inside = (home: string, file: string) => file === home || file.startsWith(home + path.sep);

function safeRealPath(file: string): string | undefined {
  try {
    return realpathSync(file);
  } catch {
    return undefined;
  }
}
