import { PairMoments, PairMomentsArray } from "./pair-moments.js";
import { FLAT } from "./rolling-regression.js";
import { rollingVariance } from "./rolling-variance.js";

/** Sample covariance (ddof 1) over the last `rows` rows where both are finite; NaN with fewer than two pairs. */
export function rollingCovariance(out: Float64Array, a: Float64Array, b: Float64Array, rows: number): void {
  eachPairWindow(out, a, b, rows, ({ n, product }) => (n < 2 ? NaN : product / (n - 1)));
}

/**
 * Pearson correlation over the last `rows` rows where both are finite, in [−1, 1]; NaN with fewer than two pairs, and where a or b,
 * over its own values in the window, has a standard deviation of 2e-5 or less.
 */
export function rollingCorrelation(out: Float64Array, a: Float64Array, b: Float64Array, rows: number): void {
  // With the same rows present on both sides the pairs' deviations are those of each side's own values.
  const same = samePresence(a, b);
  eachPairWindow(out, a, b, rows, ({ n, squareA, squareB, product }) => {
    if (n < 2 || (same && Math.sqrt(Math.min(squareA, squareB) / (n - 1)) <= FLAT)) return NaN;
    return Math.max(-1, Math.min(1, product / Math.sqrt(squareA * squareB)));
  });
  if (same) return;
  const deviation = new Float64Array(out.length);
  for (const side of [a, b]) {
    rollingVariance(deviation, side, rows, true);
    for (let t = 0; t < out.length; t++) if (deviation[t]! <= FLAT) out[t] = NaN;
  }
}

function eachPairWindow(
  out: Float64Array,
  a: Float64Array,
  b: Float64Array,
  rows: number,
  read: (moments: PairMoments) => number,
): void {
  const ends = new PairMomentsArray(rows + 1);
  const start = new PairMoments();
  const all = new PairMoments();
  let place = 0;
  for (let t = 0; t < out.length; t++) {
    if (place === rows) {
      start.clear();
      for (let k = rows - 1; k >= 0; k--) {
        const [left, right] = [a[t - rows + k]!, b[t - rows + k]!];
        if (left - left === 0 && right - right === 0) start.add(left, right);
        ends.set(k, start);
      }
      start.clear();
      place = 0;
    }
    const [left, right] = [a[t]!, b[t]!];
    if (left - left === 0 && right - right === 0) start.add(left, right);
    all.merge(start, ends, ++place);
    out[t] = read(all);
  }
}

function samePresence(a: Float64Array, b: Float64Array): boolean {
  for (let t = 0; t < a.length; t++) if ((a[t]! - a[t]! === 0) !== (b[t]! - b[t]! === 0)) return false;
  return true;
}
