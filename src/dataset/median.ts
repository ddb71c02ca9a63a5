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

/**
 * The values in a range that should hold the places `lower` and `upper`, and how many lie below it; undefined when it does not.
 *
 * Values are compared as whole numbers: what a float comparison decides by a jump, which half of the values make the processor
 * mispredict, a subtraction and a shift do without.
 */
function betweenSampled(
  values: Float64Array | Float32Array,
  lower: number,
  upper: number,
): { inside: Float64Array; below: number } | undefined {
  const single = values instanceof Float32Array ? values : new Float32Array(values);
  const bits = new Int32Array(single.buffer, single.byteOffset, single.length);
  const stride = Math.floor(bits.length / SAMPLE);
  const sample = Int32Array.from({ length: SAMPLE }, (_, i) => i * stride)
    .filter((place) => single[place] === single[place])
    .map((place) => orderOf(bits[place]!))
    .sort();
  // Five standard errors of the sample median's rank, √size / 2, to either side.
  const reach = Math.ceil(2.5 * Math.sqrt(sample.length)) + 1;
  const from = sample[(sample.length >> 1) - reach];
  const to = sample[(sample.length >> 1) + reach];
  if (from === undefined || to === undefined) return undefined;
  const notAbove = countBelow(bits, to + 1);
  let below = countBelow(bits, from);
  const count = notAbove - below;
  below -= lowestNaNs(bits);
  if (lower < below || upper >= below + count) return undefined;
  const inside = new Float64Array(count);
  // One unsigned comparison for both ends.
  const width = to - from;
  for (let i = 0, next = 0; next < count; i++) {
    if ((orderOf(bits[i]!) - from) >>> 0 <= width) inside[next++] = values[i]!;
  }
  return { inside, below };
}

function countBelow(bits: Int32Array, border: number): number {
  let n = 0;
  for (let i = 0; i < bits.length; i++) n = (n + ((orderOf(bits[i]!) - border) >>> 31)) | 0;
  return n;
}

/** The bits of a float as a whole number that ascends with it; halved, so that differences fit 32 bits. */
const orderOf = (bits: number): number => (bits ^ ((bits >> 31) >>> 1)) >> 1;

/** NaNs with the sign bit set: in the order of bits they stand before −∞, all others after ∞. */
function lowestNaNs(bits: Int32Array): number {
  const MINUS_INFINITY = 0xff800000;
  let n = 0;
  for (let i = 0; i < bits.length; i++) if (bits[i]! >>> 0 > MINUS_INFINITY) n++;
  return n;
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
