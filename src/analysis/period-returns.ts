import { table, type ColumnTable } from "arquero";
import { refuseUnknownOptions } from "../engine/refuse-unknown-options.js";
import { InvalidArgumentError } from "../errors.js";
import { CONVENTION_OPTIONS, type ConventionOptions } from "./statistic/conventions.js";
import type { Period } from "./statistic/period-returns.js";
import type { ReturnFacts } from "./statistic/return-facts.js";
import type { ReturnSource } from "./statistic/return-series.js";
import { returnFacts, STATISTICS_OPTIONS, type StatisticsOptions } from "./statistics.js";

const MONTHS = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];

/**
 * Returns by calendar week, month, quarter or year, compounded (or added up) inside each.
 *
 * The first and the last period may be parts. Missing returns are left out; a period without any does not appear.
 *
 * @param returns A table with `datetime` and returns.
 * @param period Default `month`. Weeks begin on Monday.
 * @returns `datetime` (first day of the period), `year`, `month` (1–12), `return`; with a benchmark also `benchmark`
 * (from the days that both have) and `active`, the difference.
 * @throws InvalidArgumentError when there are no dates.
 * @example
 * periodReturns({ datetime: ["2020-01-02", "2020-01-03"], return: [0.1, 0.1] }).get("return", 0) // -> 0.21000000000000019
 */
export function periodReturns(
  returns: ReturnSource,
  period: Period = "month",
  options: StatisticsOptions = {},
): ColumnTable {
  refuseUnknownOptions("Cannot group returns", options, STATISTICS_OPTIONS);
  if (!["week", "month", "quarter", "year"].includes(period))
    throw new InvalidArgumentError(`Cannot group returns: "${String(period)}" is none of week, month, quarter, year`);
  const facts = dated(returns, options);
  const { starts, returns: values } = facts.by(period);
  const columns = {
    datetime: Array.from(starts, (ms) => new Date(ms)),
    year: Array.from(starts, (ms) => new Date(ms).getUTCFullYear()),
    month: Array.from(starts, (ms) => new Date(ms).getUTCMonth() + 1),
    return: values,
  };
  if (!facts.hasBenchmark) return table(columns);
  const other = benchmarkFacts(facts).by(period);
  const place = new Map(Array.from(other.starts, (start, i) => [start, other.returns[i]!]));
  const benchmark = Float64Array.from(starts, (start) => place.get(start) ?? NaN);
  return table({ ...columns, benchmark, active: values.map((value, i) => value - benchmark[i]!) });
}

/**
 * The calendar of returns: a row per year, a column per month, and the year as a whole.
 *
 * @returns `year`, `Jan` … `Dec` (NaN where there is no return), `whole`.
 * @throws InvalidArgumentError when there are no dates.
 * @example
 * monthlyTable({ datetime: ["2020-01-02", "2020-02-03"], return: [0.1, 0.1] }).get("Feb", 0) // -> 0.10000000000000009
 */
export function monthlyTable(returns: ReturnSource, options: ConventionOptions = {}): ColumnTable {
  refuseUnknownOptions("Cannot make the table of months", options, CONVENTION_OPTIONS);
  const facts = dated(returns, options);
  const [months, years] = [facts.by("month"), facts.by("year")];
  const row = new Map(Array.from(years.starts, (start, i) => [new Date(start).getUTCFullYear(), i]));
  const columns = Array.from({ length: 12 }, () => new Float64Array(row.size).fill(NaN));
  months.starts.forEach((start, i) => {
    const date = new Date(start);
    columns[date.getUTCMonth()]![row.get(date.getUTCFullYear())!] = months.returns[i]!;
  });
  return table({
    year: [...row.keys()],
    ...Object.fromEntries(MONTHS.map((name, month) => [name, columns[month]!])),
    whole: years.returns,
  });
}

function dated(returns: ReturnSource, options: StatisticsOptions): ReturnFacts {
  const facts = returnFacts(returns, options);
  if (!facts.dates)
    throw new InvalidArgumentError(
      "Cannot group returns by calendar: they have no dates\n  give a table with the columns datetime and return",
    );
  return facts;
}

/** The benchmark as a series of its own, on the periods that the strategy has too. */
function benchmarkFacts(facts: ReturnFacts): ReturnFacts {
  const { benchmark, dates } = facts.paired;
  return returnFacts({ datetime: dates!, return: benchmark }, facts.conventions);
}
