import { table, type ColumnTable } from "arquero";
import { refuseUnknownOptions } from "../../engine/refuse-unknown-options.js";
import { InvalidArgumentError } from "../../errors.js";
import { Panel } from "../../panel/panel.js";
import type { PanelSource } from "../../panel/panel-from.js";
import { mean, std } from "../moments.js";
import { studentTwoSided } from "../normal-quantile.js";
import { average, slope } from "../statistic/series-moments.js";
import { summarizeIc } from "../summarize-ic.js";
import { factorPass, type FactorPass } from "./factor-pass.js";

export interface AnalyzeFactorOptions {
  /** Default `score`. */
  readonly score?: string;
  /** Columns of forward returns with their horizon in steps. Default every column `r<number>`, such as {@link forwardReturns} makes, else `{ label: 1 }`. */
  readonly horizons?: Readonly<Record<string, number>>;
  /** Default 5. */
  readonly quantiles?: number;
  /** Dates between two that are compared for turnover and rank autocorrelation. Default the horizons. */
  readonly lags?: readonly number[];
  /** For the yearly alpha. Default 252. */
  readonly periodsPerYear?: number;
}

/** The numbers of a factor report; every table is long in `horizon` (its column of returns) or `lag`. */
export interface FactorAnalysis {
  /** `datetime, horizon, ic, rankIc` */
  readonly ic: ColumnTable;
  /** `horizon, steps, figure` (ic or rankIc)`, n, mean, std, icir, tStat, pValue, skew, kurtosis, low, high, lags`; the interval by Newey–West. */
  readonly icSummary: ColumnTable;
  /** `quantile, min, max, mean, std, count, share` of the scores */
  readonly quantileScores: ColumnTable;
  /** `horizon, steps, quantile, mean, error, meanDemeaned, errorDemeaned, days`: mean over days of the daily mean; error = std / √days. */
  readonly quantileReturns: ColumnTable;
  /** `datetime, horizon, Q1 … Qk, average, spread, factorReturn` */
  readonly daily: ColumnTable;
  /** `datetime, horizon, Q1 … Qk, spread, factorReturn`, compounded */
  readonly cumulative: ColumnTable;
  /** `horizon, steps, alpha` (a year)`, beta`: the factor-weighted return on the mean of all names. */
  readonly alphaBeta: ColumnTable;
  /** `datetime, lag, Q1 … Qk, rankAutocorrelation` */
  readonly turnover: ColumnTable;
  /** `lag, name` (Q1 … or rankAutocorrelation)`, mean, n` */
  readonly turnoverSummary: ColumnTable;
  /** What was left out, and why. */
  readonly rows: FactorPass["rows"];
}

/**
 * Does a factor order tomorrow's returns? All figures of several horizons from one pass over the dates.
 *
 * A row is used when it has a score and a finite return of *every* horizon, so that horizons are compared on the same rows; the others are
 * counted in `rows`. Quantiles as {@link calcQuantileReturns}. The factor-weighted return is that of the weights (score − mean)/Σ|…|, long and
 * short; its `alpha` is (1 + a)^(periodsPerYear/steps) − 1. `meanDemeaned` subtracts the day's mean of all names. Cumulative figures of a
 * horizon of h steps compound (1 + r)^(1/h) − 1 a date: h staggered portfolios side by side. Newey–West intervals use at least 2·(h − 1) lags,
 * because returns over h steps overlap. Conventions are those of alphalens, except that returns of a single name are not cut off.
 *
 * @param panel A score and forward returns, such as {@link forwardReturns} adds.
 * @throws InvalidArgumentError when no row can be used, or for options out of range; UnknownNameError for a column that is not there.
 * @example
 * const day = { datetime: Array(4).fill("2020-01-02"), instrument: [..."ABCD"], score: [1, 2, 3, 4], r1: [0.1, 0.2, 0.3, 0.4] };
 * (await analyzeFactor(day, { quantiles: 2 })).ic.get("rankIc", 0) // -> 1
 */
