import type { ReturnFacts } from "./return-facts.js";
import { downside, normalShortfall } from "./risk-statistics.js";
import { average, deviation, percentile, ratio, slope, sum } from "./series-moments.js";
import { statistic, type Statistic } from "./statistic.js";

const root = (f: ReturnFacts) => Math.sqrt(f.periodsPerYear);
const sharpe = (f: ReturnFacts) => f.sharpe * root(f);
const sortino = (f: ReturnFacts) => ratio(average(f.excess), downside(f.excess)) * root(f);

/** √(1 + 2 Σ (n − k)/n · |ρ₁|^k): how much autocorrelation widens the deviation of a sum. */
function autocorrelationPenalty({ returns }: ReturnFacts): number {
  const n = returns.length;
  const [now, before] = [returns.subarray(1), returns.subarray(0, n - 1)];
  const beta = slope(now, before);
  const rho = Math.abs((beta * deviation(before)) / deviation(now));
  let total = 0;
  for (let k = 1, power = rho; k < n && power > 1e-18; k++, power *= rho) total += ((n - k) / n) * power;
  return Math.sqrt(1 + 2 * total);
}

/** R² of a line through the cumulative (log) returns. */
function stability(f: ReturnFacts): number {
  const path = f.compounds ? f.curve.map(Math.log1p) : f.curve;
  const time = Float64Array.from(path.keys());
  const fall = deviation(path);
  return fall === 0 ? NaN : ((slope(path, time) * deviation(time)) / fall) ** 2;
}

const losses = (f: ReturnFacts) => Math.abs(sum(f.negative));
const payoff = (f: ReturnFacts) => ratio(average(f.positive), Math.abs(average(f.negative)));
const winRate = (f: ReturnFacts) => ratio(f.positive.length, f.positive.length + f.negative.length);
const profitFactor = (f: ReturnFacts) => ratio(sum(f.positive), losses(f));
const ulcer = (f: ReturnFacts) =>
  Math.sqrt(f.underwater.reduce((total, depth) => total + depth * depth, 0) / (f.n - 1));
const tail = (f: ReturnFacts) => ratio(Math.abs(percentile(f.returns, 0.95)), Math.abs(percentile(f.returns, 0.05)));
const monthlyLosses = (values: Float64Array) => Math.abs(sum(values.filter((value) => value < 0)));

/** Sums inside calendar months, whatever the mode: as quantstats' gain to pain does. */
function monthlySums(f: ReturnFacts): Float64Array {
  const { starts } = f.by("month");
  const sums = new Float64Array(starts.length);
  for (let i = 0, month = 0; i < f.n; i++) {
    while (month + 1 < starts.length && f.dates![i]! >= starts[month + 1]!) month++;
    sums[month]! += f.returns[i]!;
  }
  return sums;
}

function profitRatio(f: ReturnFacts): number {
  const wins = f.returns.filter((value) => value >= 0);
  const win = Math.abs(average(wins) / wins.length);
  return ratio(win, Math.abs(average(f.negative) / f.negative.length));
}

