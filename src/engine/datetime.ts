import { DataError } from "../errors.js";

/** Anything a user may give for a point in time: `"2020-01-31"`, `"2020-01-31 09:30"`, a `Date`, epoch milliseconds. Datetimes have no zone. */
export type DatetimeInput = string | Date | number;

const TEXT = /^(\d{4})-(\d{2})-(\d{2})(?:[T ](\d{2}):(\d{2})(?::(\d{2})(?:\.(\d{1,6}))?)?)?(?:Z|[+]00(?::?00)?)?$/;

/**
 * Epoch milliseconds (UTC) of a datetime.
 *
 * @throws DataError when a text is no date; the message names it.
 * @example
 * parseDatetime("2020-01-31") // -> 1580428800000
 */
export function parseDatetime(input: DatetimeInput): number {
  if (typeof input === "number" && Number.isFinite(input)) return input;
  if (input instanceof Date && !Number.isNaN(input.getTime())) return input.getTime();
  const match = typeof input === "string" ? TEXT.exec(input.trim()) : null;
  if (match) {
    const [year, month, day, hour, minute, second] = match.slice(1, 7).map((part) => Number(part ?? 0)) as [
      number,
      number,
      number,
      number,
      number,
      number,
    ];
    const ms = Date.UTC(
      year,
      month - 1,
      day,
      hour,
      minute,
      second,
      Number((match[7] ?? "0").padEnd(3, "0").slice(0, 3)),
    );
    const back = new Date(ms);
    if (back.getUTCMonth() === month - 1 && back.getUTCDate() === day && hour < 24 && minute < 60 && second < 60)
      return ms;
  }
  throw new DataError(
    `Cannot read a datetime: "${String(input)}" is no date\n  expected: YYYY-MM-DD or YYYY-MM-DD HH:MM`,
  );
}

const DAY_MS = 86_400_000;

/** `YYYY-MM-DD`, with ` HH:MM` when there is a time of day (`HH:MM:SS` when there are seconds); "" for NaN. */
export function formatDatetime(ms: number): string {
  if (Number.isNaN(ms)) return "";
  const text = new Date(ms).toISOString();
  if (ms % DAY_MS === 0) return text.slice(0, 10);
  return `${text.slice(0, 10)} ${text.slice(11, ms % 60_000 === 0 ? 16 : 19)}`;
}
