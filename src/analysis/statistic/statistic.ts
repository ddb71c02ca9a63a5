import type { Compounding, ReturnFacts } from "./return-facts.js";

/** What a statistic's number is, so that it can be shown: a decimal share, a bare ratio, days, a count, a date (epoch ms), a probability. */
export type StatisticUnit = "share" | "ratio" | "days" | "periods" | "count" | "date" | "probability";

export type StatisticGroup =
  | "period"
  | "return"
  | "risk"
  | "ratio"
  | "drawdown"
  | "tail"
  | "trade"
  | "lookback"
  | "benchmark"
  | "honesty"
  | "user";

/** What a statistic needs beside the returns. */
export type StatisticNeed = "dates" | "benchmark" | "trials";

/** One figure of a series of returns, with all that a reader needs to recompute it. */
export interface Statistic {
  /** Its name in tables and metrics, such as `sharpe`. */
  readonly id: string;
  readonly label: string;
  readonly group: StatisticGroup;
  readonly unit: StatisticUnit;
  /** In symbols: r returns per period, b the benchmark's, n their number, N periods per year, f risk-free per period. One text per mode where they differ. */
  readonly formula: string | Readonly<Record<Compounding, string>>;
  /** What the formula leaves open: ddof, percentiles, what counts as a day. */
  readonly convention: string;
  /** The paper or the library whose definition this is. */
  readonly source: string;
  readonly needs: readonly StatisticNeed[];
  /** Never called without what it `needs`. NaN where the figure is not defined. */
  readonly compute: (facts: ReturnFacts) => number;
}

/** A statistic of one's own: only `id` and `compute` have to be said. */
export type OwnStatistic = Pick<Statistic, "id" | "compute"> & Partial<Omit<Statistic, "id" | "compute">>;

/** The short form in which the families below are written. */
export function statistic(
  group: StatisticGroup,
  unit: StatisticUnit,
  id: string,
  label: string,
  formula: Statistic["formula"],
  convention: string,
  source: string,
  compute: Statistic["compute"],
  needs: readonly StatisticNeed[] = [],
): Statistic {
  return { id, label, group, unit, formula, convention, source, needs, compute };
}
