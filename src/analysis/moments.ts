/** The values that are present; ±∞ is, null (as databases and tables write a missing one) is not. */
export function present(values: ArrayLike<number>): Float64Array {
  const all = values instanceof Float64Array ? values : Float64Array.from(values, (value) => value ?? NaN);
  return all.filter((value) => !Number.isNaN(value));
}

/**
 * Mean of the present values; NaN when there are none.
 * @example
 * mean([1, NaN, 3]) // -> 2
 */
export function mean(values: ArrayLike<number>): number {
  const kept = present(values);
  return kept.reduce((sum, value) => sum + value, 0) / kept.length;
}

/**
 * Standard deviation of the present values, divided by n − 1; NaN for fewer than two, exactly 0 when all are equal.
 * @example
 * std([1, NaN, 3]) // -> 1.4142135623730951
 */
export function std(values: ArrayLike<number>): number {
  const kept = present(values);
  if (kept.length < 2) return NaN;
  if (kept.every((value) => value === kept[0])) return Number.isFinite(kept[0]) ? 0 : NaN;
  return Math.sqrt((centralMoment(kept, 2) * kept.length) / (kept.length - 1));
}

/** Mean of (x − mean)^power; no value missing. */
export function centralMoment(values: Float64Array, power: number): number {
  const center = mean(values);
  return values.reduce((sum, value) => sum + (value - center) ** power, 0) / values.length;
}
