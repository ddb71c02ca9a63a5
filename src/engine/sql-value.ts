import {
  BIGINT,
  BLOB,
  BOOLEAN,
  DOUBLE,
  DuckDBBlobValue,
  DuckDBListValue,
  DuckDBTimestampValue,
  HUGEINT,
  INTEGER,
  LIST,
  SQLNULL,
  TIMESTAMP,
  VARCHAR,
  type DuckDBType,
  type DuckDBValue,
} from "@duckdb/node-api";
import { InvalidArgumentError } from "../errors.js";

/** What may be bound to a statement's `$1`, `$2` …: a `Date` is a TIMESTAMP, an array (or typed array) a list. */
export type SqlValue =
  | null
  | boolean
  | number
  | bigint
  | string
  | Date
  | Uint8Array
  | readonly (null | boolean | number | bigint | string | Date)[]
  | Float64Array
  | Float32Array
  | Int32Array;

/** @internal */
export interface BoundValue {
  readonly value: DuckDBValue;
  readonly type: DuckDBType;
}

/**
 * @throws InvalidArgumentError for a value that has no SQL counterpart; the message names its place.
 * @internal
 */
export function bindValue(value: unknown, place: string): BoundValue {
  if (value === null) return { value: null, type: SQLNULL };
  switch (typeof value) {
    case "boolean":
      return { value, type: BOOLEAN };
    case "number":
      return { value, type: numberType(value) };
    case "bigint":
      return { value, type: BigInt.asIntN(64, value) === value ? BIGINT : HUGEINT };
    case "string":
      return { value, type: VARCHAR };
    case "object":
      if (value instanceof Date && !Number.isNaN(value.getTime()))
        return { value: new DuckDBTimestampValue(BigInt(value.getTime()) * 1000n), type: TIMESTAMP };
      if (value instanceof Uint8Array) return { value: new DuckDBBlobValue(value), type: BLOB };
      if (Array.isArray(value)) return bindList(value, place);
      if (value instanceof Float64Array || value instanceof Float32Array || value instanceof Int32Array)
        return bindList(Array.from(value), place);
  }
  const shown =
    value instanceof Date
      ? "an invalid Date"
      : typeof value === "object"
        ? "an object"
        : `${typeof value} ${String(value)}`;
  throw new InvalidArgumentError(
    `Cannot bind ${place}: ${shown} has no SQL counterpart\n  accepted: null, boolean, number, bigint, text, Date, Uint8Array and arrays of them`,
  );
}

const numberType = (value: number) =>
  !Number.isInteger(value) || Math.abs(value) >= 2 ** 63 ? DOUBLE : Math.abs(value) < 2 ** 31 ? INTEGER : BIGINT;

function bindList(values: readonly unknown[], place: string): BoundValue {
  const bound = values.map((value, index) => bindValue(value, `${place}[${index}]`));
  const present = bound.filter(({ value }) => value !== null);
  const types = [...new Set(present.map(({ type }) => type))];
  const element = types.length <= 1 ? (types[0] ?? INTEGER) : commonType(types, place);
  const items = bound.map(({ value }) => (element === DOUBLE && typeof value === "bigint" ? Number(value) : value));
  return { value: new DuckDBListValue(items), type: LIST(element) };
}

function commonType(types: readonly DuckDBType[], place: string): DuckDBType {
  const numbers: readonly DuckDBType[] = [INTEGER, BIGINT, HUGEINT, DOUBLE];
  if (types.every((type) => numbers.includes(type)))
    return types.includes(DOUBLE) ? DOUBLE : types.includes(HUGEINT) ? HUGEINT : BIGINT;
  throw new InvalidArgumentError(
    `Cannot bind ${place}: the list mixes ${types.map(String).join(", ")}\n  a list holds values of one kind`,
  );
}
