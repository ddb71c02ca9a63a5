import { existsSync, statSync } from "node:fs";
import path from "node:path";
import { quotedIdentifier, quotedString } from "./sql-quote.js";
import type { ColumnTable } from "arquero";
import { DataError, InvalidArgumentError, UnknownNameError } from "../errors.js";
import { toArquero } from "./arquero.js";
import type { EngineColumn, EngineTable } from "./columns.js";
import { replaceFile } from "./durable-file.js";
import { getEngine } from "./engine.js";

/** Endings of files that hold one table. */
export const TABLE_FORMATS = ["arrow", "csv", "json", "parquet"] as const;
export type TableFormat = (typeof TABLE_FORMATS)[number];

/**
 * The format that a file's ending says.
 *
 * @throws UnknownNameError for any other.
 * @example
 * tableFormatOf("figures/ic.csv") // -> csv
 */
export function tableFormatOf(file: string): TableFormat {
  const ending = path.extname(file).slice(1).toLowerCase();
  const format = TABLE_FORMATS.find((name) => name === ending);
  if (format !== undefined) return format;
  throw new UnknownNameError("file format", ending, TABLE_FORMATS, { context: `Cannot choose a format for "${file}"` });
}

/** Writes a table in the format of the file's ending; the file appears complete or not at all. */
export async function writeTableFile(file: string, table: EngineTable): Promise<void> {
  const format = tableFormatOf(file);
  const target = path.resolve(file);
  if (!existsSync(path.dirname(target)))
    throw new InvalidArgumentError(`Cannot write "${file}": the folder ${path.dirname(target)} does not exist`);
  const engine = await getEngine();
  if (format === "parquet") return engine.writeParquet(target, table);
  if (format === "arrow") {
    const { writeArrowFile } = await import("./arrow-file.js");
    return replaceFile(target, (temporary) => writeArrowFile(temporary, table));
  }
  const lent = engine.lend(table);
  const columns = [...table.columns].map(([name, column]) => {
    const shown = format === "csv" ? csvValue(name, column) : jsonValue(name, column);
    return `${shown} AS ${quotedIdentifier(name)}`;
  });
  const options = format === "csv" ? "FORMAT csv, HEADER" : "FORMAT json, ARRAY true";
  try {
    await replaceFile(target, (temporary) =>
      engine.run(
        `COPY (SELECT ${columns.join(", ")} FROM (${lent.select})) TO ${quotedString(temporary)} (${options})`,
      ),
    );
  } finally {
    lent.end();
  }
}

/** A table from a file, the format told by its ending; Parquet, CSV and JSON of other programs too. */
export async function readTableFile(file: string): Promise<ColumnTable> {
  const format = tableFormatOf(file);
  const target = path.resolve(file);
  if (!statSync(target, { throwIfNoEntry: false })?.isFile())
    throw new InvalidArgumentError(`Cannot read "${file}": there is no such file`);
  try {
    if (format === "arrow") {
      const { readArrowFile } = await import("./arrow-file.js");
      return readArrowFile(target);
    }
    const engine = await getEngine();
    if (format === "parquet") return toArquero(await engine.readParquet(target));
    const reader =
      format === "csv"
        ? `read_csv(${quotedString(target)}, header = true, sample_size = -1, allow_quoted_nulls = false)`
        : `read_json(${quotedString(target)}, sample_size = -1)`;
    return toArquero(await engine.query(`SELECT * FROM ${reader}`));
  } catch (error) {
    const reason = error instanceof Error ? error.message.split("\n")[0] : String(error);
    throw new DataError(`Cannot read "${file}" as ${format}: ${reason}`, { cause: error });
  }
}

function csvValue(name: string, column: EngineColumn): string {
  return column.type === "datetime" ? datetimeText(name, column.values) : quotedIdentifier(name);
}

/** JSON has no word for ±∞; a number too large for a double is one that every reader takes for it. */
function jsonValue(name: string, column: EngineColumn): string {
  const quoted = quotedIdentifier(name);
  if (column.type === "datetime") return datetimeText(name, column.values);
  if (column.type !== "float64" && column.type !== "float32") return quoted;
  if (!column.values.some((value) => value === Infinity || value === -Infinity)) return quoted;
  return `CASE WHEN isinf(${quoted}) THEN (CASE WHEN ${quoted} > 0 THEN '1e999' ELSE '-1e999' END)::JSON ELSE to_json(${quoted}) END`;
}

/** Dates as `YYYY-MM-DD` where the column has no time of day, else as exact as the column needs. */
function datetimeText(name: string, values: Float64Array): string {
  const has = (unit: number) => values.some((ms) => ms % unit !== 0 && !Number.isNaN(ms));
  const format = !has(86_400_000)
    ? "%Y-%m-%d"
    : !has(60_000)
      ? "%Y-%m-%d %H:%M"
      : !has(1000)
        ? "%Y-%m-%d %H:%M:%S"
        : "%Y-%m-%d %H:%M:%S.%g";
  return `strftime(${quotedIdentifier(name)}, '${format}')`;
}
