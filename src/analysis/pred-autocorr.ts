import type { ColumnTable } from "arquero";
import { refuseUnknownOptions } from "../engine/refuse-unknown-options.js";
import { InvalidArgumentError } from "../errors.js";
import { Panel } from "../panel/panel.js";
import type { PanelSource } from "../panel/panel-from.js";
import { dateTable } from "./date-table.js";
import { pearson } from "./pearson.js";

export interface PredAutocorrOptions {
  /** How many dates back; dates present in the data count, not trading days. Default 1. */
  readonly lag?: number;
  /** Default `"score"`, else the first column. */
  readonly score?: string;
}

/**
 * How much a date's scores resemble those of an earlier date: Pearson correlation over the instruments that both have.
 *
 * Near 1 means slow signals and little turnover. Pairs with a missing score are dropped; NaN on the first `lag` dates, for fewer
 * than two pairs, and for a constant side.
 *
 * In Qlib: qlib.contrib.eva.alpha.pred_autocorr
 *
 * @returns One row per datetime: `autocorr` in [−1, 1] or NaN.
 * @throws InvalidArgumentError unless `lag` is a whole number ≥ 1.
 * @example
 * const scores = { datetime: ["2020-01-02", "2020-01-02", "2020-01-03", "2020-01-03"], instrument: ["A", "B", "A", "B"], score: [1, 2, 5, 3] };
 * predAutocorr(scores).array("autocorr") // -> [NaN, -1]
 */
export function predAutocorr(pred: PanelSource, { lag = 1, score, ...others }: PredAutocorrOptions = {}): ColumnTable {
  refuseUnknownOptions("Cannot compute the autocorrelation", others, ["lag", "score"]);
  if (!Number.isInteger(lag) || lag < 1)
    throw new InvalidArgumentError(
      `Cannot compute the autocorrelation: lag is ${lag}, a whole number of dates ≥ 1 expected`,
    );
  const panel = Panel.from(pred);
  const scores = panel.get(score ?? (panel.columns.has("score") ? "score" : (panel.columnNames[0] ?? "score")));
  const autocorr = new Float64Array(panel.numDates).fill(NaN);
  const earlier = new Float64Array(panel.instruments.length);
  for (let d = lag; d < panel.numDates; d++) {
    earlier.fill(NaN);
    const [earlierFrom, earlierTo] = panel.rowsOf(d - lag);
    for (let row = earlierFrom; row < earlierTo; row++) earlier[panel.codes[row]!] = scores[row]!;
    const [from, to] = panel.rowsOf(d);
    const rows = Int32Array.from({ length: to - from }, (_, i) => from + i).filter(
      (row) => !Number.isNaN(scores[row]!) && !Number.isNaN(earlier[panel.codes[row]!]!),
    );
    autocorr[d] = pearson(
      Float64Array.from(rows, (row) => scores[row]!),
      Float64Array.from(rows, (row) => earlier[panel.codes[row]!]!),
    );
  }
  return dateTable(panel, { autocorr });
}
