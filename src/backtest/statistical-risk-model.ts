import { refuseUnknownOptions } from "../engine/refuse-unknown-options.js";
import { InvalidArgumentError } from "../errors.js";
import { symmetricEigen } from "../panel/symmetric-eigen.js";
import type { RiskModel, RiskOfDay, RiskQuestion } from "./risk-model.js";

export interface StatisticalRiskModelOptions {
  /** How many factors. Default 10, and at most a quarter of the days. */
  readonly factors?: number;
  /** Daily returns it is estimated from. Default 240. */
  readonly windowDays?: number;
  /** The factors are estimated anew every so many days of the calendar. Default 20. */
  readonly refitDays?: number;
}

/** Fewer returns tell nothing. */
const MIN_DAYS = 20;

/**
 * A risk model from past closes alone: the factors are the principal components of daily returns.
 *
 * Returns of the window are centred for each instrument, missing ones count as 0. Of the days' cross-product matrix
 * X Xᵀ / n the leading eigenvectors are the factors' returns (scaled to variance 1, so their covariance is the
 * identity); an instrument's exposures are its covariances with them, its specific risk is the standard deviation of
 * the rest, over its own days less K + 1. Instruments with returns on less than half the days do not shape the
 * factors, and their specific risk is left missing, so that the largest is taken. The window ends on a day whose
 * calendar index is a multiple of `refitDays`, at the day asked for or before: nothing later is seen. The factors are
 * those of the first day it is asked for in a window. With fewer than 20 returns, or fewer than two such instruments, there is no answer.
 *
 * After G. Connor and R. Korajczyk, "Performance measurement with the arbitrage pricing theory: a new framework for
 * analysis", Journal of Financial Economics 15 (1986), asymptotic principal components.
 *
 * @throws InvalidArgumentError for a number that is not whole, no factor, or a window below 20 days.
 * @example
 * statisticalRiskModel({ windowDays: 120, refitDays: 5 }).historyDays // -> 125
 */
export function statisticalRiskModel(options: StatisticalRiskModelOptions = {}): RiskModel {
  refuseUnknownOptions("Cannot make a risk model", options, ["factors", "windowDays", "refitDays"]);
  const { factors = 10, windowDays = 240, refitDays = 20 } = options;
  if (
    ![factors, windowDays, refitDays].every((value) => Number.isInteger(value) && value >= 1) ||
    windowDays < MIN_DAYS
  )
    throw new InvalidArgumentError(
      `Cannot make a risk model: factors ${factors}, windowDays ${windowDays}, refitDays ${refitDays}\n  whole numbers ≥ 1 expected, windowDays at least ${MIN_DAYS}`,
    );
  let fitted: { readonly end: number; readonly factors: Factors | undefined } | undefined;
  let asked = Infinity;
  const answer = (question: RiskQuestion): RiskOfDay | undefined => {
    const end = question.day - (question.day % refitDays);
    const start = Math.max(1, end - windowDays + 1);
    const days = end - start + 1;
    const returns = new Map(question.instruments.map((name) => [name, centred(question, name, start, end)]));
    const names = question.instruments.filter((name) => returns.get(name)!.observed * 2 >= days);
    if (days < MIN_DAYS || names.length < 2) return undefined;
    // Another back-test begins with a day that is not after the last: nothing is carried over.
    if (question.day <= asked || fitted?.end !== end)
      fitted = {
        end,
        factors: factorsOf(
          names.map((name) => returns.get(name)!.values),
          days,
          factors,
        ),
      };
    asked = question.day;
    return fitted.factors && describe(question.instruments, returns, fitted.factors, days);
  };
  return Object.assign(answer, { historyDays: windowDays + refitDays });
}

interface Returns {
  readonly values: Float64Array;
  /** How many are not missing. */
  readonly observed: number;
}

interface Factors {
  readonly count: number;
  /** Row-major, count × days; mean 0, variance 1 (ddof 0). */
  readonly returns: Float64Array;
}

function centred({ close }: RiskQuestion, name: string, start: number, end: number): Returns {
  const values = new Float64Array(end - start + 1);
  let [before, sum, observed] = [close(name, start - 1), 0, 0];
  for (let i = 0; i < values.length; i++) {
    const now = close(name, start + i);
    values[i] = now / before - 1;
    before = now;
    if (!Number.isFinite(values[i]!)) continue;
    sum += values[i]!;
    observed++;
  }
  const mean = observed ? sum / observed : 0;
  return { values: values.map((value) => (Number.isFinite(value) ? value - mean : 0)), observed };
}

function factorsOf(returns: readonly Float64Array[], days: number, most: number): Factors | undefined {
  const products = new Float64Array(days * days);
  for (const values of returns)
    for (let s = 0; s < days; s++) {
      const scale = values[s]! / returns.length;
      if (scale !== 0) for (let t = 0; t <= s; t++) products[s * days + t]! += scale * values[t]!;
    }
  for (let s = 0; s < days; s++) for (let t = 0; t < s; t++) products[t * days + s] = products[s * days + t]!;
  const { values, vectors } = symmetricEigen(products, days);
  const largest = values[days - 1]!;
  const wanted = Math.min(most, Math.floor(days / 4), returns.length - 1);
  const found = Array.from({ length: wanted }, (_, k) => days - 1 - k).filter((at) => values[at]! > 1e-10 * largest);
  if (found.length === 0) return undefined;
  const scaled = new Float64Array(found.length * days);
  found.forEach((at, k) => {
    for (let t = 0; t < days; t++) scaled[k * days + t] = vectors[at * days + t]! * Math.sqrt(days);
  });
  return { count: found.length, returns: scaled };
}

function describe(
  instruments: readonly string[],
  returns: ReadonlyMap<string, Returns>,
  { count, returns: factors }: Factors,
  days: number,
): RiskOfDay {
  const exposures = new Float64Array(instruments.length * count);
  const specificRisk = new Float64Array(instruments.length).fill(NaN);
  instruments.forEach((name, i) => {
    const { values, observed } = returns.get(name)!;
    let rest = 0;
    for (let t = 0; t < days; t++) rest += values[t]! ** 2;
    for (let k = 0; k < count; k++) {
      let product = 0;
      for (let t = 0; t < days; t++) product += values[t]! * factors[k * days + t]!;
      exposures[i * count + k] = product / days;
      rest -= product ** 2 / days;
    }
    if (observed * 2 >= days) specificRisk[i] = Math.sqrt(Math.max(0, rest) / Math.max(1, observed - count - 1));
  });
  const factorCovariance = new Float64Array(count * count);
  for (let k = 0; k < count; k++) factorCovariance[k * count + k] = 1;
  return { instruments, exposures, factorCovariance, specificRisk };
}
