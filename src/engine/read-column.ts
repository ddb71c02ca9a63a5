import {
  DuckDBTypeId,
  type DuckDBDataChunk,
  type DuckDBDecimalType,
  type DuckDBEnumType,
  type DuckDBType,
} from "@duckdb/node-api";
import duckdb from "@duckdb/node-bindings";
import { Blocks } from "./blocks.js";
import type { EngineColumn } from "./columns.js";
import { plainValue } from "./plain-value.js";
import { TextDictionary } from "./text-dictionary.js";

/** Collects one column of a result, chunk by chunk, straight from DuckDB's vectors. */
export interface ColumnReader {
  add(chunk: DuckDBDataChunk, index: number, rows: number): void;
  finish(): EngineColumn;
}

const TWO_32 = 2 ** 32;
const DAY_MS = 86_400_000;
/** The longest distance from 1970 a `Date` can hold; DuckDB's infinite datetimes lie beyond it and read as missing. */
const MAX_MS = 8.64e15;

/** The reader that fits a column's type. */
export function columnReader(type: DuckDBType): ColumnReader {
  switch (type.typeId) {
    case DuckDBTypeId.DOUBLE:
      return floats(
        "float64",
        (length) => new Float64Array(length),
        8,
        (data) => new Float64Array(data.buffer, data.byteOffset, data.length / 8),
      );
    case DuckDBTypeId.FLOAT:
      return floats(
        "float32",
        (length) => new Float32Array(length),
        4,
        (data) => new Float32Array(data.buffer, data.byteOffset, data.length / 4),
      );
    case DuckDBTypeId.TINYINT:
      return smallIntegers(1, (view, row) => view.getInt8(row));
    case DuckDBTypeId.UTINYINT:
      return smallIntegers(1, (view, row) => view.getUint8(row));
    case DuckDBTypeId.SMALLINT:
      return smallIntegers(2, (view, row) => view.getInt16(row * 2, true));
    case DuckDBTypeId.USMALLINT:
      return smallIntegers(2, (view, row) => view.getUint16(row * 2, true));
    case DuckDBTypeId.INTEGER:
      return smallIntegers(4, (view, row) => view.getInt32(row * 4, true));
    case DuckDBTypeId.UINTEGER:
      return doubles("integer", 4, (view, row) => view.getUint32(row * 4, true));
    case DuckDBTypeId.BIGINT:
      return doubles("integer", 8, int64);
    case DuckDBTypeId.UBIGINT:
      return doubles(
        "integer",
        8,
        (view, row) => view.getUint32(row * 8 + 4, true) * TWO_32 + view.getUint32(row * 8, true),
      );
    case DuckDBTypeId.HUGEINT:
      return doubles("integer", 16, int128);
    case DuckDBTypeId.UHUGEINT:
      return doubles("integer", 16, (view, row) =>
        Number((view.getBigUint64(row * 16 + 8, true) << 64n) + view.getBigUint64(row * 16, true)),
      );
    case DuckDBTypeId.DECIMAL:
      return decimals(type as DuckDBDecimalType);
    case DuckDBTypeId.DATE:
      return doubles("datetime", 4, (view, row) => finiteMs(view.getInt32(row * 4, true) * DAY_MS));
    case DuckDBTypeId.TIMESTAMP:
    case DuckDBTypeId.TIMESTAMP_TZ:
      return doubles("datetime", 8, (view, row) => milliseconds(view, row, 1000));
    case DuckDBTypeId.TIMESTAMP_S:
      return doubles("datetime", 8, (view, row) => finiteMs(int64(view, row) * 1000));
    case DuckDBTypeId.TIMESTAMP_MS:
      return doubles("datetime", 8, (view, row) => finiteMs(int64(view, row)));
    case DuckDBTypeId.TIMESTAMP_NS:
      return doubles("datetime", 8, (view, row) => milliseconds(view, row, 1_000_000));
    case DuckDBTypeId.VARCHAR:
      return type.alias === "JSON" ? items(parseJson) : texts();
    case DuckDBTypeId.ENUM:
      return enums(type as DuckDBEnumType);
    case DuckDBTypeId.UUID:
    case DuckDBTypeId.TIME:
    case DuckDBTypeId.TIME_TZ:
    case DuckDBTypeId.INTERVAL:
    case DuckDBTypeId.BIT:
      return spelledTexts();
    case DuckDBTypeId.BOOLEAN:
      return booleans();
    default:
      return items(plainValue);
  }
}

const int64 = (view: DataView, row: number) =>
  view.getInt32(row * 8 + 4, true) * TWO_32 + view.getUint32(row * 8, true);
const int128 = (view: DataView, row: number) =>
  Number((view.getBigInt64(row * 16 + 8, true) << 64n) + view.getBigUint64(row * 16, true));
const finiteMs = (ms: number) => (Math.abs(ms) <= MAX_MS ? ms : NaN);
const parseJson = (text: unknown) => (typeof text === "string" ? (JSON.parse(text) as unknown) : null);

/** Whole ticks are exact in a double up to 2^53; beyond it the fraction of a millisecond is noise. */
function milliseconds(view: DataView, row: number, ticksPerMs: number): number {
  const ticks = int64(view, row);
  return finiteMs(Number.isSafeInteger(ticks) ? ticks / ticksPerMs : Math.round(ticks / ticksPerMs));
}

function vectorOf(
  chunk: DuckDBDataChunk,
  index: number,
  rows: number,
  width: number,
): { data: Uint8Array; validity: Uint8Array | null } {
  const vector = duckdb.data_chunk_get_vector(chunk.chunk, index);
  const data = duckdb.vector_get_data(vector, rows * width);
  return { data, validity: duckdb.vector_get_validity(vector, Math.ceil(rows / 64) * 8) as Uint8Array | null };
}

