import { formatDatetime, type DatetimeInput } from "../engine/datetime.js";
import {
  CalendarRangeError,
  EmptySegmentError,
  InvalidArgumentError,
  InvalidSegmentError,
  UnknownNameError,
} from "../errors.js";
import { parseRange, rangeText, type DateRange, type DateRangeText, type RollMode } from "./segment.js";
import type { TradingCalendar } from "./trading-calendar.js";

export interface ShiftOptions {
  /** `sliding` moves both ends, `expanding` the end only. Default sliding. */
  readonly rtype?: RollMode;
  /** An end that lies past the last known day: `open` makes it null (until the latest day), `clamp` the last known day. Default open. */
  readonly pastEnd?: "open" | "clamp";
}

/** The segment with its ends on trading days: the start moved later, the end moved earlier. Open ends stay open. */
export function alignRange(calendar: TradingCalendar, range: DateRange, what: string): DateRangeText {
  const [start, end] = parseRange(range, what);
  const from = start === null ? null : calendar.firstAtOrAfter(start);
  const to = end === null ? null : calendar.lastAtOrBefore(end);
  requireStart(calendar, from, range, what);
  requireEnd(calendar, to, range, what);
  requireDays(from, to, range, what, `has no trading day in ${calendar}`);
  return [textAt(calendar, from), textAt(calendar, to)];
}

/** The segment without the days after `index(testStart) − days`, on trading days. */
export function truncateRange(
  calendar: TradingCalendar,
  range: DateRange,
  { testStart, days }: { testStart: DatetimeInput; days: number },
  what: string,
): DateRangeText {
  if (!Number.isInteger(days) || days < 0)
    throw new InvalidArgumentError(`Cannot truncate ${what}: ${days} is no number of days\n  expected: 0, 1, 2, …`);
  const [start, end] = parseRange(range, what);
  if (start === null || end === null)
    throw new InvalidSegmentError(`Cannot truncate ${what}: ${rangeText(range)} has an open end\n  give it both ends`);
  const last = calendar.firstAtOrAfter(testStart) - days;
  if (last < 0)
    throw new CalendarRangeError(
      `Cannot truncate ${what}: ${days} trading days before the test lie before the calendar, ${calendar}`,
    );
  const from = calendar.firstAtOrAfter(start);
  const to = calendar.lastAtOrBefore(end);
  requireStart(calendar, from, range, what);
  requireEnd(calendar, to, range, what);
  requireDays(
    from,
    Math.min(to, last),
    range,
    what,
    `keeps no day before ${formatDatetime(calendar.at(last))}, the last one allowed`,
  );
  return [textAt(calendar, from), textAt(calendar, Math.min(to, last))];
}

/** The segment moved by a number of trading days. Open ends stay open. */
export function shiftRange(
  calendar: TradingCalendar,
  range: DateRange,
  step: number,
  { rtype = "sliding", pastEnd = "open" }: ShiftOptions,
  what: string,
): DateRangeText {
  requireRollMode(rtype);
  if (pastEnd !== "open" && pastEnd !== "clamp")
    throw new UnknownNameError("pastEnd", String(pastEnd), ["open", "clamp"]);
  if (!Number.isInteger(step))
    throw new InvalidArgumentError(`Cannot shift ${what}: step ${step} is no whole number of trading days`);
  const [start, end] = parseRange(range, what);
  const first = start === null ? null : calendar.firstAtOrAfter(start);
  const last = end === null ? null : calendar.lastAtOrBefore(end);
  requireEnd(calendar, last, range, what);
  requireDays(first, last, range, what, `has no trading day in ${calendar}`);
  const from = first === null ? null : first + (rtype === "sliding" ? step : 0);
  const to = last === null ? null : last + step;
  const moved = `${what} by ${step} trading days`;
  requireStart(calendar, from, range, moved, "shift");
  requireEnd(calendar, to, range, moved, "shift");
  requireDays(from, to, range, moved, "keeps no day");
  if (to !== null && to >= calendar.length)
    return [textAt(calendar, from), pastEnd === "open" ? null : textAt(calendar, calendar.length - 1)];
  return [textAt(calendar, from), textAt(calendar, to)];
}

/** @throws UnknownNameError for anything but `sliding` and `expanding`. */
export function requireRollMode(rtype: string): asserts rtype is RollMode {
  if (rtype !== "sliding" && rtype !== "expanding")
    throw new UnknownNameError("rolling type", String(rtype), ["sliding", "expanding"]);
}

function textAt(calendar: TradingCalendar, index: number | null): string | null {
  return index === null ? null : formatDatetime(calendar.at(index));
}

function requireStart(
  calendar: TradingCalendar,
  from: number | null,
  range: DateRange,
  what: string,
  verb = "place",
): void {
  if (from === null || (from >= 0 && from < calendar.length)) return;
  const side = from < 0 ? "before the first" : "after the last";
  throw new CalendarRangeError(`Cannot ${verb} ${what}: ${rangeText(range)} would start ${side} day of ${calendar}`);
}

function requireEnd(
  calendar: TradingCalendar,
  to: number | null,
  range: DateRange,
  what: string,
  verb = "place",
): void {
  if (to === null || to >= 0) return;
  throw new CalendarRangeError(
    `Cannot ${verb} ${what}: ${rangeText(range)} would end before the first day of ${calendar}`,
  );
}

function requireDays(from: number | null, to: number | null, range: DateRange, what: string, why: string): void {
  if (from !== null && to !== null && from > to)
    throw new EmptySegmentError(`Cannot place ${what}: ${rangeText(range)} ${why}`);
}
