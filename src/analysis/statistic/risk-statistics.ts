import { normalDensity, normalQuantile } from "../normal-quantile.js";
import { extremeLoss } from "./extreme-loss.js";
import type { ReturnFacts } from "./return-facts.js";
import { average, deviation, percentile, ratio, shape, unbiasedShape } from "./series-moments.js";
import { statistic, type Statistic } from "./statistic.js";

/** √(mean of min(x, 0)²): deviation below 0 over all n values. */
export function downside(values: Float64Array): number {
  let total = 0;
  for (let i = 0; i < values.length; i++) if (values[i]! < 0) total += values[i]! ** 2;
  return Math.sqrt(total / values.length);
}

/** Mean less a multiple of the normal density: expected value below the 5 % quantile of a normal distribution. */
export const normalShortfall = (values: Float64Array): number =>
  average(values) - deviation(values) * (normalDensity(normalQuantile(0.05)) / 0.05);

/** Mean of the values at or below the 5 % percentile. */
function historicalShortfall(values: Float64Array): number {
  const edge = percentile(values, 0.05);
  return average(values.filter((value) => value <= edge));
}

/** Longest stretch of periods that all satisfy `holds`. */
function longest(values: Float64Array, holds: (value: number) => boolean): number {
  let [most, now] = [0, 0];
  for (const value of values) most = Math.max(most, (now = holds(value) ? now + 1 : 0));
  return most;
}

const spread = (f: ReturnFacts) => f.std * Math.sqrt(f.periodsPerYear);

/** How far it moves, and how bad the bad ends are. */
export const RISK_STATISTICS: readonly Statistic[] = [
  statistic("risk", "share", "volatility", "Volatility", "std(r)", "per period, ddof 1", "", (f) => f.std),
  statistic(
    "risk",
    "share",
    "annual_volatility",
    "Annual volatility",
    "std(r) · √N",
    "ddof 1",
    "empyrical, quantstats",
    spread,
  ),
  statistic(
    "risk",
    "share",
    "downside_risk",
    "Downside risk",
    "√(Σ min(r − f, 0)² / n) · √N",
    "over all n, not only the losses",
    "empyrical downside_risk; Sortino and Price 1994",
    (f) => downside(f.excess) * Math.sqrt(f.periodsPerYear),
  ),
  statistic(
    "risk",
    "ratio",
    "skew",
    "Skew",
    "m₃ / m₂^1.5",
    "biased (moments over n); pyfolio prints this",
    "scipy.stats.skew",
    (f) => shape(f.returns).skew,
  ),
  statistic(
    "risk",
    "ratio",
    "skew_unbiased",
    "Skew, corrected",
    "skew · √(n(n − 1)) / (n − 2)",
    "bias-corrected; quantstats prints this",
    "pandas skew",
    (f) => unbiasedShape(f.returns).skew,
  ),
  statistic(
    "risk",
    "ratio",
    "kurtosis",
    "Excess kurtosis",
    "m₄ / m₂² − 3",
    "biased, 0 for a normal distribution; pyfolio prints this",
    "scipy.stats.kurtosis",
    (f) => shape(f.returns).kurtosis - 3,
  ),
  statistic(
    "risk",
    "ratio",
    "kurtosis_unbiased",
    "Excess kurtosis, corrected",
    "(n − 1)/((n − 2)(n − 3)) · ((n + 1)·kurtosis + 6)",
    "bias-corrected; quantstats prints this",
    "pandas kurt",
    (f) => unbiasedShape(f.returns).kurtosis - 3,
  ),
  statistic(
    "tail",
    "share",
    "var_95",
    "Value at risk 95 %",
    "5th percentile of r",
    "historical, linear interpolation, one period",
    "empyrical value_at_risk",
    (f) => percentile(f.returns, 0.05),
  ),
  statistic(
    "tail",
    "share",
    "var_95_normal",
    "Value at risk 95 %, normal",
    "mean + std · Φ⁻¹(0.05)",
    "ddof 1, one period",
    "quantstats value_at_risk",
    (f) => f.mean + f.std * normalQuantile(0.05),
  ),
  statistic(
    "tail",
    "share",
    "var_2sigma",
    "Value at risk, 2 sigma",
    "mean − 2 · std",
    "ddof 1, one period",
    "pyfolio value_at_risk",
    (f) => f.mean - 2 * f.std,
  ),
  statistic(
    "tail",
    "share",
    "cvar_95",
    "Expected shortfall 95 %",
    "mean of r ≤ 5th percentile",
    "historical, one period",
    "empyrical conditional_value_at_risk; Rockafellar and Uryasev 2000",
    (f) => historicalShortfall(f.returns),
  ),
  statistic(
    "tail",
    "share",
    "cvar_95_normal",
    "Expected shortfall 95 %, normal",
    "mean − std · φ(Φ⁻¹(0.05)) / 0.05",
    "ddof 1, one period",
    "quantstats cvar (since 0.0.83)",
    (f) => normalShortfall(f.returns),
  ),
  statistic(
    "tail",
    "share",
    "gpd_var_99",
    "Value at risk 99 %, extreme value",
    "−(u + (β/ξ)·((n/k · 0.01)^−ξ − 1))",
    "generalised Pareto over the k worst tenth of losses above u, fitted by probability-weighted moments (empyrical fits by likelihood); one period",
    "McNeil and Frey 2000; Hosking and Wallis 1987",
    (f) => extremeLoss(f.returns, 0.01).valueAtRisk,
  ),
  statistic(
    "tail",
    "share",
    "gpd_es_99",
    "Expected shortfall 99 %, extreme value",
    "(VaR + β − ξu) / (1 − ξ)",
    "as gpd_var_99; undefined for ξ ≥ 1",
    "McNeil and Frey 2000",
    (f) => extremeLoss(f.returns, 0.01).expectedShortfall,
  ),
  statistic(
    "tail",
    "ratio",
    "tail_ratio",
    "Tail ratio",
    "|95th percentile| / |5th percentile|",
    "linear interpolation",
    "empyrical, quantstats",
    (f) => ratio(Math.abs(percentile(f.returns, 0.95)), Math.abs(percentile(f.returns, 0.05))),
  ),
  statistic(
    "tail",
    "ratio",
    "outlier_win_ratio",
    "Outlier win ratio",
    "99th percentile / mean of r ≥ 0",
    "",
    "quantstats outlier_win_ratio",
    (f) => ratio(percentile(f.returns, 0.99), average(f.returns.filter((value) => value >= 0))),
  ),
  statistic(
    "tail",
    "ratio",
    "outlier_loss_ratio",
    "Outlier loss ratio",
    "1st percentile / mean of r < 0",
    "",
    "quantstats outlier_loss_ratio",
    (f) => ratio(percentile(f.returns, 0.01), average(f.negative)),
  ),
  statistic(
    "trade",
    "periods",
    "max_consecutive_wins",
    "Longest winning streak",
    "most periods in a row with r > 0",
    "",
    "quantstats consecutive_wins",
    (f) => longest(f.returns, (value) => value > 0),
  ),
  statistic(
    "trade",
    "periods",
    "max_consecutive_losses",
    "Longest losing streak",
    "most periods in a row with r < 0",
    "",
    "quantstats consecutive_losses",
    (f) => longest(f.returns, (value) => value < 0),
  ),
];