/** Reward against risk. */
export const RATIO_STATISTICS: readonly Statistic[] = [
  statistic(
    "ratio",
    "ratio",
    "sharpe",
    "Sharpe ratio",
    "mean(r − f) / std(r − f) · √N",
    "ddof 1",
    "Sharpe 1994; empyrical, quantstats",
    sharpe,
  ),
  statistic(
    "ratio",
    "ratio",
    "smart_sharpe",
    "Smart Sharpe",
    "sharpe / √(1 + 2 Σₖ (n − k)/n · |ρ₁|^k)",
    "ρ₁ lag-1 autocorrelation of r",
    "quantstats smart_sharpe; after Lo 2002",
    (f) => sharpe(f) / autocorrelationPenalty(f),
  ),
  statistic(
    "ratio",
    "ratio",
    "sortino",
    "Sortino ratio",
    "mean(r − f) / √(Σ min(r − f, 0)² / n) · √N",
    "over all n",
    "Sortino and Price 1994; empyrical, quantstats",
    sortino,
  ),
  statistic(
    "ratio",
    "ratio",
    "smart_sortino",
    "Smart Sortino",
    "sortino / √(1 + 2 Σₖ (n − k)/n · |ρ₁|^k)",
    "as smart_sharpe",
    "quantstats",
    (f) => sortino(f) / autocorrelationPenalty(f),
  ),
  statistic(
    "ratio",
    "ratio",
    "adjusted_sortino",
    "Sortino / √2",
    "sortino / √2",
    "on the scale of the Sharpe ratio",
    "quantstats adjusted_sortino",
    (f) => sortino(f) / Math.SQRT2,
  ),
  statistic(
    "ratio",
    "ratio",
    "smart_adjusted_sortino",
    "Smart Sortino / √2",
    "smart_sortino / √2",
    "",
    "quantstats",
    (f) => sortino(f) / autocorrelationPenalty(f) / Math.SQRT2,
  ),
  statistic(
    "ratio",
    "ratio",
    "omega",
    "Omega",
    "Σ max(r − f, 0) / Σ max(f − r, 0)",
    "threshold = the risk-free return",
    "Keating and Shadwick 2002; empyrical, quantstats",
    (f) => ratio(sum(f.excess.map((value) => Math.max(value, 0))), sum(f.excess.map((value) => Math.max(-value, 0)))),
  ),
  statistic(
    "ratio",
    "ratio",
    "stability",
    "Stability",
    { product: "R² of a line through Σ ln(1 + r)", sum: "R² of a line through Σ r" },
    "against time in periods",
    "empyrical stability_of_timeseries",
    stability,
  ),
  statistic(
    "ratio",
    "ratio",
    "risk_return_ratio",
    "Risk-return ratio",
    "mean(r) / std(r)",
    "per period, ddof 1",
    "quantstats risk_return_ratio",
    (f) => ratio(f.mean, f.std),
  ),
  statistic(
    "ratio",
    "share",
    "risk_adjusted_return",
    "Risk-adjusted return",
    "annual return / exposure",
    "exposure = share of periods with r ≠ 0",
    "quantstats rar",
    (f) => ratio(f.annual, f.returns.filter((value) => value !== 0).length / f.n),
  ),
  statistic(
    "ratio",
    "ratio",
    "gain_to_pain",
    "Gain to pain",
    "Σ r / |Σ of r < 0|",
    "",
    "Schwager; quantstats gain_to_pain_ratio",
    (f) => ratio(sum(f.returns), losses(f)),
  ),
  statistic(
    "ratio",
    "ratio",
    "gain_to_pain_monthly",
    "Gain to pain, monthly",
    "the same of the months' sums",
    "calendar months, added up in both modes",
    "quantstats gain_to_pain_ratio",
    (f) => {
      const values = monthlySums(f);
      return ratio(sum(values), monthlyLosses(values));
    },
    ["dates"],
  ),
  statistic("trade", "share", "avg_win", "Average win", "mean of r > 0", "", "quantstats avg_win", (f) =>
    average(f.positive),
  ),
  statistic("trade", "share", "avg_loss", "Average loss", "mean of r < 0", "", "quantstats avg_loss", (f) =>
    average(f.negative),
  ),
  statistic(
    "trade",
    "ratio",
    "payoff_ratio",
    "Payoff ratio",
    "mean of r > 0 / |mean of r < 0|",
    "also called win/loss ratio",
    "quantstats payoff_ratio",
    payoff,
  ),
  statistic(
    "trade",
    "ratio",
    "profit_factor",
    "Profit factor",
    "Σ of r > 0 / |Σ of r < 0|",
    "",
    "quantstats profit_factor",
    profitFactor,
  ),
  statistic(
    "trade",
    "ratio",
    "profit_ratio",
    "Profit ratio",
    "(mean of r ≥ 0 / #(r ≥ 0)) / (|mean of r < 0| / #(r < 0))",
    "",
    "quantstats profit_ratio",
    profitRatio,
  ),
  statistic(
    "trade",
    "ratio",
    "common_sense_ratio",
    "Common sense ratio",
    "profit_factor · tail_ratio",
    "",
    "quantstats common_sense_ratio",
    (f) => profitFactor(f) * tail(f),
  ),
  statistic(
    "trade",
    "ratio",
    "cpc_index",
    "CPC index",
    "profit_factor · win_rate · payoff_ratio",
    "",
    "quantstats cpc_index",
    (f) => profitFactor(f) * winRate(f) * payoff(f),
  ),
  statistic(
    "trade",
    "share",
    "kelly",
    "Kelly criterion",
    "(payoff · p − (1 − p)) / payoff",
    "p = win_rate",
    "Kelly 1956; quantstats",
    (f) => {
      const [odds, p] = [payoff(f), winRate(f)];
      return ratio(odds * p - (1 - p), odds);
    },
  ),
  statistic(
    "trade",
    "probability",
    "risk_of_ruin",
    "Risk of ruin",
    "((1 − p) / (1 + p))^n",
    "p = win_rate; takes every period for one bet of everything",
    "quantstats risk_of_ruin",
    (f) => ((1 - winRate(f)) / (1 + winRate(f))) ** f.n,
  ),
  statistic(
    "drawdown",
    "ratio",
    "calmar",
    "Calmar ratio",
    "annual_return / |max_drawdown|",
    "whole series, not 36 months",
    "Young 1991; empyrical, quantstats",
    (f) => ratio(f.annual, Math.abs(f.maxDrawdown)),
  ),
  statistic(
    "drawdown",
    "ratio",
    "recovery_factor",
    "Recovery factor",
    "|Σ r| / |max_drawdown|",
    "returns added up in both modes",
    "quantstats recovery_factor",
    (f) => ratio(Math.abs(sum(f.returns)), Math.abs(f.maxDrawdown)),
  ),
  statistic(
    "drawdown",
    "share",
    "ulcer_index",
    "Ulcer index",
    "√(Σ depth² / (n − 1))",
    "depth = distance to the highest point so far",
    "Martin and McCann 1989; quantstats",
    ulcer,
  ),
  statistic(
    "drawdown",
    "ratio",
    "ulcer_performance_index",
    "Ulcer performance index",
    "(cumulative_return − rf) / ulcer_index",
    "total, not annual, return",
    "Martin; quantstats upi",
    (f) => ratio(f.total - f.conventions.riskFree, ulcer(f)),
  ),
  statistic(
    "drawdown",
    "ratio",
    "serenity_index",
    "Serenity index",
    "(Σ r − rf) / (ulcer_index · pitfall)",
    "pitfall = −(normal 95 % expected shortfall of the depths) / std(r)",
    "KeyQuant; quantstats serenity_index",
    (f) => ratio(sum(f.returns) - f.conventions.riskFree, (ulcer(f) * -normalShortfall(f.underwater)) / f.std),
  ),
];
