import { InvalidArgumentError } from "../../errors.js";
import type { ReturnSeries } from "./return-series.js";

/** Two series on the dates that both have, and how many that leaves out. */
export interface PairedReturns {
  readonly returns: Float64Array;
  readonly benchmark: Float64Array;
  /** Dates of these periods, where the strategy has dates. */
  readonly dates: Float64Array | undefined;
  /** Dates of the strategy without a return of the benchmark. */
  readonly unmatched: number;
}

/**
 * Puts a strategy beside its benchmark: by date where both have dates, else by position.
 *
 * Only periods on which both are present remain; the others are counted. Nothing is filled in, so a benchmark that lacks a day
 * is not credited with a return of 0 on it.
 *
 * @throws InvalidArgumentError when one lacks dates and the lengths differ, or when no date is in both.
 */
export function pairSeries(strategy: ReturnSeries, benchmark: ReturnSeries): PairedReturns {
  const dated = strategy.dates !== undefined && benchmark.dates !== undefined;
  if (!dated && strategy.values.length !== benchmark.values.length)
    throw new InvalidArgumentError(
      `Cannot compare with the benchmark: ${strategy.values.length} returns and ${benchmark.values.length} of the benchmark` +
        `\n  give both as tables with a datetime column, then they are matched by date`,
    );
  const place = dated ? new Map(Array.from(benchmark.dates!, (date, i) => [date, i])) : undefined;
  const [returns, other, dates] = [[] as number[], [] as number[], [] as number[]];
  let present = 0;
  for (let i = 0; i < strategy.values.length; i++) {
    const value = strategy.values[i]!;
    if (Number.isNaN(value)) continue;
    present++;
    const at = place ? place.get(strategy.dates![i]!) : i;
    const against = at === undefined ? NaN : benchmark.values[at]!;
    if (Number.isNaN(against)) continue;
    returns.push(value);
    other.push(against);
    if (strategy.dates) dates.push(strategy.dates[i]!);
  }
  if (present > 0 && returns.length === 0)
    throw new InvalidArgumentError("Cannot compare with the benchmark: no date has a return in both series");
  return {
    returns: Float64Array.from(returns),
    benchmark: Float64Array.from(other),
    dates: strategy.dates && Float64Array.from(dates),
    unmatched: present - returns.length,
  };
}
