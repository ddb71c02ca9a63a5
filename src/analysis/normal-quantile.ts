import { createRequire } from "node:module";

let ndtri: ((probability: number) => number) | undefined;

/**
 * Quantile of the standard normal distribution, by Cephes' `ndtri` (what SciPy's `norm.ppf` uses).
 *
 * Loaded on the first call and by `require`: that build of the package is compiled synchronously, its ES module is not.
 *
 * @param probability In (0, 1).
 * @example
 * normalQuantile(0.975) // -> 1.959963984540054
 */
export function normalQuantile(probability: number): number {
  ndtri ??= (createRequire(import.meta.url)("cephes") as { ndtri: (probability: number) => number }).ndtri;
  return ndtri(probability);
}
