/** Figures of a typed array without missing values; plain loops, because resampling calls them by the thousand. */

export function sum(values: Float64Array): number {
  let total = 0;
  for (let i = 0; i < values.length; i++) total += values[i]!;
  return total;
}

/** NaN when there are none. */
export const average = (values: Float64Array): number => sum(values) / values.length;

/** Sum of (x − mean)^2 */
export function squares(values: Float64Array): number {
  const center = average(values);
  let total = 0;
  for (let i = 0; i < values.length; i++) {
    const off = values[i]! - center;
    total += off * off;
  }
  return total;
}

/** ddof 1; NaN for fewer than two, exactly 0 when all are equal. */
export function deviation(values: Float64Array): number {
  const n = values.length;
  if (n < 2) return NaN;
  let constant = true;
  for (let i = 1; i < n && constant; i++) constant = values[i] === values[0];
  return constant ? 0 : Math.sqrt(squares(values) / (n - 1));
}

/** x / y; NaN where y is 0 or not a number: a ratio to nothing is no figure. */
export const ratio = (x: number, y: number): number => (y === 0 ? NaN : x / y);

/** Slope of y on x with intercept, covariance over variance; NaN for fewer than two points or a constant x. */
export function slope(y: Float64Array, x: Float64Array): number {
  const n = x.length;
  const [meanX, meanY] = [average(x), average(y)];
  let [xy, xx] = [0, 0];
  for (let i = 0; i < n; i++) {
    xy += (x[i]! - meanX) * (y[i]! - meanY);
    xx += (x[i]! - meanX) ** 2;
  }
  return n < 2 ? NaN : ratio(xy, deviation(x) === 0 ? 0 : xx);
}

/** Percentile by linear interpolation (as numpy's default); `q` in [0, 1]; NaN when there are no values. */
export function percentile(values: Float64Array, q: number): number {
  return percentileOfSorted(values.slice().sort(), q);
}

/** {@link percentile} of values that are sorted already. */
export function percentileOfSorted(sorted: Float64Array, q: number): number {
  if (sorted.length === 0) return NaN;
  const position = (sorted.length - 1) * q;
  const below = Math.floor(position);
  const rest = position - below;
  return rest === 0 ? sorted[below]! : sorted[below]! + (sorted[below + 1]! - sorted[below]!) * rest;
}

/** Skewness and raw (not excess) kurtosis; NaN for constant values. */
export interface Shape {
  readonly skew: number;
  readonly kurtosis: number;
}

/** m₃ / m₂^1.5 and m₄ / m₂² with moments divided by n (biased, as SciPy's default). */
export function shape(values: Float64Array): Shape {
  const [n, center] = [values.length, average(values)];
  let [m2, m3, m4] = [0, 0, 0];
  for (let i = 0; i < n; i++) {
    const off = values[i]! - center;
    const square = off * off;
    m2 += square;
    m3 += square * off;
    m4 += square * square;
  }
  const variance = deviation(values) === 0 ? 0 : m2 / n;
  return { skew: ratio(m3 / n, variance ** 1.5), kurtosis: ratio(m4 / n, variance ** 2) };
}

/** The same with the small-sample corrections G₁ and G₂ (as pandas and spreadsheets do); NaN for fewer than four values. */
export function unbiasedShape(values: Float64Array): Shape {
  const n = values.length;
  if (n < 4) return { skew: NaN, kurtosis: NaN };
  const { skew, kurtosis } = shape(values);
  return {
    skew: (skew * Math.sqrt(n * (n - 1))) / (n - 2),
    kurtosis: ((n - 1) / ((n - 2) * (n - 3))) * ((n + 1) * (kurtosis - 3) + 6) + 3,
  };
}
