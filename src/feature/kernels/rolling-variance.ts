/**
 * Sample variance (ddof 1) of the finite values in the last `rows` rows, or its root; NaN with fewer than two values,
 * exactly 0 when all are equal.
 *
 * Blocks as in {@link rollingSum}; the two parts of a window are merged by their counts, means and sums of squared deviations
 * (Chan, Golub and LeVeque), which loses no digits to a large mean.
 */
export function rollingVariance(out: Float64Array, x: Float64Array, rows: number, root: boolean): void {
  const counts = new Float64Array(rows + 1);
  const means = new Float64Array(rows + 1);
  const squares = new Float64Array(rows + 1);
  let [count, mean, square, place] = [0, 0, 0, 0];
  for (let t = 0; t < out.length; t++) {
    if (place === rows) {
      momentsFromEnd(x, t - rows, rows, counts, means, squares);
      count = mean = square = place = 0;
    }
    const value = x[t]!;
    if (value - value === 0) {
      const step = value - mean;
      mean += step / ++count;
      square += step * (value - mean);
    }
    place++;
    const [n, gap] = [count + counts[place]!, mean - means[place]!];
    if (n < 2) out[t] = NaN;
    else {
      const variance = (square + squares[place]! + (gap * gap * count * counts[place]!) / n) / (n - 1);
      out[t] = root ? Math.sqrt(variance) : variance;
    }
  }
}

function momentsFromEnd(
  x: Float64Array,
  start: number,
  rows: number,
  counts: Float64Array,
  means: Float64Array,
  squares: Float64Array,
): void {
  let [count, mean, square] = [0, 0, 0];
  for (let place = rows - 1; place >= 0; place--) {
    const value = x[start + place]!;
    if (value - value === 0) {
      const step = value - mean;
      mean += step / ++count;
      square += step * (value - mean);
    }
    counts[place] = count;
    means[place] = mean;
    squares[place] = square;
  }
}
