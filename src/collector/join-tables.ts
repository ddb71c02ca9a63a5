import type { EngineColumn, EngineTable, TextColumn } from "../engine/columns.js";

/** The rows of tables one after another, with the union of their columns; what a table does not have is missing. */
export function joinTables(tables: readonly EngineTable[]): EngineTable {
  const filled = tables.filter(({ numRows }) => numRows > 0);
  const numRows = filled.reduce((sum, table) => sum + table.numRows, 0);
  const names = new Set((filled.length ? filled : tables).flatMap(({ columns }) => [...columns.keys()]));
  const columns = new Map<string, EngineColumn>();
  for (const name of names) {
    const parts = filled.map((table) => ({ column: table.columns.get(name), numRows: table.numRows }));
    columns.set(
      name,
      filled.length ? joinColumn(parts, numRows) : tables.find((t) => t.columns.has(name))!.columns.get(name)!,
    );
  }
  return { numRows, columns };
}

/** Rows `from … to − 1`; typed columns share the memory. */
export function sliceTable(table: EngineTable, from: number, to: number): EngineTable {
  const columns = new Map<string, EngineColumn>();
  for (const [name, column] of table.columns) columns.set(name, sliceColumn(column, from, to));
  return { numRows: to - from, columns };
}

/** The rows of these numbers, in their order. */
export function takeRows(table: EngineTable, rows: Int32Array): EngineTable {
  const columns = new Map<string, EngineColumn>();
  for (const [name, column] of table.columns) columns.set(name, takeColumn(column, rows));
  return { numRows: rows.length, columns };
}

interface Part {
  readonly column: EngineColumn | undefined;
  readonly numRows: number;
}

type Numbers = Float64Array | Float32Array | Int32Array;
type NumberColumn = Extract<EngineColumn, { type: "float64" | "float32" | "integer" | "datetime" }>;

function joinColumn(parts: readonly Part[], numRows: number): EngineColumn {
  const types = new Set(parts.flatMap(({ column }) => (column ? [column.type] : [])));
  const isComplete = parts.every(({ column }) => column !== undefined);
  const [only] = types;
  if (types.size === 1) {
    switch (only) {
      case "text":
        return joinTexts(parts as readonly { column: TextColumn | undefined; numRows: number }[], numRows);
      case "float32":
        return { type: only, values: joinNumbers(parts, new Float32Array(numRows)) };
      case "float64":
      case "datetime":
        return { type: only, values: joinNumbers(parts, new Float64Array(numRows)) };
      case "integer": {
        const isNarrow =
          isComplete && parts.every(({ column }) => (column as NumberColumn).values instanceof Int32Array);
        return {
          type: only,
          values: joinNumbers(parts, isNarrow ? new Int32Array(numRows) : new Float64Array(numRows)),
        };
      }
      case "boolean":
        return { type: only, values: joinValues(parts) as (boolean | null)[] };
    }
  }
  if ([...types].every((type) => type === "float64" || type === "float32" || type === "integer"))
    return { type: "float64", values: joinNumbers(parts, new Float64Array(numRows)) };
  return { type: "other", values: joinValues(parts) };
}

function joinNumbers<A extends Numbers>(parts: readonly Part[], target: A): A {
  let at = 0;
  for (const { column, numRows } of parts) {
    if (column === undefined) target.fill(NaN, at, at + numRows);
    else target.set((column as NumberColumn).values, at);
    at += numRows;
  }
  return target;
}

/** Each distinct dictionary is looked through once, however many parts share it. */
function joinTexts(parts: readonly { column: TextColumn | undefined; numRows: number }[], numRows: number): TextColumn {
  const codes = new Int32Array(numRows);
  const codeOf = new Map<string, number>();
  const joined: string[] = [];
  const recodes = new Map<readonly string[], Int32Array>();
  const recodeOf = (dictionary: readonly string[]) => {
    let recode = recodes.get(dictionary);
    if (recode === undefined) {
      recode = Int32Array.from(dictionary, (text) => {
        let code = codeOf.get(text);
        if (code === undefined) codeOf.set(text, (code = joined.push(text) - 1));
        return code;
      });
      recodes.set(dictionary, recode);
    }
    return recode;
  };
  let at = 0;
  for (const { column, numRows: rows } of parts) {
    if (column === undefined) codes.fill(-1, at, at + rows);
    else {
      const recode = recodeOf(column.dictionary);
      const own = column.codes;
      for (let row = 0; row < rows; row++) codes[at + row] = recode[own[row]!] ?? -1;
    }
    at += rows;
  }
  return { type: "text", codes, dictionary: joined };
}

function joinValues(parts: readonly Part[]): unknown[] {
  return parts.flatMap(({ column, numRows }) => Array.from({ length: numRows }, (_, row) => valueAt(column, row)));
}

/** A value as an arquero table would show it. */
export function valueAt(column: EngineColumn | undefined, row: number): unknown {
  if (column === undefined) return null;
  if (column.type === "text") return column.dictionary[column.codes[row]!] ?? null;
  const value = column.values[row];
  if (column.type === "datetime") return Number.isNaN(value) ? null : new Date(value as number);
  return column.type === "integer" && Number.isNaN(value) ? null : value;
}

function sliceColumn(column: EngineColumn, from: number, to: number): EngineColumn {
  if (column.type === "text") return { ...column, codes: column.codes.subarray(from, to) };
  if (column.type === "boolean" || column.type === "other")
    return { ...column, values: column.values.slice(from, to) } as EngineColumn;
  return { ...column, values: column.values.subarray(from, to) } as EngineColumn;
}

function takeColumn(column: EngineColumn, rows: Int32Array): EngineColumn {
  if (column.type === "text") {
    const codes = new Int32Array(rows.length);
    for (let i = 0; i < rows.length; i++) codes[i] = column.codes[rows[i]!]!;
    return { type: "text", codes, dictionary: column.dictionary };
  }
  if (column.type === "boolean" || column.type === "other")
    return { ...column, values: Array.from(rows, (row) => column.values[row]) } as EngineColumn;
  const source: Numbers = column.values;
  const values = new (source.constructor as new (length: number) => Numbers)(rows.length);
  for (let i = 0; i < rows.length; i++) values[i] = source[rows[i]!]!;
  return { ...column, values } as EngineColumn;
}
