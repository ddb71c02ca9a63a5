import type { ColumnTable } from "arquero";
import { toArquero } from "../engine/arquero.js";
import type { EngineTable } from "../engine/columns.js";
import { VIEW, type View } from "../panel/view.js";

/**
 * The rows of an SQL statement. In a notebook it shows as a table; `toTable()` gives an arquero table that shares its
 * columns.
 *
 * Iterating gives plain row objects, for small results.
 */
export class SqlResult implements Iterable<Readonly<Record<string, unknown>>> {
  readonly #rows: EngineTable;
  readonly #statement: string;
  #table: ColumnTable | undefined;

  constructor(rows: EngineTable, statement: string) {
    this.#rows = rows;
    this.#statement = statement;
  }

  get numRows(): number {
    return this.#rows.numRows;
  }
  get columnNames(): string[] {
    return [...this.#rows.columns.keys()];
  }

  /**
   * An arquero table: numbers as typed arrays, datetimes as `Date` at UTC, missing text and whole numbers null, missing
   * floats NaN.
   */
  toTable(): ColumnTable {
    return (this.#table ??= toArquero(this.#rows));
  }

  /** All rows as objects. */
  rows(): Readonly<Record<string, unknown>>[] {
    return this.toTable().objects() as Record<string, unknown>[];
  }

  [Symbol.iterator](): Iterator<Readonly<Record<string, unknown>>> {
    return this.rows()[Symbol.iterator]();
  }

  [VIEW](): View {
    return { kind: "sql", title: count(this.numRows, "row"), table: this.toTable(), notes: [this.#statement] };
  }

  toString(): string {
    return `SqlResult(${count(this.numRows, "row")}: ${this.columnNames.join(", ")})`;
  }

  [Symbol.for("nodejs.util.inspect.custom")](): string {
    return this.toString();
  }
}

/** `1 row`, `2 rows`. */
function count(n: number, noun: string): string {
  return `${n} ${noun}${n === 1 ? "" : "s"}`;
}
