import { durationText } from "../host/duration-text.js";
import type { PoolTask, TaskStatus } from "./pool-task.js";

/** A task as a line of a table. */
export type TaskRow = Readonly<Record<string, unknown>>;

const ORDER: readonly TaskStatus[] = ["running", "failed", "part_done", "waiting", "cancelled", "done"];
/** Columns that are left out when they would be empty. */
const OPTIONAL = ["model", "experiment", "worker", "error"];

/** One row a task: those at work first, then failed ones, those that wait, and the finished ones, newest first. */
export function taskRows(tasks: readonly PoolTask[], now: number): readonly TaskRow[] {
  const newest = (task: PoolTask) => -(task.finishedAt?.getTime() ?? 0);
  const rows = [...tasks]
    .sort((a, b) => ORDER.indexOf(a.status) - ORDER.indexOf(b.status) || newest(a) - newest(b))
    .map((task) => taskRow(task, now));
  const empty = OPTIONAL.filter((name) => rows.every((row) => row[name] === ""));
  return rows.map((row) => Object.fromEntries(Object.entries(row).filter(([name]) => !empty.includes(name))));
}

function taskRow(task: PoolTask, now: number): TaskRow {
  const { id, status, experiment, priority, attempts, maxAttempts, worker, error, createdAt } = task;
  return {
    id: id.slice(0, 8),
    status,
    model: modelOf(task.def),
    experiment,
    priority,
    attempts: `${attempts} of ${maxAttempts}`,
    worker: worker ?? "",
    seconds: secondsOf(task, now),
    age: createdAt.getTime() > 0 ? durationText(Math.max(0, now - createdAt.getTime()) / 1000) : "",
    error: error ? `${error.name}: ${error.message.split("\n")[0]}` : "",
  };
}

/** How long its last step took, or takes up to now. */
export function secondsOf({ startedAt, finishedAt, status }: PoolTask, now: number): number | null {
  if (!startedAt) return null;
  const end = finishedAt?.getTime() ?? (status === "running" ? now : undefined);
  return end === undefined ? null : Math.round(end - startedAt.getTime()) / 1000;
}

function modelOf(def: unknown): string {
  const { model } = (def ?? {}) as { model?: { class?: unknown } };
  return typeof model?.class === "string" ? model.class : "";
}
