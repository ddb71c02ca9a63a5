import { refuseUnknownOptions } from "../engine/refuse-unknown-options.js";
import { InvalidArgumentError } from "../errors.js";
import { Panel, type PanelColumn } from "../panel/panel.js";
import type { PanelSource } from "../panel/panel-from.js";

export interface JoinPredLabelOptions {
  /** Which column of `label`: its number among the value columns (0-based) or its name. Default 0. */
  readonly labelCol?: number | string;
}

/**
 * Predictions and labels side by side: an outer join on (datetime, instrument).
 *
 * A key that only one side has gets NaN on the other; keys are matched by name, so any order of rows and columns will do.
 *
 *     pred: datetime instrument score     label: datetime instrument LABEL0   ──▶   datetime instrument score label
 *
 * @param pred The column `score`, else its first value column, is taken.
 * @returns A panel with the columns `score` and `label`.
 * @throws InvalidArgumentError when a side has no value column, or `labelCol` is not one of them.
 * @throws DataError on duplicate keys.
 * @example
 * const pred = { datetime: ["2020-01-02", "2020-01-02"], instrument: ["A", "B"], score: [1, 2] };
 * const label = { datetime: ["2020-01-02", "2020-01-02"], instrument: ["C", "B"], LABEL0: [0.03, 0.02] };
 * joinPredLabel(pred, label).get("label") // -> Float64Array [NaN, 0.02, 0.03]
 */
export function joinPredLabel(pred: PanelSource, label: PanelSource, options: JoinPredLabelOptions = {}): Panel {
  refuseUnknownOptions("Cannot join prediction and label", options, ["labelCol"]);
  const { labelCol = 0 } = options;
  const [left, right] = [Panel.from(pred), Panel.from(label)];
  const scoreName = left.columns.has("score") ? "score" : left.columnNames[0];
  const labelName = typeof labelCol === "string" ? labelCol : right.columnNames[labelCol];
  if (scoreName === undefined)
    throw new InvalidArgumentError("Cannot join predictions and labels: the predictions have no value column");
  if (labelName === undefined) {
    throw new InvalidArgumentError(
      `Cannot join predictions and labels: labelCol is ${labelCol}, the labels have ${right.columnNames.length} columns (${right.columnNames.join(", ")})`,
    );
  }
  return outerJoin(left, left.get(scoreName), right, right.get(labelName));
}

function outerJoin(left: Panel, score: PanelColumn, right: Panel, label: PanelColumn): Panel {
  if (sameKeys(left, right)) {
    const { dates, offsets, codes, instruments } = left;
    return new Panel({
      dates,
      offsets,
      codes,
      instruments,
      columns: new Map([
        ["score", score],
        ["label", label],
      ]),
    });
  }
  const instruments = [...new Set([...left.instruments, ...right.instruments])].sort();
  const codeOf = new Map(instruments.map((name, code) => [name, code]));
  const [leftCode, rightCode] = [left, right].map((side) =>
    Int32Array.from(side.instruments, (name) => codeOf.get(name)!),
  ) as [Int32Array, Int32Array];
  const most = left.numRows + right.numRows;
  const codes = new Int32Array(most);
  const columns = { score: new Float64Array(most), label: new Float64Array(most) };
  const dates: number[] = [];
  const offsets = [0];
  let rows = 0;
  for (let a = 0, b = 0; a < left.numDates || b < right.numDates;) {
    const date = Math.min(left.dates[a] ?? Infinity, right.dates[b] ?? Infinity);
    const [inLeft, inRight] = [left.dates[a] === date, right.dates[b] === date];
    let [i, iEnd] = inLeft ? left.rowsOf(a++) : [0, 0];
    let [j, jEnd] = inRight ? right.rowsOf(b++) : [0, 0];
    while (i < iEnd || j < jEnd) {
      const x = i < iEnd ? leftCode[left.codes[i]!]! : Infinity;
      const y = j < jEnd ? rightCode[right.codes[j]!]! : Infinity;
      codes[rows] = Math.min(x, y);
      columns.score[rows] = x <= y ? score[i++]! : NaN;
      columns.label[rows] = y <= x ? label[j++]! : NaN;
      rows++;
    }
    dates.push(date);
    offsets.push(rows);
  }
  return new Panel({
    dates: Float64Array.from(dates),
    offsets: Int32Array.from(offsets),
    codes: codes.slice(0, rows),
    instruments,
    columns: new Map([
      ["score", columns.score.slice(0, rows)],
      ["label", columns.label.slice(0, rows)],
    ]),
  });
}

function sameKeys(a: Panel, b: Panel): boolean {
  return (
    equal(a.instruments, b.instruments) &&
    equal(a.dates, b.dates) &&
    equal(a.offsets, b.offsets) &&
    equal(a.codes, b.codes)
  );
}

function equal<T>(a: ArrayLike<T>, b: ArrayLike<T>): boolean {
  if (a === b) return true;
  if (a.length !== b.length) return false;
  for (let i = 0; i < a.length; i++) if (a[i] !== b[i]) return false;
  return true;
}
