import {
  DuckDBArrayValue,
  DuckDBBlobValue,
  DuckDBDateValue,
  DuckDBDecimalValue,
  DuckDBListValue,
  DuckDBMapValue,
  DuckDBStructValue,
  DuckDBTimestampTZValue,
  DuckDBTimestampValue,
  DuckDBUnionValue,
  DuckDBVariantValue,
} from "@duckdb/node-api";
import { formatDatetime } from "./datetime.js";

/**
 * A DuckDB value inside a list or struct as a plain value that JSON can carry: lists are arrays, structs objects, maps arrays of
 * [key, value], datetimes text, whole numbers beyond 2^53 text.
 */
export function plainValue(value: unknown): unknown {
  if (typeof value === "bigint") return Number.isSafeInteger(Number(value)) ? Number(value) : String(value);
  if (value === null || typeof value !== "object") return value;
  if (value instanceof DuckDBListValue || value instanceof DuckDBArrayValue) return value.items.map(plainValue);
  if (value instanceof DuckDBStructValue)
    return Object.fromEntries(Object.entries(value.entries).map(([name, field]) => [name, plainValue(field)]));
  if (value instanceof DuckDBMapValue)
    return value.entries.map((entry) => [plainValue(entry.key), plainValue(entry.value)]);
  if (value instanceof DuckDBUnionValue || value instanceof DuckDBVariantValue) return plainValue(value.value);
  if (value instanceof DuckDBDateValue) return formatDatetime(value.days * 86_400_000);
  if (value instanceof DuckDBTimestampValue || value instanceof DuckDBTimestampTZValue)
    return formatDatetime(Number(value.micros / 1000n));
  if (value instanceof DuckDBDecimalValue) return value.toDouble();
  if (value instanceof DuckDBBlobValue) return Uint8Array.from(value.bytes);
  return String(value);
}
