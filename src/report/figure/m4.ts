/**
 * The rows of a line that its picture needs: first, last, smallest and largest value of each of `buckets` equal spans of x.
 * With one bucket a pixel or two the picture stays the same. (Jugel et al., M4, VLDB 2014.)
 *
 * @param x Ascending. @param y NaN = missing; such rows are left out, except that a gap keeps one of them.
 * @returns Row numbers, ascending; all rows when there are at most 4 · buckets of them.
 * @example
 * m4([0, 1, 2, 3, 4, 5], [0, 9, 1, 1, -9, 1], 1) // -> Int32Array [0, 1, 4, 5]
 */
export function m4(x: ArrayLike<number>, y: ArrayLike<number>, buckets: number): Int32Array {
  const n = x.length;
  const whole = Math.max(1, Math.floor(buckets));
  if (n <= 4 * whole) return Int32Array.from({ length: n }, (_, row) => row);
  const width = (x[n - 1]! - x[0]!) / whole || 1;
  const kept: number[] = [];
  for (let row = 0; row < n;) {
    const bucket = Math.min(whole - 1, Math.floor((x[row]! - x[0]!) / width));
    let [first, last, low, high, gap] = [-1, -1, -1, -1, -1];
    for (; row < n && Math.min(whole - 1, Math.floor((x[row]! - x[0]!) / width)) === bucket; row++) {
      if (Number.isNaN(y[row])) {
        gap = row;
        continue;
      }
      if (first < 0) first = low = high = row;
      last = row;
      if (y[row]! < y[low]!) low = row;
      if (y[row]! > y[high]!) high = row;
    }
    kept.push(
      ...[...new Set([first, last, low, high, gap])].filter((candidate) => candidate >= 0).sort((a, b) => a - b),
    );
  }
  return Int32Array.from(kept);
}
