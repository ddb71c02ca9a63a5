import path from "node:path";
import type { EngineTable } from "../../engine/columns.js";
import { getEngine } from "../../engine/engine.js";
import { DataError, UnknownNameError } from "../../errors.js";
import { holdsLocalDays, localDay } from "./local-days.js";
import { quoteName, quoteText } from "./quote.js";

/** How the columns of bar files are to be understood, where they do not say so themselves. */
export interface ColumnOptions {
  /** Only these columns become fields, named without `$`; `close` is needed in any case. In Qlib: include_fields. */
  readonly includeFields?: readonly string[];
  /** All but these. In Qlib: exclude_fields. */
  readonly excludeFields?: readonly string[];
  /** The column with the datetime; default: `datetime`, `date`, `ts` or `timestamp`. In Qlib: date_field_name. */
  readonly dateFieldName?: string;
  /** The column with the instrument's name; default `instrument`. In Qlib: symbol_field_name. */
  readonly symbolFieldName?: string;
}

/** A table of bars in Parquet or CSV, in one file or many, and how its columns are read. */
export interface BarFile {
  /** A file, or the folder of a table in parts. */
  readonly file: string;
  /** The files its rows stand in. */
  readonly parts: readonly string[];
  /** The universe it makes: its name without extension; undefined for one file per instrument. */
  readonly stem: string | undefined;
  /** A table expression in SQL that reads it. */
  readonly scan: string;
  /** Instrument and datetime as SQL expressions, and what they are called in messages. */
  readonly instrument: KeyColumn;
  readonly datetime: KeyColumn;
  /** `"$close"` → column name. */
  readonly fieldColumns: ReadonlyMap<string, string>;
  /** Columns that are neither keys nor numbers. */
  readonly ignored: readonly string[];
}

interface KeyColumn {
  readonly sql: string;
  readonly name: string;
}

/** What lies where, before its columns are looked at. */
export interface BarTable {
  readonly file: string;
  readonly parts: readonly string[];
  /** `byInstrument`: each part holds one instrument and is named after it; `partitioned`: folders `key=value`; else one file. */
  readonly layout: "file" | "partitioned" | "byInstrument";
  /** What is cut off a file's name to get its instrument. */
  readonly suffix?: string;
}

const DATETIME_NAMES = ["datetime", "date", "ts", "timestamp"];
/** Fields that have to be numbers; other columns of text are left aside. */
const NUMERIC = new Set(["open", "high", "low", "close", "volume", "factor", "change", "vwap", "amount"]);
const NUMBER_TYPE = /^(DOUBLE|FLOAT|DECIMAL|U?(TINY|SMALL|BIG|HUGE)?INT(EGER)?)/;
const DATETIME_TYPE = /^(DATE|TIMESTAMP)/;
/** The column that tells which part a row of a table in parts stands in. */
const PART = "alphabook part";

/**
 * Looks at a table's columns: `instrument`, one of `datetime date ts timestamp`, and numbers. Names are taken in any case.
 * Datetimes with an offset are UTC instants; when every one of them is midnight in its own zone, they are the days written there.
 *
 * @throws DataError naming file, column and the first rows when a key is missing, a price column holds text, or a date is none.
 */
