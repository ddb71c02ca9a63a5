import { parseRange } from "../calendar/segment.js";
import type { TradingCalendar } from "../calendar/trading-calendar.js";
import { isPlainObject } from "../config/deepcopy-basic-type.js";
import type { DatetimeInput } from "../engine/datetime.js";
import { getSegment } from "./trunc-segments.js";
import { taskSegments, type Task } from "./task.js";

/** What a hook may look at. */
export interface HookContext {
  readonly calendar: TradingCalendar;
  readonly testKey: string;
}

/** Changes a generated task, which is its own copy; or returns another one in its place. */
export type TaskHook = (task: Task, context: HookContext) => Task | void;

/**
 * The hook that gives the handler enough data for the test segment: `end_time` (or `endTime`) moves to the test's end when
 * it is earlier, to null when the test's end is open. It never moves back.
 *
 * Nothing happens without a handler, with one that is a text or an object of a class, and when its end is open or not given.
 * The processors' fit window does not move with the train segment: write `<dataset.kwargs.segments.train.0>` there.
 *
 * In Qlib: qlib.workflow.task.gen.handler_mod.
 */
export function handlerMod(task: Task, { calendar, testKey }: HookContext): Task {
  const handler = task.dataset.kwargs.handler;
  if (!isPlainObject(handler) || !isPlainObject(handler.kwargs)) return task;
  const kwargs = handler.kwargs;
  const key = ["end_time", "endTime"].find((name) => kwargs[name] != null);
  if (key === undefined) return task;
  const end = getSegment(taskSegments(task), testKey)[1];
  const handlerEnd = kwargs[key] as DatetimeInput;
  parseRange([null, handlerEnd], `the handler's ${key}`);
  if (end !== null && calendar.calInterval(handlerEnd, end) >= 0) return task;
  const extended = { ...handler, kwargs: { ...kwargs, [key]: end } };
  return { ...task, dataset: { ...task.dataset, kwargs: { ...task.dataset.kwargs, handler: extended } } };
}
