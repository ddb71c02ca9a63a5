/** How a field of a longer bar comes from those of the shorter bars it is made of. */
export type ResampleRule = "first" | "max" | "min" | "last" | "sum" | "volume-weighted mean";

const RULES: Readonly<Record<string, ResampleRule>> = {
  $open: "first",
  $high: "max",
  $low: "min",
  $close: "last",
  $volume: "sum",
  $amount: "sum",
  $money: "sum",
  $turnover: "sum",
  $trades: "sum",
  $vwap: "volume-weighted mean",
};

/** The rule of a field; `last` for those that are no part of a bar. `$change` has none: it is derived from the longer bars anew. */
export const resampleRule = (field: string): ResampleRule => (Object.hasOwn(RULES, field) ? RULES[field]! : "last");

/**
 * Values of longer bars. Missing values count for nothing; a longer bar of missing values only is missing.
 *
 * @param starts `out.length + 1` places: bar `i` is made of the values at `starts[i] … starts[i + 1] − 1`.
 * @param volume Weights of a volume-weighted mean; where they are 0 the plain mean is taken.
 */
export function resampleValues(
  rule: ResampleRule,
  values: Float64Array,
  starts: ArrayLike<number>,
  out: Float64Array,
  volume?: Float64Array,
): void {
  for (let bar = 0; bar < out.length; bar++) {
    let [result, weights, sum, n] = [NaN, 0, 0, 0];
    for (let i = starts[bar]!; i < starts[bar + 1]!; i++) {
      const value = values[i]!;
      if (Number.isNaN(value)) continue;
      n++;
      sum += value;
      if (rule === "volume-weighted mean") {
        const weight = volume?.[i] ?? NaN;
        if (weight > 0) {
          result = weights === 0 ? value * weight : result + value * weight;
          weights += weight;
        }
      } else if (rule === "sum") result = sum;
      else if (n === 1 || rule === "last") result = value;
      else if (rule === "max") result = Math.max(result, value);
      else if (rule === "min") result = Math.min(result, value);
    }
    if (rule === "volume-weighted mean") out[bar] = weights > 0 ? result / weights : n > 0 ? sum / n : NaN;
    else out[bar] = result;
  }
}
