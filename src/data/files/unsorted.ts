import { formatDatetime } from "../../engine/datetime.js";
import { getEngine } from "../../engine/engine.js";
import type { UnsortedFile } from "../bar-source.js";
import { textColumn, type BarFile } from "./bar-file.js";
import { numbers } from "./bar-grid.js";
import { keysOf } from "./read-keys.js";

/** Rows that stand below a later row of the same instrument. They are put in order when read, but seldom stand so on purpose. */
export async function findUnsorted(file: BarFile): Promise<UnsortedFile> {
  const table = await (
    await getEngine()
  ).query(
    `SELECT instrument, datetime, place, count(*) OVER () AS found FROM (
       SELECT *, lag(datetime) OVER (PARTITION BY instrument ORDER BY place) AS before
       FROM (SELECT ${keysOf(file).join(", ")}, row_number() OVER () AS place FROM ${file.scan}))
     WHERE datetime < before ORDER BY place LIMIT 3`,
  );
  const [times, places] = [numbers(table.columns.get("datetime")!), numbers(table.columns.get("place")!)];
  return {
    file: file.file,
    count: table.numRows ? numbers(table.columns.get("found")!)[0]! : 0,
    examples: textColumn(table, "instrument").map(
      (instrument, i) => `${instrument} ${formatDatetime(times[i]!)} (row ${places[i]})`,
    ),
  };
}
