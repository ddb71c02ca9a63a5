import { formatDatetime, parseDatetime, type DatetimeInput } from "../engine/datetime.js";
import { DataError, InvalidArgumentError } from "../errors.js";

/** Both ends inclusive; an open end is null or undefined. */
export interface Segment {
  readonly start?: DatetimeInput | null;
  readonly end?: DatetimeInput | null;
}

const DAY_MS = 86_400_000;

/**
 * The trading days of a market (or its minutes): distinct datetimes, ascending. A position in it is the *calendar index*;
 * every series of a market is aligned to it.
 *
 * Datetimes are epoch ms (UTC) inside, any {@link DatetimeInput} outside. An end given as a date without a time of day
 * includes that whole day.
 *
 * In Qlib: qlib.contrib.model.TimeAdjuster and D.calendar.
 *
 * @example
 * TradingCalendar.from(["2020-01-03", "2020-01-02", "2020-01-06"]).shift("2020-01-02", 2) // -> 1578268800000
 */
export class TradingCalendar {
  /** Epoch ms (UTC), ascending, distinct. Do not write to it. */
  readonly datetimes: Float64Array;

  /** @param datetimes Epoch ms, ascending and distinct. @throws DataError otherwise, naming the first pair out of order. */
  constructor(datetimes: ArrayLike<number>) {
    this.datetimes = Float64Array.from(datetimes);
    for (let i = 0; i < this.datetimes.length; i++) {
      if (i === 0 ? !Number.isNaN(this.datetimes[0]) : this.datetimes[i - 1]! < this.datetimes[i]!) continue;
      const pair = [this.datetimes[i - 1], this.datetimes[i]].map((ms) =>
        ms === undefined ? "start" : formatDatetime(ms) || "no date",
      );
      throw new DataError(`Cannot make a calendar: entry ${i} does not ascend (${pair.join(" before ")})`);
    }
  }

  /** A calendar of datetimes in any order, repeated or not. */
  static from(datetimes: Iterable<DatetimeInput>): TradingCalendar {
    return new TradingCalendar(Float64Array.from(new Set(Array.from(datetimes, parseDatetime))).sort());
  }

  get length(): number {
    return this.datetimes.length;
  }
  /** The first trading day, NaN when there is none. */
  get first(): number {
    return this.datetimes[0] ?? NaN;
  }
  /** The last trading day, NaN when there is none. */
  get last(): number {
    return this.datetimes[this.length - 1] ?? NaN;
  }

  /** The datetime at a calendar index. @throws InvalidArgumentError outside 0 … length − 1. */
  at(index: number): number {
    const ms = this.datetimes[index];
    if (ms === undefined)
      throw new InvalidArgumentError(
        `Cannot read the calendar: no index ${index}\n  it has ${this.length} days, ${this.#span()}`,
      );
    return ms;
  }

  /** Calendar index of a datetime, or undefined when it is no trading day. */
  findIndex(datetime: DatetimeInput): number | undefined {
    const ms = parseDatetime(datetime);
    const index = this.#lowerBound(ms);
    return this.datetimes[index] === ms ? index : undefined;
  }

  /** Calendar index of a datetime. @throws InvalidArgumentError when it is no trading day; the message names its neighbours. */
  indexOf(datetime: DatetimeInput): number {
    const index = this.findIndex(datetime);
    if (index !== undefined) return index;
    const next = this.#lowerBound(parseDatetime(datetime));
    const around = [this.datetimes[next - 1], this.datetimes[next]]
      .filter((ms) => ms !== undefined)
      .map(formatDatetime);
    throw new InvalidArgumentError(
      `Cannot find ${formatDatetime(parseDatetime(datetime))} in the calendar: no trading day\n  around it: ${around.join(", ")}`,
    );
  }

  /** Index of the first entry at or after a datetime; `length` when there is none. */
  firstAtOrAfter(datetime: DatetimeInput): number {
    return this.#lowerBound(parseDatetime(datetime));
  }

  /** Index of the last entry at or before a datetime (a date without a time includes its whole day); −1 when there is none. */
  lastAtOrBefore(datetime: DatetimeInput): number {
    const ms = parseDatetime(datetime);
    return this.#lowerBound(ms % DAY_MS === 0 ? ms + DAY_MS : ms + 1) - 1;
  }

  /**
   * The index range [from, to) of a segment; empty (from = to) when no trading day lies in it.
   * @throws InvalidArgumentError when the start is after the end.
   */
  rangeOf({ start, end }: Segment): [from: number, to: number] {
    if (start != null && end != null && parseDatetime(start) > parseDatetime(end)) {
      throw new InvalidArgumentError(
        `Cannot cut the calendar: start ${formatDatetime(parseDatetime(start))} is after end ${formatDatetime(parseDatetime(end))}`,
      );
    }
    const from = start == null ? 0 : this.firstAtOrAfter(start);
    const to = end == null ? this.length : this.lastAtOrBefore(end) + 1;
    return [from, Math.max(from, to)];
  }

  /** The trading days of a segment, as a calendar of its own. */
  slice(segment: Segment): TradingCalendar {
    return new TradingCalendar(this.datetimes.subarray(...this.rangeOf(segment)));
  }

  /**
   * The trading day `n` days after (n < 0: before) a trading day.
   * @throws InvalidArgumentError when the datetime is no trading day, or the result lies outside the calendar.
   */
  shift(datetime: DatetimeInput, n: number): number {
    const index = this.indexOf(datetime) + n;
    const ms = this.datetimes[index];
    if (ms !== undefined) return ms;
    throw new InvalidArgumentError(
      `Cannot shift ${formatDatetime(parseDatetime(datetime))} by ${n} trading days: outside the calendar, ${this.#span()}`,
    );
  }

  toString(): string {
    return `TradingCalendar(${this.length} days ${this.#span()})`;
  }

  [Symbol.for("nodejs.util.inspect.custom")](): string {
    return this.toString();
  }

  #span(): string {
    return this.length ? `${formatDatetime(this.first)} … ${formatDatetime(this.last)}` : "empty";
  }

  #lowerBound(ms: number): number {
    let [low, high] = [0, this.length];
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (this.datetimes[middle]! < ms) low = middle + 1;
      else high = middle;
    }
    return low;
  }
}
