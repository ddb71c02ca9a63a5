import { refuseUnknownOptions } from "../../engine/refuse-unknown-options.js";
import { InvalidArgumentError } from "../../errors.js";
import { normalProbability, normalQuantile } from "../normal-quantile.js";
import type { ReturnSource } from "../statistic/return-series.js";
import { deviation } from "../statistic/series-moments.js";
import type { Trials } from "../statistic/return-facts.js";
import { sharpeFacts, type SharpeFacts, type SharpeOptions } from "./sharpe-odds.js";

const EULER_MASCHERONI = 0.5772156649015329;

/**
 * What the trials of a search say: how many, and how their Sharpe ratios spread.
 *
 * @param sharpes Per period, not annualised, one per trial, this one included. Missing ones count as trials but not in the spread.
 * @example
 * trialsOf([0.01, 0.03, -0.02]).count // -> 3
 */
export function trialsOf(sharpes: ArrayLike<number>): Trials {
  const known = Float64Array.from(sharpes).filter((value) => !Number.isNaN(value));
  return { count: sharpes.length, sharpeStd: known.length > 1 ? deviation(known) : 0 };
}

/**
 * The best Sharpe ratio to expect from `count` strategies without skill.
 *
 * sharpeStd · ((1 − γ)·Φ⁻¹(1 − 1/N) + γ·Φ⁻¹(1 − 1/(N·e))), γ = Euler–Mascheroni; 0 for one trial. The trials are taken for independent:
 * many variants of one idea count as fewer, so the figure is then too strict, not too kind.
 *
 * @returns Per period.
 * @throws InvalidArgumentError unless count is ≥ 1 and sharpeStd ≥ 0.
 * @example
 * expectedMaxSharpe({ count: 40, sharpeStd: 0.02872671018581525 }) // -> 0.06289656395403327
 */
export function expectedMaxSharpe({ count, sharpeStd }: Trials): number {
  if (!(count >= 1 && Number.isFinite(count)) || !(sharpeStd >= 0))
    throw new InvalidArgumentError(
      `Cannot deflate a Sharpe ratio: ${count} trials whose ratios spread by ${sharpeStd}, at least 1 and 0 expected`,
    );
  if (count === 1) return 0;
  return (
    sharpeStd *
    ((1 - EULER_MASCHERONI) * normalQuantile(1 - 1 / count) +
      EULER_MASCHERONI * normalQuantile(1 - 1 / (count * Math.E)))
  );
}

/** The deflated ratio, and all it was computed from. */
export interface DeflatedSharpe extends SharpeFacts {
  /** Probability that the true Sharpe ratio exceeds what luck alone gives the best of so many trials. */
  readonly deflated: number;
  /** Per period; the threshold. */
  readonly expectedMax: number;
  readonly trials: Trials;
}

export interface DeflatedSharpeOptions extends SharpeOptions {
  /** The trials, or their Sharpe ratios per period. */
  readonly trials: Trials | ArrayLike<number>;
}

/**
 * Deflated Sharpe ratio: the probabilistic Sharpe ratio against the best that luck would give among the trials that were made.
 *
 * (Bailey and López de Prado, "The deflated Sharpe ratio", Journal of Portfolio Management 40, 2014.)
 *
 * @param returns Of the chosen strategy, per period.
 * @example
 * deflatedSharpe([0.01, -0.01, 0.02, 0], { trials: { count: 20, sharpeStd: 0.1 } }).expectedMax // -> 0.1900707951181199
 */
export function deflatedSharpe(returns: ReturnSource, given: DeflatedSharpeOptions): DeflatedSharpe {
  refuseUnknownOptions("Cannot deflate the Sharpe ratio", given, ["trials", "moments", "column"]);
  const { trials, ...options } = given;
  const tried = "count" in trials ? trials : trialsOf(trials);
  const expectedMax = expectedMaxSharpe(tried);
  const facts = sharpeFacts(returns, options);
  return {
    ...facts,
    deflated: normalProbability((facts.sharpe - expectedMax) / facts.standardError),
    expectedMax,
    trials: tried,
  };
}
