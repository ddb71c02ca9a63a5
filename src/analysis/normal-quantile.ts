import { createRequire } from "node:module";

interface Cephes {
  readonly ndtr: (x: number) => number;
  readonly ndtri: (probability: number) => number;
  readonly incbet: (a: number, b: number, x: number) => number;
}

let loaded: Cephes | undefined;

/** Loaded on the first call and by `require`: that build of the package is compiled synchronously, its ES module is not. */
const cephes = (): Cephes => (loaded ??= createRequire(import.meta.url)("cephes") as Cephes);

/**
 * Quantile of the standard normal distribution, by Cephes' `ndtri` (what SciPy's `norm.ppf` uses).
 *
 * @param probability In (0, 1).
 * @example
 * normalQuantile(0.975) // -> 1.959963984540054
 */
export function normalQuantile(probability: number): number {
  return cephes().ndtri(probability);
}

/**
 * Distribution function of the standard normal distribution, by Cephes' `ndtr`; NaN for NaN.
 * @example
 * normalProbability(0) // -> 0.5
 */
export function normalProbability(x: number): number {
  return Number.isNaN(x) ? NaN : cephes().ndtr(x);
}

/**
 * Density of the standard normal distribution.
 * @example
 * normalDensity(0) // -> 0.3989422804014327
 */
export function normalDensity(x: number): number {
  return Math.exp(-0.5 * x * x) / Math.sqrt(2 * Math.PI);
}

/**
 * Probability of a |t| at least as large under Student's t, both tails, by Cephes' incomplete beta function; NaN for NaN.
 * @param degrees Degrees of freedom, > 0.
 * @example
 * studentTwoSided(0, 10) // -> 1
 */
export function studentTwoSided(t: number, degrees: number): number {
  if (Number.isNaN(t) || !(degrees > 0)) return NaN;
  return Number.isFinite(t) ? cephes().incbet(degrees / 2, 0.5, degrees / (degrees + t * t)) : 0;
}
