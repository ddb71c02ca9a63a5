import { createHash } from "node:crypto";
import { existsSync, renameSync, rmSync } from "node:fs";
import path from "node:path";
import { flushToDisk } from "../engine/durable-file.js";
import { isMissing } from "./format.js";

/** What was written, as an artifact event wants it. */
export interface WrittenFile {
  /** Below the run's folder, with `/`. */
  readonly path: string;
  readonly bytes: number;
  readonly sha256: string;
}

/**
 * A complete version of a file, on the disk beside the place it is for. Its name says which version of which file it is, so
 * that any process can put it there when its writer has died in between.
 */
export class StagedFile {
  readonly written: WrittenFile;
  readonly #file: string;

  /** @param temporary What has been filled; takes the name of a staged file. */
  constructor(file: string, temporary: string, written: WrittenFile) {
    this.#file = file;
    this.written = written;
    renameSync(temporary, stagedName(file, written.sha256));
  }

  /** Whether nothing is in its place now. */
  get isNew(): boolean {
    return !existsSync(this.#file);
  }

  /** Puts it there: whoever reads has the old version or this one. */
  place(): void {
    // A reader may have done it.
    if (!placeStaged(this.#file, this.written.sha256) && !existsSync(this.#file))
      throw new Error(`${this.#file} was removed while it was written`);
  }

  discard(): void {
    rmSync(stagedName(this.#file, this.written.sha256), { force: true });
  }
}

/** Where a version of a file waits. Whatever ends in `.tmp` is no artifact. */
export function stagedName(file: string, sha256: string): string {
  const base = path.basename(file);
  const version = createHash("sha256").update(`${base}\0${sha256}`).digest("hex").slice(0, 16);
  return path.join(path.dirname(file), `.${base.slice(0, 50)}.${version}.tmp`);
}

/** @returns Whether the version waited for it. */
export function placeStaged(file: string, sha256: string): boolean {
  try {
    renameSync(stagedName(file, sha256), file);
  } catch (error) {
    if (isMissing(error)) return false;
    throw error;
  }
  flushToDisk(path.dirname(file));
  return true;
}
