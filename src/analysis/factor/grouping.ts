import { InvalidArgumentError } from "../../errors.js";
import type { Panel } from "../../panel/panel.js";
import { upperBorders } from "../quantile-returns.js";

/**
 * How rows fall into groups: `"year"` of the date; a mapping from instrument to group (a sector); or a column of the panel, by its
 * values (codes) or, with `quantiles`, in so many equal parts of each date (size, beta), named `size 1` (lowest) and so on.
 */
export type Grouping =
  "year" | Readonly<Record<string, string>> | { readonly column: string; readonly quantiles?: number };

/** The group of each row, an index into `names`; −1 where there is none. */
export interface Groups {
  readonly of: Int32Array;
  /** In ascending order. */
  readonly names: readonly string[];
  readonly without: number;
}

/** Groups of the rows of a panel. @throws UnknownNameError for a column that is not there; InvalidArgumentError when no row has a group. */
export function groupRows(panel: Panel, by: Grouping): Groups {
  const labels = labelOf(panel, by);
  const names = [...new Set(labels)].filter((label) => label !== undefined).sort(inOrder);
  const place = new Map(names.map((name, i) => [name, i]));
  const of = Int32Array.from(labels, (label) => (label === undefined ? -1 : place.get(label)!));
  const without = of.reduce((count, group) => count + (group < 0 ? 1 : 0), 0);
  if (names.length === 0 && panel.numRows > 0)
    throw new InvalidArgumentError(`Cannot group: none of ${panel.numRows} rows has a group`);
  return { of, names, without };
}

const inOrder = (a: string, b: string): number => a.localeCompare(b, "en", { numeric: true });

function labelOf(panel: Panel, by: Grouping): (string | undefined)[] {
  const labels = new Array<string | undefined>(panel.numRows).fill(undefined);
  if (by === "year") {
    for (let d = 0; d < panel.numDates; d++) {
      const [from, to] = panel.rowsOf(d);
      labels.fill(String(new Date(panel.dates[d]!).getUTCFullYear()), from, to);
    }
    return labels;
  }
  if (!isColumn(by)) {
    const given = by as Readonly<Record<string, string>>;
    const names = panel.instruments.map((name) => (Object.hasOwn(given, name) ? given[name] : undefined));
    for (let row = 0; row < labels.length; row++) labels[row] = names[panel.codes[row]!];
    return labels;
  }
  const values = panel.get(by.column);
  const parts = by.quantiles;
  if (parts !== undefined && (!Number.isInteger(parts) || parts < 2))
    throw new InvalidArgumentError(`Cannot group by "${by.column}": ${parts} quantiles, a whole number ≥ 2 expected`);
  for (let d = 0; d < panel.numDates; d++) {
    const [from, to] = panel.rowsOf(d);
    const borders =
      parts && upperBorders(Float64Array.from(values.subarray(from, to)).filter(Number.isFinite).sort(), parts);
    for (let row = from; row < to; row++) {
      const value = values[row]!;
      if (!Number.isFinite(value)) continue;
      if (!borders) labels[row] = `${by.column} ${value}`;
      else {
        const above = borders.findIndex((border) => value <= border);
        labels[row] = `${by.column} ${above < 0 ? parts : above + 1}`;
      }
    }
  }
  return labels;
}

const isColumn = (by: Exclude<Grouping, "year">): by is { column: string; quantiles?: number } =>
  typeof by.column === "string" && Object.keys(by).every((key) => key === "column" || key === "quantiles");
