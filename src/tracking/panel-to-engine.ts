import type { EngineColumn, EngineTable } from "../engine/columns.js";
import type { Panel } from "../panel/panel.js";

/**
 * A panel as columns of the engine; values, codes and names are shared, only the datetimes are spread over the rows.
 */
export function panelToEngine(panel: Panel): EngineTable {
  const datetimes = new Float64Array(panel.numRows);
  for (let d = 0; d < panel.numDates; d++) datetimes.fill(panel.dates[d]!, ...panel.rowsOf(d));
  const columns = new Map<string, EngineColumn>([
    ["datetime", { type: "datetime", values: datetimes }],
    ["instrument", { type: "text", codes: panel.codes, dictionary: panel.instruments }],
  ]);
  for (const [name, values] of panel.columns) {
    columns.set(name, values instanceof Float32Array ? { type: "float32", values } : { type: "float64", values });
  }
  return { numRows: panel.numRows, columns };
}
