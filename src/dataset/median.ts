const BINS = 1 << 16;

/**
 * Median of the present values (NaN is left out); the mean of the two middle ones when their number is even; NaN for none.
 *
 * A million values take a few milliseconds: they are counted in bins of the upper 16 bits of their single-precision form, which
 * keeps their order, and only the bin that holds the middle is searched.
 *
 * @example
 * median(Float64Array.of(5, NaN, 1, 2, 3)) // -> 2.5
 */
export function median(values: Float64Array | Float32Array): number {
  const n = countPresent(values);
  if (n === 0) return NaN;
  const lower = select(values, (n - 1) >> 1);
  if (n % 2 === 1) return lower;
  const upper = nextAfter(values, lower, n >> 1);
  return lower === upper ? lower : (lower + upper) / 2;
}

function countPresent(values: Float64Array | Float32Array): number {
  let n = 0;
  for (let i = 0; i < values.length; i++) if (values[i] === values[i]) n++;
  return n;
}

/** The value at place `k` (0-based) of the sorted present values. */
function select(values: Float64Array | Float32Array, k: number): number {
  if (values.length < 4096) return Float64Array.from(values).sort()[k]!; // NaN sorts last
  const single = Float32Array.from(values);
  const bits = new Int32Array(single.buffer);
  const counts = new Int32Array(BINS);
  for (let i = 0; i < bits.length; i++) if (single[i] === single[i]) counts[binOf(bits[i]!)]!++;
  let bin = 0;
  let before = 0;
  while (before + counts[bin]! <= k) before += counts[bin++]!;
  const inside = new Float64Array(counts[bin]!);
  for (let i = 0, next = 0; next < inside.length; i++) if (single[i] === single[i] && binOf(bits[i]!) === bin) inside[next++] = values[i]!;
  return inside.sort()[k - before]!;
}

/** Upper 16 bits of a float, so turned that they ascend with the value: 0 is −∞'s end. */
function binOf(bits: number): number {
  const high = bits >>> 16;
  return bits < 0 ? 0xffff - high : high + 0x8000;
}

/** The value at place `k` when `value` is at place k − 1. */
function nextAfter(values: Float64Array | Float32Array, value: number, k: number): number {
  let [atMost, next] = [0, Infinity];
  for (let i = 0; i < values.length; i++) {
    const other = values[i]!;
    if (other <= value) atMost++;
    else if (other < next) next = other;
  }
  return atMost > k ? value : next;
}
