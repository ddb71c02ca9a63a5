import { refuseUnknownOptions } from "../engine/refuse-unknown-options.js";
import { table, type ColumnTable } from "arquero";
import { InvalidArgumentError } from "../errors.js";
import { CONVENTION_OPTIONS, readConventions, type ConventionOptions } from "./statistic/conventions.js";
import type { Drawdown } from "./statistic/drawdowns.js";
import { ReturnFacts } from "./statistic/return-facts.js";
import { returnSeries, type ReturnSource } from "./statistic/return-series.js";

const DAY_MS = 86_400_000;

export interface DrawdownTableOptions extends ConventionOptions {
  /** How many, the deepest first. Default 5. */
  readonly top?: number;
}

/**
 * The worst falls below the highest point so far: when, how deep, how long.
 *
 * The start counts as a high, so a loss on the first day is a drawdown. Missing returns are left out.
 *
 *     rank  depth   peak        start       valley      end         recovery    days  businessDays  periods
 *     1     -0.53   2007-10-09  2007-10-10  2009-03-09  2010-01-08  2010-01-11  822   590           569
 *
 * `peak` is the date of the high (missing when that is the start), `start` and `end` the first and last day under water, `recovery` the first
 * day at or above the high again (missing while it lasts). `days` counts calendar days from `start` to `end`, both included (as
 * quantstats), `businessDays` Mondays to Fridays from `peak` to `recovery`, both included (as pyfolio), `periods` those under water.
 *
 * @param returns Returns with dates; without, dates and days are missing and only the numbers of periods remain.
 * @returns At most `top` rows, deepest first; equally deep ones in order of time. No row when there is none.
 * @throws InvalidArgumentError unless `top` is a whole number ≥ 1.
 * @example
 * drawdownTable({ datetime: ["2020-01-02", "2020-01-03", "2020-01-06"], return: [0.1, -0.5, 1] }).get("days", 0) // -> 1
 */
export function drawdownTable(returns: ReturnSource, options: DrawdownTableOptions = {}): ColumnTable {
  refuseUnknownOptions("Cannot list the drawdowns", options, [...CONVENTION_OPTIONS, "top"]);
  const { top = 5 } = options;
  if (!Number.isInteger(top) || top < 1)
    throw new InvalidArgumentError(`Cannot list the drawdowns: top is ${top}, a whole number ≥ 1 expected`);
  const facts = new ReturnFacts(returnSeries(returns, options.column), readConventions(options));
  const worst = [...facts.drawdowns].sort((a, b) => a.depth - b.depth).slice(0, top);
  const last = facts.n - 1;
  const dateOf = (period: number | undefined): Date | null =>
    facts.dates && period !== undefined && period >= 0 ? new Date(facts.dates[period]!) : null;
  return table({
    rank: worst.map((_, i) => i + 1),
    depth: Float64Array.from(worst, (one) => one.depth),
    peak: worst.map((one) => dateOf(one.peak)),
    start: worst.map((one) => dateOf(one.peak + 1)),
    valley: worst.map((one) => dateOf(one.valley)),
    end: worst.map((one) => dateOf((one.recovery ?? last + 1) - 1)),
    recovery: worst.map((one) => dateOf(one.recovery)),
    days: Float64Array.from(worst, (one) => (facts.dates ? daysUnderWater(one, facts.dates) : NaN)),
    businessDays: Float64Array.from(worst, ({ peak, recovery }) =>
      facts.dates && peak >= 0 && recovery !== undefined ? weekdays(facts.dates[peak]!, facts.dates[recovery]!) : NaN,
    ),
    periods: worst.map((one) => (one.recovery ?? last + 1) - one.peak - 1),
  });
}

/** Calendar days from the first to the last day under water, both included. */
export function daysUnderWater({ peak, recovery }: Drawdown, dates: Float64Array): number {
  const end = dates[(recovery ?? dates.length) - 1]!;
  return Math.floor(end / DAY_MS) - Math.floor(dates[peak + 1]! / DAY_MS) + 1;
}

/** Mondays to Fridays from one date to another, both included. */
function weekdays(from: number, to: number): number {
  // Day 0 of the epoch was a Thursday: +3 makes Monday 0.
  const upTo = (ms: number) => {
    const day = Math.floor(ms / DAY_MS) + 3;
    return Math.floor(day / 7) * 5 + Math.min(day - Math.floor(day / 7) * 7, 5);
  };
  return upTo(to + DAY_MS) - upTo(from);
}
