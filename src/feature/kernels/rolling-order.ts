/** The finite values of a moving window, kept in ascending order. */
class SortedWindow {
  readonly #values: Float64Array;
  length = 0;

  constructor(rows: number) {
    this.#values = new Float64Array(rows);
  }

  at(place: number): number {
    return this.#values[place]!;
  }

  insert(value: number): void {
    const place = this.countBelow(value);
    this.#values.copyWithin(place + 1, place, this.length++);
    this.#values[place] = value;
  }

  remove(value: number): void {
    const place = this.countBelow(value);
    this.#values.copyWithin(place, place + 1, this.length--);
  }

  /** Number of values below `value`. */
  countBelow(value: number): number {
    let [low, high] = [0, this.length];
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (this.#values[middle]! < value) low = middle + 1;
      else high = middle;
    }
    return low;
  }
}

/** Calls `read` for every row with the sorted finite values of the last `rows` rows. */
function eachWindow(
  out: Float64Array,
  x: Float64Array,
  rows: number,
  read: (values: SortedWindow, current: number) => number,
): void {
  const values = new SortedWindow(Math.min(rows, out.length) + 1);
  for (let t = 0; t < out.length; t++) {
    const current = x[t]!;
    if (t >= rows && x[t - rows]! - x[t - rows]! === 0) values.remove(x[t - rows]!);
    if (current - current === 0) values.insert(current);
    out[t] = read(values, current);
  }
}

/** Quantile with linear interpolation at position q · (n − 1) of the sorted values; NaN when there is none. */
export function rollingQuantile(out: Float64Array, x: Float64Array, rows: number, q: number): void {
  eachWindow(out, x, rows, (values) => {
    if (values.length === 0) return NaN;
    const position = q * (values.length - 1);
    const below = Math.floor(position);
    const low = values.at(below);
    return position === below ? low : low + (values.at(below + 1) - low) * (position - below);
  });
}

/** Percentile of the current value among the values of the last `rows` rows, ties sharing their mean rank; NaN when it is missing. */
export function rollingRank(out: Float64Array, x: Float64Array, rows: number): void {
  eachWindow(out, x, rows, (values, current) => {
    if (current - current !== 0) return NaN;
    const less = values.countBelow(current);
    let equal = 0;
    while (less + equal < values.length && values.at(less + equal) === current) equal++;
    return (less + (equal + 1) / 2) / values.length;
  });
}
