import { InvalidArgumentError } from "../errors.js";
import type { PanelColumn } from "../panel/panel.js";

/** Row numbers of the `size` largest and smallest scores of one date. */
export interface LongShortSets {
  readonly long: Int32Array;
  readonly short: Int32Array;
}

/**
 * Picks among the rows of one date. Of equal scores the first in table order (instrument ascending) is taken;
 * rows without a score come after all others, on both sides.
 *
 * @param rows Row numbers, ascending.
 */
export function longShortSets(rows: Int32Array, scores: PanelColumn, size: number): LongShortSets {
  const scored = rows.filter((row) => !Number.isNaN(scores[row]!));
  const sorted = Float64Array.from(scored, (row) => scores[row]! + 0).sort();
  const most = Math.min(size, sorted.length);
  const pick = (isBetter: (score: number) => boolean, border: number | undefined): Int32Array => {
    const taken = new Int32Array(Math.min(size, rows.length));
    let n = 0;
    for (const row of scored) if (isBetter(scores[row]!)) taken[n++] = row;
    for (const row of scored) if (n < most && scores[row] === border) taken[n++] = row;
    for (const row of rows) if (n < taken.length && Number.isNaN(scores[row]!)) taken[n++] = row;
    return taken;
  };
  const highest = sorted[sorted.length - most]!;
  const lowest = sorted[most - 1]!;
  return {
    long: most ? pick((score) => score > highest, highest) : pick(() => false, undefined),
    short: most ? pick((score) => score < lowest, lowest) : pick(() => false, undefined),
  };
}

/** Row numbers of a date; with `complete` only those that have score and label. */
export function dateRows(
  [from, to]: readonly [number, number],
  scores: PanelColumn,
  labels: PanelColumn,
  complete: boolean,
): Int32Array {
  const rows = Int32Array.from({ length: to - from }, (_, i) => from + i);
  return complete ? rows.filter((row) => !Number.isNaN(scores[row]!) && !Number.isNaN(labels[row]!)) : rows;
}

/** @throws InvalidArgumentError unless 0 < quantile ≤ 1. */
export function checkQuantile(quantile: number): number {
  if (!(quantile > 0 && quantile <= 1))
    throw new InvalidArgumentError(
      `Cannot pick long and short sets: quantile is ${quantile}, a share in (0, 1] expected, e.g. 0.2`,
    );
  return quantile;
}
