/** Smallest and largest finite value of several series; [−1, 1] when there is none, widened when they are equal. */
export function extent(...series: ArrayLike<number>[]): [number, number] {
  let [low, high] = [Infinity, -Infinity];
  for (const values of series) {
    for (let i = 0; i < values.length; i++) {
      if (!Number.isFinite(values[i])) continue;
      low = Math.min(low, values[i]!);
      high = Math.max(high, values[i]!);
    }
  }
  if (low > high) return [-1, 1];
  return low === high
    ? [low - Math.max(0.5 * Math.abs(low), 1e-6), high + Math.max(0.5 * Math.abs(high), 1e-6)]
    : [low, high];
}

/** The last value that is not missing; NaN when all are. */
export function lastOf(values: Float64Array): number {
  for (let i = values.length - 1; i >= 0; i--) if (!Number.isNaN(values[i])) return values[i]!;
  return NaN;
}

/** The values of some rows. */
export function pick(values: Float64Array, rows: Int32Array): Float64Array {
  return Float64Array.from(rows, (row) => values[row]!);
}

/** Running sum; a missing value stays missing and the sum carries over it. */
export function cumulativeSum(values: Float64Array): Float64Array {
  let sum = 0;
  return values.map((value) => (Number.isNaN(value) ? NaN : (sum += value)));
}
