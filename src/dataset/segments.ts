import { formatDatetime, parseDatetime, type DatetimeInput } from "../engine/datetime.js";
import { InvalidArgumentError } from "../errors.js";

/** First and last day, both inclusive; null = open. */
export type SegmentRange = readonly [start: DatetimeInput | null, end: DatetimeInput | null];
export type Segments = Readonly<Record<string, SegmentRange>>;

/** As texts, checked: each [start, end] with start ≤ end. @throws InvalidArgumentError naming the segment. */
export function parseSegments(segments: Segments): Readonly<Record<string, readonly [string | null, string | null]>> {
  const names = Object.keys(segments);
  if (names.length === 0)
    throw new InvalidArgumentError(
      'Cannot make a dataset: no segments\n  e.g. segments: { train: ["2015-01-02", "2017-12-31"], test: ["2018-01-01", null] }',
    );
  return Object.fromEntries(
    names.map((name) => {
      const range = segments[name] as readonly unknown[];
      if (!Array.isArray(range) || range.length !== 2)
        throw new InvalidArgumentError(
          `Cannot make a dataset: segment "${name}" is ${JSON.stringify(range)}, [start, end] expected`,
        );
      const [start, end] = segments[name]!.map((time) => (time == null ? null : parseDatetime(time))) as [
        number | null,
        number | null,
      ];
      if (start !== null && end !== null && start > end) {
        throw new InvalidArgumentError(
          `Cannot make a dataset: segment "${name}" starts ${formatDatetime(start)}, after its end ${formatDatetime(end)}`,
        );
      }
      return [
        name,
        [start === null ? null : formatDatetime(start), end === null ? null : formatDatetime(end)] as const,
      ];
    }),
  );
}

/** `2020-01-02/2020-12-31`; an open end is empty. */
export const segmentText = ([start, end]: readonly [string | null, string | null]): string =>
  `${start ?? ""}/${end ?? ""}`;
