import { annual, total, type ReturnFacts } from "./return-facts.js";
import { average, deviation, ratio, slope } from "./series-moments.js";
import { statistic, type Statistic } from "./statistic.js";

const beta = ({ paired }: ReturnFacts) => slope(paired.returns, paired.benchmark);
const correlation = ({ paired: { returns, benchmark } }: ReturnFacts) =>
  deviation(returns) === 0 ? NaN : (slope(returns, benchmark) * deviation(benchmark)) / deviation(returns);

/** Mean return that beta does not explain, per period, over the risk-free return. */
function unexplained(
  f: ReturnFacts,
  keep: (benchmark: number) => boolean = () => true,
): { alpha: number; beta: number } {
  const { returns, benchmark } = f.paired;
  const free = f.riskFreePerPeriod;
  const [own, other] = [
    returns.filter((_, i) => keep(benchmark[i]!)).map((value) => value - free),
    benchmark.filter(keep).map((value) => value - free),
  ];
  const sensitivity = slope(own, other);
  return { alpha: average(own) - sensitivity * average(other), beta: sensitivity };
}

const yearly = (f: ReturnFacts, perPeriod: number) =>
  f.compounds ? (1 + perPeriod) ** f.periodsPerYear - 1 : perPeriod * f.periodsPerYear;

/** Annual return on the chosen periods over that of the benchmark on them. */
function capture(f: ReturnFacts, keep: (benchmark: number) => boolean = () => true): number {
  const { returns, benchmark } = f.paired;
  const own = returns.filter((_, i) => keep(benchmark[i]!));
  return ratio(annual(own, f.conventions), annual(benchmark.filter(keep), f.conventions));
}

const up = (value: number) => value > 0;
const down = (value: number) => value < 0;

/** What the return at the middle of the benchmark's range lacks against the line between the ends (Taleb's heuristic). */
function fragility({ paired: { returns, benchmark } }: ReturnFacts): number {
  const n = returns.length;
  if (n < 3) return NaN;
  const order = Uint32Array.from(returns.keys()).sort((a, b) => benchmark[a]! - benchmark[b]! || a - b);
  const half = n / 2;
  const middle = half % 1 === 0.5 ? 2 * Math.round(half / 2) : Math.round(half);
  const [low, mid, high] = [order[0]!, order[middle]!, order[n - 1]!];
  const range = benchmark[high]! - benchmark[low]!;
  const [lowWeight, highWeight] =
    range === 0
      ? [0.5, 0.5]
      : [(benchmark[high]! - benchmark[mid]!) / range, (benchmark[mid]! - benchmark[low]!) / range];
  return lowWeight * returns[low]! + highWeight * returns[high]! - returns[mid]!;
}

const annualised = { product: "(1 + a)^N − 1", sum: "a · N" };
const against = (
  unit: Statistic["unit"],
  id: string,
  label: string,
  formula: Statistic["formula"],
  convention: string,
  source: string,
  compute: Statistic["compute"],
): Statistic => statistic("benchmark", unit, id, label, formula, convention, source, compute, ["benchmark"]);

