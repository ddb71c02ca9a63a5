import { average } from "../statistic/series-moments.js";

/**
 * Mean block length for the stationary bootstrap that the series' own autocorrelation asks for.
 *
 * (1) m: the lag after which max(5, √log₁₀ n) autocorrelations in a row stay within ±2·√(log₁₀ n / n), else the last one outside.
 * (2) With M = 2·max(m, 1) and the flat-top window λ(t) = 1 up to ½, falling to 0 at 1: G = Σ λ(k/M)·|k|·R(k), g = Σ λ(k/M)·R(k).
 * (3) (2G² / 2g²)^⅓ · n^⅓, between 1 and min(3√n, n/3).
 *
 * (Politis and White, Econometric Reviews 23, 2004, with the correction by Patton, Politis and White, 28, 2009.)
 *
 * @param values In order of time, none missing.
 * @returns In periods, ≥ 1, not rounded; 1 for fewer than four values or constant ones.
 * @example
 * optimalBlockLength(Float64Array.from({ length: 100 }, (_, i) => (i * 37) % 11)) >= 1 // -> true
 */
export function optimalBlockLength(values: Float64Array): number {
  const n = values.length;
  const center = average(values);
  const off = values.map((value) => value - center);
  const autocovariance = (lag: number): number => {
    let total = 0;
    for (let t = lag; t < n; t++) total += off[t]! * off[t - lag]!;
    return total / n;
  };
  const variance = autocovariance(0);
  if (n < 4 || !(variance > 1e-30 * center * center)) return 1;

  const run = Math.max(5, Math.ceil(Math.sqrt(Math.log10(n))));
  const farthest = Math.min(Math.ceil(Math.sqrt(n)) + run, n - 1);
  const covariances = Float64Array.from({ length: farthest + 1 }, (_, lag) => autocovariance(lag));
  const limit = 2 * Math.sqrt(Math.log10(n) / n);
  const outside = Uint8Array.from(covariances, (value, lag) => (lag > 0 && Math.abs(value / variance) > limit ? 1 : 0));
  const window = Math.min(2 * Math.max(1, lastLag(outside, run)), farthest);

  let [spectrum, slope] = [variance, 0];
  for (let lag = 1; lag <= window; lag++) {
    const weight = lag / window <= 0.5 ? 1 : 2 * (1 - lag / window);
    spectrum += 2 * weight * covariances[lag]!;
    slope += 2 * weight * lag * covariances[lag]!;
  }
  const length = Math.cbrt((slope * slope) / (spectrum * spectrum)) * Math.cbrt(n);
  const most = Math.ceil(Math.min(3 * Math.sqrt(n), n / 3));
  return Math.max(1, Math.min(length, most));
}

/** The smallest lag that `run` insignificant ones follow; where no such run fits, the last significant one. */
function lastLag(outside: Uint8Array, run: number): number {
  for (let lag = 0, quiet = 0; lag + 1 < outside.length; lag++) {
    quiet = outside[lag + 1] ? 0 : quiet + 1;
    if (quiet === run) return lag + 1 - run;
  }
  return Math.max(0, outside.lastIndexOf(1));
}
