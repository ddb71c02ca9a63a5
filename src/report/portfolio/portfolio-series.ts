import { curve } from "../../analysis/statistic/wealth.js";
import type { Compounding } from "../../analysis/statistic/return-facts.js";
import { returnSeries, type ReturnSource } from "../../analysis/statistic/return-series.js";
import { DataError, InvalidArgumentError, UnknownNameError } from "../../errors.js";
import { columnsOf, isNumbers } from "../../analysis/statistic/return-series.js";

/** One series of returns that a portfolio report speaks of. */
export interface NamedReturns {
  /** As it stands in figures: `Strategy`. */
  readonly name: string;
  /** Simple returns per period as decimals, on the days of the report. NaN where there is none. */
  readonly returns: Float64Array;
  /** Cumulative return after each day, by the report's mode; a missing day changes nothing. */
  readonly path: Float64Array;
}

/** A portfolio's days, in order of time. */
export interface PortfolioSeries {
  /** Epoch ms. */
  readonly days: Float64Array;
  /** After cost. */
  readonly strategy: NamedReturns;
  /** Before cost; the same as `strategy` when no cost is known. */
  readonly gross: NamedReturns;
  readonly benchmark?: NamedReturns;
  /** Strategy − benchmark, after cost. */
  readonly excess?: NamedReturns;
  /** Strategy − benchmark, before cost. */
  readonly grossExcess?: NamedReturns;
  /** Cost as a share of the account; absent when none is known. */
  readonly cost?: Float64Array;
  /** Bought plus sold as a share of the account. */
  readonly turnover?: Float64Array;
  readonly mode: Compounding;
  readonly periodsPerYear: number;
  /** Rows without a return, which were left out. */
  readonly missing: number;
  /** Days without a return of the benchmark. */
  readonly unmatched: number;
}

export interface PortfolioSeriesOptions {
  /** `sum`: returns are added up, as Qlib does; `product`: compounded. */
  readonly mode?: Compounding;
  readonly periodsPerYear?: number;
  /** Returns of the benchmark, when the report has no column `bench`. Matched by date. */
  readonly benchmark?: ReturnSource;
}

/**
 * Reads a back-test's report table, or a bare series of returns.
 *
 * @param source Columns `datetime` and `return` (before cost), and where they are known `cost`, `bench` and `turnover`.
 * @throws InvalidArgumentError when no row has a return; DataError for a return of ±∞; UnknownNameError without the columns.
 */
export function portfolioSeries(
  source: ReturnSource,
  { mode = "product", periodsPerYear = 252, benchmark }: PortfolioSeriesOptions = {},
): PortfolioSeries {
  if (isNumbers(source))
    throw new InvalidArgumentError(
      "Cannot report on bare numbers: a table with the columns datetime and return expected",
    );
  const { names } = columnsOf(source);
  const all = returnSeries(source, "return");
  if (!all.dates)
    throw new UnknownNameError("column", "datetime", names, { context: "Cannot report on returns without dates" });
  const kept = Int32Array.from(all.values.keys()).filter((row) => !Number.isNaN(all.values[row]!));
  if (kept.length === 0)
    throw new InvalidArgumentError(
      `Cannot report on the portfolio: none of its ${all.values.length} rows has a return`,
    );
  const column = (name: string): Float64Array | undefined =>
    names.includes(name) ? at(returnSeries(source, name).values, kept) : undefined;
  const days = at(all.dates, kept);
  const gross = at(all.values, kept);
  const cost = column("cost");
  const bench = column("bench") ?? (benchmark === undefined ? undefined : onDays(benchmark, days));
  for (const [name, values] of Object.entries({ return: gross, cost, bench })) refuseInfinite(name, values, days);

  const named = (name: string, returns: Float64Array): NamedReturns => ({ name, returns, path: pathOf(returns, mode) });
  const net = cost ? gross.map((value, i) => value - zeroIfMissing(cost[i]!)) : gross;
  return {
    days,
    strategy: named("Strategy", net),
    gross: named("Strategy before cost", gross),
    ...(bench && {
      benchmark: named("Benchmark", bench),
      excess: named("Excess", minus(net, bench)),
      grossExcess: named("Excess before cost", minus(gross, bench)),
    }),
    ...(cost && { cost }),
    turnover: column("turnover"),
    mode,
    periodsPerYear,
    missing: all.values.length - kept.length,
    unmatched: bench ? bench.filter(Number.isNaN).length : 0,
  };
}

/** The values of a series with dates on some days; NaN where it has none. */
function onDays(source: ReturnSource, days: Float64Array): Float64Array {
  const { values, dates } = returnSeries(source);
  if (!dates)
    throw new InvalidArgumentError("Cannot match the benchmark: a table with the columns datetime and return expected");
  const byDay = new Map(Array.from(dates, (day, i) => [day, values[i]!]));
  return days.map((day) => byDay.get(day) ?? NaN);
}

function refuseInfinite(name: string, values: Float64Array | undefined, days: Float64Array): void {
  const row = values?.findIndex((value) => value === Infinity || value === -Infinity) ?? -1;
  if (row < 0) return;
  const day = new Date(days[row]!).toISOString().slice(0, 10);
  throw new DataError(
    `Cannot report on the portfolio: "${name}" is ${values![row]} on ${day}\n  a price of 0 before it is the usual cause`,
  );
}

const at = (values: Float64Array, rows: Int32Array) => Float64Array.from(rows, (row) => values[row]!);
const minus = (a: Float64Array, b: Float64Array) => a.map((value, i) => value - b[i]!);
const zeroIfMissing = (value: number) => (Number.isNaN(value) ? 0 : value);
const pathOf = (returns: Float64Array, mode: Compounding) => curve(returns.map(zeroIfMissing), mode);
