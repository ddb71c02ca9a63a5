import type { ColumnTable } from "arquero";
import { refuseUnknownOptions } from "../engine/refuse-unknown-options.js";
import { Panel, type PanelColumn } from "../panel/panel.js";
import type { PanelSource } from "../panel/panel-from.js";
import { dateTable } from "./date-table.js";
import type { ScoreLabelColumns } from "./ic.js";
import { checkQuantile, dateRows, longShortSets } from "./long-short-sets.js";

export interface CalcLongShortReturnOptions extends ScoreLabelColumns {
  /** Share of a date's rows in each set, in (0, 1]. Default 0.2. */
  readonly quantile?: number;
  /** Use only rows that have both score and label. Default false: rows without them count when the sets are sized. */
  readonly dropna?: boolean;
}

/**
 * Daily return of holding the best-scored instruments against the worst-scored ones, at gross exposure 1.
 *
 * Per date, of its n rows (those with a missing value included, unless `dropna`), the N = trunc(n · quantile) with the largest
 * scores are long, the N with the smallest are short. Of equal scores the first in table order (instrument ascending) is taken;
 * rows without a score are taken only after all scored ones, on both sides.
 *
 * In Qlib: qlib.contrib.eva.alpha.calc_long_short_return
 *
 * @param predLabel Columns `score` and `label` (a raw simple return as a decimal), one row per (datetime, instrument).
 * @returns One row per datetime: `longShort` = (mean label of long − mean label of short) / 2 and `longAvg` = mean label of all rows.
 * Means skip missing labels; NaN when nothing is left or N = 0.
 * @throws InvalidArgumentError for a quantile outside (0, 1].
 * @example
 * const day = { datetime: ["2020-01-02", "2020-01-02"], instrument: ["A", "B"], score: [1, 2], label: [-0.01, 0.03] };
 * calcLongShortReturn(day, { quantile: 0.5 }).get("longShort", 0) // -> 0.02
 */
export function calcLongShortReturn(
  predLabel: PanelSource,
  { score = "score", label = "label", quantile = 0.2, dropna = false, ...others }: CalcLongShortReturnOptions = {},
): ColumnTable {
  refuseUnknownOptions("Cannot compute long-short returns", others, ["score", "label", "quantile", "dropna"]);
  checkQuantile(quantile);
  const panel = Panel.from(predLabel);
  const [scores, labels] = [panel.get(score), panel.get(label)];
  const longShort = new Float64Array(panel.numDates);
  const longAvg = new Float64Array(panel.numDates);
  for (let d = 0; d < panel.numDates; d++) {
    const rows = dateRows(panel.rowsOf(d), scores, labels, dropna);
    const { long, short } = longShortSets(rows, scores, Math.trunc(rows.length * quantile));
    longShort[d] = (meanOf(labels, long) - meanOf(labels, short)) / 2;
    longAvg[d] = meanOf(labels, rows);
  }
  return dateTable(panel, { longShort, longAvg });
}

/**
 * Mean of the present values of some rows; NaN when there are none.
 *
 * Compensated summation (Kahan): rounding must not decide whether a label lies above its date's mean.
 */
export function meanOf(values: PanelColumn, rows: Int32Array): number {
  let [sum, lost, n] = [0, 0, 0];
  for (const row of rows) {
    const value = values[row]!;
    if (Number.isNaN(value)) continue;
    const term = value - lost;
    const next = sum + term;
    lost = Number.isFinite(next) ? next - sum - term : 0;
    sum = next;
    n++;
  }
  return sum / n;
}
