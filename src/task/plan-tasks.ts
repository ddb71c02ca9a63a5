import type { TradingCalendar } from "../calendar/trading-calendar.js";
import { parseRange, rangeText } from "../calendar/segment.js";
import { formatDatetime } from "../engine/datetime.js";
import { taskSegments, type CalendarSource, type Task } from "./task.js";

/** One segment of one task. */
export interface PlannedSegment {
  /** Number of the task, from 1. */
  readonly task: number;
  /** Class of the model; "" when the task names none. */
  readonly model: string;
  readonly segment: string;
  /** `YYYY-MM-DD`; null = open. */
  readonly start: string | null;
  readonly end: string | null;
  /** Trading days in it, up to the last one known where its end is open; null without a calendar. */
  readonly days: number | null;
}

/** What {@link planTasks} gives; a cell that ends with it shows its segments as bars and one row a task. */
export class TaskPlan {
  /** One row a segment, in the tasks' order: the table behind a figure of the segments. */
  readonly segments: readonly PlannedSegment[];

  constructor(segments: readonly PlannedSegment[]) {
    this.segments = Object.freeze(segments.map((row) => Object.freeze(row)));
  }

  /** One row a task: its number, its model, and `start … end` of each segment, with its days when a calendar was given. */
  get rows(): readonly Readonly<Record<string, string | number | null>>[] {
    const rows = new Map<number, Record<string, string | number | null>>();
    const names = new Set(this.segments.map(({ segment }) => segment));
    for (const { task, model, segment, start, end, days } of this.segments) {
      const row = rows.get(task) ?? { task, model, ...Object.fromEntries([...names].map((name) => [name, null])) };
      row[segment] = rangeText([start, end]) + (days === null ? "" : ` (${days})`);
      rows.set(task, row);
    }
    return [...rows.values()];
  }

  toString(): string {
    const count = new Set(this.segments.map(({ task }) => task)).size;
    return `TaskPlan(${count} ${count === 1 ? "task" : "tasks"})`;
  }

  [Symbol.for("nodejs.util.inspect.custom")](): string {
    return this.toString();
  }

  /** The View of `panel/view.ts`, which this room does not import. */
  [Symbol.for("alphabook.view")](): {
    readonly kind: string;
    readonly title: string;
    readonly table: unknown;
    readonly notes: readonly string[];
    readonly ref: object;
  } {
    const withDays = this.segments.some(({ days }) => days !== null);
    const notes = ["both ends of a segment are inclusive; a missing end is open"];
    if (withDays) notes.push("in brackets: trading days");
    const { rows, segments } = this;
    const title = String(this);
    return { kind: "task-plan", title, table: rows, notes, ref: { title, segments, rows, notes } };
  }
}

/**
 * The segments of tasks as a table, before anything runs.
 *
 * @param tasks One task or several.
 * @param source A market or `{ calendar }`, to count trading days. Default none.
 * @throws ConfigError for a task without segments; InvalidSegmentError for one that is not `[start, end]`.
 * @example
 * planTasks({ dataset: { kwargs: { segments: { test: ["2024-01-02", null] } } } }).rows // -> [{ task: 1, model: "", test: "2024-01-02 …" }]
 */
export function planTasks(tasks: Task | readonly Task[], source?: CalendarSource): TaskPlan {
  const list = Array.isArray(tasks) ? (tasks as readonly Task[]) : [tasks as Task];
  return new TaskPlan(list.flatMap((task, i) => planned(task, i + 1, source?.calendar)));
}

function planned(task: Task, number: number, calendar: TradingCalendar | undefined): PlannedSegment[] {
  return Object.entries(taskSegments(task)).map(([segment, range]) => {
    const [start, end] = parseRange(range, `segment "${segment}" of task ${number}`);
    const [from, to] = calendar?.rangeOf({ start, end }) ?? [0, 0];
    const text = (time: number | null) => (time === null ? null : formatDatetime(time));
    return {
      task: number,
      model: modelName(task.model),
      segment,
      start: text(start),
      end: text(end),
      days: calendar ? to - from : null,
    };
  });
}

function modelName(model: Task["model"]): string {
  if (model === undefined || model === null) return "";
  const named = (model as { class?: unknown }).class;
  return typeof named === "string" ? named : model.constructor.name;
}
