import { closeSync, fstatSync, openSync, readSync, writeSync } from "node:fs";
import type { TaskFailure } from "../pool-task.js";
import { isGone, randomName, type PoolFolder } from "./pool-folder.js";

/** What is known of a task beyond its definition and the name of its state. Written once, before a state names it. */
export interface TaskNote {
  readonly result?: unknown;
  readonly error?: TaskFailure;
  /** Its file cannot be read; never written. */
  readonly damage?: string;
  readonly worker?: string;
  /** Epoch ms. */
  readonly startedAt?: number;
  readonly finishedAt?: number;
}

/** No note. */
export const NO_NOTE = "0";
const FOLDER = "note";
const NAME_DIGITS = 12;
const NEWLINE = 10;
const READ_BYTES = 4096;

/**
 * The notes that an opened pool writes: lines of one file of its own. A new file for each would cost ten times as much, and all
 * workers would wait for one another in the folder.
 */
export class TaskNotes {
  readonly #folder: PoolFolder;
  #file: string | undefined;

  constructor(folder: PoolFolder) {
    this.#folder = folder;
  }

  /** @returns What a state calls it by: the file's name, and where its line begins. */
  write(note: TaskNote): string {
    this.#file ??= randomName();
    const line = Buffer.from(`${JSON.stringify(note)}\n`);
    const file = openSync(fileOf(this.#folder, this.#file), "a");
    try {
      for (let at = 0; at < line.length;) at += writeSync(file, line, at);
      return `${this.#file}${(fstatSync(file).size - line.length).toString(16)}`;
    } finally {
      closeSync(file);
    }
  }

  /** Empty when there is none. */
  read(name: string): TaskNote {
    if (name === NO_NOTE) return {};
    const file = fileOf(this.#folder, name.slice(0, NAME_DIGITS));
    try {
      return JSON.parse(lineAt(file, Number.parseInt(name.slice(NAME_DIGITS), 16))) as TaskNote;
    } catch (error) {
      if (isGone(error)) return {};
      if (error instanceof SyntaxError) return { damage: damageOf(file, error) };
      throw error;
    }
  }
}

/** The line that begins there. */
function lineAt(file: string, start: number): string {
  const handle = openSync(file, "r");
  try {
    const parts: Buffer[] = [];
    for (let at = start; ;) {
      const part = Buffer.alloc(READ_BYTES);
      const count = readSync(handle, part, 0, READ_BYTES, at);
      const end = part.subarray(0, count).indexOf(NEWLINE);
      parts.push(part.subarray(0, end < 0 ? count : end));
      if (end >= 0 || count === 0) return Buffer.concat(parts).toString();
      at += count;
    }
  } finally {
    closeSync(handle);
  }
}

const fileOf = (folder: PoolFolder, name: string) => folder.file(FOLDER, `${name}.jsonl`);

/** What is told of a file that is no JSON any more. */
export function damageOf(file: string, { message }: SyntaxError): string {
  return `${file} is damaged: ${message}\n  remove the task and submit it again`;
}
