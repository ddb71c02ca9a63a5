import { curve } from "../../analysis/statistic/wealth.js";
import type { Compounding } from "../../analysis/statistic/return-facts.js";
import { returnSeries, type ReturnSource } from "../../analysis/statistic/return-series.js";
import { DataError, InvalidArgumentError, UnknownNameError } from "../../errors.js";
import { columnsOf, isNumbers } from "../../analysis/statistic/return-series.js";
import { formatDatetime } from "../../engine/datetime.js";
import { intoDays } from "./into-days.js";

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
  /** Days without a return of the benchmark; when that is all of them, there is none. */
  readonly unmatched: number;
  /** Rows with a return: more than days when a day has several, which were put together. */
  readonly rows: number;
}

export interface PortfolioSeriesOptions {
  /** `sum`: returns are added up, as Qlib does; `product`: compounded. */
  readonly mode?: Compounding;
  /** Days in a year, also for returns within days, which are put into days first. Default 252. */
  readonly periodsPerYear?: number;
  /** Returns of the benchmark, when the report has no column `bench`. Matched by date. */
  readonly benchmark?: ReturnSource;
}

/**
 * Reads a back-test's report table, or a bare series of returns; several rows of a day (minutes) are put into one.
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
  const kept = rowsWith(all.values);
  if (kept.length === 0)
    throw new InvalidArgumentError(
      `Cannot report on the portfolio: none of its ${all.values.length} rows has a return`,
    );
  const column = (name: string): Float64Array | undefined =>
    names.includes(name) ? at(returnSeries(source, name).values, kept) : undefined;
  const times = at(all.dates, kept);
  const own = at(all.values, kept);
  const known = {
    cost: column("cost"),
    turnover: column("turnover"),
    bench: column("bench") ?? (benchmark === undefined ? undefined : onDays(benchmark, times)),
  };
  const { turnover: _, ...finite } = known;
  for (const [name, values] of Object.entries({ return: own, ...finite })) refuseInfinite(name, values, times);
  const { days, returns, amounts } = intoDays(
    {
      days: times,
      returns: {
        gross: own,
        ...(known.cost && { net: own.map((value, i) => value - zeroIfMissing(known.cost![i]!)) }),
        ...(known.bench && { bench: known.bench }),
      },
      amounts: {
        ...(known.cost && { cost: known.cost }),
        ...(known.turnover && { turnover: known.turnover }),
      },
    },
    mode,
  );
  const [gross, { cost, turnover }] = [returns.gross!, amounts];
  const bench = returns.bench?.some((value) => !Number.isNaN(value)) ? returns.bench : undefined;
  const net = returns.net ?? gross;

  const named = (name: string, values: Float64Array): NamedReturns => ({
    name,
    returns: values,
    path: pathOf(values, mode),
  });
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
    ...(turnover && { turnover }),
    mode,
    periodsPerYear,
    missing: all.values.length - kept.length,
    unmatched: returns.bench?.filter(Number.isNaN).length ?? 0,
    rows: kept.length,
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
  const day = formatDatetime(days[row]!);
  throw new DataError(
    `Cannot report on the portfolio: "${name}" is ${values![row]} on ${day}\n  a price of 0 before it is the usual cause`,
  );
}

/** Both run over minutes: `Float64Array.from` would take most of the report's time. */
function at(values: Float64Array, rows: Int32Array): Float64Array {
  if (rows.length === values.length) return values;
  const picked = new Float64Array(rows.length);
  for (let i = 0; i < rows.length; i++) picked[i] = values[rows[i]!]!;
  return picked;
}

function rowsWith(values: Float64Array): Int32Array {
  const rows = new Int32Array(values.length);
  let count = 0;
  for (let row = 0; row < values.length; row++) if (!Number.isNaN(values[row]!)) rows[count++] = row;
  return rows.subarray(0, count);
}

const minus = (a: Float64Array, b: Float64Array) => a.map((value, i) => value - b[i]!);
const zeroIfMissing = (value: number) => (Number.isNaN(value) ? 0 : value);
const pathOf = (returns: Float64Array, mode: Compounding) => curve(returns.map(zeroIfMissing), mode);
