import type { ColumnTable } from "arquero";
import { columnValues } from "../engine/arquero.js";
import type { EngineColumn, EngineTable } from "../engine/columns.js";
import { formatDatetime, parseDatetime, type DatetimeInput } from "../engine/datetime.js";
import { DataError, UnknownNameError } from "../errors.js";
import { Panel, type PanelColumn } from "./panel.js";

/** What a panel can be made of: a panel, an arquero table, plain columns, or a table of the engine. */
export type PanelSource = Panel | ColumnTable | Readonly<Record<string, ArrayLike<unknown>>> | EngineTable;

/** Sorts rows into (datetime, instrument) order and checks the keys. */
export function panelFromColumns(source: Exclude<PanelSource, Panel>): Panel {
  const columns = namedColumns(source);
  for (const key of ["datetime", "instrument"]) {
    if (!columns.has(key))
      throw new UnknownNameError("column", key, columns.keys(), { context: "Cannot make a panel" });
  }
  const datetimes = datetimeValues(columns.get("datetime")!);
  const { codes, instruments } = instrumentCodes(columns.get("instrument")!);
  const order = keyOrder(datetimes, codes, instruments.length);
  checkKeys(datetimes, codes, instruments, order);

  const dates: number[] = [];
  const offsets: number[] = [];
  const sortedCodes = new Int32Array(codes.length);
  for (let i = 0; i < codes.length; i++) {
    const row = order ? order[i]! : i;
    if (dates.at(-1) !== datetimes[row]) {
      dates.push(datetimes[row]!);
      offsets.push(i);
    }
    sortedCodes[i] = codes[row]!;
  }
  offsets.push(codes.length);
  const values = new Map<string, PanelColumn>();
  for (const [name, column] of columns) {
    if (name !== "datetime" && name !== "instrument") values.set(name, numbers(name, column, order));
  }
  return new Panel({
    dates: Float64Array.from(dates),
    offsets: Int32Array.from(offsets),
    codes: sortedCodes,
    instruments,
    columns: values,
  });
}

type AnyColumn = EngineColumn | ArrayLike<unknown>;

function namedColumns(source: Exclude<PanelSource, Panel>): Map<string, AnyColumn> {
  if ("columns" in source && source.columns instanceof Map)
    return new Map(source.columns as ReadonlyMap<string, EngineColumn>);
  if ("columnNames" in source && typeof source.columnNames === "function") {
    const table = source as ColumnTable;
    return new Map(table.columnNames().map((name) => [name, columnValues(table, name)]));
  }
  return new Map(Object.entries(source as Record<string, ArrayLike<unknown>>));
}

const isEngineColumn = (column: AnyColumn): column is EngineColumn => "type" in column;
const plain = (column: AnyColumn): ArrayLike<unknown> => {
  if (!isEngineColumn(column)) return column;
  if (column.type !== "text") return column.values;
  const { codes, dictionary } = column;
  return Array.from(codes, (code) => dictionary[code] ?? null);
};

function datetimeValues(column: AnyColumn): Float64Array {
  const values = plain(column);
  if (values instanceof Float64Array) return values;
  const seen = new Map<unknown, number>();
  return Float64Array.from(values as ArrayLike<DatetimeInput>, (value) => {
    if (typeof value !== "string") return parseDatetime(value);
    let ms = seen.get(value);
    if (ms === undefined) seen.set(value, (ms = parseDatetime(value)));
    return ms;
  });
}

/** Codes into a dictionary in ascending order. */
function instrumentCodes(column: AnyColumn): { codes: Int32Array; instruments: string[] } {
  const [rawCodes, rawNames] =
    isEngineColumn(column) && column.type === "text" ? [column.codes, column.dictionary] : encode(plain(column));
  const used = new Uint8Array(rawNames.length);
  for (let row = 0; row < rawCodes.length; row++) {
    if (rawNames[rawCodes[row]!] === undefined)
      throw new DataError(`Cannot make a panel: row ${row} has no instrument`);
    used[rawCodes[row]!] = 1;
  }
  const instruments = rawNames.filter((_, code) => used[code]).sort();
  const rank = new Map(instruments.map((name, code) => [name, code]));
  const recode = Int32Array.from(rawNames, (name) => rank.get(name) ?? -1);
  return { codes: Int32Array.from(rawCodes, (code) => recode[code]!), instruments };
}

