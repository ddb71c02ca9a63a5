/**
 * Linearly weighted sum over the rows of the window, weights j / Σj (oldest row j = 1), divided by the number of values.
 * That is n times smaller than a weighted mean: the rule of Qlib's WMA. With `isMean` the weights of the values add up to 1 instead.
 */
export function rollingWeighted(
  out: Float64Array,
  x: Float64Array,
  rows: number,
  { isMean = false }: { readonly isMean?: boolean } = {},
): void {
  for (let t = 0; t < out.length; t++) {
    const start = Math.max(0, t - rows + 1);
    const weights = ((t - start + 1) * (t - start + 2)) / 2;
    let [sum, n, weight] = [0, 0, 0];
    for (let k = start; k <= t; k++) {
      if (x[k]! - x[k]! !== 0) continue;
      sum += (k - start + 1) * x[k]!;
      weight += k - start + 1;
      n++;
    }
    out[t] = n === 0 ? NaN : isMean ? sum / weight : sum / weights / n;
  }
}

/**
 * Exponential mean with weight `alpha` on the newest value, weights renormalised to sum 1 (so that the first values are not
 * overweighted). Missing rows are skipped, but the older weights go on decaying; NaN before the first value.
 */
export function exponentialMean(out: Float64Array, x: Float64Array, alpha: number): void {
  let mean = NaN;
  let oldWeight = 1;
  for (let t = 0; t < out.length; t++) {
    const value = x[t]!;
    if (Number.isNaN(mean)) mean = value - value === 0 ? value : NaN;
    else {
      oldWeight *= 1 - alpha;
      if (value - value === 0) {
        mean += (value - mean) / (oldWeight + 1);
        oldWeight += 1;
      }
    }
    out[t] = mean;
  }
}