export async function analyzeFactor(source: PanelSource, options: AnalyzeFactorOptions = {}): Promise<FactorAnalysis> {
  refuseUnknownOptions("Cannot analyse a factor", options, [
    "score",
    "horizons",
    "quantiles",
    "lags",
    "periodsPerYear",
  ]);
  const { score = "score", quantiles = 5, periodsPerYear = 252 } = options;
  if (!Number.isInteger(quantiles) || quantiles < 2 || quantiles > 100)
    throw new InvalidArgumentError(
      `Cannot analyse the factor: ${quantiles} quantiles, a whole number from 2 to 100 expected`,
    );
  const panel = Panel.from(source);
  const horizons = Object.entries(options.horizons ?? foundHorizons(panel));
  const wrong = horizons.find(([, steps]) => !(Number.isInteger(steps) && steps >= 1));
  const lags = options.lags ?? [...new Set(horizons.map(([, steps]) => steps))];
  const wrongLag = lags.find((lag) => !(Number.isInteger(lag) && lag >= 1));
  if (wrong || wrongLag !== undefined)
    throw new InvalidArgumentError(
      `Cannot analyse the factor: ${wrong ? `"${wrong[0]}" has a horizon of ${wrong[1]} steps` : `lag ${wrongLag}`}, a whole number ≥ 1 expected`,
    );
  const labels = horizons.map(([name]) => name);
  const pass = await factorPass(panel, score, labels, lags, quantiles);
  if (pass.rows.used === 0)
    throw new InvalidArgumentError(
      `Cannot analyse the factor: no row has a score and all returns\n  ${pass.rows.all} rows, ${pass.rows.noScore} without "${score}", ${pass.rows.noReturn} without ${labels.join(", ")}`,
    );
  return { ...tables(pass, horizons, lags, quantiles, periodsPerYear), rows: pass.rows };
}

function foundHorizons(panel: Panel): Record<string, number> {
  const found = panel.columnNames.flatMap((name) => {
    const steps = /^r(\d+)$/.exec(name)?.[1];
    return steps === undefined ? [] : [[name, Number(steps)] as const];
  });
  return found.length ? Object.fromEntries(found) : { label: 1 };
}

