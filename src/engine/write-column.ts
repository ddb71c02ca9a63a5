import { BOOLEAN, BIGINT, DOUBLE, ENUM, FLOAT, INTEGER, TIMESTAMP, VARCHAR, type DuckDBType } from "@duckdb/node-api";
import duckdb from "@duckdb/node-bindings";
import { InvalidArgumentError } from "../errors.js";
import type { EngineColumn, TextColumn } from "./columns.js";

/** One column as a table function hands it to DuckDB. */
export interface ColumnWriter {
  readonly type: DuckDBType;
  /** What SQL users see, where it differs from `type`. */
  readonly castTo?: "VARCHAR" | "JSON";
  /** Writes rows `first … first + rows − 1` into an output vector. */
  write(vector: duckdb.Vector, first: number, rows: number): void;
}

const TWO_32 = 2 ** 32;
const LARGEST_ENUM = 65_535;

/** @throws InvalidArgumentError when the column holds what its type cannot (an integer column with 1.5). */
export function columnWriter(name: string, column: EngineColumn): ColumnWriter {
  switch (column.type) {
    case "float64":
    case "float32":
      return floatWriter(column.values);
    case "integer":
      return column.values instanceof Int32Array
        ? { type: INTEGER, write: copier(column.values) }
        : bigIntWriter(name, column.values);
    case "datetime":
      return datetimeWriter(column.values);
    case "text":
      return canBeEnum(column)
        ? enumWriter(column)
        : textWriter((row) => column.dictionary[column.codes[row]!] ?? null);
    case "boolean":
      return booleanWriter(column.values);
    case "other":
      return jsonWriter(name, column.values);
  }
}

/** Lists and objects as JSON; spelled out before DuckDB asks, because an error inside its scan cannot be told. */
function jsonWriter(name: string, values: readonly unknown[]): ColumnWriter {
  const spelled = values.map((value, row) => {
    try {
      return value == null
        ? null
        : (JSON.stringify(value, (_, part: unknown) => (typeof part === "bigint" ? String(part) : part)) ?? null);
    } catch (error) {
      throw new InvalidArgumentError(
        `Cannot write column "${name}": row ${row} cannot be written as JSON (${(error as Error).message})`,
        { cause: error },
      );
    }
  });
  return { ...textWriter((row) => spelled[row]!), castTo: "JSON" };
}

function copier(values: Float64Array | Float32Array | Int32Array) {
  const width = values.BYTES_PER_ELEMENT;
  return (vector: duckdb.Vector, first: number, rows: number) =>
    duckdb.copy_data_to_vector(
      vector,
      0,
      values.buffer as ArrayBuffer,
      values.byteOffset + first * width,
      rows * width,
    );
}

/** NaN is written as NULL, ±∞ as it is. */
function floatWriter(values: Float64Array | Float32Array): ColumnWriter {
  const copy = copier(values);
  return {
    type: values instanceof Float64Array ? DOUBLE : FLOAT,
    write(vector, first, rows) {
      copy(vector, first, rows);
      writeMissing(vector, rows, (row) => Number.isNaN(values[first + row]));
    },
  };
}

function bigIntWriter(name: string, values: Float64Array): ColumnWriter {
  for (const value of values) {
    if (!Number.isNaN(value) && !Number.isInteger(value))
      throw new InvalidArgumentError(
        `Cannot write column "${name}": ${value} is no whole number, but the column is of type integer`,
      );
  }
  return { type: BIGINT, write: int64Writer(values, 1) };
}

/** Epoch milliseconds as microseconds. */
function datetimeWriter(values: Float64Array): ColumnWriter {
  return { type: TIMESTAMP, write: int64Writer(values, 1000) };
}

/** Doubles as 64-bit whole numbers, half by half: a BigInt per row would cost ten times as much. */
function int64Writer(values: Float64Array, factor: number) {
  return (vector: duckdb.Vector, first: number, rows: number) => {
    const words = new Int32Array(rows * 2);
    for (let row = 0; row < rows; row++) {
      const whole = Math.round(values[first + row]! * factor);
      if (Number.isNaN(whole)) continue;
      words[row * 2] = whole % TWO_32;
      words[row * 2 + 1] = Math.floor(whole / TWO_32);
    }
    duckdb.copy_data_to_vector(vector, 0, words.buffer, 0, words.byteLength);
    writeMissing(vector, rows, (row) => Number.isNaN(values[first + row]));
  };
}

/** A dictionary that DuckDB can take as an ENUM: then rows are codes and no text is handed over. */
function canBeEnum({ dictionary }: TextColumn): boolean {
  if (dictionary.length === 0 || dictionary.length > LARGEST_ENUM || new Set(dictionary).size < dictionary.length)
    return false;
  return !dictionary.some((text) => /[\0\ud800-\udfff]/u.test(text));
}

function enumWriter({ codes, dictionary }: TextColumn): ColumnWriter {
  const size = dictionary.length;
  return {
    type: ENUM(dictionary),
    castTo: "VARCHAR",
    write(vector, first, rows) {
      const narrow = size < 256 ? new Uint8Array(rows) : new Uint16Array(rows);
      for (let row = 0; row < rows; row++) {
        const code = codes[first + row]!;
        narrow[row] = code >= 0 && code < size ? code : 0;
      }
      duckdb.copy_data_to_vector(vector, 0, narrow.buffer, 0, narrow.byteLength);
      writeMissing(vector, rows, (row) => codes[first + row]! < 0 || codes[first + row]! >= size);
    },
  };
}

function textWriter(textAt: (row: number) => string | null): ColumnWriter {
  return {
    type: VARCHAR,
    write(vector, first, rows) {
      for (let row = 0; row < rows; row++) {
        const text = textAt(first + row);
        if (text !== null) duckdb.vector_assign_string_element_len(vector, row, Buffer.from(text));
      }
      writeMissing(vector, rows, (row) => textAt(first + row) === null);
    },
  };
}

function booleanWriter(values: readonly (boolean | null)[]): ColumnWriter {
  return {
    type: BOOLEAN,
    write(vector, first, rows) {
      const bytes = new Uint8Array(rows);
      for (let row = 0; row < rows; row++) bytes[row] = values[first + row] ? 1 : 0;
      duckdb.copy_data_to_vector(vector, 0, bytes.buffer, 0, rows);
      writeMissing(vector, rows, (row) => values[first + row] === null);
    },
  };
}

function writeMissing(vector: duckdb.Vector, rows: number, isMissing: (row: number) => boolean): void {
  let mask: Uint8Array<ArrayBuffer> | undefined;
  for (let row = 0; row < rows; row++) {
    if (!isMissing(row)) continue;
    mask ??= new Uint8Array(Math.ceil(rows / 64) * 8).fill(255);
    mask[row >> 3]! &= ~(1 << (row & 7));
  }
  if (!mask) return;
  duckdb.vector_ensure_validity_writable(vector);
  duckdb.copy_data_to_vector_validity(vector, 0, mask.buffer, 0, mask.byteLength);
}
