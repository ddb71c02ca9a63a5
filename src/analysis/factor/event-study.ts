import { table, type ColumnTable } from "arquero";
import { formatDatetime, parseDatetime, type DatetimeInput } from "../../engine/datetime.js";
import { refuseUnknownOptions } from "../../engine/refuse-unknown-options.js";
import { InvalidArgumentError } from "../../errors.js";
import { Panel } from "../../panel/panel.js";
import type { PanelSource } from "../../panel/panel-from.js";
import { average, deviation } from "../statistic/series-moments.js";

export interface EventStudyOptions {
  /** Steps before and after the event. Default 5 and 15. */
  readonly before?: number;
  readonly after?: number;
  /** Column of prices. Default `close`. */
  readonly price?: string;
  /** Subtract the mean cumulative return of all instruments of those dates. Default false. */
  readonly demeaned?: boolean;
}

export interface EventStudy {
  /** `step` (0 = the event)`, mean, std, error, low, high, events` with a price there: of price / price at the event − 1. */
  readonly path: ColumnTable;
  /** `datetime, events`: when they happened. */
  readonly distribution: ColumnTable;
  readonly used: number;
  /** Events at an instrument or date that the prices do not have, or without a price on that date. */
  readonly unmatched: number;
}

/**
 * What prices do around an event: mean return before and after, with its spread.
 *
 * Steps are dates of the prices. An instrument without a price at a step is left out of that step and counted by `events`.
 * The error is std / √events; events of one week share their market, so it is too small unless `demeaned`.
 *
 * @param prices One row per (datetime, instrument).
 * @param events `datetime`, `instrument`: the top quantile of a score, earnings, index changes.
 * @throws InvalidArgumentError when no event meets the prices.
 * @example
 * const prices = { datetime: ["2020-01-02", "2020-01-03"], instrument: ["A", "A"], close: [100, 110] };
 * eventStudy(prices, { datetime: ["2020-01-02"], instrument: ["A"] }, { before: 0, after: 1 }).path.array("mean") // -> [0, 0.10000000000000009]
 */
export function eventStudy(
  prices: PanelSource,
  events: { readonly datetime: ArrayLike<DatetimeInput>; readonly instrument: ArrayLike<string> },
  options: EventStudyOptions = {},
): EventStudy {
  refuseUnknownOptions("Cannot study events", options, ["before", "after", "price", "demeaned"]);
  const { before = 5, after = 15, price = "close", demeaned = false } = options;
  if (![before, after].every((steps) => Number.isInteger(steps) && steps >= 0))
    throw new InvalidArgumentError(
      `Cannot study events: ${before} steps before and ${after} after, whole numbers ≥ 0 expected`,
    );
  const panel = Panel.from(prices);
  const values = panel.get(price);
  const width = panel.instruments.length;
  const grid = new Float64Array(panel.numDates * width).fill(NaN);
  for (let d = 0; d < panel.numDates; d++) {
    const [from, to] = panel.rowsOf(d);
    for (let row = from; row < to; row++) grid[d * width + panel.codes[row]!] = values[row]!;
  }
  const dateOf = new Map(Array.from(panel.dates, (ms, d) => [ms, d]));
  const codeOf = new Map(panel.instruments.map((name, code) => [name, code]));
  const steps = Array.from({ length: before + after + 1 }, (_, i) => i - before);
  const samples: number[][] = steps.map(() => []);
  const perDate = new Map<number, number>();
  const markets = new Map<number, Float64Array>();
  const total = events.datetime.length;
  let used = 0;
  for (let e = 0; e < total; e++) {
    const ms = parseDatetime(events.datetime[e]!);
    const [d, code] = [dateOf.get(ms), codeOf.get(events.instrument[e]!)];
    const base = d === undefined || code === undefined ? NaN : grid[d * width + code]!;
    if (!(base > 0)) continue;
    used++;
    perDate.set(ms, (perDate.get(ms) ?? 0) + 1);
    const market = demeaned && (markets.get(d!) ?? marketPath(grid, width, panel.numDates, d!, steps));
    if (market) markets.set(d!, market);
    steps.forEach((step, i) => {
      const at = d! + step;
      const value = at < 0 || at >= panel.numDates ? NaN : grid[at * width + code!]! / base - 1;
      if (Number.isFinite(value)) samples[i]!.push(market ? value - market[i]! : value);
    });
  }
  if (used === 0)
    throw new InvalidArgumentError(
      `Cannot study events: none of ${total} events has a price on its date` +
        (panel.numDates
          ? `\n  prices run from ${formatDatetime(panel.dates[0]!)} to ${formatDatetime(panel.dates.at(-1)!)}`
          : ""),
    );
  const found = samples.map((list) => {
    const [n, center, std] = [list.length, average(Float64Array.from(list)), deviation(Float64Array.from(list))];
    return { n, mean: center, std, error: std / Math.sqrt(n) };
  });
  const when = [...perDate].sort(([a], [b]) => a - b);
  return {
    path: table({
      step: steps,
      mean: found.map((one) => one.mean),
      std: found.map((one) => one.std),
      error: found.map((one) => one.error),
      low: found.map((one) => one.mean - 1.96 * one.error),
      high: found.map((one) => one.mean + 1.96 * one.error),
      events: found.map((one) => one.n),
    }),
    distribution: table({ datetime: when.map(([ms]) => new Date(ms)), events: when.map(([, count]) => count) }),
    used,
    unmatched: total - used,
  };
}

/** Mean cumulative return of all instruments around a date, by step. */
function marketPath(
  grid: Float64Array,
  width: number,
  dates: number,
  d: number,
  steps: readonly number[],
): Float64Array {
  return Float64Array.from(steps, (step) => {
    let [total, n] = [0, 0];
    if (d + step < 0 || d + step >= dates) return NaN;
    for (let code = 0; code < width; code++) {
      const value = grid[(d + step) * width + code]! / grid[d * width + code]! - 1;
      if (Number.isFinite(value)) [total, n] = [total + value, n + 1];
    }
    return total / n;
  });
}
