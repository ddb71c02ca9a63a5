/** Asks {@link rollingOrder} for the current value's percentile; a number from 0 to 1 asks for that quantile. */
export const RANK = -1;

/**
 * Order statistics of the finite values of the last `rows` rows, several in one pass over one sorted window.
 *
 * A quantile is interpolated linearly at position q · (n − 1) of the sorted values; NaN when there is none. The percentile
 * of the current value is its rank among the values over their number, ties sharing their mean rank; NaN when it is
 * missing.
 *
 * @param statistics What `outs`, one array each, are filled with: {@link RANK} or the fraction of a quantile.
 */
export function rollingOrder(
  outs: readonly Float64Array[],
  x: Float64Array,
  rows: number,
  statistics: readonly number[],
): void {
  const sorted = new Float64Array(Math.min(rows, x.length) + 1);
  let n = 0;
  for (let t = 0; t < x.length; t++) {
    const entering = x[t]!;
    const leaving = t >= rows ? x[t - rows]! : NaN;
    n = slide(sorted, n, leaving, entering);
    for (let s = 0; s < statistics.length; s++) {
      const statistic = statistics[s]!;
      outs[s]![t] = statistic === RANK ? percentile(sorted, n, entering) : quantile(sorted, n, statistic);
    }
  }
}

const isFinite = (value: number): boolean => value - value === 0;

/** Takes one value out of `n` ascending ones and puts another in; what is not finite counts as none. The new number of values. */
function slide(sorted: Float64Array, n: number, leaving: number, entering: number): number {
  // A place to fill: that of the value that leaves, or one more at the end.
  let place = isFinite(leaving) ? countBelow(sorted, n, leaving) : n++;
  if (!isFinite(entering)) {
    for (; place + 1 < n; place++) sorted[place] = sorted[place + 1]!;
    return n - 1;
  }
  for (; place + 1 < n && sorted[place + 1]! < entering; place++) sorted[place] = sorted[place + 1]!;
  for (; place > 0 && sorted[place - 1]! > entering; place--) sorted[place] = sorted[place - 1]!;
  sorted[place] = entering;
  return n;
}

function countBelow(sorted: Float64Array, n: number, value: number): number {
  let [low, high] = [0, n];
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (sorted[middle]! < value) low = middle + 1;
    else high = middle;
  }
  return low;
}

function quantile(sorted: Float64Array, n: number, q: number): number {
  if (n === 0) return NaN;
  const position = q * (n - 1);
  const below = Math.floor(position);
  const low = sorted[below]!;
  return position === below ? low : low + (sorted[below + 1]! - low) * (position - below);
}

function percentile(sorted: Float64Array, n: number, current: number): number {
  if (!isFinite(current)) return NaN;
  const less = countBelow(sorted, n, current);
  let equal = 1;
  while (less + equal < n && sorted[less + equal] === current) equal++;
  return (less + (equal + 1) / 2) / n;
}
