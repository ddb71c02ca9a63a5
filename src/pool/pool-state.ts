import { inspect } from "node:util";
import { TASK_STATUSES, type PoolTask, type TaskStats, type TaskStatus } from "./pool-task.js";
import { progressText } from "./wait-for-tasks.js";

/** A pool at one moment; a cell that ends with it shows its counts and tasks. */
export class PoolState {
  readonly name: string;
  readonly engine: string;
  readonly place: string;
  readonly tasks: readonly PoolTask[];

  constructor(state: Pick<PoolState, "name" | "engine" | "place" | "tasks">) {
    this.name = state.name;
    this.engine = state.engine;
    this.place = state.place;
    this.tasks = Object.freeze([...state.tasks]);
  }

  get stats(): TaskStats {
    const stats = Object.fromEntries(TASK_STATUSES.map((status) => [status, 0])) as Record<TaskStatus, number>;
    for (const { status } of this.tasks) stats[status]++;
    return stats;
  }

  /** One row a task: those at work first, then failed ones, those that wait, and the finished ones, newest first. */
  get rows(): readonly Readonly<Record<string, unknown>>[] {
    const rank: readonly TaskStatus[] = ["running", "failed", "part_done", "waiting", "cancelled", "done"];
    const newest = (task: PoolTask) => -(task.finishedAt?.getTime() ?? 0);
    return [...this.tasks]
      .sort((a, b) => rank.indexOf(a.status) - rank.indexOf(b.status) || newest(a) - newest(b))
      .map(taskRow);
  }

  toString(): string {
    return `PoolState(${this.name}: ${progressText(this.stats)})`;
  }

  [inspect.custom](): string {
    return this.toString();
  }

  /** The View of `panel/view.ts`, which this room does not import. */
  [Symbol.for("alphabook.view")](): {
    readonly kind: string;
    readonly title: string;
    readonly facts: Readonly<Record<string, string | number>>;
    readonly table: unknown;
    readonly notes: readonly string[];
  } {
    const { stats, tasks } = this;
    const facts = Object.fromEntries(
      TASK_STATUSES.filter((status) => stats[status] > 0).map((status) => [status.replace("_", " "), stats[status]]),
    );
    const finished = tasks.filter(({ status }) => status === "done");
    const seconds = finished.map(secondsOf).filter((value) => value !== null);
    const mean = seconds.reduce((total, value) => total + value, 0) / seconds.length;
    const notes = [`${this.engine} in ${this.place}`];
    if (seconds.length > 0) notes.push(`${mean.toFixed(mean < 10 ? 2 : 0)} s a task on average`);
    return { kind: "task-pool", title: `Task pool ${this.name}`, facts: { tasks: tasks.length, ...facts }, table: this.rows, notes };
  }
}

function taskRow(task: PoolTask): Readonly<Record<string, unknown>> {
  const { id, status, experiment, priority, attempts, maxAttempts, worker, error } = task;
  return {
    id: id.slice(0, 8),
    status,
    model: modelOf(task.def),
    experiment,
    priority,
    attempts: `${attempts} of ${maxAttempts}`,
    worker: worker ?? "",
    seconds: secondsOf(task),
    error: error ? `${error.name}: ${error.message.split("\n")[0]}` : "",
  };
}

/** How long its last step took, or takes up to now. */
function secondsOf({ startedAt, finishedAt, status }: PoolTask): number | null {
  if (!startedAt) return null;
  const end = finishedAt ?? (status === "running" ? new Date() : undefined);
  return end ? Math.round(end.getTime() - startedAt.getTime()) / 1000 : null;
}

function modelOf(def: unknown): string {
  const { model } = def as { model?: { class?: unknown } };
  return typeof model?.class === "string" ? model.class : "";
}
