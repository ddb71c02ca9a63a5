import { table, type ColumnTable } from "arquero";
import { refuseUnknownOptions } from "../../engine/refuse-unknown-options.js";
import { InvalidArgumentError } from "../../errors.js";
import { Panel, type PanelColumn } from "../../panel/panel.js";
import type { PanelSource } from "../../panel/panel-from.js";
import { calcIc } from "../ic.js";
import { mean } from "../moments.js";
import { groupRows, type Grouping } from "./grouping.js";

export interface NeutralizeOptions {
  /** Column to neutralise. Default `score`. */
  readonly score?: string;
  /** Groups, such as sectors, whose mean is taken out of each date. */
  readonly groups?: Grouping;
  /** Columns, such as size and beta, whose linear part is taken out of each date. */
  readonly factors?: readonly string[];
  /** Where the result goes. Default the same column. */
  readonly into?: string;
  /** Column to measure the IC against, before and after, if given. */
  readonly label?: string;
}

export interface Neutralized {
  readonly panel: Panel;
  /** Mean over dates, before and after: `against, before, after`; a row per factor (mean daily correlation), `groups` (mean daily R² of the groups' means), and with a label `IC` and `Rank IC`. */
  readonly effect: ColumnTable;
  /** Rows that had a score and lost it, because a factor or the group is missing there. */
  readonly lost: number;
  /** Dates with too few rows to fit: no score is left there. */
  readonly thinDates: number;
}

/**
 * Takes sector, size, beta out of a factor: the residual of a least-squares fit on each date.
 *
 * With groups each has its own constant, else there is one. Factors that are linear combinations of others add nothing. A row without score,
 * group or a factor is NaN in the result.
 *
 * @throws InvalidArgumentError without groups and factors; UnknownNameError for a column that is not there.
 * @example
 * const day = { datetime: Array(4).fill("2020-01-02"), instrument: [..."ABCD"], score: [1, 3, 10, 14] };
 * neutralize(day, { groups: { A: "x", B: "x", C: "y", D: "y" } }).panel.get("score") // -> Float64Array [-1, 1, -2, 2]
 */
export function neutralize(source: PanelSource, options: NeutralizeOptions): Neutralized {
  refuseUnknownOptions("Cannot neutralise", options, ["score", "groups", "factors", "into", "label"]);
  const { score = "score", factors = [], into = score, label } = options;
  if (!options.groups && factors.length === 0)
    throw new InvalidArgumentError(
      `Cannot neutralise "${score}": neither groups nor factors given\n  give { groups: { AAPL: "Technology", … } } or { factors: ["size", "beta"] }`,
    );
  const panel = Panel.from(source);
  const values = panel.get(score);
  const columns = factors.map((name) => panel.get(name));
  const groups = options.groups && groupRows(panel, options.groups);
  const result = new Float64Array(panel.numRows).fill(NaN);
  let [scored, kept, thinDates] = [0, 0, 0];
  for (let d = 0; d < panel.numDates; d++) {
    const [from, to] = panel.rowsOf(d);
    const rows: number[] = [];
    for (let row = from; row < to; row++) {
      if (!Number.isFinite(values[row]!)) continue;
      scored++;
      if ((!groups || groups.of[row]! >= 0) && columns.every((column) => Number.isFinite(column[row]!))) rows.push(row);
    }
    const of = (row: number) => (groups ? groups.of[row]! : 0);
    const constants = new Set(rows.map(of)).size;
    if (rows.length <= constants + factors.length) {
      if (rows.length) thinDates++;
      continue;
    }
    const within = (column: PanelColumn) => centredByGroup(rows, column, of, groups?.names.length ?? 1);
    const rest = residual(within(values), columns.map(within));
    rows.forEach((row, i) => (result[row] = rest[i]!));
    kept += rows.length;
  }
  const after = panel.assign({ [into]: result });
  const compared = panel.assign({ before: values, after: result });
  const pair = (y: string): number[] =>
    ["before", "after"].map((name) => mean(calcIc(compared, { score: name, label: y }).array("ic") as Float64Array));
  const rankPair = (y: string): number[] =>
    ["before", "after"].map((name) =>
      mean(calcIc(compared, { score: name, label: y }).array("rankIc") as Float64Array),
    );
  const effects: [string, number[]][] = factors.map((name) => [name, pair(name)]);
  if (groups)
    effects.push([
      "groups",
      [values, result].map((column) => explained(panel, column, groups.of, groups.names.length)),
    ]);
  if (label) effects.push(["IC", pair(label)], ["Rank IC", rankPair(label)]);
  return {
    panel: after,
    effect: table({
      against: effects.map(([name]) => name),
      before: effects.map(([, [before]]) => before!),
      after: effects.map(([, [, value]]) => value!),
    }),
    lost: scored - kept,
    thinDates,
  };
}

/** The values of these rows less the mean of their group. */
function centredByGroup(
  rows: readonly number[],
  column: PanelColumn,
  of: (row: number) => number,
  count: number,
): Float64Array {
  const [sums, sizes] = [new Float64Array(count), new Int32Array(count)];
  for (const row of rows) {
    sums[of(row)]! += column[row]!;
    sizes[of(row)]!++;
  }
  return Float64Array.from(rows, (row) => column[row]! - sums[of(row)]! / sizes[of(row)]!);
}

/** What of y is orthogonal to every x: each x is first freed of those before it (modified Gram–Schmidt); what then vanishes is left out. */
function residual(y: Float64Array, xs: readonly Float64Array[]): Float64Array {
  const basis: Float64Array[] = [];
  const free = (values: Float64Array) => {
    const left = values.slice();
    // Twice is enough: the second pass removes what rounding left of the first.
    for (let pass = 0; pass < 2; pass++)
      for (const direction of basis) {
        const part = dot(left, direction);
        for (let i = 0; i < left.length; i++) left[i]! -= part * direction[i]!;
      }
    return left;
  };
  for (const x of xs) {
    const left = free(x);
    const [length, before] = [Math.sqrt(dot(left, left)), Math.sqrt(dot(x, x))];
    if (length > 1e-10 * before) basis.push(left.map((value) => value / length));
  }
  return free(y);
}

function dot(a: Float64Array, b: Float64Array): number {
  let total = 0;
  for (let i = 0; i < a.length; i++) total += a[i]! * b[i]!;
  return total;
}

/** Mean over the dates of the share of variance that the groups' means explain. */
function explained(panel: Panel, column: PanelColumn, groupOf: Int32Array, count: number): number {
  const shares = Float64Array.from({ length: panel.numDates }, (_, d) => {
    const [from, to] = panel.rowsOf(d);
    const rows: number[] = [];
    for (let row = from; row < to; row++) if (Number.isFinite(column[row]!) && groupOf[row]! >= 0) rows.push(row);
    const around = centredByGroup(rows, column, () => 0, 1);
    const inside = centredByGroup(rows, column, (row) => groupOf[row]!, count);
    return rows.length < 2 || dot(around, around) === 0 ? NaN : 1 - dot(inside, inside) / dot(around, around);
  });
  return mean(shares);
}
