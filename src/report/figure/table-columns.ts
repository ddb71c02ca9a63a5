import type { ColumnTable } from "arquero";

/** A numeric column as it lies in the table. */
export function numbersOf(from: ColumnTable, name: string): Float64Array {
  return Float64Array.from(from.array(name) as ArrayLike<number>);
}

/** The `datetime` column as epoch ms. */
export function datesOf(from: ColumnTable): Float64Array {
  return Float64Array.from(from.array("datetime") as ArrayLike<Date>, Number);
}