export async function describeBarFile(table: BarTable, options: ColumnOptions = {}): Promise<BarFile> {
  const { file, parts, layout } = table;
  const described = scanOf(table);
  const columns = await columnTypes(table, described);
  const findColumn = (...names: string[]) =>
    [...columns.keys()].find((column) => names.some((name) => name.toLowerCase() === column.toLowerCase()));
  const { symbolFieldName = "instrument", dateFieldName } = options;
  const dateNames = dateFieldName === undefined ? DATETIME_NAMES : [dateFieldName];
  const instrumentColumn = findColumn(symbolFieldName);
  const datetimeColumn = findColumn(...dateNames);
  if (!instrumentColumn && layout !== "byInstrument")
    throw await wrongColumns(file, described, columns, `no column "${symbolFieldName}"`);
  if (instrumentColumn && layout === "byInstrument")
    throw new DataError(
      `Cannot read ${file}: some of its ${parts.length} files have a column "${symbolFieldName}", others not\n  either every file has it, or each file is named after its instrument`,
    );
  if (!datetimeColumn)
    throw await wrongColumns(
      file,
      described,
      columns,
      `no column ${dateNames.map((name) => `"${name}"`).join(" or ")}`,
    );
  await checkDatetimes(table, described, datetimeColumn, columns.get(datetimeColumn)!);

  // A CSV file's instants have lost what their zone was: the column is read as text then.
  const isText = columns.get(datetimeColumn) === "VARCHAR";
  const mayBeLocal = isText || (columns.get(datetimeColumn)!.endsWith("TIME ZONE") && !isParquet(parts[0]!));
  const texts = isText ? described : scanOf(table, datetimeColumn);
  const areDays = mayBeLocal && (await holdsLocalDays(path.basename(file), texts, datetimeColumn));
  const scan = areDays ? texts : described;
  const fieldColumns = new Map<string, string>();
  const ignored: string[] = [];
  for (const [column, type] of chosenColumns(file, columns, [instrumentColumn, datetimeColumn], options)) {
    const name = column.toLowerCase();
    if (NUMBER_TYPE.test(type) && /^\w+$/.test(name)) fieldColumns.set(`$${name}`, column);
    else if (NUMERIC.has(name)) await checkNumbers(table, scan, column, fieldColumns);
    else ignored.push(column);
  }
  if (!fieldColumns.has("$close")) throw await wrongColumns(file, scan, columns, 'no column "close"');
  return {
    file,
    parts,
    stem: layout === "byInstrument" ? undefined : path.parse(file).name,
    scan,
    instrument: instrumentColumn
      ? { sql: `CAST(${quoteName(instrumentColumn)} AS VARCHAR)`, name: instrumentColumn }
      : {
          sql: `upper(left(parse_filename(${quoteName(PART)}), -${(table.suffix ?? path.extname(parts[0]!)).length}))`,
          name: "file name",
        },
    datetime: {
      sql: areDays ? localDay(datetimeColumn) : `CAST(${quoteName(datetimeColumn)} AS TIMESTAMP)`,
      name: datetimeColumn,
    },
    fieldColumns,
    ignored,
  };
}

/** The columns that may become fields. @throws UnknownNameError for a wanted column that does not exist. */
function chosenColumns(
  file: string,
  columns: ReadonlyMap<string, string>,
  keys: readonly (string | undefined)[],
  { includeFields, excludeFields = [] }: ColumnOptions,
): [string, string][] {
  const others = [...columns].filter(([column]) => !keys.includes(column));
  const names = others.map(([column]) => column.toLowerCase());
  for (const field of [...(includeFields ?? []), ...excludeFields]) {
    if (!names.includes(field.toLowerCase()))
      throw new UnknownNameError("column", field, names, { context: `Cannot read ${file}` });
  }
  const [wanted, unwanted] = [includeFields, excludeFields].map((fields) => fields?.map((name) => name.toLowerCase()));
  return others.filter((_, i) => (wanted?.includes(names[i]!) ?? true) && !unwanted!.includes(names[i]!));
}

/** Whether a file has a column, by its first rows. */
export async function hasColumn(file: string, name: string): Promise<boolean> {
  const table: BarTable = { file, parts: [file], layout: "file" };
  const columns = await columnTypes(table, scanOf(table));
  return [...columns.keys()].some((column) => column.toLowerCase() === name.toLowerCase());
}

export { quoteName, quoteText } from "./quote.js";

/** A glob character in a path is a letter like any other. */
const literalPath = (file: string) => quoteText(file.replace(/[*?[\]]/g, (character) => `[${character}]`));

const isParquet = (file: string) => file.toLowerCase().endsWith(".parquet");

/** Without the format 03/06/2020 would be a day in March or in June, by what else stands in the file. */
export const CSV_DATES = "sample_size = -1, dateformat = '%Y-%m-%d'";

/** @param text A column of a CSV file that is to be read as it is written. */
function scanOf({ parts, layout }: BarTable, text?: string): string {
  const files = parts.map(literalPath).join(", ");
  const csv = text === undefined ? CSV_DATES : `${CSV_DATES}, types = { ${quoteText(text)}: 'VARCHAR' }`;
  if (layout === "file") return isParquet(parts[0]!) ? `read_parquet(${files})` : `read_csv(${files}, ${csv})`;
  const options = `union_by_name = true, filename = '${PART}', hive_partitioning = ${layout === "partitioned"}`;
  return isParquet(parts[0]!) ? `read_parquet([${files}], ${options})` : `read_csv([${files}], ${csv}, ${options})`;
}

