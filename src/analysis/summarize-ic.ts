import { centralMoment, mean, present, std } from "./moments.js";
import { neweyWest, type NeweyWest, type NeweyWestOptions } from "./newey-west.js";
import { refuseUnknownOptions } from "../engine/refuse-unknown-options.js";

/** The figures of a series of ICs; NaN where they are not defined. */
export interface IcSummary {
  /** Dates with a value. */
  readonly n: number;
  readonly mean: number;
  /** ddof 1 */
  readonly std: number;
  /** mean / std, not annualised; ±∞ or NaN when std is 0 */
  readonly icir: number;
  /** icir · √n: against mean 0, the dates taken for independent */
  readonly tStat: number;
  /** Share of dates with a value > 0 */
  readonly positiveShare: number;
  /** m₃ / m₂^1.5 with moments divided by n (biased, as SciPy's default) */
  readonly skew: number;
  /** m₄ / m₂² − 3: excess kurtosis, biased, 0 for a normal distribution */
  readonly kurtosis: number;
  /** The mean's error and interval when the dates are *not* independent. */
  readonly neweyWest: NeweyWest;
}

/**
 * What a series of daily ICs amounts to: mean, stability, and how sure one can be of the mean.
 *
 * Missing values are left out and the rest is taken as consecutive.
 *
 * @param values ICs (or any daily figure) in order of time.
 * @example
 * summarizeIc([0.02, NaN, 0.04]).icir // -> 2.1213203435596424
 */
export function summarizeIc(values: ArrayLike<number>, options: NeweyWestOptions = {}): IcSummary {
  refuseUnknownOptions("Cannot summarise the IC", options, ["lags", "level"]);
  const kept = present(values);
  const n = kept.length;
  const [average, deviation] = [mean(kept), std(kept)];
  const icir = average / deviation;
  const variance = deviation === 0 ? NaN : centralMoment(kept, 2);
  return {
    n,
    mean: average,
    std: deviation,
    icir,
    tStat: icir * Math.sqrt(n),
    positiveShare: kept.filter((value) => value > 0).length / n,
    skew: centralMoment(kept, 3) / variance ** 1.5,
    kurtosis: centralMoment(kept, 4) / variance ** 2 - 3,
    neweyWest: neweyWest(kept, options),
  };
}
