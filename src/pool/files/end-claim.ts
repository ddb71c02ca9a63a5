import type { Outcome } from "../pool-engine.js";
import type { PoolTask } from "../pool-task.js";
import type { Found } from "./pool-folder.js";
import type { TaskFiles } from "./task-files.js";
import type { TaskNote } from "./task-note.js";

/** Moves a claimed task to where its outcome says. @returns False when the claim is not held any more. */
export function endClaim(files: TaskFiles, found: Found, task: PoolTask, outcome: Outcome): boolean {
  if (outcome.kind === "release") return giveBack(files, found);
  const { token: _given, ...state } = found.state;
  const note: TaskNote = {
    ...(task.worker !== undefined && { worker: task.worker }),
    ...(task.startedAt && { startedAt: task.startedAt.getTime() }),
    finishedAt: Date.now(),
  };
  if (outcome.kind === "commit") {
    const { status, result } = outcome;
    const next = status === "part_done" ? { ...state, attempts: 0, from: status } : state;
    return files.settle(found, status, next, { ...note, result });
  }
  const { error, retryInMs } = outcome;
  const failed: TaskNote = { ...note, error, ...(task.result !== undefined && { result: task.result }) };
  if (retryInMs === undefined) return files.settle(found, "failed", state, failed);
  return files.settle(found, state.from, { ...state, available: Date.now() + Math.round(retryInMs) }, failed);
}

/** To where it was taken from, as if it had not been taken. */
export function giveBack(files: TaskFiles, found: Found): boolean {
  const { token: _given, ...state } = found.state;
  return files.settle(found, state.from, { ...state, attempts: Math.max(0, state.attempts - 1) });
}
