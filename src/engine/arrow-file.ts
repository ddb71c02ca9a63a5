import { readFileSync, writeFileSync } from "node:fs";
import { fromArrow, type ColumnTable } from "arquero";
import {
  bool,
  columnFromValues,
  float32,
  float64,
  int32,
  int64,
  tableFromColumns,
  tableFromIPC,
  tableToIPC,
  timestamp,
  TimeUnit,
  Type,
  utf8,
  type Column,
} from "@uwdata/flechette";
import type { EngineColumn, EngineTable } from "./columns.js";

/** Writes an Arrow IPC file: datetime as timestamp in ms without a zone, "other" as JSON text, missing values as null. */
export function writeArrowFile(file: string, { columns }: EngineTable): void {
  const built: [string, Column<unknown>][] = [...columns].map(([name, column]) => [name, arrowColumn(column)]);
  const bytes = tableToIPC(tableFromColumns(built), { format: "file" });
  writeFileSync(file, bytes as Uint8Array);
}

/** An Arrow IPC file or stream as an arquero table: timestamps as `Date`, missing numbers of floating columns NaN. */
export function readArrowFile(file: string): ColumnTable {
  const bytes = new Uint8Array(readFileSync(file));
  const arrow = tableFromIPC(bytes);
  const shown = fromArrow(bytes, { useDate: true });
  const floats: Record<string, Float64Array> = {};
  for (const [index, { name, type }] of arrow.schema.fields.entries()) {
    const column = arrow.getChildAt<number | null>(index);
    if (type.typeId === Type.Float && column.nullCount > 0)
      floats[name] = Float64Array.from(column, (value) => value ?? NaN);
  }
  return shown.assign(floats);
}

function arrowColumn(column: EngineColumn): Column<unknown> {
  switch (column.type) {
    case "float64":
    case "float32":
      return numbers(column.values, column.type === "float64" ? float64() : float32());
    case "integer":
      return numbers(column.values, column.values instanceof Int32Array ? int32() : int64());
    case "datetime":
      return numbers(column.values, timestamp(TimeUnit.MILLISECOND));
    case "text": {
      const { codes, dictionary } = column;
      return columnFromValues((visit) => codes.forEach((code: number) => visit(dictionary[code] ?? null)), utf8());
    }
    case "boolean":
      return columnFromValues((visit) => column.values.forEach((value) => visit(value)), bool());
    case "other":
      return columnFromValues(
        (visit) => column.values.forEach((value) => visit(value == null ? null : JSON.stringify(value))),
        utf8(),
      );
  }
}

function numbers(values: Float64Array | Float32Array | Int32Array, type: Parameters<typeof columnFromValues>[1]) {
  return columnFromValues((visit) => {
    for (const value of values) visit(Number.isNaN(value) ? null : value);
  }, type) as Column<unknown>;
}
