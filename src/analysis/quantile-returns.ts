import type { ColumnTable } from "arquero";
import { refuseUnknownOptions } from "../engine/refuse-unknown-options.js";
import { InvalidArgumentError } from "../errors.js";
import { Panel } from "../panel/panel.js";
import type { PanelSource } from "../panel/panel-from.js";
import { datePairs } from "./date-pairs.js";
import { dateTable } from "./date-table.js";
import type { ScoreLabelColumns } from "./ic.js";

export interface CalcQuantileReturnsOptions extends ScoreLabelColumns {
  /** Number of buckets, ≥ 2. Default 5. */
  readonly quantiles?: number;
}

/**
 * Mean label by score bucket and date: does a better score mean a better return, all the way?
 *
 * Per date, over the rows that have score and label: the borders are the linear percentiles k/quantiles of the scores, a row lies
 * in the first bucket whose upper border is not below its score (as pandas' `qcut`, which alphalens uses). So equal scores share a
 * bucket, the order of instruments plays no part, and sizes differ by one, or more where scores tie; a bucket can be empty (NaN).
 *
 * @returns One row per datetime: `Q1` (lowest scores) … `Q5` (highest), `spread` = top − bottom, `average` = mean label of these rows.
 * Means over instruments, equally weighted; NaN where there is nothing to average.
 * @throws InvalidArgumentError unless `quantiles` is a whole number ≥ 2.
 * @example
 * const day = { datetime: Array(4).fill("2020-01-02"), instrument: [..."ABCD"], score: [1, 2, 3, 4], label: [0.25, 0.75, 1, 2] };
 * calcQuantileReturns(day, { quantiles: 2 }).object() // -> { datetime: new Date("2020-01-02"), Q1: 0.5, Q2: 1.5, spread: 1, average: 1 }
 */
export function calcQuantileReturns(
  predLabel: PanelSource,
  { score = "score", label = "label", quantiles = 5, ...others }: CalcQuantileReturnsOptions = {},
): ColumnTable {
  refuseUnknownOptions("Cannot sort into quantiles", others, ["score", "label", "quantiles"]);
  if (!Number.isInteger(quantiles) || quantiles < 2)
    throw new InvalidArgumentError(
      `Cannot sort into quantiles: quantiles is ${quantiles}, a whole number ≥ 2 expected`,
    );
  const panel = Panel.from(predLabel);
  const [scores, labels] = [panel.get(score), panel.get(label)];
  const means = Array.from({ length: quantiles }, () => new Float64Array(panel.numDates));
  const average = new Float64Array(panel.numDates);
  const sums = new Float64Array(quantiles);
  const counts = new Int32Array(quantiles);
  for (let d = 0; d < panel.numDates; d++) {
    const { x, y } = datePairs(panel, d, scores, labels);
    const borders = upperBorders(x.slice().sort(), quantiles);
    sums.fill(0);
    counts.fill(0);
    let total = 0;
    for (let i = 0; i < x.length; i++) {
      let bucket = 0;
      while (bucket < quantiles - 1 && x[i]! > borders[bucket]!) bucket++;
      sums[bucket]! += y[i]!;
      counts[bucket]!++;
      total += y[i]!;
    }
    means.forEach((values, bucket) => (values[d] = sums[bucket]! / counts[bucket]!));
    average[d] = total / x.length;
  }
  const spread = means.at(-1)!.map((top, d) => top - means[0]![d]!);
  return dateTable(panel, {
    ...Object.fromEntries(means.map((values, bucket) => [`Q${bucket + 1}`, values])),
    spread,
    average,
  });
}

/** Percentiles 1/q … (q − 1)/q of sorted values, interpolated linearly; positions in whole numbers, so that a border that is a value is that value. */
export function upperBorders(sorted: Float64Array, quantiles: number): Float64Array {
  return Float64Array.from({ length: quantiles - 1 }, (_, i) => {
    const position = (sorted.length - 1) * (i + 1);
    const below = Math.floor(position / quantiles);
    const rest = position % quantiles;
    return rest ? sorted[below]! + (sorted[below + 1]! - sorted[below]!) * (rest / quantiles) : sorted[below]!;
  });
}
