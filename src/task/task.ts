import type { DateRanges } from "../calendar/segment.js";
import type { TradingCalendar } from "../calendar/trading-calendar.js";
import { isPlainObject } from "../config/deepcopy-basic-type.js";
import type { ComponentConfig } from "../config/component-config.js";
import { ConfigError } from "../errors.js";

/**
 * One training, as plain data: what to fit on which segments and what to record. It can be written as JSON or YAML.
 *
 * Keys of one's own may stand beside these; generators carry them along.
 */
export interface Task {
  /** What is fitted. A generator does not need it, a trainer does. */
  readonly model?: ComponentConfig | object;
  readonly dataset: TaskDataset;
  /** What is computed after the fit, in order. */
  readonly record?: ComponentConfig | readonly ComponentConfig[];
  readonly reweighter?: ComponentConfig | object;
  readonly [key: string]: unknown;
}

export interface TaskDataset {
  readonly class?: string;
  readonly module_path?: string;
  readonly kwargs: {
    /** A configuration, the name of a stored handler, or an object. */
    readonly handler?: ComponentConfig | string | object;
    /** Both ends inclusive, in order; null = open. */
    readonly segments: DateRanges;
    readonly [key: string]: unknown;
  };
  readonly [key: string]: unknown;
}

/** Where the trading days come from at the moment of a call: a market, or `{ calendar }`. */
export interface CalendarSource {
  readonly calendar: TradingCalendar;
}

/** The segments of a task. @throws ConfigError naming the part of the task that is missing. */
export function taskSegments(task: Task): DateRanges {
  let [part, path]: [unknown, string] = [task, "task"];
  for (const key of ["dataset", "kwargs", "segments"]) {
    part = isPlainObject(part) ? part[key] : undefined;
    path += `.${key}`;
    if (!isPlainObject(part))
      throw new ConfigError(
        `Cannot read the segments of a task: no ${path}\n  expected: { dataset: { kwargs: { segments: { train: [start, end], … } } } }`,
      );
  }
  return part as DateRanges;
}

/** The task with other segments; the task given stays as it is. */
export function withSegments(task: Task, segments: DateRanges): Task {
  return { ...task, dataset: { ...task.dataset, kwargs: { ...task.dataset.kwargs, segments } } };
}
