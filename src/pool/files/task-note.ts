import { readFileSync, writeFileSync } from "node:fs";
import type { TaskFailure } from "../pool-task.js";
import { isGone, type PoolFolder } from "./pool-folder.js";

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

const fileOf = (folder: PoolFolder, id: string, note: string) => folder.file("note", `${id}.${note}.json`);

export function writeNote(folder: PoolFolder, id: string, note: string, content: TaskNote): void {
  writeFileSync(fileOf(folder, id, note), JSON.stringify(content));
}

/** Empty when there is none. */
export function readNote(folder: PoolFolder, id: string, note: string): TaskNote {
  if (note === "0") return {};
  try {
    return JSON.parse(readFileSync(fileOf(folder, id, note), "utf8")) as TaskNote;
  } catch (error) {
    if (isGone(error)) return {};
    if (error instanceof SyntaxError) return { damage: damageOf(fileOf(folder, id, note), error) };
    throw error;
  }
}

/** What is told of a file that is no JSON any more. */
export function damageOf(file: string, { message }: SyntaxError): string {
  return `${file} is damaged: ${message}\n  remove the task and submit it again`;
}

export function removeNote(folder: PoolFolder, id: string, note: string): void {
  if (note !== "0") folder.remove("note", `${id}.${note}.json`);
}
