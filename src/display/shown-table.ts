import type { ColumnTable } from "arquero";
import { InvalidArgumentError } from "../errors.js";

/** What a column holds, as its header says; `other`: values of several types, or objects, shown one by one. */
export type ColumnKind = "f64" | "f32" | "int" | "date" | "text" | "bool" | "other";

export interface ShownColumn {
  readonly name: string;
  readonly type: ColumnKind;
  /** @param row From 0, in the order that the table is sorted in. */
  readonly value: (row: number) => unknown;
}

/** Rows and columns as a display reads them: by column and row number, nothing copied. */
export interface ShownTable {
  readonly numRows: number;
  readonly columns: readonly ShownColumn[];
}

/** What can be shown as a table: an arquero table, whatever has `toTable()` (a Panel, an SQL result), an array of plain objects. */
export type TableSource = ColumnTable | { toTable(): ColumnTable } | readonly object[];

/** How many values decide about the type of a column that is no typed array. */
const LOOKED_AT = 200;

/** The rows and columns of whatever is a {@link TableSource}; undefined for anything else. */
export function findTable(source: unknown): ShownTable | undefined {
  if (isShownTable(source)) return source;
  if (isArqueroTable(source)) return fromArquero(source);
  if (typeof source !== "object" || source === null) return undefined;
  if ("toTable" in source && typeof source.toTable === "function") return findTable(source.toTable());
  return Array.isArray(source) && source.every((row) => typeof row === "object" && row !== null)
    ? fromRows(source)
    : undefined;
}

/** @throws InvalidArgumentError when the source is no table. */
export function getTable(source: TableSource | ShownTable): ShownTable {
  const found = findTable(source);
  if (found) return found;
  throw new InvalidArgumentError(
    "Cannot show a table: the value is none\n  expected: an arquero table, a Panel, an SQL result, or an array of objects",
  );
}

/** An arquero table of whichever copy of arquero. */
export function isArqueroTable(value: unknown): value is ColumnTable {
  const methods = ["columnNames", "numRows", "get", "data"];
  return (
    typeof value === "object" &&
    value !== null &&
    methods.every((name) => typeof (value as Record<string, unknown>)[name] === "function")
  );
}

function isShownTable(value: unknown): value is ShownTable {
  const { numRows, columns } = (value ?? {}) as Partial<Record<"numRows" | "columns", unknown>>;
  return (
    typeof numRows === "number" &&
    Array.isArray(columns) &&
    columns.every((column: Partial<ShownColumn> | null) => typeof column?.value === "function")
  );
}

function fromArquero(table: ColumnTable): ShownTable {
  const data = table.data() as Record<string, { at(row: number): unknown }>;
  const rows = table.isFiltered() || table.isOrdered() ? table.indices() : undefined;
  const columns = table.columnNames().map((name) => {
    const column = data[name]!;
    return shownColumn(name, table.numRows(), rows ? (row) => column.at(rows[row]!) : (row) => column.at(row), column);
  });
  return { numRows: table.numRows(), columns };
}

function fromRows(rows: readonly Readonly<Record<string, unknown>>[]): ShownTable {
  const names = new Set(rows.flatMap((row) => Object.keys(row)));
  return {
    numRows: rows.length,
    columns: [...names].map((name) => shownColumn(name, rows.length, (row) => rows[row]![name])),
  };
}

function shownColumn(name: string, numRows: number, value: ShownColumn["value"], storage?: unknown): ShownColumn {
  if (storage instanceof Float64Array) return { name, type: "f64", value };
  if (storage instanceof Float32Array) return { name, type: "f32", value };
  if (ArrayBuffer.isView(storage)) return { name, type: "int", value };
  return { name, type: inferType(numRows, value), value };
}

function inferType(numRows: number, value: ShownColumn["value"]): ColumnKind {
  const types = new Set<ColumnKind>();
  for (let row = 0; row < numRows && (row < LOOKED_AT || types.size === 0); row++) {
    const type = typeOf(value(row));
    if (type) types.add(type);
  }
  if (types.size === 1) return [...types][0]!;
  if (types.size === 0) return "text";
  return types.size === 2 && types.has("int") && types.has("f64") ? "f64" : "other";
}

function typeOf(value: unknown): ColumnKind | undefined {
  if (value === null || value === undefined) return undefined;
  if (typeof value === "number") return Number.isInteger(value) ? "int" : "f64";
  if (typeof value === "bigint") return "int";
  if (typeof value === "boolean") return "bool";
  if (typeof value === "string") return "text";
  return value instanceof Date ? "date" : "other";
}