/** Beside the benchmark b, on the periods that both have. */
export const BENCHMARK_STATISTICS: readonly Statistic[] = [
  against(
    "periods",
    "matched",
    "Matched periods",
    "periods with r and b",
    "all figures of this group use these",
    "",
    (f) => f.paired.returns.length,
  ),
  against("share", "benchmark_return", "Benchmark, cumulative", { product: "Π(1 + b) − 1", sum: "Σ b" }, "", "", (f) =>
    total(f.paired.benchmark, f.conventions.mode),
  ),
  against(
    "share",
    "benchmark_annual_return",
    "Benchmark, annual",
    { product: "(Π(1 + b))^(N/n) − 1", sum: "mean(b) · N" },
    "",
    "",
    (f) => annual(f.paired.benchmark, f.conventions),
  ),
  against("ratio", "beta", "Beta", "cov(r, b) / var(b)", "the same ddof in both", "empyrical, quantstats", beta),
  against(
    "share",
    "alpha",
    "Alpha",
    annualised,
    "a = mean(r − f) − beta · mean(b − f); empyrical compounds it, quantstats takes a · N (alpha_arithmetic)",
    "Jensen 1968; empyrical alpha",
    (f) => yearly(f, unexplained(f).alpha),
  ),
  against(
    "share",
    "alpha_arithmetic",
    "Alpha, arithmetic",
    "a · N",
    "a as in alpha",
    "quantstats greeks",
    (f) => unexplained(f).alpha * f.periodsPerYear,
  ),
  against("ratio", "correlation", "Correlation", "corr(r, b)", "Pearson", "quantstats", correlation),
  against("ratio", "r_squared", "R²", "corr(r, b)²", "", "quantstats r_squared", (f) => correlation(f) ** 2),
  against(
    "share",
    "tracking_error",
    "Tracking error",
    "std(r − b) · √N",
    "ddof 1",
    "Grinold and Kahn 1999",
    (f) => deviation(f.active) * Math.sqrt(f.periodsPerYear),
  ),
  against(
    "ratio",
    "information_ratio",
    "Information ratio",
    "mean(r − b) / std(r − b) · √N",
    "ddof 1, annualised (quantstats and empyrical do not: excess_sharpe)",
    "Grinold and Kahn 1999; Qlib",
    (f) => ratio(average(f.active), deviation(f.active)) * Math.sqrt(f.periodsPerYear),
  ),
  against(
    "ratio",
    "excess_sharpe",
    "Excess Sharpe",
    "mean(r − b) / std(r − b)",
    "ddof 1, per period",
    "empyrical excess_sharpe, quantstats information_ratio",
    (f) => ratio(average(f.active), deviation(f.active)),
  ),
  against("ratio", "treynor", "Treynor ratio", "(annual_return − rf) / beta", "annual return", "Treynor 1965", (f) =>
    ratio(annual(f.paired.returns, f.conventions) - f.conventions.riskFree, beta(f)),
  ),
  against(
    "ratio",
    "treynor_total",
    "Treynor ratio, total",
    "(cumulative_return − rf) / beta",
    "total return: grows with the length of the series",
    "quantstats treynor_ratio",
    (f) => ratio(total(f.paired.returns, f.conventions.mode) - f.conventions.riskFree, beta(f)),
  ),
  against(
    "ratio",
    "up_capture",
    "Up capture",
    "annual return of r / of b, where b > 0",
    "",
    "empyrical up_capture",
    (f) => capture(f, up),
  ),
  against(
    "ratio",
    "down_capture",
    "Down capture",
    "annual return of r / of b, where b < 0",
    "",
    "empyrical down_capture",
    (f) => capture(f, down),
  ),
  against(
    "ratio",
    "up_down_capture",
    "Up/down capture",
    "up_capture / down_capture",
    "",
    "empyrical up_down_capture",
    (f) => ratio(capture(f, up), capture(f, down)),
  ),
  against("ratio", "capture", "Capture", "annual return of r / of b", "", "empyrical capture", (f) => capture(f)),
  against(
    "share",
    "batting_average",
    "Batting average",
    "share of periods with r > b",
    "",
    "empyrical batting_average",
    (f) => f.active.filter(up).length / f.active.length,
  ),
  against(
    "ratio",
    "up_beta",
    "Beta, up",
    "beta where b > 0",
    "",
    "empyrical up_alpha_beta",
    (f) => unexplained(f, up).beta,
  ),
  against(
    "ratio",
    "down_beta",
    "Beta, down",
    "beta where b < 0",
    "",
    "empyrical down_alpha_beta",
    (f) => unexplained(f, down).beta,
  ),
  against("share", "up_alpha", "Alpha, up", annualised, "a where b > 0", "empyrical up_alpha_beta", (f) =>
    yearly(f, unexplained(f, up).alpha),
  ),
  against("share", "down_alpha", "Alpha, down", annualised, "a where b < 0", "empyrical down_alpha_beta", (f) =>
    yearly(f, unexplained(f, down).alpha),
  ),
  against(
    "share",
    "beta_fragility",
    "Beta fragility",
    "w·r(lowest b) + v·r(highest b) − r(median b)",
    "w and v place the median b on the line between the ends; < 0 is fragile",
    "Taleb et al. 2012; empyrical beta_fragility_heuristic",
    fragility,
  ),
];
