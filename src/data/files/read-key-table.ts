import path from "node:path";
import { getEngine } from "../../engine/engine.js";
import type { EngineColumn, EngineTable } from "../../engine/columns.js";
import { DataError, UnknownNameError } from "../../errors.js";
import { CSV_DATES } from "./bar-file.js";
import { holdsLocalDays, localDay } from "./local-days.js";
import { quoteName, quoteText } from "./quote.js";

/** Other names that a file may give the keys of a panel, in any case; the first one found is taken. */
const KEY_NAMES = {
  datetime: ["datetime", "date", "ts", "timestamp"],
  instrument: ["instrument", "symbol", "ticker", "code"],
} as const;

/**
 * The rows of a CSV or Parquet file that has a date and an instrument in every row, as a table with the columns `datetime` and
 * `instrument`; columns of text but the instrument are left out. Dates with an offset are understood as those of bars are.
 *
 * @returns The table, and the names of the columns that were left out.
 * @throws DataError for a file that is not there or cannot be read; UnknownNameError when a key column is missing.
 */
export async function readKeyTable(file: string): Promise<{ table: EngineTable; ignored: readonly string[] }> {
  const isParquet = /\.parquet$/i.test(file);
  const scan = isParquet ? `read_parquet(${quoteText(file)})` : `read_csv(${quoteText(file)}, ${CSV_DATES})`;
  const engine = await getEngine();
  const given = await engine.query(`SELECT * FROM ${scan}`).catch((cause: unknown) => {
    const reason = (cause as Error).message.split("\n")[0];
    throw new DataError(`Cannot read ${file}: ${reason}\n  a CSV or Parquet file expected`, { cause });
  });
  const names = [...given.columns.keys()];
  const dated = names.find((name) => (KEY_NAMES.datetime as readonly string[]).includes(name.toLowerCase()));
  const table = (dated !== undefined && (await withLocalDays(file, scan, dated, isParquet))) || given;
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

/** The same rows with their days as dates, where the column holds the exchange's midnights; else undefined. */
async function withLocalDays(
  file: string,
  scan: string,
  column: string,
  isParquet: boolean,
): Promise<EngineTable | undefined> {
  const texts = isParquet
    ? scan
    : `read_csv(${quoteText(file)}, ${CSV_DATES}, types = { ${quoteText(column)}: 'VARCHAR' })`;
  const engine = await getEngine();
  const described = await engine.query(`SELECT typeof(${quoteName(column)}) AS type FROM ${texts} LIMIT 1`);
  const type = described.columns.get("type");
  const isText = type?.type === "text" && type.dictionary[type.codes[0]!] === "VARCHAR";
  if (!isText || !(await holdsLocalDays(path.basename(file), texts, column))) return undefined;
  return engine.query(`SELECT * REPLACE (${localDay(column)} AS ${quoteName(column)}) FROM ${texts}`);
}