async function columnTypes({ file, parts }: BarTable, scan: string): Promise<ReadonlyMap<string, string>> {
  try {
    const described = await (
      await getEngine()
    ).query(`SELECT column_name, column_type FROM (DESCRIBE SELECT * FROM ${scan})`);
    const [names, types] = [textColumn(described, "column_name"), textColumn(described, "column_type")];
    return new Map(names.map((name, i) => [name, types[i]!] as const).filter(([name]) => name !== PART));
  } catch (cause) {
    throw new DataError(
      `Cannot read ${file}: it is no ${isParquet(parts[0]!) ? "Parquet" : "CSV"} file\n  ${firstLine(cause)}`,
      { cause },
    );
  }
}

async function checkDatetimes(table: BarTable, scan: string, column: string, type: string): Promise<void> {
  if (DATETIME_TYPE.test(type)) return checkYears(table, scan, column);
  const faults = await faultyTexts(table, scan, column, "TIMESTAMP");
  if (type === "VARCHAR" && faults.texts.length === 0) return;
  const seen = type === "VARCHAR" ? `${faults.texts.join(", ")}: no date` : `${type} values`;
  throw new DataError(
    `Cannot read ${faults.file}: column "${column}" holds ${seen}\n  expected: YYYY-MM-DD or YYYY-MM-DD HH:MM`,
  );
}

/** A year of two digits in a text is read as one long ago. */
async function checkYears({ file, parts }: BarTable, scan: string, column: string): Promise<void> {
  if (isParquet(parts[0]!)) return;
  const date = `CAST(${quoteName(column)} AS TIMESTAMP)`;
  const found = await (
    await getEngine()
  ).query(`SELECT CAST(min(${date}) AS VARCHAR) AS first FROM ${scan} WHERE ${date} < '1600-01-01'`);
  const [first] = textColumn(found, "first");
  if (first)
    throw new DataError(
      `Cannot read ${file}: column "${column}" holds ${first.slice(0, 10)}: no trading day\n  expected: YYYY-MM-DD, the year in four digits`,
    );
}

async function checkNumbers(
  table: BarTable,
  scan: string,
  column: string,
  fieldColumns: Map<string, string>,
): Promise<void> {
  const { file, texts } = await faultyTexts(table, scan, column, "DOUBLE");
  if (texts.length)
    throw new DataError(
      `Cannot read ${file}: column "${column}" holds ${texts.join(", ")}: no number\n  leave a missing value empty`,
    );
  fieldColumns.set(`$${column.toLowerCase()}`, column);
}

/** The first texts of a column that are no value of a type, with their row numbers, and the file they stand in. */
async function faultyTexts(
  table: BarTable,
  scan: string,
  column: string,
  type: string,
): Promise<{ file: string; texts: readonly string[] }> {
  const engine = await getEngine();
  const name = quoteName(column);
  const isFault = `${name} IS NOT NULL AND TRY_CAST(CAST(${name} AS VARCHAR) AS ${type}) IS NULL`;
  if (table.layout !== "file") {
    const part = quoteName(PART);
    const found = await engine.query(`SELECT ${part} AS part FROM ${scan} WHERE ${isFault} ORDER BY part LIMIT 1`);
    const [file] = textColumn(found, "part");
    if (file === undefined) return { file: table.file, texts: [] };
    const alone: BarTable = { file, parts: [file], layout: "file" };
    return faultyTexts(alone, scanOf(alone), column, type);
  }
  const faults = await engine.query(
    `SELECT CAST(${name} AS VARCHAR) AS fault, CAST(place AS VARCHAR) AS place FROM (SELECT ${name}, row_number() OVER () AS place FROM ${scan})
     WHERE ${isFault} ORDER BY CAST(place AS BIGINT) LIMIT 3`,
  );
  const places = textColumn(faults, "place");
  return { file: table.file, texts: textColumn(faults, "fault").map((text, i) => `"${text}" (row ${places[i]})`) };
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
      '  a column of another name? openMarket(address, { symbolFieldName: "…", dateFieldName: "…" })',
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
