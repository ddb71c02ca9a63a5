import { refuseUnknownOptions } from "../../engine/refuse-unknown-options.js";
import { InvalidArgumentError } from "../../errors.js";
import { normalProbability, normalQuantile } from "../normal-quantile.js";
import { returnSeries, type ReturnSource } from "../statistic/return-series.js";
import { average, deviation, shape, unbiasedShape } from "../statistic/series-moments.js";

/** Which skewness and kurtosis stand in the formula: divided by n (`biased`), or with the small-sample corrections of pandas. */
export type MomentConvention = "biased" | "unbiased";

/** What the odds of a Sharpe ratio are computed from; none annualised. */
export interface SharpeFacts {
  /** Periods with a return. */
  readonly n: number;
  /** mean / std (ddof 1) per period */
  readonly sharpe: number;
  readonly skew: number;
  /** Raw: 3 for a normal distribution. */
  readonly kurtosis: number;
  /** Of the Sharpe ratio: √((1 − skew·SR + (kurtosis − 1)/4·SR²) / (n − 1)) */
  readonly standardError: number;
  readonly moments: MomentConvention;
}

export interface SharpeOptions {
  /** Default `biased`, as the papers estimate them (and skfolio, factor-qc); quantstats and pypbo correct for bias. */
  readonly moments?: MomentConvention;
  /** The column of returns, where the source is a table. */
  readonly column?: string;
}

/**
 * The Sharpe ratio with the error that fat tails and skewness give it. (Mertens 2002; Bailey and López de Prado 2012.)
 *
 * Missing returns are left out. NaN figures for fewer than two returns or constant ones.
 *
 * @param returns Per period, less the risk-free return if that matters; independent over time is assumed.
 * @example
 * sharpeFacts([0.01, -0.01, 0.02, 0]).sharpe // -> 0.3872983346207417
 */
export function sharpeFacts(returns: ReturnSource, options: SharpeOptions = {}): SharpeFacts {
  refuseUnknownOptions("Cannot compute the Sharpe ratio", options, ["moments", "column"]);
  const { moments = "biased", column } = options;
  if (moments !== "biased" && moments !== "unbiased")
    throw new InvalidArgumentError(
      `Cannot judge a Sharpe ratio: moments "${String(moments)}" is neither "biased" nor "unbiased"`,
    );
  const values = returnSeries(returns, column).values.filter((value) => !Number.isNaN(value));
  const n = values.length;
  const spread = deviation(values);
  const sharpe = spread === 0 ? NaN : average(values) / spread;
  const { skew, kurtosis } = (moments === "biased" ? shape : unbiasedShape)(values);
  const standardError = Math.sqrt((1 - skew * sharpe + ((kurtosis - 1) / 4) * sharpe ** 2) / (n - 1));
  return { n, sharpe, skew, kurtosis, standardError, moments };
}

export interface SharpeThresholdOptions extends SharpeOptions {
  /** The Sharpe ratio to beat, per period: a yearly one divided by √(periods per year). Default 0. */
  readonly threshold?: number;
}

/**
 * Probabilistic Sharpe ratio: the probability that the true Sharpe ratio exceeds a threshold, given the length and the
 * shape of the sample. PSR = Φ((SR − threshold) / standardError).
 *
 * (Bailey and López de Prado, "The Sharpe ratio efficient frontier", Journal of Risk 15, 2012.)
 *
 * @returns In [0, 1]; NaN for fewer than two returns or constant ones.
 * @example
 * probabilisticSharpe([0.01, -0.01, 0.02, 0]) // -> 0.7463067366089691
 */
export function probabilisticSharpe(returns: ReturnSource, given: SharpeThresholdOptions = {}): number {
  refuseUnknownOptions("Cannot compute the odds of a Sharpe ratio", given, ["threshold", "moments", "column"]);
  const { threshold = 0, ...options } = given;
  const { sharpe, standardError } = sharpeFacts(returns, options);
  return normalProbability((sharpe - threshold) / standardError);
}

export interface TrackRecordOptions extends SharpeThresholdOptions {
  /** Wanted probability. Default 0.95. */
  readonly confidence?: number;
}

/**
 * Minimum track record length: how many periods of such returns make the probabilistic Sharpe ratio reach `confidence`.
 * 1 + (1 − skew·SR + (kurtosis − 1)/4·SR²) · (Φ⁻¹(confidence) / (SR − threshold))².
 *
 * (Bailey and López de Prado 2012.)
 *
 * @returns Periods, not rounded; Infinity when the Sharpe ratio is not above the threshold: no length is enough; NaN when it is undefined.
 * @throws InvalidArgumentError unless 0.5 < confidence < 1.
 * @example
 * minTrackRecordLength([0.01, -0.01, 0.02, 0]) // -> 19.469843313291353
 */
export function minTrackRecordLength(returns: ReturnSource, given: TrackRecordOptions = {}): number {
  refuseUnknownOptions("Cannot compute the length of a track record", given, [
    "confidence",
    "threshold",
    "moments",
    "column",
  ]);
  const { threshold = 0, confidence = 0.95, ...options } = given;
  if (!(confidence > 0.5 && confidence < 1))
    throw new InvalidArgumentError(
      `Cannot compute a track record: confidence is ${confidence}, a number between 0.5 and 1 expected`,
    );
  const { n, sharpe, standardError } = sharpeFacts(returns, options);
  if (sharpe <= threshold) return Infinity;
  return 1 + standardError ** 2 * (n - 1) * (normalQuantile(confidence) / (sharpe - threshold)) ** 2;
}
