/**
 * Pearson correlation of two columns of equal length without missing values.
 *
 * Two passes (means first), clipped to [−1, 1]. NaN for fewer than two pairs, for a constant side and where a value is ±∞.
 *
 * @example
 * pearson(Float64Array.of(1, 2, 3), Float64Array.of(2, 4, 6)) // -> 1
 */
export function pearson(x: Float64Array, y: Float64Array): number {
  const n = x.length;
  if (n < 2 || isConstant(x) || isConstant(y)) return NaN;
  let [sumX, sumY] = [0, 0];
  for (let i = 0; i < n; i++) {
    sumX += x[i]!;
    sumY += y[i]!;
  }
  const [meanX, meanY] = [sumX / n, sumY / n];
  let [xx, yy, xy] = [0, 0, 0];
  for (let i = 0; i < n; i++) {
    const dx = x[i]! - meanX;
    const dy = y[i]! - meanY;
    xx += dx * dx;
    yy += dy * dy;
    xy += dx * dy;
  }
  const product = xx * yy;
  // One root is exact where the answer is 1; two where the product overflows or vanishes.
  const norm = product > 1e-280 && product < 1e280 ? Math.sqrt(product) : Math.sqrt(xx) * Math.sqrt(yy);
  return Math.max(-1, Math.min(1, xy / norm));
}

/** Equality, not a small variance: rounding leaves a constant column a variance that is not quite 0. */
function isConstant(values: Float64Array): boolean {
  for (let i = 1; i < values.length; i++) if (values[i] !== values[0]) return false;
  return true;
}
