import path from "node:path";
import type { EngineTable } from "../../engine/columns.js";
import { getEngine } from "../../engine/engine.js";
import { DataError } from "../../errors.js";

/** A Parquet or CSV file of bars and how its columns are read. */
export interface BarFile {
  readonly file: string;
  /** Its name without extension: the universe it makes. */
  readonly stem: string;
  /** A table expression in SQL that reads it. */
  readonly scan: string;
  readonly instrumentColumn: string;
  readonly datetimeColumn: string;
  /** `"$close"` → column name. */
  readonly fieldColumns: ReadonlyMap<string, string>;
  /** Columns that are neither keys nor numbers. */
  readonly ignored: readonly string[];
}

const DATETIME_NAMES = ["datetime", "date", "ts", "timestamp"];
/** Fields that have to be numbers; other columns of text are left aside. */
const NUMERIC = new Set(["open", "high", "low", "close", "volume", "factor", "change", "vwap", "amount"]);
const NUMBER_TYPE = /^(DOUBLE|FLOAT|DECIMAL|U?(TINY|SMALL|BIG|HUGE)?INT(EGER)?)/;
const DATETIME_TYPE = /^(DATE|TIMESTAMP)/;

/**
 * Looks at a bar file's columns: `instrument`, one of `datetime date ts timestamp`, and numbers. Names are taken in any case.
 *
 * @throws DataError naming file, column and the first rows when a key is missing, a price column holds text, or a date is none.
 */
export async function describeBarFile(file: string): Promise<BarFile> {
  const scan = scanOf(file);
  const columns = await columnTypes(file, scan);
  const findColumn = (...names: string[]) => [...columns.keys()].find((column) => names.includes(column.toLowerCase()));
  const instrumentColumn = findColumn("instrument");
  const datetimeColumn = findColumn(...DATETIME_NAMES);
  if (!instrumentColumn) throw await wrongColumns(file, scan, columns, 'no column "instrument"');
  if (!datetimeColumn)
    throw await wrongColumns(
      file,
      scan,
      columns,
      `no column ${DATETIME_NAMES.map((name) => `"${name}"`).join(" or ")}`,
    );
  await checkDatetimes(file, scan, datetimeColumn, columns.get(datetimeColumn)!);

  const fieldColumns = new Map<string, string>();
  const ignored: string[] = [];
  for (const [column, type] of columns) {
    if (column === instrumentColumn || column === datetimeColumn) continue;
    const name = column.toLowerCase();
    if (NUMBER_TYPE.test(type) && /^\w+$/.test(name)) fieldColumns.set(`$${name}`, column);
    else if (NUMERIC.has(name)) await checkNumbers(file, scan, column, fieldColumns);
    else ignored.push(column);
  }
  if (!fieldColumns.has("$close")) throw await wrongColumns(file, scan, columns, 'no column "close"');
  return { file, stem: path.parse(file).name, scan, instrumentColumn, datetimeColumn, fieldColumns, ignored };
}

export const quoteName = (name: string): string => `"${name.replace(/"/g, '""')}"`;
export const quoteText = (text: string): string => `'${text.replace(/'/g, "''")}'`;

/** A glob character in a path is a letter like any other. */
const literalPath = (file: string) => quoteText(file.replace(/[*?[\]]/g, (character) => `[${character}]`));

const scanOf = (file: string): string =>
  file.toLowerCase().endsWith(".parquet")
    ? `read_parquet(${literalPath(file)})`
    : `read_csv(${literalPath(file)}, sample_size = -1)`;

async function columnTypes(file: string, scan: string): Promise<ReadonlyMap<string, string>> {
  try {
    const described = await (
      await getEngine()
    ).query(`SELECT column_name, column_type FROM (DESCRIBE SELECT * FROM ${scan})`);
    const [names, types] = [textColumn(described, "column_name"), textColumn(described, "column_type")];
    return new Map(names.map((name, i) => [name, types[i]!]));
  } catch (cause) {
    throw new DataError(
      `Cannot read ${file}: it is no ${file.toLowerCase().endsWith(".parquet") ? "Parquet" : "CSV"} file\n  ${firstLine(cause)}`,
      { cause },
    );
  }
}

async function checkDatetimes(file: string, scan: string, column: string, type: string): Promise<void> {
  if (DATETIME_TYPE.test(type)) return;
  const faults = await faultyTexts(scan, column, "TIMESTAMP");
  if (type === "VARCHAR" && faults.length === 0) return;
  const seen = type === "VARCHAR" ? `${faults.join(", ")}: no date` : `${type} values`;
  throw new DataError(
    `Cannot read ${file}: column "${column}" holds ${seen}\n  expected: YYYY-MM-DD or YYYY-MM-DD HH:MM`,
  );
}

async function checkNumbers(
  file: string,
  scan: string,
  column: string,
  fieldColumns: Map<string, string>,
): Promise<void> {
  const faults = await faultyTexts(scan, column, "DOUBLE");
  if (faults.length)
    throw new DataError(
      `Cannot read ${file}: column "${column}" holds ${faults.join(", ")}: no number\n  leave a missing value empty`,
    );
  fieldColumns.set(`$${column.toLowerCase()}`, column);
}

/** The first texts of a column that are no value of a type, with their row numbers. */
async function faultyTexts(scan: string, column: string, type: string): Promise<string[]> {
  const name = quoteName(column);
  const faults = await (
    await getEngine()
  ).query(
    `SELECT CAST(${name} AS VARCHAR) AS fault, CAST(place AS VARCHAR) AS place FROM (SELECT ${name}, row_number() OVER () AS place FROM ${scan})
     WHERE ${name} IS NOT NULL AND TRY_CAST(CAST(${name} AS VARCHAR) AS ${type}) IS NULL ORDER BY CAST(place AS BIGINT) LIMIT 3`,
  );
  const places = textColumn(faults, "place");
  return textColumn(faults, "fault").map((text, i) => `"${text}" (row ${places[i]})`);
}

async function wrongColumns(
  file: string,
  scan: string,
  columns: ReadonlyMap<string, string>,
  problem: string,
): Promise<DataError> {
  const names = [...columns.keys()];
  const shown = names.map((name, i) => `CAST(${quoteName(name)} AS VARCHAR) AS "${i}"`).join(", ");
  const rows = await (await getEngine()).query(`SELECT ${shown} FROM ${scan} LIMIT 2`);
  const lines = Array.from({ length: rows.numRows }, (_, row) =>
    names.map((_, i) => textColumn(rows, String(i))[row] ?? "").join(", "),
  );
  return new DataError(
    [
      `Cannot read ${file} as bars: ${problem}`,
      `  it has: ${names.join(", ")}`,
      ...lines.map((line, i) => `  row ${i + 1}: ${line}`),
    ].join("\n"),
  );
}

/** Texts of a column, "" for missing. */
export function textColumn(table: EngineTable, name: string): string[] {
  const column = table.columns.get(name)!;
  if (column.type !== "text") return Array.from({ length: table.numRows }, () => "");
  return Array.from(column.codes, (code) => column.dictionary[code] ?? "");
}

const firstLine = (error: unknown) => String(error instanceof Error ? error.message : error).split("\n")[0];
