import { createHash } from "node:crypto";
import { closeSync, fstatSync, openSync, readSync, readdirSync, statSync } from "node:fs";
import path from "node:path";
import { StoreError } from "../errors.js";
import { isLoggedEvent } from "./check-event.js";
import type { StoreEvent } from "./events.js";
import { isMissing, reason } from "./format.js";
import { NO_MANIFEST, type Manifest } from "./manifest.js";

/** An event with what its writer added. */
export type LoggedEvent = StoreEvent & {
  /** Sequence within the writer. */
  readonly q: number;
  /** Epoch ms. */
  readonly t: number;
};

/** New events of one log file. */
export interface LogPart {
  readonly file: string;
  /** A number that stands for the writer in the order of events. */
  readonly writer: number;
  readonly events: readonly LoggedEvent[];
  /** Lines that are no events. */
  readonly skipped: number;
  /** How far the file is consumed once these events are folded. */
  readonly end: number;
}

export interface GrownFile {
  readonly file: string;
  /** New bytes. */
  readonly bytes: number;
}

/** Something in the store that could not be used; everything else was. */
export interface StoreProblem {
  readonly file: string;
  readonly count: number;
  readonly what: string;
}

const NEWLINE = 10;
export const LOG_NAME = /^(.+)\.[^.]+\.jsonl$/;

/** Follows the logs of all processes by byte offset: only complete lines, each once. */
export class LogTail {
  readonly #folder: string;
  readonly #offsets = new Map<string, number>();
  readonly #writers = new Map<string, number>();
  readonly #problems = new Map<string, number>();

  /** @param from Begins after these bytes; `skipped` lines among them were no events. */
  constructor(root: string, from: Pick<Manifest, "watermarks" | "skipped"> = NO_MANIFEST) {
    this.#folder = path.join(root, "log");
    for (const [file, bytes] of Object.entries(from.watermarks)) this.#offsets.set(file, bytes);
    for (const [file, count] of Object.entries(from.skipped)) this.#problems.set(file, count);
  }

  /** What was consumed so far, by file: of those that are there, and of those that were consumed before. */
  consumed(): Pick<Manifest, "watermarks" | "skipped"> {
    return { watermarks: Object.fromEntries(this.#offsets), skipped: Object.fromEntries(this.#problems) };
  }

  /** Lines that are no events, by file; a last line without its end is not among them (its writer may be at it). */
  problems(): StoreProblem[] {
    return [...this.#problems].map(([file, count]) => ({
      file: path.join(this.#folder, file),
      count,
      what: "lines that are no events were skipped",
    }));
  }

  /** Files with bytes that are not consumed yet. */
  grown(): GrownFile[] {
    let names: string[];
    try {
      names = readdirSync(this.#folder);
    } catch (error) {
      if (isMissing(error)) return [];
      throw new StoreError(`Cannot read store: ${reason(error)}`, { cause: error });
    }
    return names.flatMap((file) => {
      if (!LOG_NAME.test(file)) return [];
      const bytes =
        (statSync(path.join(this.#folder, file), { throwIfNoEntry: false })?.size ?? 0) -
        (this.#offsets.get(file) ?? 0);
      return bytes > 0 ? [{ file, bytes }] : [];
    });
  }

  /** The new events of a file, when a line of it is complete; call `consume` with them once they are in the tables. */
  read({ file }: GrownFile): LogPart | undefined {
    const offset = this.#offsets.get(file) ?? 0;
    const bytes = this.#readLines(file, offset);
    if (!bytes) return undefined;
    const { events, skipped } = parseLines(bytes);
    return { file, writer: this.#writerOf(file), events, skipped, end: offset + bytes.length };
  }

  consume(part: LogPart): void {
    this.#offsets.set(part.file, part.end);
    if (part.skipped) this.#problems.set(part.file, (this.#problems.get(part.file) ?? 0) + part.skipped);
  }

  /** Everything from the offset to the last line's end; undefined when no line is complete, or the file has gone. */
  #readLines(file: string, offset: number): Buffer | undefined {
    let fd: number;
    try {
      fd = openSync(path.join(this.#folder, file), "r");
    } catch (error) {
      if (isMissing(error)) return undefined;
      throw new StoreError(`Cannot read log ${file}: ${reason(error)}`, { cause: error });
    }
    try {
      const bytes = Buffer.allocUnsafe(Math.max(0, fstatSync(fd).size - offset));
      let read = 0;
      while (read < bytes.length) {
        const more = readSync(fd, bytes, read, bytes.length - read, offset + read);
        if (more === 0) break;
        read += more;
      }
      const end = bytes.subarray(0, read).lastIndexOf(NEWLINE);
      return end < 0 ? undefined : bytes.subarray(0, end + 1);
    } finally {
      closeSync(fd);
    }
  }

  /** 48 bits of the name's hash: every process gives a writer the same number. */
  #writerOf(file: string): number {
    const name = LOG_NAME.exec(file)![1]!;
    let writer = this.#writers.get(name);
    if (writer === undefined)
      this.#writers.set(name, (writer = createHash("sha256").update(name).digest().readUIntBE(0, 6)));
    return writer;
  }
}

/** A line holds one event, or a list of events that belong together. */
export function parseLines(bytes: Buffer): { events: LoggedEvent[]; skipped: number } {
  const events: LoggedEvent[] = [];
  let skipped = 0;
  for (const line of bytes.toString("utf8").split("\n")) {
    if (line === "") continue;
    const parsed = parse(line);
    const list = Array.isArray(parsed) ? (parsed as unknown[]) : [parsed];
    if (list.length && list.every(isLoggedEvent)) for (const event of list) events.push(event);
    else skipped++;
  }
  return { events, skipped };
}

function parse(line: string): unknown {
  try {
    return JSON.parse(line) as unknown;
  } catch {
    return undefined;
  }
}
