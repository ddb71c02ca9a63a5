import type { ColumnTable } from "arquero";
import { refuseUnknownOptions } from "../engine/refuse-unknown-options.js";
import { averageRanks } from "../panel/average-rank.js";
import { Panel } from "../panel/panel.js";
import type { PanelSource } from "../panel/panel-from.js";
import { datePairs } from "./date-pairs.js";
import { dateTable } from "./date-table.js";
import { pearson } from "./pearson.js";

/** Names of the two columns to compare. */
export interface ScoreLabelColumns {
  /** Default `"score"`. */
  readonly score?: string;
  /** A simple return as a decimal (0.01 = 1 %). Default `"label"`. */
  readonly label?: string;
}

export interface CalcIcOptions extends ScoreLabelColumns {
  /** Leave out the dates on which both figures are NaN. Where only one is, the row stays and that value is NaN. Default false. */
  readonly dropna?: boolean;
}

/**
 * Daily information coefficient: the cross-sectional correlation of score and label.
 *
 * Pairs with a missing value are dropped first, ranks are taken of what is left (ties share their average rank). A date with
 * fewer than two pairs, or with a constant side, gives NaN, not 0. With a ±∞ among the pairs `ic` is NaN; `rankIc` is defined,
 * the infinite value ranks last (or first): {@link coverage} counts them.
 *
 *     datetime    instrument  score   label          datetime    ic      rankIc
 *     2020-01-02  SH600000     0.31    0.012   ──▶   2020-01-02  0.082   0.095
 *
 * In Qlib: qlib.contrib.eva.alpha.calc_ic
 *
 * @param predLabel One row per (datetime, instrument), any order, such as {@link joinPredLabel} returns.
 * @returns One row per datetime, ascending; `ic` (Pearson) and `rankIc` (Spearman) in [−1, 1] or NaN.
 * @throws UnknownNameError when a column is not there.
 * @example
 * calcIc({ datetime: ["2020-01-02", "2020-01-02"], instrument: ["A", "B"], score: [1, 2], label: [0.01, 0.03] }).get("ic", 0) // -> 1
 */
export function calcIc(
  predLabel: PanelSource,
  { score = "score", label = "label", dropna = false, ...others }: CalcIcOptions = {},
): ColumnTable {
  refuseUnknownOptions("Cannot compute the IC", others, ["score", "label", "dropna"]);
  const panel = Panel.from(predLabel);
  const [scores, labels] = [panel.get(score), panel.get(label)];
  const ic = new Float64Array(panel.numDates);
  const rankIc = new Float64Array(panel.numDates);
  for (let d = 0; d < panel.numDates; d++) {
    const { x, y } = datePairs(panel, d, scores, labels);
    ic[d] = pearson(x, y);
    rankIc[d] = pearson(averageRanks(x), averageRanks(y));
  }
  return dateTable(
    panel,
    { ic, rankIc },
    dropna ? (d) => !(Number.isNaN(ic[d]) && Number.isNaN(rankIc[d])) : undefined,
  );
}
