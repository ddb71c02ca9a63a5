import { table as arqueroTable, type ColumnTable } from "arquero";
import type { EngineColumn, EngineTable } from "./columns.js";
import { inferColumn } from "./infer-column.js";

/**
 * The engine's columns as an arquero table: floating columns without a copy (NaN stays), datetimes as `Date` at UTC, text and whole
 * numbers with null where missing. Texts and dates are made when a row is looked at.
 *
 * @example
 * toArquero({ numRows: 1, columns: new Map([["x", { type: "float64", values: Float64Array.of(1.5) }]]) }).get("x", 0) // -> 1.5
 */
export function toArquero(source: EngineTable): ColumnTable {
  const columns: Record<string, unknown> = {};
  for (const [name, column] of source.columns) columns[name] = shownColumn(column, source.numRows);
  return arqueroTable(columns as Parameters<typeof arqueroTable>[0], [...source.columns.keys()]);
}

/**
 * An arquero table (its filter and order applied) as typed columns. Typed arrays keep their type; of other columns texts become a
 * dictionary, `Date`s datetimes, whole numbers integers, other numbers float64; a column without any value is float64
 * (`datetime` and `instrument`: datetime and text).
 */
export function fromArquero(source: ColumnTable): EngineTable {
  const columns = new Map<string, EngineColumn>();
  const isWhole = !source.isFiltered() && !source.isOrdered();
  for (const name of source.columnNames()) {
    const ours = isWhole ? (source.column(name) as { [MADE_FROM]?: EngineColumn })[MADE_FROM] : undefined;
    columns.set(name, ours ?? inferColumn(name, columnValues(source, name)));
  }
  return { numRows: source.numRows(), columns };
}

/** The values of a column in the order of the table's rows, filter and order applied: a typed array stays one, uncopied where it can. */
export function columnValues(source: ColumnTable, name: string): ArrayLike<unknown> {
  const column: unknown = source.column(name);
  if (!ArrayBuffer.isView(column)) return source.array(name) as ArrayLike<unknown>;
  if (!source.isFiltered() && !source.isOrdered()) return column as Float64Array;
  return source.array(name, column.constructor as Float64ArrayConstructor) as Float64Array;
}

function shownColumn(column: EngineColumn, numRows: number): unknown {
  switch (column.type) {
    case "text": {
      const { codes, dictionary } = column;
      return lazyColumn(column, numRows, (row) => dictionary[codes[row]!] ?? null);
    }
    case "datetime": {
      const { values } = column;
      return lazyColumn(column, numRows, (row) => (Number.isNaN(values[row]) ? null : new Date(values[row]!)));
    }
    case "integer": {
      const { values } = column;
      return values instanceof Float64Array && values.some(Number.isNaN)
        ? lazyColumn(column, numRows, (row) => (Number.isNaN(values[row]) ? null : values[row]!))
        : values;
    }
    default:
      return column.values;
  }
}

/** The column a shown one was made from, so that the way back costs nothing. */
const MADE_FROM = Symbol("engine column");

/** A column that makes its values when asked. */
function lazyColumn<T>(column: EngineColumn, length: number, at: (row: number) => T) {
  return {
    [MADE_FROM]: column,
    length,
    at,
    *[Symbol.iterator]() {
      for (let row = 0; row < length; row++) yield at(row);
    },
  };
}
