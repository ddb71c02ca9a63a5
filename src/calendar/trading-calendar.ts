import { formatDatetime, parseDatetime, type DatetimeInput } from "../engine/datetime.js";
import { refuseUnknownOptions } from "../engine/refuse-unknown-options.js";
import { CalendarRangeError, DataError, InvalidArgumentError, UnknownNameError } from "../errors.js";
import { alignRange, shiftRange, truncateRange, type ShiftOptions } from "./segment-arithmetic.js";
import type { DateRange, DateRanges, DateRangeText } from "./segment.js";

/** Both ends inclusive; an open end is null or undefined. */
export interface Segment {
  readonly start?: DatetimeInput | null;
  readonly end?: DatetimeInput | null;
}

/** Which neighbour a day that is no trading day stands for: as a start the next one, as an end the one before. */
export type TimePoint = "start" | "end";

export interface GetDateByShiftOptions {
  /** A result outside the calendar becomes its first or last day; false: an error. Default true. */
  readonly clipShift?: boolean;
  /** Where a day that is no trading day counts from: `left` the day before, `right` the day after; null: an error. Default null. */
  readonly align?: "left" | "right" | null;
  /** Count known future days too. Default false. */
  readonly future?: boolean;
}

const DAY_MS = 86_400_000;

/**
 * The trading days of a market (or its minutes): distinct datetimes, ascending. A position in it is the *calendar index*;
 * every series of a market is aligned to it.
 *
 * Datetimes are epoch ms (UTC) inside, any {@link DatetimeInput} outside. An end given as a date without a time of day
 * includes that whole day.
 *
 * The last days may be *future* ones ({@link TradingCalendar.withFuture}): known trading days without data yet. Segments may
 * reach into them; what "the latest day" means ({@link TradingCalendar.transformEndDate}) does not.
 *
 * A calendar is a value. Whatever rolls segments takes it when it is called, never when it is made, so that nothing keeps
 * an old one.
 *
 * In Qlib: qlib.workflow.task.utils.TimeAdjuster and D.calendar.
 *
 * @example
 * TradingCalendar.from(["2020-01-03", "2020-01-02", "2020-01-06"]).shift("2020-01-02", 2) // -> 1578268800000
 */
export class TradingCalendar {
  /** Epoch ms (UTC), ascending, distinct. Do not write to it. */
  readonly datetimes: Float64Array;
  /** How many of the last days are future ones. */
  readonly futureDays: number;

