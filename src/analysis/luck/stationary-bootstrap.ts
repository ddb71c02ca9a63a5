import type { Random } from "../../panel/random.js";

/**
 * Positions of one stationary bootstrap resample: blocks that begin anywhere, last a geometric number of periods, and wrap at the end.
 *
 * (Politis and Romano, Journal of the American Statistical Association 89, 1994.)
 *
 * @param into Filled with positions in [0, into.length).
 * @param blockLength Mean length of a block, ≥ 1; 1 resamples period by period.
 */
export function resample(into: Int32Array, blockLength: number, random: Random): void {
  const n = into.length;
  const newBlock = 1 / blockLength;
  let at = 0;
  for (let i = 0; i < n; i++) {
    at = i === 0 || blockLength === 1 || random.uniform() < newBlock ? random.below(n) : at + 1 === n ? 0 : at + 1;
    into[i] = at;
  }
}
