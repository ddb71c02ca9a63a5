/** Variances (ddof 0) up to this are taken for 0: the shape of a constant is undefined. */
const CONSTANT = 1e-14;

/** Bias-corrected skewness of the finite values in the last `rows` rows; NaN with fewer than 3 or when they are constant. */
export function rollingSkewness(out: Float64Array, x: Float64Array, rows: number): void {
  eachShape(out, x, rows, ({ n, m2, m3 }) => {
    const variance = m2 / n;
    return n < 3 || variance <= CONSTANT
      ? NaN
      : ((Math.sqrt(n * (n - 1)) / (n - 2)) * (m3 / n)) / (variance * Math.sqrt(variance));
  });
}

/** Bias-corrected excess kurtosis of the finite values in the last `rows` rows; NaN with fewer than 4 or when they are constant. */
export function rollingKurtosis(out: Float64Array, x: Float64Array, rows: number): void {
  eachShape(out, x, rows, ({ n, m2, m4 }) => {
    const variance = m2 / n;
    if (n < 4 || variance <= CONSTANT) return NaN;
    return (((n * n - 1) * (m4 / n)) / (variance * variance) - 3 * (n - 1) ** 2) / ((n - 2) * (n - 3));
  });
}

/** Count, mean and sums of the 2nd to 4th power of deviations of a growing set of values, after Pébay (2008). */
class Shape {
  n = 0;
  mean = 0;
  m2 = 0;
  m3 = 0;
  m4 = 0;

  clear(): void {
    this.n = this.mean = this.m2 = this.m3 = this.m4 = 0;
  }

  add(value: number): void {
    const n = ++this.n;
    const gap = value - this.mean;
    const step = gap / n;
    const square = gap * step * (n - 1);
    this.mean += step;
    this.m4 += square * step * step * (n * n - 3 * n + 3) + 6 * step * step * this.m2 - 4 * step * this.m3;
    this.m3 += square * step * (n - 2) - 3 * step * this.m2;
    this.m2 += square;
  }

  /** Becomes the values of `a` and `b` together. */
  merge(a: Shape, b: Shape): void {
    const n = a.n + b.n;
    this.n = n;
    if (n === 0) return;
    const gap = b.mean - a.mean;
    const step = gap / n;
    const product = a.n * b.n;
    this.mean = a.mean + step * b.n;
    this.m2 = a.m2 + b.m2 + gap * step * product;
    this.m3 = a.m3 + b.m3 + gap * step * step * product * (a.n - b.n) + 3 * step * (a.n * b.m2 - b.n * a.m2);
    this.m4 =
      a.m4 +
      b.m4 +
      gap * step * step * step * product * (a.n * a.n - product + b.n * b.n) +
      6 * step * step * (a.n * a.n * b.m2 + b.n * b.n * a.m2) +
      4 * step * (a.n * b.m3 - b.n * a.m3);
  }

  copy(other: Shape): void {
    this.n = other.n;
    this.mean = other.mean;
    this.m2 = other.m2;
    this.m3 = other.m3;
    this.m4 = other.m4;
  }
}

/** Blocks as in `rollingSum`: a window is the end of one block and the start of the next, merged. */
function eachShape(out: Float64Array, x: Float64Array, rows: number, read: (shape: Shape) => number): void {
  const ends = Array.from({ length: Math.min(rows, out.length) + 1 }, () => new Shape());
  const [start, all] = [new Shape(), new Shape()];
  let place = 0;
  for (let t = 0; t < out.length; t++) {
    if (place === rows) {
      start.clear();
      for (let k = rows - 1; k >= 0; k--) {
        const value = x[t - rows + k]!;
        if (value - value === 0) start.add(value);
        ends[k]!.copy(start);
      }
      start.clear();
      place = 0;
    }
    const value = x[t]!;
    if (value - value === 0) start.add(value);
    all.merge(start, ends[++place]!);
    out[t] = read(all);
  }
}
