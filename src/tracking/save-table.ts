import { table as arqueroTable, type ColumnTable } from "arquero";
import type { EngineTable } from "../engine/columns.js";
import { fromArquero } from "../engine/arquero.js";
import { readTableFile, tableFormatOf, writeTableFile } from "../engine/table-file.js";
import { InvalidArgumentError } from "../errors.js";
import { findEngineTable } from "./engine-table-of.js";

/**
 * Writes a table to a file for other programs, in the format of the file's ending: `.parquet`, `.csv`, `.json` (an
 * array of rows) or `.arrow` (IPC file). A file that is there is replaced, at once and completely.
 *
 *     await saveTable(await run.loadObject("pred"), "pred.parquet");
 *     await saveTable(await sql`FROM runs_wide`, "runs.csv");
 *     await saveTable(rolled, "scores.arrow");
 *
 * Rows and columns keep their order. A missing value, NaN among them, is null (in CSV nothing between the commas; an
 * empty text is `""`); ±∞ is kept. Datetimes are timestamps without a zone, in CSV and JSON `YYYY-MM-DD`, with the time
 * of day where the column has one. Lists and objects are JSON.
 *
 * @param value A Panel, an arquero table, an SQL result, what a collector found, a loaded table, or plain columns
 * `{ datetime: […], score: […] }`.
 * @returns The file as it was given.
 * @throws InvalidArgumentError for what is no table, and for a folder that does not exist. @throws UnknownNameError for
 * another ending.
 */
export async function saveTable(value: unknown, file: string): Promise<string> {
  tableFormatOf(file);
  await writeTableFile(file, engineTableOf(value, file));
  return file;
}

/**
 * Reads a table from a file: what {@link saveTable} wrote, or Parquet, CSV, JSON and Arrow of other programs.
 *
 * CSV and JSON say no types: a column is read as what all its values look like.
 *
 * @throws InvalidArgumentError when there is no such file. @throws DataError when it cannot be read.
 */
export async function readTable(file: string): Promise<ColumnTable> {
  return readTableFile(file);
}

function engineTableOf(value: unknown, file: string): EngineTable {
  if (value instanceof Promise)
    throw new InvalidArgumentError(`Cannot write "${file}": the table is a Promise\n  await it first`);
  const found = findEngineTable(value) ?? (isColumns(value) ? fromArquero(arqueroTable(value)) : undefined);
  if (found === undefined || found.columns.size === 0)
    throw new InvalidArgumentError(
      `Cannot write "${file}": ${found ? "the table has no columns" : "the value is no table"}\n  expected: a Panel, an arquero table, an SQL result, what a collector found, or { column: values }`,
    );
  return found;
}

function isColumns(value: unknown): value is Record<string, ArrayLike<unknown> & unknown[]> {
  if (typeof value !== "object" || value === null || Object.getPrototypeOf(value) !== Object.prototype) return false;
  const columns = Object.values(value);
  return columns.length > 0 && columns.every((each) => Array.isArray(each) || ArrayBuffer.isView(each));
}
