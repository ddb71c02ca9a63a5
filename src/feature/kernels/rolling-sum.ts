/**
 * Sum or mean of the finite values in the last `rows` rows; NaN when there is none.
 *
 * Rows are cut into blocks as long as the window, so that a window is the end of one block and the start of the next: the sums of
 * both are kept and added. Nothing is ever subtracted, so no digits of a large value linger after it has left the window.
 */
export function rollingSum(out: Float64Array, x: Float64Array, rows: number, mean: boolean): void {
  const ends = new Float64Array(rows + 1);
  const endCounts = new Int32Array(rows + 1);
  let [sum, count, place] = [0, 0, 0];
  for (let t = 0; t < out.length; t++) {
    if (place === rows) {
      sumFromEnd(x, t - rows, rows, ends, endCounts);
      sum = count = place = 0;
    }
    const value = x[t]!;
    // Finite: neither NaN nor ±∞.
    if (value - value === 0) {
      sum += value;
      count++;
    }
    place++;
    // ends[rows] is 0: the window is exactly this block. In the first block there is no earlier one.
    const n = count + endCounts[place]!;
    const total = sum + ends[place]!;
    out[t] = n === 0 ? NaN : mean ? total / n : total;
  }
}

function sumFromEnd(x: Float64Array, start: number, rows: number, ends: Float64Array, counts: Int32Array): void {
  let [sum, count] = [0, 0];
  for (let place = rows - 1; place >= 0; place--) {
    const value = x[start + place]!;
    if (value - value === 0) {
      sum += value;
      count++;
    }
    ends[place] = sum;
    counts[place] = count;
  }
}

/** Number of finite values in the last `rows` rows; 0 possible. */
export function rollingCount(out: Float64Array, x: Float64Array, rows: number): void {
  let count = 0;
  for (let t = 0; t < out.length; t++) {
    if (x[t]! - x[t]! === 0) count++;
    if (t >= rows && x[t - rows]! - x[t - rows]! === 0) count--;
    out[t] = count;
  }
}
