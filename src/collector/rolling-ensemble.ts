import type { ColumnTable } from "arquero";
import { toArquero } from "../engine/arquero.js";
import { indexKeys, isAscending } from "./key-index.js";
import { takeRows } from "./join-tables.js";
import { joinInputs, keyedTables, type KeyedTable } from "./keyed-tables.js";
import type { MapLike } from "./map-like.js";

/**
 * Rolls tables of successive periods into one: where two have the same (datetime, instrument), the row of the one that
 * starts later stays.
 *
 * Which starts later is decided by the earliest datetime; of tables that start on the same date the first of the map
 * wins, which in a collector's map is the newest run. A missing value counts: a later NaN replaces an earlier number.
 * Columns that a table does not have are missing in its rows; a table without rows changes nothing. The keys of the map
 * are not looked at.
 *
 *     datetime    instrument  score          datetime    instrument  score          datetime    instrument  score
 *     2024-01-02  X            0.1           2024-01-03  X            0.5    ──▶    2024-01-02  X            0.1
 *     2024-01-03  X            0.3                                                  2024-01-03  X            0.5
 *
 * In Qlib: qlib.model.ens.ensemble.RollingEnsemble.
 *
 * @param map Tables or Panels with `datetime` and, all or none of them, `instrument`; rows in any order.
 * @returns One row per (datetime, instrument), ascending.
 * @throws InvalidArgumentError for an empty map, or a value that is no table, naming its key. @throws DataError for a
 * row without datetime or instrument.
 * @example
 * const early = table({ datetime: ["2024-01-02", "2024-01-03"], instrument: ["X", "X"], score: [0.1, 0.3] });
 * const late = table({ datetime: ["2024-01-03"], instrument: ["X"], score: [0.5] });
 * (await rollingEnsemble({ late, early })).array("score") // -> [0.1, 0.5]
 */
export async function rollingEnsemble(map: MapLike): Promise<ColumnTable> {
  const inputs = inOrderOfStart(keyedTables(map, "roll tables into one"));
  const { table, datetimes, ranks, numInstruments } = joinInputs(inputs, "roll tables into one");
  if (isAscending(datetimes, ranks)) return toArquero(keysFirst(table));
  const { lastRowOf } = await indexKeys(datetimes, ranks, numInstruments);
  return toArquero(keysFirst(takeRows(table, lastRowOf)));
}

/** Those that win come last. */
function inOrderOfStart(inputs: readonly KeyedTable[]): KeyedTable[] {
  const started = inputs.map((input) => ({ input, start: startOf(input) }));
  return started
    .reverse()
    .sort((a, b) => a.start - b.start)
    .map(({ input }) => input);
}

/** Earliest datetime; a table without rows may stand anywhere. */
function startOf({ table }: KeyedTable): number {
  const { values } = table.columns.get("datetime") as { values: Float64Array };
  let start = Infinity;
  for (const ms of values) if (ms < start) start = ms;
  return start === Infinity ? 0 : start;
}

function keysFirst<T extends { columns: ReadonlyMap<string, unknown> }>(table: T): T {
  const keys = ["datetime", "instrument"].filter((name) => table.columns.has(name));
  const columns = new Map([...keys.map((name) => [name, table.columns.get(name)] as const), ...table.columns]);
  return { ...table, columns };
}