  /**
   * @param datetimes Epoch ms, ascending and distinct.
   * @param options.futureDays How many of the last ones are known future trading days. Default 0.
   * @throws DataError when they do not ascend, naming the first pair out of order.
   */
  constructor(datetimes: ArrayLike<number>, options: { readonly futureDays?: number } = {}) {
    refuseUnknownOptions("Cannot make a calendar", options, ["futureDays"]);
    const { futureDays = 0 } = options;
    this.datetimes = Float64Array.from(datetimes);
    this.futureDays = futureDays;
    if (!Number.isInteger(futureDays) || futureDays < 0 || futureDays > this.datetimes.length)
      throw new InvalidArgumentError(
        `Cannot make a calendar: ${futureDays} future days of ${this.datetimes.length}
  expected: 0 … ${this.datetimes.length}`,
      );
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

  /**
   * The same calendar with the trading days that are known to come.
   *
   * @param days Any order. Days up to the last one may be among them (a whole calendar with its future), if they are in the calendar.
   * @throws DataError for a day up to the last one that is no trading day here.
   * @example
   * TradingCalendar.from(["2024-01-02"]).withFuture(["2024-01-03", "2024-01-02"]).futureDays // -> 1
   */
  withFuture(days: Iterable<DatetimeInput>): TradingCalendar {
    const past = this.present;
    const coming = TradingCalendar.from(days);
    const known = coming.datetimes.findIndex((ms) => !(ms <= past.last));
    const from = known < 0 ? coming.length : known;
    for (const ms of coming.datetimes.subarray(0, from)) {
      if (past.findIndex(ms) === undefined)
        throw new DataError(
          `Cannot add future days: ${formatDatetime(ms)} is no trading day of ${past}, which goes on to ${formatDatetime(past.last)}`,
        );
    }
    const future = coming.datetimes.subarray(from);
    return new TradingCalendar([...past.datetimes, ...future], { futureDays: future.length });
  }

  /** The calendar without its future days. */
  get present(): TradingCalendar {
    return this.futureDays === 0
      ? this
      : new TradingCalendar(this.datetimes.subarray(0, this.length - this.futureDays));
  }

  /** The calendar up to a day, that day included: what was known of it then. In Qlib: TimeAdjuster.set_end_time. */
  withEnd(end: DatetimeInput | null): TradingCalendar {
    return end === null ? this : this.slice({ end });
  }

  /** The datetime at a calendar index. @throws CalendarRangeError outside 0 … length − 1. */
  at(index: number): number {
    const ms = this.datetimes[index];
    if (ms === undefined)
      throw new CalendarRangeError(
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
    const [from, to] = this.rangeOf(segment);
    const futureDays = Math.max(0, to - Math.max(from, this.length - this.futureDays));
    return new TradingCalendar(this.datetimes.subarray(from, to), { futureDays });
  }

  /** The datetime at a calendar index; null for null and for an index past the end. @throws CalendarRangeError when negative. */
  get(index: number | null): number | null {
    return index === null || index >= this.length ? null : this.at(index);
  }

  /** The last day, future ones included. @throws CalendarRangeError when there is none. */
  max(): number {
    if (this.length === 0) throw new CalendarRangeError("Cannot find the last trading day: the calendar is empty");
    return this.last;
  }

  /**
   * Calendar index of a datetime as a start (the first day at or after it, `length` when there is none) or as an end (the
   * last day at or before it, −1 when there is none); null for null.
   *
   * @example
   * TradingCalendar.from(["2024-01-05", "2024-01-08"]).alignIdx("2024-01-06", "end") // -> 0
   */
  alignIdx(datetime: DatetimeInput | null, tpType: TimePoint = "start"): number | null {
    if (tpType !== "start" && tpType !== "end") throw new UnknownNameError("side", String(tpType), ["start", "end"]);
    if (datetime === null) return null;
    return tpType === "start" ? this.firstAtOrAfter(datetime) : this.lastAtOrBefore(datetime);
  }

  /** The same as a datetime. @throws CalendarRangeError for a start after the last day or an end before the first. */
  alignTime(datetime: DatetimeInput | null, tpType: TimePoint = "start"): number | null {
    const index = this.alignIdx(datetime, tpType);
    if (index === null) return null;
    const ms = this.datetimes[index];
    if (ms !== undefined) return ms;
    const [side, edge] = index < 0 ? ["before", "first"] : ["after", "last"];
    throw new CalendarRangeError(
      `Cannot align ${formatDatetime(parseDatetime(datetime!))}: it lies ${side} the ${edge} trading day, ${this.#span()}`,
    );
  }

  /**
   * A segment, or each segment of a map, with its ends on trading days: the start moved later, the end earlier. Open ends
   * stay open; an end after the last day becomes the last day.
   *
   * @throws EmptySegmentError when no trading day lies in it; CalendarRangeError when it lies outside the calendar.
   * @example
   * TradingCalendar.from(["2024-01-05", "2024-01-08"]).alignSeg(["2024-01-06", null]) // -> [ '2024-01-08', null ]
   */
  alignSeg(segment: DateRange): DateRangeText;
  alignSeg(segments: DateRanges): Readonly<Record<string, DateRangeText>>;
  alignSeg(segments: DateRange | DateRanges): DateRangeText | Readonly<Record<string, DateRangeText>> {
    if (!isRanges(segments)) return alignRange(this, segments, "the segment");
    return Object.fromEntries(
      Object.entries(segments).map(([name, range]) => [name, alignRange(this, range, `segment "${name}"`)]),
    );
  }

  /** Trading days from `b` to `a`, positive when `a` is later; both taken as starts. */
  calInterval(a: DatetimeInput, b: DatetimeInput): number {
    return this.firstAtOrAfter(a) - this.firstAtOrAfter(b);
  }

  /**
   * A segment without the days that follow `days` trading days before the test: the last one left has the index of
   * `testStart` minus `days`.
   *
   * @throws EmptySegmentError when nothing is left; InvalidSegmentError for an open end.
   */
  truncate(segment: DateRange, testStart: DatetimeInput, days: number): DateRangeText {
    return truncateRange(this, segment, { testStart, days }, "the segment");
  }

  /**
   * The trading day `n` days after (n < 0: before) a trading day; or a segment moved by `n` trading days.
   *
   * A segment's ends count from trading days (start later, end earlier). Past the last known day its end becomes null, that
   * is "until the latest day": it grows when data come. `pastEnd: "clamp"` ends it on the last known day instead.
   *
   * @throws InvalidArgumentError when the datetime is no trading day. CalendarRangeError when the result, or a segment's
   * start, lies outside the calendar. EmptySegmentError when no day is left.
   * @example
   * TradingCalendar.from(["2024-01-02", "2024-01-03", "2024-01-04"]).shift(["2024-01-02", "2024-01-03"], 1) // -> [ '2024-01-03', '2024-01-04' ]
   */
  shift(datetime: DatetimeInput, n: number): number;
  shift(segment: DateRange, n: number, options?: ShiftOptions): DateRangeText;
  shift(time: DatetimeInput | DateRange, n: number, options: ShiftOptions = {}): number | DateRangeText {
    refuseUnknownOptions("Cannot shift a segment", options, ["rtype", "pastEnd"]);
    if (isRange(time)) return shiftRange(this, time, n, options, "the segment");
    const ms = this.datetimes[this.indexOf(time) + n];
    if (ms !== undefined) return ms;
    throw new CalendarRangeError(
      `Cannot shift ${formatDatetime(parseDatetime(time))} by ${n} trading days: outside the calendar, ${this.#span()}`,
    );
  }

  /**
   * The trading day `shift` days after a day, kept inside the calendar unless told otherwise. In Qlib: get_date_by_shift.
   *
   * @throws InvalidArgumentError when the day is no trading day and `align` is null; CalendarRangeError without `clipShift`.
   * @example
   * TradingCalendar.from(["2024-01-04", "2024-01-05"]).getDateByShift("2024-01-06", -1, { align: "left" }) // -> 1704326400000
   */
  getDateByShift(datetime: DatetimeInput, shift: number, options: GetDateByShiftOptions = {}): number {
    refuseUnknownOptions("Cannot shift a date", options, ["clipShift", "align", "future"]);
    const { clipShift = true, align = null, future = false } = options;
    if (align !== null && align !== "left" && align !== "right")
      throw new UnknownNameError("align", String(align), ["left", "right"]);
    const days = future ? this : this.present;
    days.max();
    const from = align === null ? days.indexOf(datetime) : days.alignIdx(datetime, align === "left" ? "end" : "start")!;
    const index = from + shift;
    if (index >= 0 && index < days.length) return days.at(index);
    if (clipShift) return index < 0 ? days.first : days.last;
    throw new CalendarRangeError(
      `Cannot shift ${formatDatetime(parseDatetime(datetime))} by ${shift} trading days: outside the calendar, ${days.#span()}`,
    );
  }

  /** The end to work up to: the last day with data for null, −1 or a later day, else the day given. In Qlib: transform_end_date. */
  transformEndDate(end?: DatetimeInput | null): number {
    const last = this.present.max();
    return end == null || end === -1 ? last : Math.min(parseDatetime(end), last);
  }

  toString(): string {
    const future = this.futureDays === 0 ? "" : `, the last ${this.futureDays} to come`;
    return `TradingCalendar(${this.length} days ${this.#span()}${future})`;
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

function isRange(value: DatetimeInput | DateRange): value is DateRange {
  return Array.isArray(value);
}

function isRanges(value: DateRange | DateRanges): value is DateRanges {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