function encode(values: ArrayLike<unknown>): [Int32Array, string[]] {
  const codeOf = new Map<unknown, number>();
  const names: string[] = [];
  const codes = Int32Array.from(values, (value) => {
    let code = codeOf.get(value);
    if (code === undefined) {
      if (typeof value !== "string") return -1;
      codeOf.set(value, (code = names.push(value) - 1));
    }
    return code;
  });
  return [codes, names];
}

/** Row numbers in key order, or undefined when the rows are in order already. */
function keyOrder(datetimes: Float64Array, codes: Int32Array, numInstruments: number): Uint32Array | undefined {
  let sorted = true;
  for (let row = 1; row < codes.length && sorted; row++) {
    sorted =
      datetimes[row - 1]! < datetimes[row]! ||
      (datetimes[row - 1] === datetimes[row] && codes[row - 1]! <= codes[row]!);
  }
  if (sorted) return undefined;
  // Two stable counting passes: by instrument, then by date.
  const dates = [...new Set(datetimes)].sort((a, b) => a - b);
  const dateCode = new Map(dates.map((ms, code) => [ms, code]));
  const byInstrument = countingPass(Uint32Array.from(codes.keys()), (row) => codes[row]!, numInstruments);
  return countingPass(byInstrument, (row) => dateCode.get(datetimes[row]!)!, dates.length);
}

function countingPass(rows: Uint32Array, keyOf: (row: number) => number, numKeys: number): Uint32Array {
  const starts = new Uint32Array(numKeys + 1);
  for (const row of rows) starts[keyOf(row) + 1]!++;
  for (let key = 0; key < numKeys; key++) starts[key + 1]! += starts[key]!;
  const sorted = new Uint32Array(rows.length);
  for (const row of rows) sorted[starts[keyOf(row)]!++] = row;
  return sorted;
}

function checkKeys(
  datetimes: Float64Array,
  codes: Int32Array,
  instruments: readonly string[],
  order?: Uint32Array,
): void {
  const doubled: string[] = [];
  let count = 0;
  for (let i = 0; i < codes.length; i++) {
    const [row, before] = order ? [order[i]!, order[i - 1]!] : [i, i - 1];
    if (Number.isNaN(datetimes[row])) throw new DataError(`Cannot make a panel: row ${row} has no datetime`);
    if (i === 0 || datetimes[row] !== datetimes[before] || codes[row] !== codes[before]) continue;
    count++;
    if (doubled.length < 3) doubled.push(`(${formatDatetime(datetimes[row]!)}, ${instruments[codes[row]!]})`);
  }
  if (count)
    throw new DataError(
      `Cannot make a panel: ${count} duplicate ${count === 1 ? "key" : "keys"}, first ${doubled.join(", ")}\n  each (datetime, instrument) may occur once`,
    );
}

function numbers(name: string, column: AnyColumn, order?: Uint32Array): PanelColumn {
  const values = plain(column);
  const Kind = values instanceof Float32Array ? Float32Array : Float64Array;
  if (!order && values instanceof Kind) return values;
  const sorted = new Kind(values.length);
  for (let i = 0; i < values.length; i++) {
    const value = values[order ? order[i]! : i];
    if (value != null && typeof value !== "number" && typeof value !== "bigint" && typeof value !== "boolean") {
      throw new DataError(`Cannot make a panel: column "${name}" holds ${JSON.stringify(value)}, numbers expected`);
    }
    sorted[i] = value == null ? NaN : Number(value);
  }
  return sorted;
}
