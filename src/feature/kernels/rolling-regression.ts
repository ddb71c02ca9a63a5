import { PairMoments, PairMomentsArray } from "./pair-moments.js";

/** A standard deviation up to this is taken for 0: a correlation with a constant is undefined. */
export const FLAT = 2e-5;

export type RegressionResult = "slope" | "rsquare" | "residual";

/**
 * Least-squares line of x on the row position over the last `rows` rows, missing rows left out; NaN with fewer than two values.
 * `slope` is defined even where the current value is missing; `rsquare` is NaN when x is flat; `residual` is the current value
 * minus the line. ±∞ is not left out: it makes the result NaN while it is in the window.
 */
export function rollingRegression(out: Float64Array, x: Float64Array, rows: number, result: RegressionResult): void {
  const ends = new PairMomentsArray(rows + 1);
  const start = new PairMoments();
  const all = new PairMoments();
  let place = 0;
  for (let t = 0; t < out.length; t++) {
    if (place === rows) {
      start.clear();
      for (let k = rows - 1; k >= 0; k--) {
        const value = x[t - rows + k]!;
        // Positions count from the start of the current block, so that they stay small.
        if (value === value) start.add(k - rows, value);
        ends.set(k, start);
      }
      start.clear();
      place = 0;
    }
    const value = x[t]!;
    if (value === value) start.add(place, value);
    place++;
    all.merge(start, ends, place);
    if (all.n < 2) out[t] = NaN;
    else if (result === "slope") out[t] = all.product / all.squareA;
    else if (result === "residual")
      out[t] = value - (all.meanB + (all.product / all.squareA) * (place - 1 - all.meanA));
    else
      out[t] =
        Math.sqrt(all.squareB / (all.n - 1)) <= FLAT ? NaN : (all.product / all.squareA) * (all.product / all.squareB);
  }
}
