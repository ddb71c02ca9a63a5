import type { Compounding } from "./return-facts.js";

export type Period = "week" | "month" | "quarter" | "year";

/** Returns added up or compounded inside calendar periods. */
export interface PeriodReturns {
  /** First day of each period, epoch ms (UTC); weeks begin on Monday. */
  readonly starts: Float64Array;
  readonly returns: Float64Array;
}

const DAY_MS = 86_400_000;

/** Returns by calendar period, in order; periods without a return do not appear. */
export function groupByPeriod(
  returns: Float64Array,
  dates: Float64Array,
  period: Period,
  mode: Compounding,
): PeriodReturns {
  const starts: number[] = [];
  const values: number[] = [];
  for (let i = 0; i < returns.length; i++) {
    const start = periodStart(dates[i]!, period);
    if (start !== starts.at(-1)) {
      starts.push(start);
      values.push(returns[i]!);
      continue;
    }
    const last = values.length - 1;
    values[last] = mode === "product" ? (1 + values[last]!) * (1 + returns[i]!) - 1 : values[last]! + returns[i]!;
  }
  return { starts: Float64Array.from(starts), returns: Float64Array.from(values) };
}

/** First day of the period that a datetime lies in, epoch ms (UTC). */
export function periodStart(ms: number, period: Period): number {
  const date = new Date(ms);
  const [year, month] = [date.getUTCFullYear(), date.getUTCMonth()];
  if (period === "week") return (Math.floor(ms / DAY_MS) - ((date.getUTCDay() + 6) % 7)) * DAY_MS;
  if (period === "month") return Date.UTC(year, month, 1);
  return Date.UTC(year, period === "quarter" ? month - (month % 3) : 0, 1);
}
