import type { ColumnTable } from "arquero";
import { refuseUnknownOptions } from "../engine/refuse-unknown-options.js";
import { InvalidArgumentError } from "../errors.js";
import { Panel } from "../panel/panel.js";
import type { PanelSource } from "../panel/panel-from.js";
import { dateTable } from "./date-table.js";
import type { ScoreLabelColumns } from "./ic.js";
import { meanOf } from "./long-short-return.js";

export interface CalcGroupReturnOptions extends ScoreLabelColumns {
  /** Number of groups, ≥ 1. Default 5. */
  readonly groups?: number;
  /** The smallest score is the best. Default false. */
  readonly reverse?: boolean;
}

/**
 * Mean label of equally large groups by score, the best first, as Qlib's model performance figure draws them.
 *
 * Per date the n scored rows are sorted from best to worst (equal scores in table order); `Group1` is the first
 * m = trunc(n / groups), and so on. The n − m · groups worst rows belong to no group: {@link calcQuantileReturns} leaves none out.
 *
 * In Qlib: qlib.contrib.report.analysis_model.analysis_model_performance._group_return
 *
 * @returns One row per datetime: `Group1` … `Group5`, `longShort` = first − last group, `longAverage` = first group − mean label of
 * all rows of the date. Means skip missing labels.
 * @throws InvalidArgumentError unless `groups` is a whole number ≥ 1.
 * @example
 * const day = { datetime: Array(4).fill("2020-01-02"), instrument: [..."ABCD"], score: [1, 2, 3, 4], label: [0.25, 0.75, 1, 2] };
 * calcGroupReturn(day, { groups: 2 }).object() // -> { datetime: new Date("2020-01-02"), Group1: 1.5, Group2: 0.5, longShort: 1, longAverage: 0.5 }
 */
export function calcGroupReturn(predLabel: PanelSource, options: CalcGroupReturnOptions = {}): ColumnTable {
  refuseUnknownOptions("Cannot compute group returns", options, ["groups", "reverse", "score", "label"]);
  const { score = "score", label = "label", groups = 5, reverse = false } = options;
  if (!Number.isInteger(groups) || groups < 1)
    throw new InvalidArgumentError(`Cannot sort into groups: groups is ${groups}, a whole number ≥ 1 expected`);
  const panel = Panel.from(predLabel);
  const [scores, labels] = [panel.get(score), panel.get(label)];
  const sign = reverse ? -1 : 1;
  const means = Array.from({ length: groups }, () => new Float64Array(panel.numDates));
  const average = new Float64Array(panel.numDates);
  for (let d = 0; d < panel.numDates; d++) {
    const [from, to] = panel.rowsOf(d);
    const rows = Int32Array.from({ length: to - from }, (_, i) => from + i);
    const scored = rows
      .filter((row) => !Number.isNaN(scores[row]!))
      .sort((a, b) => sign * order(scores[b]!, scores[a]!) || a - b);
    const size = Math.trunc(scored.length / groups);
    means.forEach((values, group) => (values[d] = meanOf(labels, scored.subarray(group * size, (group + 1) * size))));
    average[d] = meanOf(labels, rows);
  }
  const longShort = means[0]!.map((best, d) => best - means.at(-1)![d]!);
  const longAverage = means[0]!.map((best, d) => best - average[d]!);
  return dateTable(panel, {
    ...Object.fromEntries(means.map((values, group) => [`Group${group + 1}`, values])),
    longShort,
    longAverage,
  });
}

/** Sign of a − b, also for ∞ − ∞. */
const order = (a: number, b: number): number => Number(a > b) - Number(a < b);
