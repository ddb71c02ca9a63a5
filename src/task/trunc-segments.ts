import { parseRange, type DateRanges } from "../calendar/segment.js";
import { truncateRange } from "../calendar/segment-arithmetic.js";
import { InvalidArgumentError, InvalidSegmentError, UnknownNameError } from "../errors.js";
import type { CalendarSource } from "./task.js";

/**
 * Every segment but the test one, without its days later than `days` trading days before the test.
 *
 * @param options.days See {@link labelTruncDays}. @param options.testKey Default `test`.
 * @throws EmptySegmentError when a segment keeps no day; InvalidSegmentError for an open end.
 *
 * In Qlib: RollingGen.trunc_segments (in place there).
 */
export function truncSegments(
  { calendar }: CalendarSource,
  segments: DateRanges,
  { days, testKey = "test" }: { readonly days: number; readonly testKey?: string },
): DateRanges {
  const testStart = parseRange(getSegment(segments, testKey), `segment "${testKey}"`).find((time) => time !== null);
  if (testStart == null)
    throw new InvalidSegmentError(`Cannot truncate before segment "${testKey}": both its ends are open`);
  return Object.fromEntries(
    Object.entries(segments).map(([name, range]) => [
      name,
      name === testKey ? range : truncateRange(calendar, range, { testStart, days }, `segment "${name}"`),
    ]),
  );
}

/**
 * How many trading days before the test the last training day must lie so that no training label is made of prices of test
 * days: `horizon + labelLeakDays`.
 *
 * A return over `horizon` days from the next day's price on, `Ref($close, -horizon - 1) / Ref($close, -1) - 1`, looks
 * horizon + 1 days ahead, so the distance must be horizon + 2.
 *
 * @param horizon Trading days of the label's return. @param labelLeakDays Default 2.
 * @example
 * labelTruncDays(1) // -> 3
 */
export function labelTruncDays(horizon: number, labelLeakDays = 2): number {
  for (const [name, value, least] of [
    ["horizon", horizon, 1],
    ["labelLeakDays", labelLeakDays, 0],
  ] as const) {
    if (!Number.isInteger(value) || value < least)
      throw new InvalidArgumentError(
        `Cannot truncate for a label: ${name} is ${String(value)}\n  expected: a whole number from ${least} on`,
      );
  }
  return horizon + labelLeakDays;
}

/** @throws UnknownNameError listing the segments there are. */
export function getSegment(segments: DateRanges, name: string): DateRanges[string] {
  if (!Object.hasOwn(segments, name)) throw new UnknownNameError("segment", name, Object.keys(segments));
  return segments[name]!;
}
