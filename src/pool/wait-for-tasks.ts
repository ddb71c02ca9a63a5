import { refuseUnknownOptions } from "../engine/refuse-unknown-options.js";
import { InterruptedError, InvalidArgumentError, TasksFailedError } from "../errors.js";
import { host } from "../host/host.js";
import { pause } from "./pause.js";
import type { EngineFilter, PoolEngine } from "./pool-engine.js";
import { FINAL_STATUSES, statusesOf, TASK_STATUSES } from "./pool-task.js";
import type { PoolTask, TaskFilter, TaskStats } from "./pool-task.js";

export interface WaitOptions {
  /** What counts as finished: `done`, or `part_done` already. Default `done`. */
  readonly until?: "done" | "part_done";
  /** Failed and cancelled tasks are given back like the others. Default: TasksFailedError. */
  readonly allowFailed?: boolean;
  /** Between two looks. Default 250 on files, 2,000 on a server. */
  readonly pollMs?: number;
  /** Default: as long as it takes. */
  readonly timeoutMs?: number;
  readonly signal?: AbortSignal;
  /** Called after each look. */
  readonly onProgress?: (stats: TaskStats) => void;
}

const OPTIONS: readonly (keyof WaitOptions)[] = [
  ...(["until", "allowFailed", "pollMs", "timeoutMs", "signal", "onProgress"] as const),
];

/** Nobody at work for so long is worth a word. */
const IDLE_MS = 10_000;

/** See `TaskPool.wait`. */
export async function waitForTasks(engine: PoolEngine, filter: TaskFilter, options: WaitOptions): Promise<PoolTask[]> {
  refuseUnknownOptions("Cannot wait for tasks", options, OPTIONS);
  const { until = "done", allowFailed = false, timeoutMs, onProgress } = options;
  const pollMs = options.pollMs ?? (engine.kind === "files" ? 250 : 2000);
  const meant = await fixedFilter(engine, filter);
  const final = until === "done" ? FINAL_STATUSES : [...FINAL_STATUSES, "part_done" as const];
  const total = sum(await engine.stats(meant), TASK_STATUSES);
  const progress = host.progress(`pool ${engine.pool}`, total);
  const [began, signals] = [Date.now(), [host.signal, ...(options.signal ? [options.signal] : [])]];
  let [idleSince, told]: [number, boolean] = [began, false];
  let stats: TaskStats | undefined;
  try {
    for (;;) {
      await engine.reclaim();
      stats = await engine.stats(meant);
      onProgress?.(stats);
      const ended = sum(stats, final);
      progress.update(ended, progressText(stats));
      const now = Date.now();
      if (ended === sum(stats, TASK_STATUSES)) break;
      if (stats.running > 0) idleSince = now;
      if (now - idleSince > IDLE_MS && !told) {
        told = true;
        host.notice(
          `Nobody is at work on pool "${engine.pool}": ${stats.waiting} waiting, ${stats.part_done} part done\n  start workers: npx alphabook worker --pool ${engine.pool}`,
        );
      }
      if (timeoutMs !== undefined && now - began >= timeoutMs)
        throw new InvalidArgumentError(
          `Cannot wait longer for pool "${engine.pool}": after ${timeoutMs} ms ${ended} of ${total} tasks have ended (${progressText(stats)})\n  give a longer timeoutMs, or more workers`,
        );
      await pause(pollMs, ...signals);
      if (signals.some(({ aborted }) => aborted)) throw new InterruptedError();
    }
  } finally {
    progress.end(stats ? progressText(stats) : "");
  }
  const tasks = await engine.list(meant);
  const failed = tasks.filter(({ status }) => status === "failed" || status === "cancelled");
  if (failed.length > 0 && !allowFailed) throw failure(engine, failed, tasks.length);
  return tasks;
}

/** A filter by status is one of this moment: its tasks are followed wherever they go. */
async function fixedFilter(engine: PoolEngine, filter: TaskFilter): Promise<EngineFilter> {
  const { status, ...rest } = filter;
  if (status === undefined) return { ...rest, statuses: TASK_STATUSES };
  const tasks = await engine.list({ ...rest, statuses: statusesOf(filter) });
  return { ids: tasks.map(({ id }) => id), statuses: TASK_STATUSES };
}

const sum = (stats: TaskStats, statuses: readonly (keyof TaskStats)[]) =>
  statuses.reduce((total, status) => total + stats[status], 0);

/** `3 running, 12 done, 1 failed`: what there is, in the order of a task's life. */
export function progressText(stats: TaskStats): string {
  const parts = TASK_STATUSES.flatMap((status) =>
    stats[status] > 0 ? [`${stats[status]} ${status.replace("_", " ")}`] : [],
  );
  return parts.join(", ") || "no tasks";
}

function failure(engine: PoolEngine, failed: readonly PoolTask[], total: number): TasksFailedError {
  const shown = failed.slice(0, 5).map(({ id, status, error }) => {
    const why = error ? `${error.name}: ${error.message.split("\n")[0]}` : status;
    return `  ${id}  ${why}`;
  });
  if (failed.length > shown.length) shown.push(`  … and ${failed.length - shown.length} more`);
  return new TasksFailedError(
    `${failed.length} of ${total} tasks of pool "${engine.pool}" have not succeeded\n${shown.join("\n")}\n  look: alphabook task show <id> --pool ${engine.pool}; try again: pool.retry()`,
    failed.map(({ id }) => id),
  );
}
