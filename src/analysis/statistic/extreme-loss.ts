import { percentileOfSorted } from "./series-moments.js";

/** What the fitted tail says; signs as returns have them. */
export interface ExtremeLoss {
  readonly valueAtRisk: number;
  readonly expectedShortfall: number;
  /** Shape ξ of the tail: 0 exponential, > 0 heavy. */
  readonly tailShape: number;
}

/**
 * Value at risk and expected shortfall from a generalised Pareto tail over the worst tenth of the returns.
 *
 * Peaks over threshold u = 90th percentile of the losses; shape ξ and scale β by probability-weighted moments
 * (Hosking and Wallis, Technometrics 29, 1987): a₀ = mean excess, a₁ = mean of (1 − (i − 0.35)/k)·xᵢ over the excesses in
 * ascending order, ξ = 2 − a₀/(a₀ − 2a₁), β = 2a₀a₁/(a₀ − 2a₁). NaN with fewer than 20 excesses.
 *
 * @param probability Of a worse period, below 0.1.
 * @example
 * extremeLoss(Float64Array.of(0.01, -0.02), 0.01).valueAtRisk // -> NaN
 */
export function extremeLoss(returns: Float64Array, probability: number): ExtremeLoss {
  const losses = returns.map((value) => -value).sort();
  const threshold = percentileOfSorted(losses, 0.9);
  const excesses = losses.filter((loss) => loss > threshold).map((loss) => loss - threshold);
  const [n, k] = [losses.length, excesses.length];
  if (k < 20) return { valueAtRisk: NaN, expectedShortfall: NaN, tailShape: NaN };
  let [a0, a1] = [0, 0];
  for (let i = 0; i < k; i++) {
    a0 += excesses[i]! / k;
    a1 += (excesses[i]! * (1 - (i + 0.65) / k)) / k;
  }
  const shape = 2 - a0 / (a0 - 2 * a1);
  const scale = (2 * a0 * a1) / (a0 - 2 * a1);
  const odds = (n / k) * probability;
  const loss = threshold + (Math.abs(shape) < 1e-12 ? -scale * Math.log(odds) : (scale / shape) * (odds ** -shape - 1));
  const shortfall = shape < 1 ? (loss + scale - shape * threshold) / (1 - shape) : NaN;
  return { valueAtRisk: -loss, expectedShortfall: -shortfall, tailShape: shape };
}
