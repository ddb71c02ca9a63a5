/**
 * Mean absolute deviation, from their mean, of the finite values in the last `rows` rows; NaN when there is none.
 * Each window is passed over twice.
 */
export function rollingMeanAbsoluteDeviation(out: Float64Array, x: Float64Array, rows: number): void {
  for (let t = 0; t < out.length; t++) {
    const start = Math.max(0, t - rows + 1);
    let [n, mean, sum] = [0, 0, 0];
    for (let k = start; k <= t; k++) {
      const value = x[k]!;
      if (value - value === 0) mean += (value - mean) / ++n;
    }
    for (let k = start; k <= t; k++) {
      const value = x[k]!;
      if (value - value === 0) sum += Math.abs(value - mean);
    }
    out[t] = sum / n;
  }
}