const isValid = (validity: Uint8Array, row: number) => (validity[row >> 3]! & (1 << (row & 7))) !== 0;

function floats<A extends Float64Array | Float32Array>(
  type: "float64" | "float32",
  make: (length: number) => A,
  width: number,
  view: (data: Uint8Array) => A,
): ColumnReader {
  const blocks = new Blocks<A>(make);
  return {
    add(chunk, index, rows) {
      const { data, validity } = vectorOf(chunk, index, rows, width);
      const values = blocks.next(rows);
      values.set(view(data));
      if (validity) for (let row = 0; row < rows; row++) if (!isValid(validity, row)) values[row] = NaN;
    },
    finish: () => ({ type, values: blocks.join() }) as EngineColumn,
  };
}

/** Whole numbers of up to 32 bits: `Int32Array`, or `Float64Array` with NaN once a NULL has come. */
function smallIntegers(width: number, read: (view: DataView, row: number) => number): ColumnReader {
  const blocks = new Blocks((length) => new Int32Array(length));
  const missing: number[] = [];
  return {
    add(chunk, index, rows) {
      const { data, validity } = vectorOf(chunk, index, rows, width);
      const view = new DataView(data.buffer, data.byteOffset, data.byteLength);
      const first = blocks.length;
      const values = blocks.next(rows);
      for (let row = 0; row < rows; row++) values[row] = read(view, row);
      if (validity) for (let row = 0; row < rows; row++) if (!isValid(validity, row)) missing.push(first + row);
    },
    finish() {
      const values = blocks.join();
      if (missing.length === 0) return { type: "integer", values };
      const wide = Float64Array.from(values);
      for (const row of missing) wide[row] = NaN;
      return { type: "integer", values: wide };
    },
  };
}

function doubles(
  type: "integer" | "datetime" | "float64",
  width: number,
  read: (view: DataView, row: number) => number,
): ColumnReader {
  const blocks = new Blocks((length) => new Float64Array(length));
  return {
    add(chunk, index, rows) {
      const { data, validity } = vectorOf(chunk, index, rows, width);
      const view = new DataView(data.buffer, data.byteOffset, data.byteLength);
      const values = blocks.next(rows);
      for (let row = 0; row < rows; row++) values[row] = validity && !isValid(validity, row) ? NaN : read(view, row);
    },
    finish: () => ({ type, values: blocks.join() }),
  };
}

/** DuckDB keeps a decimal as a whole number of 16, 32, 64 or 128 bits, by its number of digits. */
function decimals({ width, scale }: DuckDBDecimalType): ColumnReader {
  const divisor = 10 ** scale;
  const type = scale === 0 ? "integer" : "float64";
  if (width <= 4) return doubles(type, 2, (view, row) => view.getInt16(row * 2, true) / divisor);
  if (width <= 9) return doubles(type, 4, (view, row) => view.getInt32(row * 4, true) / divisor);
  if (width <= 18) return doubles(type, 8, (view, row) => int64(view, row) / divisor);
  return doubles(type, 16, (view, row) => int128(view, row) / divisor);
}

function texts(): ColumnReader {
  const dictionary = new TextDictionary();
  return {
    add(chunk, index, rows) {
      const { data, validity } = vectorOf(chunk, index, rows, 16);
      const entries = new Int32Array(data.buffer, data.byteOffset, rows * 4);
      const vector = chunk.getColumnVector(index);
      dictionary.add(
        entries,
        rows,
        (row) => vector.getItem(row) as string,
        validity ? (row) => isValid(validity, row) : undefined,
      );
    },
    finish: () => dictionary.finish(),
  };
}

function enums({ values }: DuckDBEnumType): ColumnReader {
  const width = values.length < 256 ? 1 : values.length < 65_536 ? 2 : 4;
  const codes = new Blocks((length) => new Int32Array(length));
  return {
    add(chunk, index, rows) {
      const { data, validity } = vectorOf(chunk, index, rows, width);
      const view = new DataView(data.buffer, data.byteOffset, data.byteLength);
      const target = codes.next(rows);
      for (let row = 0; row < rows; row++) {
        if (validity && !isValid(validity, row)) target[row] = -1;
        else
          target[row] =
            width === 1
              ? view.getUint8(row)
              : width === 2
                ? view.getUint16(row * 2, true)
                : view.getUint32(row * 4, true);
      }
    },
    finish: () => ({ type: "text", codes: codes.join(), dictionary: values }),
  };
}

/** Types that are shown as text: UUID, time of day, interval, bits. */
function spelledTexts(): ColumnReader {
  const dictionary = new TextDictionary();
  return {
    add(chunk, index, rows) {
      const vector = chunk.getColumnVector(index);
      const codes = dictionary.nextCodes(rows);
      for (let row = 0; row < rows; row++) {
        const value = vector.getItem(row);
        codes[row] = value === null ? -1 : dictionary.codeOf(String(value));
      }
    },
    finish: () => dictionary.finish(),
  };
}

function booleans(): ColumnReader {
  const values: (boolean | null)[] = [];
  return {
    add(chunk, index, rows) {
      const { data, validity } = vectorOf(chunk, index, rows, 1);
      for (let row = 0; row < rows; row++) values.push(validity && !isValid(validity, row) ? null : data[row] !== 0);
    },
    finish: () => ({ type: "boolean", values }),
  };
}

function items(convert: (value: unknown) => unknown): ColumnReader {
  const values: unknown[] = [];
  return {
    add(chunk, index, rows) {
      const vector = chunk.getColumnVector(index);
      for (let row = 0; row < rows; row++) values.push(convert(vector.getItem(row)));
    },
    finish: () => ({ type: "other", values }),
  };
}
