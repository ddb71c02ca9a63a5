/**
 * Statistics that need the window's mean first: each window is passed over twice.
 * Only finite values count.
 */
function eachMean(out: Float64Array, x: Float64Array, rows: number, read: (start: number, end: number, n: number, mean: number) => number): void {
  for (let t = 0; t < out.length; t++) {
    const start = Math.max(0, t - rows + 1);
    let [n, mean] = [0, 0];
    for (let k = start; k <= t; k++) if (x[k]! - x[k]! === 0) mean += (x[k]! - mean) / ++n;
    out[t] = n === 0 ? NaN : read(start, t, n, mean);
  }
}

/** Mean absolute deviation from the mean. */
export function rollingMeanAbsoluteDeviation(out: Float64Array, x: Float64Array, rows: number): void {
  eachMean(out, x, rows, (start, end, n, mean) => {
    let sum = 0;
    for (let k = start; k <= end; k++) if (x[k]! - x[k]! === 0) sum += Math.abs(x[k]! - mean);
    return sum / n;
  });
}

/** Variances (ddof 0) up to this are taken for 0: the shape of a constant is undefined. */
const CONSTANT = 1e-14;

/** Bias-corrected sample skewness; NaN with fewer than 3 values or when they are constant. */
export function rollingSkewness(out: Float64Array, x: Float64Array, rows: number): void {
  eachMean(out, x, rows, (start, end, n, mean) => {
    const [m2, m3] = centralMoments(x, start, end, n, mean);
    return n < 3 || m2 <= CONSTANT ? NaN : ((Math.sqrt(n * (n - 1)) / (n - 2)) * m3) / m2 ** 1.5;
  });
}

/** Bias-corrected sample excess kurtosis; NaN with fewer than 4 values or when they are constant. */
export function rollingKurtosis(out: Float64Array, x: Float64Array, rows: number): void {
  eachMean(out, x, rows, (start, end, n, mean) => {
    const [m2, , m4] = centralMoments(x, start, end, n, mean);
    return n < 4 || m2 <= CONSTANT ? NaN : (((n * n - 1) * m4) / (m2 * m2) - 3 * (n - 1) ** 2) / ((n - 2) * (n - 3));
  });
}

function centralMoments(x: Float64Array, start: number, end: number, n: number, mean: number): [m2: number, m3: number, m4: number] {
  let [m2, m3, m4] = [0, 0, 0];
  for (let k = start; k <= end; k++) {
    if (x[k]! - x[k]! !== 0) continue;
    const d = x[k]! - mean;
    m2 += d * d;
    m3 += d * d * d;
    m4 += d * d * d * d;
  }
  return [m2 / n, m3 / n, m4 / n];
}
