import path from "node:path";
import { pathToFileURL } from "node:url";
import { host } from "../host/host.js";
import type { PoolTask } from "./pool-task.js";

/** What a worker's function is told beside its input. */
export interface TaskContext {
  readonly task: PoolTask;
  /** Aborted when the worker is stopped, or the task is no longer its. */
  readonly signal: AbortSignal;
}

/**
 * Does one task. `input` is the task's definition, or, from `part_done` on, what its first step gave.
 * @returns The result: plain data that JSON can hold.
 */
export type TaskFunction = (input: never, context: TaskContext) => unknown;

/** A function by where it stands, so that another process can call it. */
export interface TaskModule {
  /** A file (JavaScript or TypeScript), relative to the notebook or the working directory; a package; or `alphabook`. */
  readonly module: string;
  /** Default `default`. */
  readonly export?: string;
}

/** What another process is told of a function. */
export interface ResolvedModule {
  /** For messages: as it was written. */
  readonly shown: string;
  /** A file's URL, or a package's name. */
  readonly url: string;
  readonly export: string;
}

/** The folder that relative paths of tasks and modules start from: the notebook's, or the working directory. */
export function workFolder(): string {
  const notebook = host.cell?.notebook;
  return notebook === undefined ? process.cwd() : path.dirname(notebook);
}

export function resolveModule({ module, export: name = "default" }: TaskModule, from = workFolder()): ResolvedModule {
  const isFile = /^\.{1,2}[\\/]/.test(module) || path.isAbsolute(module);
  const url = isFile ? pathToFileURL(path.resolve(from, module)).href : module;
  return { shown: module, url, export: name };
}

/** What workers do when nothing else is said: this package trains the task, or ends a training that was begun. */
export const TRAIN_TASK: TaskModule = { module: "alphabook", export: "trainTask" };
