import type { Frequency } from "./frequency.js";
import type { TradingCalendar } from "./trading-calendar.js";

const DAY_MS = 86_400_000;
const MINUTE_MS = 60_000;
/** Fewer entries than this say nothing about weeks and months: holidays make gaps of days. */
const ENOUGH = 5;

/**
 * What a calendar's entries look like: minutes when any has a time of day, by the smallest step inside a day; else days, weeks or
 * months by the usual step.
 *
 * @example
 * inferFrequency(TradingCalendar.from(["2024-01-02 09:30", "2024-01-02 09:35"])) // -> { count: 5, unit: 'min' }
 */
export function inferFrequency({ datetimes }: TradingCalendar): Frequency {
  if (datetimes.some((ms) => ms % DAY_MS !== 0)) {
    let step = Infinity;
    for (let i = 1; i < datetimes.length; i++) {
      const isSameDay = Math.floor(datetimes[i]! / DAY_MS) === Math.floor(datetimes[i - 1]! / DAY_MS);
      if (isSameDay) step = Math.min(step, datetimes[i]! - datetimes[i - 1]!);
    }
    return step < Infinity
      ? { count: Math.max(1, Math.round(step / MINUTE_MS)), unit: "min" }
      : { count: 1, unit: "day" };
  }
  if (datetimes.length < ENOUGH) return { count: 1, unit: "day" };
  const steps = Float64Array.from({ length: datetimes.length - 1 }, (_, i) => datetimes[i + 1]! - datetimes[i]!).sort();
  const usual = steps[steps.length >> 1]! / DAY_MS;
  if (usual >= 25) return { count: Math.round(usual / 30.44), unit: "month" };
  return usual >= 6 ? { count: Math.round(usual / 7), unit: "week" } : { count: 1, unit: "day" };
}
