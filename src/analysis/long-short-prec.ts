import type { ColumnTable } from "arquero";
import { refuseUnknownOptions } from "../engine/refuse-unknown-options.js";
import { InvalidArgumentError } from "../errors.js";
import { Panel, type PanelColumn } from "../panel/panel.js";
import type { PanelSource } from "../panel/panel-from.js";
import { dateTable } from "./date-table.js";
import { meanOf, type CalcLongShortReturnOptions } from "./long-short-return.js";
import { checkQuantile, dateRows, longShortSets } from "./long-short-sets.js";

export interface CalcLongShortPrecOptions extends CalcLongShortReturnOptions {
  /** Subtract each date's mean label first, so that a set is right when it beats the date's average. Default false. */
  readonly isAlpha?: boolean;
}

/**
 * How often the long set rises and the short set falls, by date; sets as in {@link calcLongShortReturn}.
 *
 * `longPrecision` = labels > 0 among the present labels of the long set, `shortPrecision` = labels < 0 among those of the short
 * set. A label of exactly 0 is wrong on both sides. NaN when a set has no label.
 *
 * In Qlib: qlib.contrib.eva.alpha.calc_long_short_prec
 *
 * @returns One row per datetime: `longPrecision`, `shortPrecision` in [0, 1] or NaN.
 * @throws InvalidArgumentError when 1/quantile, truncated, reaches the number of instruments: the sets would be empty or single.
 * @example
 * const day = { datetime: Array(6).fill("2020-01-02"), instrument: [..."ABCDEF"], score: [6, 5, 4, 3, 2, 1], label: [0.02, -0.01, 0, 0, 0, -0.03] };
 * calcLongShortPrec(day, { quantile: 0.4 }).object() // -> { datetime: new Date("2020-01-02"), longPrecision: 0.5, shortPrecision: 0.5 }
 */
export function calcLongShortPrec(
  predLabel: PanelSource,
  {
    score = "score",
    label = "label",
    quantile = 0.2,
    dropna = false,
    isAlpha = false,
    ...others
  }: CalcLongShortPrecOptions = {},
): ColumnTable {
  refuseUnknownOptions("Cannot compute precision", others, ["score", "label", "quantile", "dropna", "isAlpha"]);
  checkQuantile(quantile);
  const panel = Panel.from(predLabel);
  const [scores, labels] = [panel.get(score), panel.get(label)];
  const instruments = new Set(panel.codes).size;
  if (Math.trunc(1 / quantile) >= instruments) {
    throw new InvalidArgumentError(
      `Cannot compute precision: ${instruments} instruments are too few for quantile ${quantile}\n  at least ${Math.trunc(1 / quantile) + 1} needed; take a larger quantile`,
    );
  }
  const longPrecision = new Float64Array(panel.numDates);
  const shortPrecision = new Float64Array(panel.numDates);
  for (let d = 0; d < panel.numDates; d++) {
    const base = isAlpha ? meanOf(labels, dateRows(panel.rowsOf(d), scores, labels, false)) : 0;
    const rows = dateRows(panel.rowsOf(d), scores, labels, dropna);
    const { long, short } = longShortSets(rows, scores, Math.trunc(rows.length * quantile));
    longPrecision[d] = share(labels, long, (value) => value - base > 0);
    shortPrecision[d] = share(labels, short, (value) => value - base < 0);
  }
  return dateTable(panel, { longPrecision, shortPrecision });
}

function share(labels: PanelColumn, rows: Int32Array, isRight: (label: number) => boolean): number {
  const present = rows.filter((row) => !Number.isNaN(labels[row]!));
  return present.filter((row) => isRight(labels[row]!)).length / present.length;
}
