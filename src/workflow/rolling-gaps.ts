import type { ColumnTable } from "arquero";
import { parseRange, rangeText } from "../calendar/segment.js";
import type { TradingCalendar } from "../calendar/trading-calendar.js";
import { columnValues } from "../engine/arquero.js";
import { parseDatetime } from "../engine/datetime.js";
import { taskSegments, type Task } from "../task/task.js";
import type { TrainOutcome } from "../trainer/trainer.js";

/** Days that a roll was to forecast and that have none. */
export interface RollingGap {
  /** Number of the roll, from 1. */
  readonly roll: number;
  /** Its test segment. */
  readonly test: string;
  /** Trading days planned, and those without a forecast. */
  readonly days: number;
  readonly missingDays: number;
  readonly reason: string;
}

/** Holds the plan against what was forecast. */
export function findGaps(given: {
  readonly tasks: readonly Task[];
  readonly outcomes: readonly TrainOutcome[];
  readonly calendar: TradingCalendar;
  readonly pred: ColumnTable;
}): RollingGap[] {
  const { tasks, outcomes, calendar, pred } = given;
  const present = new Set<number>();
  for (const datetime of Array.from(columnValues(pred, "datetime"))) present.add(parseDatetime(datetime as Date));
  return tasks.flatMap((task, i) => {
    const [start, end] = parseRange(taskSegments(task).test, `the test segment of roll ${i + 1}`);
    const planned = [...calendar.slice({ start, end }).datetimes];
    const missingDays = planned.filter((day) => !present.has(day)).length;
    if (missingDays === 0) return [];
    const { error } = outcomes[i]!;
    const failure = error instanceof Error ? firstLine(error) : String(error);
    const reason = error === undefined ? "its run has no forecast for them" : failure;
    return [{ roll: i + 1, test: rangeText([start, end]), days: planned.length, missingDays, reason }];
  });
}

const firstLine = ({ name, message }: Error): string => `${name}: ${message.split("\n", 1)[0]}`;
