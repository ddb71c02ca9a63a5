import { inspect } from "node:util";
import { durationText } from "../host/duration-text.js";
import { TASK_STATUSES, type PoolTask, type TaskStats, type TaskStatus } from "./pool-task.js";
import { secondsOf, taskRows, type TaskRow } from "./task-rows.js";
import { progressText } from "./wait-for-tasks.js";

/** Errors of so many tasks are shown in full. */
const SHOWN_ERRORS = 3;

/** A pool at one moment; a cell that ends with it shows its counts, its tasks and the newest errors. */
export class PoolState {
  readonly name: string;
  readonly engine: string;
  readonly place: string;
  readonly tasks: readonly PoolTask[];
  /** When it was read. */
  readonly at: Date;

  constructor(state: Pick<PoolState, "name" | "engine" | "place" | "tasks"> & { readonly at?: Date }) {
    this.name = state.name;
    this.engine = state.engine;
    this.place = state.place;
    this.tasks = Object.freeze([...state.tasks]);
    this.at = state.at ?? new Date();
  }

  get stats(): TaskStats {
    const stats = Object.fromEntries(TASK_STATUSES.map((status) => [status, 0])) as Record<TaskStatus, number>;
    for (const { status } of this.tasks) stats[status]++;
    return stats;
  }

  /** One row a task: those at work first, then failed ones, those that wait, and the finished ones, newest first. */
  get rows(): readonly TaskRow[] {
    return taskRows(this.tasks, this.at.getTime());
  }

  /** Tasks whose last attempt failed, whether or not they are tried again, newest first. */
  get failing(): readonly PoolTask[] {
    return this.tasks
      .filter(({ error, status }) => error !== undefined && status !== "done")
      .sort((a, b) => (a.error!.at < b.error!.at ? 1 : -1));
  }

  /** How long a task takes, of those that are done; undefined as long as none is. */
  get secondsATask(): number | undefined {
    const finished = this.tasks.filter(({ status }) => status === "done");
    const seconds = finished.map((task) => secondsOf(task, this.at.getTime())).filter((value) => value !== null);
    return seconds.length === 0 ? undefined : seconds.reduce((total, value) => total + value, 0) / seconds.length;
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
    readonly texts: readonly { readonly title: string; readonly text: string }[];
    readonly notes: readonly string[];
  } {
    const { stats, tasks, failing, rows } = this;
    const facts = Object.fromEntries(
      TASK_STATUSES.filter((status) => stats[status] > 0).map((status) => [status.replace("_", " "), stats[status]]),
    );
    return {
      kind: "task-pool",
      title: `Task pool ${this.name}`,
      facts: { tasks: tasks.length, ...facts },
      table: rows,
      texts: failing.slice(0, SHOWN_ERRORS).map(errorText),
      notes: this.#notes(stats, failing.length),
    };
  }

  #notes({ waiting, part_done, running }: TaskStats, failing: number): string[] {
    const notes = [`${this.engine} in ${this.place}`];
    const seconds = this.secondsATask;
    if (seconds !== undefined) notes.push(`${seconds.toFixed(seconds < 10 ? 2 : 0)} s a task on average`);
    if (seconds !== undefined && running > 0) {
      const left = ((waiting + part_done + running) * seconds) / running;
      notes.push(`about ${durationText(left)} to go with ${running} at work`);
    }
    if (running === 0 && waiting + part_done > 0)
      notes.push(`nobody is at work: npx alphabook worker --pool ${this.name}`);
    if (failing > SHOWN_ERRORS) notes.push(`the newest ${SHOWN_ERRORS} of ${failing} errors are shown`);
    return notes;
  }
}

function errorText({ id, error, maxAttempts, status }: PoolTask): { readonly title: string; readonly text: string } {
  const { name, message, stack, attempt, host } = error!;
  const next = status === "failed" || status === "cancelled" ? status : "is tried again";
  return {
    title: `${id.slice(0, 8)} ${next}: attempt ${attempt} of ${maxAttempts}${host && ` on ${host}`}`,
    text: stack?.includes(message) ? stack : `${name}: ${message}`,
  };
}
