import {
  closeSync,
  constants,
  fdatasyncSync,
  fstatSync,
  mkdirSync,
  openSync,
  readSync,
  readdirSync,
  statSync,
} from "node:fs";
import { writeSync } from "node:fs";
import path from "node:path";
import { ensureFormat, isMissing } from "../format.js";
import { LOG_NAME } from "../log-tail.js";
import type { LogPiece } from "./event-log.js";
import type { Received } from "./team-state.js";

/** A piece is about so long, or one line. */
const PIECE_BYTES = 2_000_000;
/** Nobody adds to a file that nothing was added to for so long: it may be deleted at any moment. */
const IDLE_MS = 600_000;
const NEWLINE = 10;

/** Names and lengths of the logs in a store. */
export function logLengths(root: string): Map<string, number> {
  const folder = path.join(root, "log");
  let names: string[];
  try {
    names = readdirSync(folder);
  } catch (error) {
    if (isMissing(error)) return new Map();
    throw error;
  }
  return new Map(
    names.flatMap((name) => {
      const size = LOG_NAME.test(name) && statSync(path.join(folder, name), { throwIfNoEntry: false })?.size;
      return size ? [[name, size] as const] : [];
    }),
  );
}

/** The whole lines from a place on; undefined when there is none, or the file has gone. */
export function readPiece(root: string, file: string, start: number): LogPiece | undefined {
  let fd: number;
  try {
    fd = openSync(path.join(root, "log", file), "r");
  } catch (error) {
    if (isMissing(error)) return undefined;
    throw error;
  }
  try {
    const { size } = fstatSync(fd);
    for (let length = PIECE_BYTES; ; length *= 4) {
      const bytes = Buffer.allocUnsafe(Math.max(0, Math.min(length, size - start)));
      const read = readSync(fd, bytes, 0, bytes.length, start);
      const end = bytes.subarray(0, read).lastIndexOf(NEWLINE) + 1;
      if (end > 0) return { file, start, bytes: bytes.subarray(0, end) };
      if (start + length >= size) return undefined;
    }
  } finally {
    closeSync(fd);
  }
}

/**
 * Writes a piece of another store's log at its place; written again, it is the same. When the file it continues has gone,
 * or may go at any moment, the piece begins a file of its own.
 *
 * @param before What is known of the file so far. @returns What is known now; the same when all of the piece was here.
 */
export function writePiece(
  root: string,
  { file, start, bytes }: LogPiece,
  before: Received | undefined,
  now: number,
): Received {
  const end = start + bytes.length;
  if (before && end <= before.end) return before;
  const folder = path.join(root, "log");
  ensureFormat(root);
  mkdirSync(folder, { recursive: true });
  const known = before ?? { name: file, base: 0, end: 0 };
  const stat = statSync(path.join(folder, known.name), { throwIfNoEntry: false });
  const offset = start - known.base;
  // More than what precedes it is there: a process that was killed had begun to write this very piece.
  const wasBegun = stat !== undefined && stat.size > offset;
  const isRecent = stat !== undefined && stat.size === offset && now - stat.mtimeMs < IDLE_MS;
  const goesOn = wasBegun || isRecent || (stat === undefined && offset === 0);
  const at = goesOn ? known : { name: file.replace(/\.jsonl$/, `@${start}.jsonl`), base: start };
  const fd = openSync(path.join(folder, at.name), constants.O_WRONLY | constants.O_CREAT);
  try {
    for (let done = 0; done < bytes.length;)
      done += writeSync(fd, bytes, done, bytes.length - done, start - at.base + done);
  } finally {
    closeSync(fd);
  }
  return { name: at.name, base: at.base, end, time: now };
}

/** Puts received files on the disk. */
export function syncFiles(root: string, names: Iterable<string>): void {
  for (const name of names) {
    try {
      const fd = openSync(path.join(root, "log", name), "r+");
      try {
        fdatasyncSync(fd);
      } finally {
        closeSync(fd);
      }
    } catch (error) {
      if (!isMissing(error)) throw error;
    }
  }
}
