import { normalQuantile } from "./normal-quantile.js";
import { mean } from "./moments.js";
import { refuseUnknownOptions } from "../engine/refuse-unknown-options.js";

/** The mean of a series with an error that allows for autocorrelation. */
export interface NeweyWest {
  /** Lags used; 0 treats the values as independent. */
  readonly lags: number;
  readonly standardError: number;
  /** Ends of the confidence interval of the mean, by the normal quantile. */
  readonly low: number;
  readonly high: number;
  /** mean / standardError */
  readonly tStat: number;
}

export interface NeweyWestOptions {
  /** Default: floor(4 · (n/100)^(2/9)). */
  readonly lags?: number;
  /** Coverage of the interval. Default 0.95. */
  readonly level?: number;
}

/**
 * Newey–West standard error of a mean.
 *
 * Daily ICs of a label over several days overlap and are autocorrelated: the plain error std/√n is then too small. Here
 * error² = (γ₀ + 2 Σⱼ (1 − j/(L+1)) γⱼ) / n with γⱼ = Σₜ (xₜ − m)(xₜ₋ⱼ − m) / n, Bartlett weights and L lags, without a
 * small-sample factor. (Newey and West, Econometrica 55, 1987; the default L after Newey and West, Rev. Econ. Stud. 61, 1994.)
 *
 * @param values In order of time, none missing; gaps must have been closed.
 * @returns NaN figures for fewer than two values.
 * @example
 * neweyWest(Float64Array.of(1, 2, 3), { lags: 1 }).standardError // -> 0.4714045207910317
 */
export function neweyWest(values: Float64Array, options: NeweyWestOptions = {}): NeweyWest {
  refuseUnknownOptions("Cannot compute the Newey–West error", options, ["lags", "level"]);
  const { lags, level = 0.95 } = options;
  const n = values.length;
  const used = Math.max(0, Math.min(lags ?? Math.floor(4 * (n / 100) ** (2 / 9)), n - 1));
  if (n < 2) return { lags: used, standardError: NaN, low: NaN, high: NaN, tStat: NaN };
  const center = mean(values);
  let variance = 0;
  for (let lag = 0; lag <= used; lag++) {
    let autocovariance = 0;
    for (let t = lag; t < n; t++) autocovariance += (values[t]! - center) * (values[t - lag]! - center);
    variance += (lag ? 2 * (1 - lag / (used + 1)) : 1) * (autocovariance / n);
  }
  const standardError = Math.sqrt(variance / n);
  const reach = normalQuantile((1 + level) / 2) * standardError;
  return { lags: used, standardError, low: center - reach, high: center + reach, tStat: center / standardError };
}
