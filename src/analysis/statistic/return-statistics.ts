import { average, ratio } from "./series-moments.js";
import type { ReturnFacts } from "./return-facts.js";
import { statistic, type Statistic } from "./statistic.js";

const best = (values: Float64Array) =>
  values.reduce((top, value) => Math.max(top, value), values.length ? -Infinity : NaN);
const worst = (values: Float64Array) =>
  values.reduce((low, value) => Math.min(low, value), values.length ? Infinity : NaN);
const shareAbove = (values: Float64Array) => values.filter((value) => value > 0).length / values.length;
const typical = (values: Float64Array, compounds: boolean) =>
  compounds ? values.reduce((product, value) => product * (1 + value), 1) ** (1 / values.length) - 1 : average(values);

/** Share of the trailing windows of twelve months that gained. */
function winTwelveMonths({ by, compounds }: { by: Float64Array; compounds: boolean }): number {
  const windows = by.map((_, i) => (i < 11 ? NaN : typical(by.subarray(i - 11, i + 1), compounds))).subarray(11);
  return windows.length ? shareAbove(windows) : NaN;
}

const geometric = { product: "(Π(1 + x))^(1/k) − 1 over the k periods", sum: "mean of the k periods' sums" };
const dated = ["dates"] as const;
const months = (facts: ReturnFacts) => facts.by("month").returns;

/** How much, per what, how often. */
export const RETURN_STATISTICS: readonly Statistic[] = [
  statistic("period", "date", "start", "Start", "first date with a return", "", "", (f) => f.dates![0] ?? NaN, dated),
  statistic("period", "date", "end", "End", "last date with a return", "", "", (f) => f.dates!.at(-1) ?? NaN, dated),
  statistic("period", "periods", "periods", "Periods", "n", "missing ones not counted", "", (f) => f.n),
  statistic(
    "period",
    "count",
    "missing",
    "Missing",
    "periods without a return",
    "left out of every other figure",
    "",
    (f) => f.missing,
  ),
  statistic(
    "period",
    "count",
    "months",
    "Months",
    "calendar months with a return",
    "",
    "",
    (f) => months(f).length,
    dated,
  ),
  statistic("period", "ratio", "years", "Years", "n / N", "periods, not calendar days", "", (f) => f.years),
  statistic(
    "period",
    "share",
    "risk_free",
    "Risk-free rate",
    "per year",
    "{rf} a period",
    "",
    (f) => f.conventions.riskFree,
  ),
  statistic(
    "period",
    "share",
    "exposure",
    "Time in market",
    "share of periods with r ≠ 0",
    "not rounded (quantstats rounds up to 1 %)",
    "quantstats exposure",
    (f) => f.returns.filter((value) => value !== 0).length / f.n,
  ),
  statistic(
    "return",
    "share",
    "cumulative_return",
    "Cumulative return",
    { product: "Π(1 + r) − 1", sum: "Σ r" },
    "",
    "empyrical cum_returns_final",
    (f) => f.total,
  ),
  statistic(
    "return",
    "share",
    "annual_return",
    "Annual return",
    { product: "(Π(1 + r))^(N/n) − 1", sum: "mean(r) · N" },
    "n/N years, not calendar days",
    "empyrical annual_return, quantstats cagr",
    (f) => f.annual,
  ),
  statistic("return", "share", "mean_return", "Mean return", "mean(r)", "per period", "", (f) => f.mean),
  statistic(
    "return",
    "share",
    "expected_daily",
    "Expected per period",
    { product: "(Π(1 + r))^(1/n) − 1", sum: "mean(r)" },
    "geometric mean when compounded (GHPR)",
    "quantstats expected_return",
    (f) => (f.n ? typical(f.returns, f.compounds) : NaN),
  ),
  ...(["week", "month", "year"] as const).map((period) =>
    statistic(
      "return",
      "share",
      `expected_${period}ly`,
      `Expected per ${period}`,
      geometric,
      `calendar ${period}s, the first and last may be parts`,
      "quantstats expected_return",
      (f) => typical(f.by(period).returns, f.compounds),
      dated,
    ),
  ),
  statistic("return", "share", "best_day", "Best period", "max(r)", "", "quantstats best", (f) => best(f.returns)),
  statistic("return", "share", "worst_day", "Worst period", "min(r)", "", "quantstats worst", (f) => worst(f.returns)),
  ...(["month", "year"] as const).flatMap((period) => [
    statistic(
      "return",
      "share",
      `best_${period}`,
      `Best ${period}`,
      `largest ${period}`,
      "calendar, parts included",
      "quantstats best",
      (f) => best(f.by(period).returns),
      dated,
    ),
    statistic(
      "return",
      "share",
      `worst_${period}`,
      `Worst ${period}`,
      `smallest ${period}`,
      "calendar, parts included",
      "quantstats worst",
      (f) => worst(f.by(period).returns),
      dated,
    ),
  ]),
  statistic(
    "return",
    "share",
    "avg_up_month",
    "Average up month",
    "mean of the months > 0",
    "calendar",
    "quantstats avg_win",
    (f) => average(months(f).filter((value) => value > 0)),
    dated,
  ),
  statistic(
    "return",
    "share",
    "avg_down_month",
    "Average down month",
    "mean of the months < 0",
    "calendar",
    "quantstats avg_loss",
    (f) => average(months(f).filter((value) => value < 0)),
    dated,
  ),
  statistic(
    "trade",
    "share",
    "win_rate",
    "Win rate",
    "#(r > 0) / #(r ≠ 0)",
    "periods of exactly 0 not counted",
    "quantstats win_rate",
    (f) => ratio(f.positive.length, f.positive.length + f.negative.length),
  ),
  ...(["month", "quarter", "year"] as const).map((period) =>
    statistic(
      "trade",
      "share",
      `win_${period}`,
      `Winning ${period}s`,
      `share of ${period}s > 0`,
      "calendar, parts included",
      "quantstats win_rate",
      (f) => shareAbove(f.by(period).returns),
      dated,
    ),
  ),
  statistic(
    "trade",
    "share",
    "win_12m",
    "Winning 12 months",
    "share of trailing 12-month windows > 0",
    "windows of calendar months",
    "ffn twelve_month_win_perc",
    (f) => winTwelveMonths({ by: months(f), compounds: f.compounds }),
    dated,
  ),
];
