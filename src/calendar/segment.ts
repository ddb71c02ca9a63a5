import { formatDatetime, parseDatetime, type DatetimeInput } from "../engine/datetime.js";
import { InvalidSegmentError } from "../errors.js";

/** First and last day, both inclusive; null = open. Any two-element array will do, such as one read from YAML. */
export type DateRange = readonly [start: DatetimeInput | null, end: DatetimeInput | null];
/** The same as texts (`YYYY-MM-DD`), as it stands in a task. */
export type DateRangeText = readonly [start: string | null, end: string | null];
/** Segments by name, in order. */
export type DateRanges = Readonly<Record<string, DateRange>>;

/** How a segment moves: both ends, or the end only. */
export type RollMode = "sliding" | "expanding";

/**
 * The ends of a segment as epoch ms, checked.
 *
 * @param what How the message calls it.
 * @throws InvalidSegmentError for anything but `[start, end]` with start ≤ end; DataError for a text that is no date.
 * @example
 * parseRange(["2024-01-02", null]) // -> [1704153600000, null]
 */
export function parseRange(range: unknown, what = "segment"): [start: number | null, end: number | null] {
  if (!Array.isArray(range) || range.length !== 2)
    throw new InvalidSegmentError(
      `Cannot read ${what}: ${JSON.stringify(range)} is no segment\n  expected: [start, end], each a date or null`,
    );
  const [start, end] = (range as [DatetimeInput | null, DatetimeInput | null]).map((time) =>
    time == null ? null : parseDatetime(time),
  ) as [number | null, number | null];
  if (start !== null && end !== null && start > end)
    throw new InvalidSegmentError(
      `Cannot read ${what}: it starts ${formatDatetime(start)}, after its end ${formatDatetime(end)}`,
    );
  return [start, end];
}

/** `2024-01-02 … 2024-01-31`; an open end is empty. */
export function rangeText(range: DateRange): string {
  const [start, end] = range.map((time) => (time == null ? "" : formatDatetime(parseDatetime(time))));
  return `${start} … ${end}`.trim();
}
