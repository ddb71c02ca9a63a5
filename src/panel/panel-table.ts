import { table, type ColumnTable } from "arquero";
import type { Panel } from "./panel.js";

/** Panel → arquero table; keys are decoded on access, so that no text or Date is made per row before it is looked at. */
export function panelToTable(panel: Panel): ColumnTable {
  const dates = Array.from(panel.dates, (ms) => new Date(ms));
  const dateOfRow = new Int32Array(panel.numRows);
  for (let d = 0; d < panel.numDates; d++) dateOfRow.fill(d, ...panel.rowsOf(d));
  const columns: Record<string, unknown> = {
    datetime: lookup(dateOfRow, dates),
    instrument: lookup(panel.codes, panel.instruments),
  };
  for (const [name, values] of panel.columns) columns[name] = values;
  return table(columns as Parameters<typeof table>[0]);
}

/** A column that holds codes and shows values. */
function lookup<T>(codes: Int32Array, values: readonly T[]) {
  return {
    length: codes.length,
    at: (row: number) => values[codes[row]!] as T,
    *[Symbol.iterator]() {
      for (const code of codes) yield values[code] as T;
    },
  };
}
