/** Largest (`sign` 1) or smallest (`sign` −1) finite value in the last `rows` rows; NaN when there is none. */
export function rollingExtreme(out: Float64Array, x: Float64Array, rows: number, sign: 1 | -1): void {
  const ends = new Float64Array(rows + 1).fill(-Infinity);
  let [best, place] = [-Infinity, 0];
  for (let t = 0; t < out.length; t++) {
    if (place === rows) {
      let end = -Infinity;
      for (let k = rows - 1; k >= 0; k--) {
        const value = sign * x[t - rows + k]!;
        if (value > end && value < Infinity) end = value;
        ends[k] = end;
      }
      best = -Infinity;
      place = 0;
    }
    const value = sign * x[t]!;
    if (value > best && value < Infinity) best = value;
    place++;
    const extreme = ends[place]! > best ? ends[place]! : best;
    out[t] = extreme === -Infinity ? NaN : sign * extreme;
  }
}

/**
 * Position of the largest (`sign` 1) or smallest (−1) value in the last `rows` rows, 1 = oldest row; ties: the earliest.
 * A window with a missing row gives the position of its first missing row, unless they are passed over; one without any value NaN.
 */
export function rollingExtremePosition(
  out: Float64Array,
  x: Float64Array,
  rows: number,
  sign: 1 | -1,
  { skipsMissing = false }: { readonly skipsMissing?: boolean } = {},
): void {
  const missingFrom = nextMissing(x, out.length);
  // Candidates: rows whose value beats every later one seen so far, best first.
  const queue = new Int32Array(out.length);
  let [head, tail, count] = [0, 0, 0];
  for (let t = 0; t < out.length; t++) {
    const start = Math.max(0, t - rows + 1);
    const value = sign * x[t]!;
    if (start > 0 && missingFrom[start - 1]! !== start - 1) count--;
    if (value - value === 0) {
      count++;
      while (tail > head && sign * x[queue[tail - 1]!]! < value) tail--;
      queue[tail++] = t;
    }
    while (head < tail && queue[head]! < start) head++;
    const isAtMissing = !skipsMissing && missingFrom[start]! <= t;
    out[t] = count === 0 ? NaN : (isAtMissing ? missingFrom[start]! : queue[head]!) - start + 1;
  }
}

/** For each row the first row at or after it that is not finite; `length` when there is none. */
function nextMissing(x: Float64Array, length: number): Int32Array {
  const next = new Int32Array(length + 1);
  next[length] = length;
  for (let t = length - 1; t >= 0; t--) next[t] = x[t]! - x[t]! === 0 ? next[t + 1]! : t;
  return next;
}
