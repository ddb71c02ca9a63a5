import type { PanelColumn } from "../../panel/panel.js";

/** Where a feature's values are cut into bins. */
export interface BinBounds {
  /** Ascending; bin b + 1 holds the values in (bounds[b − 1], bounds[b]], the last bin those above all bounds. */
  readonly bounds: Float64Array;
  readonly hasMissing: boolean;
  /** Smallest and largest value in the sample; NaN without any. */
  readonly min: number;
  readonly max: number;
}

export interface BinOptions {
  /** Bins, the one for missing values included: 2–255. */
  readonly maxBin: number;
  /** Fewest values of the sample in a bin. */
  readonly minDataInBin: number;
  /** Values looked at. */
  readonly sampleSize: number;
}

/**
 * Cuts a feature into bins of about equally many values; a value that fills a bin alone gets its own. A bound lies in the middle between
 * two neighbouring values, as single-precision numbers.
 *
 * The sample is taken at even distances, so that it is the same every time.
 *
 * @example
 * findBinBounds(Float64Array.of(1, 2, 2, 3, NaN), { maxBin: 255, minDataInBin: 1, sampleSize: 1000 }).bounds // -> Float64Array [1.5, 2.5]
 */
export function findBinBounds(column: PanelColumn, { maxBin, minDataInBin, sampleSize }: BinOptions): BinBounds {
  const n = column.length;
  const size = Math.min(n, sampleSize);
  const sample = new Float32Array(size);
  let found = 0;
  for (let i = 0; i < size; i++) {
    const value = column[size === n ? i : Math.floor((i * n) / size)]!;
    if (value === value) sample[found++] = value;
  }
  let hasMissing = found < size;
  for (let row = 0; !hasMissing && size < n && row < n; row++) hasMissing = column[row] !== column[row];
  const sorted = sortFloats(sample.subarray(0, found));
  const bounds = cut(sorted, maxBin - (hasMissing ? 1 : 0), minDataInBin);
  return { bounds, hasMissing, min: found ? sorted[0]! : NaN, max: found ? sorted[found - 1]! : NaN };
}

function cut(sorted: Float32Array, bins: number, minDataInBin: number): Float64Array {
  const n = sorted.length;
  const bounds: number[] = [];
  let left = n;
  let size = Math.max(minDataInBin, left / bins);
  let [inBin, at] = [0, 0];
  while (at < n) {
    const value = sorted[at]!;
    let end = at + 1;
    while (end < n && sorted[end] === value) end++;
    inBin += end - at;
    if (end === n) break;
    // The next value alone fills a bin: close this one even if it is not full.
    const nextAlone = end + size <= n && sorted[Math.ceil(end + size) - 1] === sorted[end];
    if (inBin >= size || (nextAlone && inBin >= minDataInBin)) {
      const middle = (value + sorted[end]!) / 2;
      bounds.push(Number.isFinite(middle) ? middle : value);
      if (bounds.length === bins - 1) break;
      left -= inBin;
      size = Math.max(minDataInBin, left / (bins - bounds.length));
      inBin = 0;
    }
    at = end;
  }
  return Float64Array.from(bounds);
}

const RADIX_BITS = 11;
const RADIX = 1 << RADIX_BITS;

/** Ascending, by three passes over the bits: several times as fast as the engine's comparison sort. Holds no NaN; −0 before 0. */
function sortFloats(values: Float32Array): Float32Array {
  const n = values.length;
  if (n < 2048) return values.slice().sort();
  let from = new Uint32Array(values.slice().buffer);
  let to = new Uint32Array(n);
  // Floats sort like unsigned integers once the sign bit is turned, and with it all bits of negative ones.
  const counts = new Uint32Array(3 * RADIX);
  for (let i = 0; i < n; i++) {
    const bits = from[i]!;
    const key = (bits ^ ((bits >> 31) | 0x80000000)) >>> 0;
    from[i] = key;
    counts[key & (RADIX - 1)]!++;
    counts[RADIX + ((key >>> RADIX_BITS) & (RADIX - 1))]!++;
    counts[2 * RADIX + (key >>> (2 * RADIX_BITS))]!++;
  }
  for (let pass = 0; pass < 3; pass++) {
    const places = counts.subarray(pass * RADIX, (pass + 1) * RADIX);
    for (let digit = 0, sum = 0; digit < RADIX; digit++) {
      const count = places[digit]!;
      places[digit] = sum;
      sum += count;
    }
    const shift = pass * RADIX_BITS;
    for (let i = 0; i < n; i++) {
      const key = from[i]!;
      const digit = (key >>> shift) & (RADIX - 1);
      to[places[digit]!++] = key;
    }
    [from, to] = [to, from];
  }
  for (let i = 0; i < n; i++) {
    const key = from[i]!;
    from[i] = key ^ (key >>> 31 ? 0x80000000 : 0xffffffff);
  }
  return new Float32Array(from.buffer);
}
