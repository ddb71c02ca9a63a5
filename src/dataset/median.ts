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
  const sampled = values.length > 4 * SAMPLE ? betweenSampled(values) : undefined;
  const { inside, below, present } = sampled ?? { ...wholly(values), below: 0 };
  if (present === 0) return NaN;
  const [lower, upper] = [(present - 1) >> 1, present >> 1];
  const high = smallest(inside, upper - below);
  if (lower === upper) return high;
  // `smallest` leaves nothing larger before its place.
  let low = -Infinity;
  for (let i = 0; i < upper - below; i++) if (inside[i]! > low) low = inside[i]!;
  return low === high ? high : (low + high) / 2;
}

function wholly(values: Float64Array | Float32Array): { inside: Float64Array; present: number } {
  let present = 0;
  for (let i = 0; i < values.length; i++) present += Number(values[i] === values[i]);
  const inside = new Float64Array(present);
  for (let i = 0, next = 0; next < present; i++) if (values[i] === values[i]) inside[next++] = values[i]!;
  return { inside, present };
}

/**
 * The values in a range that should hold the middle, how many lie below it and how many there are; undefined when it does not.
 *
 * Values are compared as whole numbers: what a float comparison decides by a jump, which half of the values make the processor
 * mispredict, a subtraction and a shift do without.
 */
function betweenSampled(
  values: Float64Array | Float32Array,
): { inside: Float64Array; below: number; present: number } | undefined {
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
  const { below, within, present } = countAround(bits, from, to);
  if ((present - 1) >> 1 < below || present >> 1 >= below + within) return undefined;
  const inside = new Float64Array(within);
  // One unsigned comparison for both ends.
  const width = to - from;
  for (let i = 0, next = 0; next < within; i++) {
    if ((orderOf(bits[i]!) - from) >>> 0 <= width) inside[next++] = values[i]!;
  }
  return { inside, below, present };
}

/** How many numbers lie before `from`, between `from` and `to`, and how many there are, in one pass. */
function countAround(bits: Int32Array, from: number, to: number): { below: number; within: number; present: number } {
  let [before, notAfter, absent, absentFirst] = [0, 0, 0, 0];
  for (let i = 0; i < bits.length; i++) {
    const value = bits[i]!;
    const order = orderOf(value);
    before = (before + ((order - from) >>> 31)) | 0;
    notAfter = (notAfter + ((order - to - 1) >>> 31)) | 0;
    // NaNs with the sign bit set stand before −∞ in the order of bits, all others after ∞.
    const isNaN = (INFINITY - (value & 0x7fffffff)) >>> 31;
    absent = (absent + isNaN) | 0;
    absentFirst = (absentFirst + (isNaN & (value >>> 31))) | 0;
  }
  return { below: before - absentFirst, within: notAfter - before, present: bits.length - absent };
}

/** The bits of ∞. */
const INFINITY = 0x7f800000;

/** The bits of a float as a whole number that ascends with it; halved, so that differences fit 32 bits. */
const orderOf = (bits: number): number => (bits ^ ((bits >> 31) >>> 1)) >> 1;

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
