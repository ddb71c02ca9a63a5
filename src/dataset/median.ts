const SAMPLE = 4096;

/**
 * Median of the present values (NaN is left out); the mean of the two middle ones when their number is even; NaN for none.
 *
 * Of many values a sample tells between which two the middle must lie; only what is between them is searched. Where the sample
 * misleads, everything is.
 *
 * @example
 * median(Float64Array.of(5, NaN, 1, 2, 3)) // -> 2.5
 */
export function median(values: Float64Array | Float32Array): number {
  const n = countPresent(values);
  if (n === 0) return NaN;
  const [lower, upper] = [(n - 1) >> 1, n >> 1];
  const { inside, below } = (values.length > 4 * SAMPLE ? betweenSampled(values, lower, upper) : undefined) ?? {
    inside: present(values, n),
    below: 0,
  };
  const high = smallest(inside, upper - below);
  if (lower === upper) return high;
  // `smallest` leaves nothing larger before its place.
  let low = -Infinity;
  for (let i = 0; i < upper - below; i++) if (inside[i]! > low) low = inside[i]!;
  return low === high ? high : (low + high) / 2;
}

function countPresent(values: Float64Array | Float32Array): number {
  let n = 0;
  for (let i = 0; i < values.length; i++) n += Number(values[i] === values[i]);
  return n;
}

function present(values: Float64Array | Float32Array, n: number): Float64Array {
  const kept = new Float64Array(n);
  for (let i = 0, next = 0; next < n; i++) if (values[i] === values[i]) kept[next++] = values[i]!;
  return kept;
}

/** The values in a range that should hold the places `lower` and `upper`, and how many lie below it; undefined when it does not. */
function betweenSampled(
  values: Float64Array | Float32Array,
  lower: number,
  upper: number,
): { inside: Float64Array; below: number } | undefined {
  const stride = Math.floor(values.length / SAMPLE);
  const sample = Float64Array.from({ length: SAMPLE }, (_, i) => values[i * stride]!).sort();
  const size = countPresent(sample);
  // Five standard errors of the sample median's rank, √size / 2, to either side.
  const reach = Math.ceil(2.5 * Math.sqrt(size)) + 1;
  const from = sample[(size >> 1) - reach] ?? NaN;
  const to = sample[(size >> 1) + reach] ?? NaN;
  if (!(from <= to)) return undefined;
  let [below, count] = [0, 0];
  for (let i = 0; i < values.length; i++) {
    const value = values[i]!;
    below += Number(value < from);
    count += Number(value >= from && value <= to);
  }
  if (lower < below || upper >= below + count) return undefined;
  const inside = new Float64Array(count);
  for (let i = 0, next = 0; next < count; i++) {
    const value = values[i]!;
    if (value >= from && value <= to) inside[next++] = value;
  }
  return { inside, below };
}

/** The value at place `k` (0-based) of the sorted values, which are rearranged (Hoare's quickselect). */
function smallest(values: Float64Array, k: number): number {
  let [low, high] = [0, values.length - 1];
  while (low < high) {
    const pivot = values[(low + high) >> 1]!;
    let [i, j] = [low, high];
    while (i <= j) {
      while (values[i]! < pivot) i++;
      while (values[j]! > pivot) j--;
      if (i > j) break;
      const kept = values[i]!;
      values[i++] = values[j]!;
      values[j--] = kept;
    }
    if (k <= j) high = j;
    else if (k >= i) low = i;
    else break;
  }
  return values[k]!;
}
