import path from "node:path";
import { getEngine } from "../../engine/engine.js";
import type { EngineColumn, EngineTable } from "../../engine/columns.js";
import { DataError, UnknownNameError } from "../../errors.js";
import { CSV_DATES, quoteText } from "./bar-file.js";

/** Other names that a file may give the keys of a panel, in any case; the first one found is taken. */
const KEY_NAMES = {
  datetime: ["datetime", "date", "ts", "timestamp"],
  instrument: ["instrument", "symbol", "ticker", "code"],
} as const;

/**
 * The rows of a CSV or Parquet file that has a date and an instrument in every row, as a table with the columns `datetime` and
 * `instrument`; columns of text but the instrument are left out.
 *
 * @returns The table, and the names of the columns that were left out.
 * @throws DataError for a file that is not there or cannot be read; UnknownNameError when a key column is missing.
 */
export async function readKeyTable(file: string): Promise<{ table: EngineTable; ignored: readonly string[] }> {
  const scan = /\.parquet$/i.test(file)
    ? `read_parquet(${quoteText(file)})`
    : `read_csv(${quoteText(file)}, ${CSV_DATES})`;
  const engine = await getEngine();
  const table = await engine.query(`SELECT * FROM ${scan}`).catch((cause: unknown) => {
    const reason = (cause as Error).message.split("\n")[0];
    throw new DataError(`Cannot read ${file}: ${reason}\n  a CSV or Parquet file expected`, { cause });
  });
  const names = [...table.columns.keys()];
  const columns = new Map<string, EngineColumn>();
  const keys = Object.entries(KEY_NAMES).map(([key, candidates]) => {
    const found = names.find((name) => (candidates as readonly string[]).includes(name.toLowerCase()));
    if (found === undefined)
      throw new UnknownNameError("column", key, names, { context: `Cannot read ${path.basename(file)}` });
    columns.set(key, table.columns.get(found)!);
    return found;
  });
  const ignored: string[] = [];
  for (const [name, column] of table.columns) {
    if (keys.includes(name)) continue;
    if (column.type === "text" || column.type === "other" || column.type === "datetime") ignored.push(name);
    else columns.set(name, column);
  }
  return { table: { numRows: table.numRows, columns }, ignored };
}
