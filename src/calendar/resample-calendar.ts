import { formatDatetime } from "../engine/datetime.js";
import { DataError, InvalidArgumentError } from "../errors.js";
import { canResample, freqKey, parseFreq, type Frequency } from "./frequency.js";
import { inferFrequency } from "./infer-frequency.js";
import { tradingMinutes } from "./sessions.js";
import { TradingCalendar } from "./trading-calendar.js";

/** A coarser calendar, and which entries of the finer one each of its entries is made of. */
export interface ResampledCalendar {
  readonly calendar: TradingCalendar;
  /** `calendar.length + 1` entries: entry `i` is made of the finer ones `starts[i] … starts[i + 1] − 1`. */
  readonly starts: Int32Array;
}

export interface ResampleOptions {
  /** Whose trading sessions intraday slots follow. Default `us`. */
  readonly region?: string;
  /** What the calendar has; default: inferred from it. */
  readonly from?: string | Frequency;
}

const DAY_MS = 86_400_000;
const MINUTE_MS = 60_000;
/** 1970-01-05 was a Monday. */
const MONDAY = 4;

/**
 * A coarser calendar. Each entry is named by its beginning: weeks (from Monday) and months by their first trading day, n days by the
 * first of them, minute slots by their first minute, counted in trading minutes from the day's open. Of minutes, a day is named by
 * its date. Counts of days, weeks and months begin with the calendar's first.
 *
 * A bar named by its beginning knows its end: what is dated Monday in a weekly market contains Friday's close. Inside one frequency
 * this is consistent (a signal of an entry trades on the next entry); beside daily data it is not.
 *
 * In Qlib: qlib.utils.resam.resam_calendar
 *
 * @throws InvalidArgumentError when the frequency is finer, or no multiple. @throws DataError for a minute outside the sessions.
 * @example
 * const days = TradingCalendar.from(["2024-01-04", "2024-01-05", "2024-01-08", "2024-01-09"]);
 * [...resampleCalendar(days, "week").starts] // -> [ 0, 2, 4 ]
 */
export function resampleCalendar(
  calendar: TradingCalendar,
  freq: string | Frequency,
  { region = "us", from = inferFrequency(calendar) }: ResampleOptions = {},
): ResampledCalendar {
  const [fine, coarse] = [from, freq].map((given) => (typeof given === "string" ? parseFreq(given) : given)) as [
    Frequency,
    Frequency,
  ];
  if (!canResample(fine, coarse))
    throw new InvalidArgumentError(
      `Cannot make bars of ${freqKey(coarse)} from bars of ${freqKey(fine)}: ${coarse.unit === fine.unit ? "no whole multiple" : "the data are not finer"}`,
    );
  const keyOf = coarse.unit === "min" ? slotOf(region, coarse.count) : KEYS[coarse.unit];
  const starts: number[] = [];
  const names: number[] = [];
  let [last, seen] = [NaN, 0];
  calendar.datetimes.forEach((ms, index) => {
    const key = keyOf(ms);
    if (key === last) return;
    last = key;
    // Slots are counted inside their day; days, weeks and months from the first one on.
    if (coarse.unit !== "min" && seen++ % coarse.count !== 0) return;
    starts.push(index);
    names.push(coarse.unit === "min" ? key : fine.unit === "min" ? Math.floor(ms / DAY_MS) * DAY_MS : ms);
  });
  starts.push(calendar.length);
  return { calendar: new TradingCalendar(names), starts: Int32Array.from(starts) };
}

const KEYS = {
  day: (ms: number) => Math.floor(ms / DAY_MS),
  week: (ms: number) => Math.floor((Math.floor(ms / DAY_MS) - MONDAY) / 7),
  month: (ms: number) => new Date(ms).getUTCFullYear() * 12 + new Date(ms).getUTCMonth(),
};

/** The slot's first minute, as a datetime. */
function slotOf(region: string, count: number): (ms: number) => number {
  const minutes = tradingMinutes(region);
  const place = new Map(minutes.map((minute, index) => [minute, index]));
  return (ms) => {
    const day = Math.floor(ms / DAY_MS) * DAY_MS;
    const index = place.get(Math.floor((ms - day) / MINUTE_MS));
    if (index === undefined)
      throw new DataError(
        `Cannot resample: ${formatDatetime(ms)} lies outside the trading sessions of region ${region}\n  bars are named by their first minute; is it another region? openMarket(address, { region: "…" })`,
      );
    return day + minutes[index - (index % count)]! * MINUTE_MS;
  };
}
