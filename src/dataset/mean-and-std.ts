/**
 * Mean and standard deviation of the present values; std is exactly 0 when they are all equal, NaN when fewer than 1 + ddof.
 *
 * @param ddof What is taken off the number of values in the divisor.
 * @example
 * meanAndStd(Float64Array.of(1, NaN, 3), 1) // -> { mean: 2, std: 1.4142135623730951 }
 */
export function meanAndStd(values: Float64Array | Float32Array, ddof: 0 | 1): { mean: number; std: number } {
  let [sum, n] = [0, 0];
  let [low, high] = [Infinity, -Infinity];
  for (let i = 0; i < values.length; i++) {
    const value = values[i]!;
    if (value !== value) continue;
    sum += value;
    n++;
    if (value < low) low = value;
    if (value > high) high = value;
  }
  const mean = sum / n;
  if (n <= ddof) return { mean, std: NaN };
  if (low === high) return { mean: low, std: 0 };
  let squares = 0;
  for (let i = 0; i < values.length; i++) {
    const value = values[i]!;
    if (value === value) squares += (value - mean) ** 2;
  }
  return { mean, std: Math.sqrt(squares / (n - ddof)) };
}
