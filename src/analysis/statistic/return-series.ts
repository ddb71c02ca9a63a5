import type { ColumnTable } from "arquero";
import { columnValues } from "../../engine/arquero.js";
import { formatDatetime, parseDatetime, type DatetimeInput } from "../../engine/datetime.js";
import { DataError, UnknownNameError } from "../../errors.js";

/** Returns per period: plain numbers, or a table with `datetime` (or `date`) and a column of returns. */
export type ReturnSource = ArrayLike<number> | ColumnTable | Readonly<Record<string, ArrayLike<unknown>>>;

/** A series in order of time; NaN where a return is missing. */
export interface ReturnSeries {
  readonly values: Float64Array;
  /** Epoch ms (UTC), ascending, one per value; absent where the source had none. */
  readonly dates?: Float64Array;
}

const DATE_NAMES = ["datetime", "date"];
const RETURN_NAMES = ["return", "returns"];

/**
 * Reads a series of returns out of numbers or a table.
 *
 * Rows are put in order of time. A null is a missing value (NaN).
 *
 * @param column Which column holds the returns; default `return`, `returns`, or the only one beside the date.
 * @throws UnknownNameError when that column is not there; DataError when a datetime occurs twice or is none.
 * @example
 * returnSeries({ datetime: ["2020-01-03", "2020-01-02"], return: [0.02, null] }).values // -> Float64Array [NaN, 0.02]
 */
export function returnSeries(source: ReturnSource, column?: string): ReturnSeries {
  if (isNumbers(source)) return { values: numbers(source) };
  const { names, get } = columnsOf(source);
  const dateName = DATE_NAMES.find((name) => names.includes(name));
  const others = names.filter((name) => name !== dateName);
  const chosen =
    column ?? RETURN_NAMES.find((name) => others.includes(name)) ?? (others.length === 1 ? others[0]! : "return");
  if (!others.includes(chosen))
    throw new UnknownNameError("column of returns", chosen, others, { context: "Cannot read the returns" });
  const values = numbers(get(chosen));
  if (dateName === undefined) return { values };
  return inOrder(datetimes(get(dateName) as ArrayLike<DatetimeInput>), values);
}

/** Names of the columns of a source that is a table, else none. */
export function columnsOf(source: Exclude<ReturnSource, ArrayLike<number>>): {
  names: string[];
  get: (name: string) => ArrayLike<unknown>;
} {
  if (isTable(source)) return { names: source.columnNames(), get: (name) => columnValues(source, name) };
  const record = source as Readonly<Record<string, ArrayLike<unknown>>>;
  return { names: Object.keys(record), get: (name) => record[name]! };
}

/** Whether a source is bare numbers. */
export function isNumbers(source: ReturnSource): source is ArrayLike<number> {
  return Array.isArray(source) || ArrayBuffer.isView(source);
}

const isTable = (source: object): source is ColumnTable =>
  "columnNames" in source && typeof source.columnNames === "function";

/** Loops, because `Float64Array.from` takes a second for the minutes of a few years. */
function numbers(values: ArrayLike<unknown>): Float64Array {
  if (values instanceof Float64Array) return values;
  const all = new Float64Array(values.length);
  for (let i = 0; i < all.length; i++) all[i] = values[i] == null ? NaN : Number(values[i]);
  return all;
}

function datetimes(values: ArrayLike<DatetimeInput>): Float64Array {
  const all = new Float64Array(values.length);
  for (let i = 0; i < all.length; i++) all[i] = parseDatetime(values[i]!);
  return all;
}

function inOrder(dates: Float64Array, values: Float64Array): ReturnSeries {
  if (dates.every((date, i) => i === 0 || date > dates[i - 1]!)) return { dates, values };
  const order = Uint32Array.from(dates.keys()).sort((a, b) => dates[a]! - dates[b]!);
  const sorted = Float64Array.from(order, (i) => dates[i]!);
  for (let i = 1; i < sorted.length; i++)
    if (sorted[i] === sorted[i - 1])
      throw new DataError(
        `Cannot read the returns: ${formatDatetime(sorted[i]!)} occurs twice, one row a date expected`,
      );
  return { dates: sorted, values: Float64Array.from(order, (i) => values[i]!) };
}
