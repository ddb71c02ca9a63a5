import { createHash } from "node:crypto";
import path from "node:path";
import type { ColumnTable } from "arquero";
import { readKeyTable } from "../../data/files/read-key-table.js";
import { InvalidArgumentError } from "../../errors.js";
import { host } from "../../host/host.js";
import type { PanelSource } from "../../panel/panel-from.js";
import { Panel } from "../../panel/panel.js";

/**
 * A table of one's own: the path of a CSV or Parquet file, a Panel, an arquero table, plain columns, or the result of an SQL
 * query; with the columns `datetime` and `instrument`, each pair once, and numbers beside them.
 */
export type StaticSource = string | PanelSource | { toTable(): ColumnTable };

/** What messages call it. */
export const sourceName = (source: StaticSource): string =>
  typeof source === "string" ? path.basename(source) : source instanceof Panel ? "the panel" : "the table";

/** @throws DataError on duplicate keys, a text that is no date, a column that is no number, a file that cannot be read. */
export async function readStatic(source: StaticSource): Promise<Panel> {
  if (typeof source === "string") {
    const { table, ignored } = await readKeyTable(source);
    if (ignored.length) host.notice(`${sourceName(source)}: columns without numbers left out: ${ignored.join(", ")}`);
    return Panel.from(table);
  }
  if (source instanceof Panel) return source;
  if (typeof source !== "object" || source === null)
    throw new InvalidArgumentError(
      `Cannot load ${String(source)}: a file's path, a Panel, a table or an SQL result expected`,
    );
  return Panel.from(hasToTable(source) ? source.toTable() : source);
}

const hasToTable = (source: object): source is { toTable(): ColumnTable } =>
  typeof (source as { toTable?: unknown }).toTable === "function";

/** Hash of a panel's keys and values: equal panels, equal text. */
export function panelHash(panel: Panel): string {
  const hash = createHash("sha256");
  const bytes = ({ buffer, byteOffset, byteLength }: ArrayBufferView) => new Uint8Array(buffer, byteOffset, byteLength);
  hash.update(JSON.stringify([panel.instruments, panel.columnNames, panel.numRows]));
  for (const array of [panel.dates, panel.codes, ...panel.columns.values()]) hash.update(bytes(array));
  return hash.digest("hex");
}
