import { refuseUnknownOptions } from "../engine/refuse-unknown-options.js";
import { table, type ColumnTable } from "arquero";
import { InvalidArgumentError, UnknownNameError } from "../errors.js";
import { CONVENTION_OPTIONS, readConventions, type ConventionOptions } from "./statistic/conventions.js";
import { ReturnFacts, type Trials } from "./statistic/return-facts.js";
import { columnsOf, isNumbers, returnSeries, type ReturnSource } from "./statistic/return-series.js";
import { getStatistic, listStatistics } from "./statistic/statistic-registry.js";
import type { Statistic, StatisticNeed } from "./statistic/statistic.js";
import { trialsOf } from "./luck/deflated-sharpe.js";

export interface StatisticsOptions extends ConventionOptions {
  /** A series of returns, or the name of a column of the same table. Matched by date where both have dates. */
  readonly benchmark?: ReturnSource | string;
  /** Which, in this order. Default: all that the given data allow, in the registry's order. */
  readonly ids?: readonly string[];
  /** What was tried to find this one: the number and the spread of Sharpe ratios per period, or these ratios. For the deflated figures. */
  readonly trials?: Trials | ArrayLike<number>;
}

export const STATISTICS_OPTIONS: readonly (keyof StatisticsOptions)[] = [
  ...CONVENTION_OPTIONS,
  ...(["benchmark", "ids", "trials"] as const),
];

/**
 * Every statistic of a series of returns, each with its formula, convention and source.
 *
 * Missing returns are left out and counted (`missing`). A figure that is not defined (one day, constant returns) is NaN.
 *
 *     id      label         value  unit   group  formula              convention  source       n    missing
 *     sharpe  Sharpe ratio  0.64   ratio  ratio  mean(r − f) / …      252 periods a year, …    2985 0
 *
 * `convention` names periods per year, compounding and risk-free rate with what is particular to the figure. {@link registerStatistic}
 * adds one, {@link listStatistics} lists them.
 *
 * @param returns Simple returns per period as decimals (0.01 = 1 %): numbers in order of time, or a table with `datetime` and `return`.
 * Figures by month and lookbacks need dates.
 * @returns One row per statistic; without `ids` those that need dates, a benchmark or trials appear when these are given.
 * @throws InvalidArgumentError when an asked statistic needs what is not given, or for a return of ±∞; UnknownNameError for an
 * unknown id.
 * @example
 * statistics([0.5, -0.5], { ids: ["cumulative_return", "max_drawdown"] }).array("value") // -> [-0.25, -0.5]
 */
export function statistics(returns: ReturnSource, options: StatisticsOptions = {}): ColumnTable {
  refuseUnknownOptions("Cannot compute statistics", options, STATISTICS_OPTIONS);
  const facts = returnFacts(returns, options);
  const chosen = options.ids
    ? options.ids.map((id) => needed(getStatistic(id), facts))
    : listStatistics().filter(({ needs }) => needs.every((need) => has(facts, need)));
  return table({
    id: chosen.map(({ id }) => id),
    label: chosen.map(({ label }) => label),
    value: Float64Array.from(chosen, (one) => computeStatistic(one, facts)),
    unit: chosen.map(({ unit }) => unit),
    group: chosen.map(({ group }) => group),
    formula: chosen.map(({ formula }) => (typeof formula === "string" ? formula : formula[facts.conventions.mode])),
    convention: chosen.map((one) => describeConvention(one, facts)),
    source: chosen.map(({ source }) => source),
    n: chosen.map(({ needs }) => (needs.includes("benchmark") ? facts.paired.returns.length : facts.n)),
    missing: chosen.map(({ needs }) => facts.missing + (needs.includes("benchmark") ? facts.paired.unmatched : 0)),
  });
}

/** The series, its benchmark and the conventions as statistics take them. */
export function returnFacts(returns: ReturnSource, options: StatisticsOptions): ReturnFacts {
  const series = returnSeries(returns, options.column);
  const infinite = series.values.findIndex((value) => value === Infinity || value === -Infinity);
  if (infinite >= 0)
    throw new InvalidArgumentError(
      `Cannot compute statistics: return number ${infinite} is ${series.values[infinite]}\n  a price of 0 before it is the usual cause; leave it out or set it to NaN`,
    );
  const benchmark =
    options.benchmark === undefined
      ? undefined
      : typeof options.benchmark === "string"
        ? returnSeries(returns, benchmarkColumn(returns, options.benchmark))
        : returnSeries(options.benchmark);
  const trials =
    options.trials === undefined ? undefined : "count" in options.trials ? options.trials : trialsOf(options.trials);
  return new ReturnFacts(series, readConventions(options), benchmark, trials);
}

/** NaN for an empty series, whatever the formula makes of it; counts stay counts. */
export function computeStatistic(one: Statistic, facts: ReturnFacts): number {
  return facts.n === 0 && one.unit !== "count" && one.unit !== "periods" ? NaN : one.compute(facts);
}

function benchmarkColumn(returns: ReturnSource, name: string): string {
  const names = isNumbers(returns) ? [] : columnsOf(returns).names;
  if (!names.includes(name)) throw new UnknownNameError("column for the benchmark", name, names);
  return name;
}

const has = (facts: ReturnFacts, need: StatisticNeed): boolean =>
  need === "dates" ? facts.dates !== undefined : need === "benchmark" ? facts.hasBenchmark : facts.trials !== undefined;

const HOW: Readonly<Record<StatisticNeed, string>> = {
  dates: "give a table with the columns datetime and return",
  benchmark: "give { benchmark: returns }",
  trials: "give { trials: { count, sharpeStd } } or the trials' Sharpe ratios per period",
};

function needed(one: Statistic, facts: ReturnFacts): Statistic {
  const lacking = one.needs.find((need) => !has(facts, need));
  if (lacking === undefined) return one;
  throw new InvalidArgumentError(`Cannot compute "${one.id}": it needs ${lacking}\n  ${HOW[lacking]}`);
}

function describeConvention(
  { convention, group, unit }: Statistic,
  { conventions, riskFreePerPeriod }: ReturnFacts,
): string {
  const own = convention.replace("{rf}", String(riskFreePerPeriod));
  if (group === "period" || unit === "count") return own;
  const { periodsPerYear, mode, riskFree } = conventions;
  const shared = `${periodsPerYear} periods a year, ${mode === "product" ? "compounded" : "added up"}, risk-free ${riskFree}`;
  return own ? `${shared}; ${own}` : shared;
}
