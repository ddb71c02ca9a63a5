import { randomBytes } from "node:crypto";
import { closeSync, fsyncSync, openSync, renameSync, rmSync } from "node:fs";
import path from "node:path";

/** A name beside `file` that no other writer uses, and not longer than names may be. */
export function temporaryNameFor(file: string): string {
  const base = path.basename(file).slice(0, 50);
  return path.join(path.dirname(file), `.${base}.${process.pid}-${randomBytes(4).toString("hex")}.tmp`);
}

/**
 * Writes a file so that it is either the old one or the complete new one, also after a crash: `write` fills a temporary file
 * beside it, which is flushed to the disk and renamed over.
 */
export async function replaceFile(file: string, write: (temporary: string) => Promise<void> | void): Promise<void> {
  const temporary = temporaryNameFor(file);
  try {
    await write(temporary);
    flushToDisk(temporary);
    renameSync(temporary, file);
  } catch (error) {
    rmSync(temporary, { force: true });
    throw error;
  }
  flushToDisk(path.dirname(file));
}

/** fsync of a file, or of a folder after a rename in it. */
export function flushToDisk(file: string): void {
  let fd: number;
  try {
    fd = openSync(file, "r");
  } catch (error) {
    // Windows opens no folders; the rename itself is durable there.
    if (process.platform === "win32") return;
    throw error;
  }
  try {
    fsyncSync(fd);
  } catch (error) {
    if (process.platform !== "win32") throw error;
  } finally {
    closeSync(fd);
  }
}
