import type { EngineColumn, EngineTable } from "../engine/columns.js";
import { parseDatetime } from "../engine/datetime.js";
import { DataError, InvalidArgumentError, UnknownNameError } from "../errors.js";
import { findEngineTable } from "../tracking/engine-table-of.js";
import { joinTables } from "./join-tables.js";
import { entriesOf, isMapLike, type MapLike } from "./map-like.js";
import { keyText, type KeyPart } from "./tuple-map.js";

/** One input of an ensemble. */
export interface KeyedTable {
  readonly key: KeyPart;
  readonly table: EngineTable;
}

/** Rows of several inputs, input after input. */
export interface JoinedInputs {
  readonly table: EngineTable;
  readonly datetimes: Float64Array;
  /** Place of each row's instrument in ascending order of the names; undefined where inputs have no instruments. */
  readonly ranks: Int32Array | undefined;
  readonly numInstruments: number;
  /** Input `i` has the rows `starts[i] … starts[i + 1] − 1`. */
  readonly starts: readonly number[];
}

/**
 * The tables of a map, each with a column `datetime`.
 *
 * @throws InvalidArgumentError for an empty map, and for a value that is no table; the message names its key.
 */
export function keyedTables(map: MapLike, action: string): KeyedTable[] {
  if (!isMapLike(map)) throw new InvalidArgumentError(`Cannot ${action}: a map of tables is expected`);
  const entries = entriesOf(map);
  if (entries.length === 0) throw new InvalidArgumentError(`Cannot ${action}: the map is empty`);
  return entries.map(([key, value]) => ({ key, table: withDatetimes(key, value, action) }));
}

/** @throws DataError when a row has no datetime or instrument, or only some of the inputs have instruments. */
export function joinInputs(inputs: readonly KeyedTable[], action: string): JoinedInputs {
  const filled = inputs.filter(({ table }) => table.numRows > 0);
  const named = filled.filter(({ table }) => table.columns.has("instrument"));
  if (named.length > 0 && named.length < filled.length) {
    const without = filled.find(({ table }) => !table.columns.has("instrument"))!;
    throw new DataError(
      `Cannot ${action}: ${keyText(without.key)} has no column "instrument", ${keyText(named[0]!.key)} has one`,
    );
  }
  const starts = [0];
  for (const { table } of inputs) starts.push(starts.at(-1)! + table.numRows);
  const table = joinTables(inputs.map((input) => input.table));
  const keyOf = (row: number) => keyText(inputs[starts.findIndex((start) => start > row) - 1]!.key);
  const datetimes = (table.columns.get("datetime") as { values: Float64Array }).values;
  const lost = table.numRows ? datetimes.findIndex(Number.isNaN) : -1;
  if (lost >= 0) throw new DataError(`Cannot ${action}: a row of ${keyOf(lost)} has no datetime`);
  if (named.length === 0) return { table, datetimes, ranks: undefined, numInstruments: 1, starts };
  const column = table.columns.get("instrument")!;
  if (column.type !== "text") throw new DataError(`Cannot ${action}: column "instrument" holds no text`);
  const order = column.dictionary
    .map((_, code) => code)
    .sort((a, b) => compare(column.dictionary[a]!, column.dictionary[b]!));
  const rankOf = new Int32Array(order.length);
  order.forEach((code, rank) => (rankOf[code] = rank));
  const ranks = new Int32Array(table.numRows);
  for (let row = 0; row < ranks.length; row++) {
    const rank = rankOf[column.codes[row]!];
    if (rank === undefined) throw new DataError(`Cannot ${action}: a row of ${keyOf(row)} has no instrument`);
    ranks[row] = rank;
  }
  return { table, datetimes, ranks, numInstruments: order.length, starts };
}

const compare = (a: string, b: string) => (a < b ? -1 : a > b ? 1 : 0);

function withDatetimes(key: KeyPart, value: unknown, action: string): EngineTable {
  const table = findEngineTable(value);
  if (table === undefined) {
    const shown = value == null ? String(value) : typeof value === "object" ? value.constructor?.name : typeof value;
    throw new InvalidArgumentError(
      `Cannot ${action}: the value of ${keyText(key)} is no table but ${shown}\n  expected: tables with columns datetime, instrument`,
    );
  }
  const column = table.columns.get("datetime");
  if (column === undefined)
    throw new UnknownNameError("column", "datetime", table.columns.keys(), {
      context: `Cannot ${action}: in ${keyText(key)}`,
    });
  if (column.type === "datetime") return table;
  return { ...table, columns: new Map([...table.columns, ["datetime", parsed(column)]]) };
}

/** Datetimes given as text or epoch ms. */
function parsed(column: EngineColumn): EngineColumn {
  if (column.type === "text") {
    const times = column.dictionary.map((text) => parseDatetime(text));
    return { type: "datetime", values: Float64Array.from(column.codes, (code) => times[code] ?? NaN) };
  }
  return {
    type: "datetime",
    values: Float64Array.from(column.values as ArrayLike<number | string>, (value) => parseDatetime(value)),
  };
}