function tables(
  pass: FactorPass,
  horizons: readonly (readonly [string, number])[],
  lags: readonly number[],
  quantiles: number,
  periodsPerYear: number,
): Omit<FactorAnalysis, "rows"> {
  const names = Array.from({ length: quantiles }, (_, q) => `Q${q + 1}`);
  const each = pass.horizons;
  const dates = Array.from(pass.dates, (ms) => new Date(ms));
  /** One block of dates after the other. */
  const stacked = (keys: readonly (string | number)[], key: string, columns: Record<string, Float64Array[]>) =>
    table({
      datetime: keys.flatMap(() => dates),
      [key]: keys.flatMap((value) => dates.map(() => value)),
      ...Object.fromEntries(Object.entries(columns).map(([name, parts]) => [name, concatenated(parts)])),
    });
  const labels = horizons.map(([name]) => name);
  const spread = each.map((one) => one.quantiles.at(-1)!.map((top, d) => top - one.quantiles[0]![d]!));
  const demeaned = each.map((one) => one.quantiles.map((series) => series.map((value, d) => value - one.average[d]!)));
  const byQuantile = horizons.flatMap(([horizon, steps], h) =>
    names.map((quantile, q) => ({ horizon, steps, quantile, h, q })),
  );
  const days = (values: Float64Array) => values.filter((value) => !Number.isNaN(value)).length;
  const error = (values: Float64Array) => std(values) / Math.sqrt(days(values));
  const summaries = horizons.flatMap(([horizon, steps], h) =>
    (["ic", "rankIc"] as const).map((figure) => {
      const values = each[h]![figure];
      const usual = Math.floor(4 * (days(values) / 100) ** (2 / 9));
      return { horizon, steps, figure, summary: summarizeIc(values, { lags: Math.max(usual, 2 * (steps - 1)) }) };
    }),
  );
  const turnoverNames = [...names, "rankAutocorrelation"];
  const turnovers = lags.flatMap((lag, l) =>
    turnoverNames.map((name, q) => ({
      lag,
      name,
      values: pass.lags[l]!.turnover[q] ?? pass.lags[l]!.rankAutocorrelation,
    })),
  );
  const lines = horizons.map(([, steps], h) => {
    const { factorReturn, average: market } = each[h]!;
    const beta = slope(factorReturn, market);
    return { beta, alpha: (1 + average(factorReturn) - beta * average(market)) ** (periodsPerYear / steps) - 1 };
  });
  const column = <T, V>(list: readonly T[], value: (one: T) => V) => list.map(value);
  return {
    ic: stacked(labels, "horizon", { ic: each.map((one) => one.ic), rankIc: each.map((one) => one.rankIc) }),
    icSummary: table({
      horizon: column(summaries, (one) => one.horizon),
      steps: column(summaries, (one) => one.steps),
      figure: column(summaries, (one) => one.figure),
      n: column(summaries, ({ summary }) => summary.n),
      mean: column(summaries, ({ summary }) => summary.mean),
      std: column(summaries, ({ summary }) => summary.std),
      icir: column(summaries, ({ summary }) => summary.icir),
      tStat: column(summaries, ({ summary }) => summary.tStat),
      pValue: column(summaries, ({ summary }) => studentTwoSided(summary.tStat, summary.n - 1)),
      skew: column(summaries, ({ summary }) => summary.skew),
      kurtosis: column(summaries, ({ summary }) => summary.kurtosis),
      low: column(summaries, ({ summary }) => summary.neweyWest.low),
      high: column(summaries, ({ summary }) => summary.neweyWest.high),
      lags: column(summaries, ({ summary }) => summary.neweyWest.lags),
    }),
    quantileScores: table({
      quantile: names,
      min: column(pass.scores, (one) => one.min),
      max: column(pass.scores, (one) => one.max),
      mean: column(pass.scores, (one) => one.mean),
      std: column(pass.scores, (one) => one.std),
      count: column(pass.scores, (one) => one.count),
      share: column(pass.scores, (one) => one.count / pass.rows.used),
    }),
    quantileReturns: table({
      horizon: column(byQuantile, (one) => one.horizon),
      steps: column(byQuantile, (one) => one.steps),
      quantile: column(byQuantile, (one) => one.quantile),
      mean: column(byQuantile, ({ h, q }) => mean(each[h]!.quantiles[q]!)),
      error: column(byQuantile, ({ h, q }) => error(each[h]!.quantiles[q]!)),
      meanDemeaned: column(byQuantile, ({ h, q }) => mean(demeaned[h]![q]!)),
      errorDemeaned: column(byQuantile, ({ h, q }) => error(demeaned[h]![q]!)),
      days: column(byQuantile, ({ h, q }) => days(each[h]!.quantiles[q]!)),
    }),
    daily: stacked(labels, "horizon", {
      ...Object.fromEntries(names.map((name, q) => [name, each.map((one) => one.quantiles[q]!)])),
      average: each.map((one) => one.average),
      spread,
      factorReturn: each.map((one) => one.factorReturn),
    }),
    cumulative: stacked(labels, "horizon", {
      ...Object.fromEntries(
        names.map((name, q) => [name, each.map((one, h) => compounded(one.quantiles[q]!, horizons[h]![1]))]),
      ),
      spread: spread.map((values, h) => compounded(values, horizons[h]![1])),
      factorReturn: each.map((one, h) => compounded(one.factorReturn, horizons[h]![1])),
    }),
    alphaBeta: table({
      horizon: labels,
      steps: horizons.map(([, steps]) => steps),
      alpha: lines.map(({ alpha }) => alpha),
      beta: lines.map(({ beta }) => beta),
    }),
    turnover: stacked(lags, "lag", {
      ...Object.fromEntries(names.map((name, q) => [name, pass.lags.map((one) => one.turnover[q]!)])),
      rankAutocorrelation: pass.lags.map((one) => one.rankAutocorrelation),
    }),
    turnoverSummary: table({
      lag: column(turnovers, (one) => one.lag),
      name: column(turnovers, (one) => one.name),
      mean: column(turnovers, ({ values }) => mean(values)),
      n: column(turnovers, ({ values }) => days(values)),
    }),
  };
}

function concatenated(parts: readonly Float64Array[]): Float64Array {
  const all = new Float64Array(parts.reduce((total, part) => total + part.length, 0));
  let at = 0;
  for (const part of parts) {
    all.set(part, at);
    at += part.length;
  }
  return all;
}

/** Π (1 + r)^(1/steps) − 1 so far; a missing day stands still. */
function compounded(returns: Float64Array, steps: number): Float64Array {
  let wealth = 1;
  return returns.map((value) => (wealth *= Number.isNaN(value) ? 1 : (1 + value) ** (1 / steps)) - 1);
}
