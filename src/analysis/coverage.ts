import type { ColumnTable } from "arquero";
import { Panel } from "../panel/panel.js";
import type { PanelSource } from "../panel/panel-from.js";
import { dateTable } from "./date-table.js";
import type { ScoreLabelColumns } from "./ic.js";

/**
 * How much of each date the figures rest on.
 *
 * @returns One row per datetime: `rows`, `scored` (with a score), `labelled` (with a label), `pairs` (with both), `infinite` (score or
 * label ±∞) and `tiedShare`, the share of scored rows whose score another row of the date has too (NaN when none is scored).
 * @example
 * const day = { datetime: Array(4).fill("2020-01-02"), instrument: [..."ABCD"], score: [1, 1, 3, NaN], label: [0.1, NaN, Infinity, 0.2] };
 * coverage(day).select("rows", "scored", "labelled", "pairs", "infinite").object() // -> { rows: 4, scored: 3, labelled: 3, pairs: 2, infinite: 1 }
 */
export function coverage(
  predLabel: PanelSource,
  { score = "score", label = "label" }: ScoreLabelColumns = {},
): ColumnTable {
  const panel = Panel.from(predLabel);
  const [scores, labels] = [panel.get(score), panel.get(label)];
  const column = () => new Float64Array(panel.numDates);
  const counts = {
    rows: column(),
    scored: column(),
    labelled: column(),
    pairs: column(),
    infinite: column(),
    tiedShare: column(),
  };
  for (let d = 0; d < panel.numDates; d++) {
    const [from, to] = panel.rowsOf(d);
    counts.rows[d] = to - from;
    for (let row = from; row < to; row++) {
      const [hasScore, hasLabel] = [!Number.isNaN(scores[row]!), !Number.isNaN(labels[row]!)];
      counts.scored[d]! += Number(hasScore);
      counts.labelled[d]! += Number(hasLabel);
      counts.pairs[d]! += Number(hasScore && hasLabel);
      counts.infinite[d]! += Number(Math.abs(scores[row]!) === Infinity || Math.abs(labels[row]!) === Infinity);
    }
    counts.tiedShare[d] = tied(Float64Array.from(scores.subarray(from, to)).sort()) / counts.scored[d]!;
  }
  return dateTable(panel, counts);
}

/** Number of values that occur more than once; sorted, NaN does not count. */
function tied(sorted: Float64Array): number {
  let n = 0;
  for (let i = 0; i < sorted.length; i++) n += Number(sorted[i] === sorted[i - 1] || sorted[i] === sorted[i + 1]);
  return n;
}
