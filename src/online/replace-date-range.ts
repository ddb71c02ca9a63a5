import { Panel } from "../panel/panel.js";
import type { PanelSource } from "../panel/panel-from.js";
import { refuseUnknownOptions } from "../engine/refuse-unknown-options.js";
import { InvalidArgumentError } from "../errors.js";

export interface ReplaceOptions {
  /**
   * `dates` (default): every old row between the first and the last new date goes, also of instruments that the new
   * rows do not have. `rows`: only old rows whose (datetime, instrument) is among the new ones.
   */
  readonly replace?: "dates" | "rows";
}

/**
 * A table with a stretch of its dates made anew. Without new rows the old table comes back as it is.
 *
 *     old                    new                 dates                  rows
 *     2024-01-02  X  1       2024-01-03  X  9    2024-01-02  X  1       2024-01-02  X  1
 *     2024-01-03  X  2                    ──▶    2024-01-03  X  9       2024-01-03  X  9
 *     2024-01-03  Y  3                                                  2024-01-03  Y  3
 *
 * In Qlib: qlib.workflow.online.update._replace_range
 *
 * @param old One row per (datetime, instrument), any order. @param fresh The same columns.
 * @returns Ascending by datetime, then instrument.
 * @throws InvalidArgumentError when the columns differ.
 * @example
 * const old = { datetime: ["2024-01-02", "2024-01-03"], instrument: ["X", "X"], score: [1, 2] };
 * replaceDateRange(old, { datetime: ["2024-01-03"], instrument: ["Y"], score: [9] }).get("score") // -> Float64Array [1, 9]
 */
export function replaceDateRange(old: PanelSource, fresh: PanelSource, options: ReplaceOptions = {}): Panel {
  refuseUnknownOptions("Cannot replace dates", options, ["replace"]);
  const { replace = "dates" } = options;
  const [before, after] = [Panel.from(old), Panel.from(fresh)];
  if (after.numRows === 0) return before;
  if (before.numRows === 0) return after;
  const names = before.columnNames;
  if (names.length !== after.columns.size || names.some((name) => !after.columns.has(name)))
    throw new InvalidArgumentError(
      `Cannot replace dates: the columns differ\n  old: ${names.join(", ")}; new: ${after.columnNames.join(", ")}`,
    );
  const isNew = keysOf(after);
  const [first, last] = [after.dates[0]!, after.dates.at(-1)!];
  const rows = [
    ...rowsOf(before).filter(({ datetime, instrument }) =>
      replace === "rows" ? !isNew.has(`${datetime} ${instrument}`) : datetime < first || datetime > last,
    ),
    ...rowsOf(after),
  ];
  const columns = Object.fromEntries(
    names.map((name) => [name, Float64Array.from(rows, ({ panel, row }) => panel.get(name)[row]!)]),
  );
  return Panel.from({
    datetime: Float64Array.from(rows, ({ datetime }) => datetime),
    instrument: rows.map(({ instrument }) => instrument),
    ...columns,
  });
}

const keysOf = (panel: Panel): Set<string> =>
  new Set(rowsOf(panel).map(({ datetime, instrument }) => `${datetime} ${instrument}`));

function rowsOf(panel: Panel) {
  return Array.from(panel.dates).flatMap((datetime, d) => {
    const [from, to] = panel.rowsOf(d);
    return Array.from({ length: to - from }, (_, i) => {
      const row = from + i;
      return { panel, row, datetime, instrument: panel.instruments[panel.codes[row]!]! };
    });
  });
}
