import { table, type ColumnTable } from "arquero";
import type { Panel } from "../panel/panel.js";

/** A table of one row per date: `datetime` (Date at UTC), then `columns`; only the dates for which `keep` says so. */
export function dateTable(
  panel: Panel,
  columns: Readonly<Record<string, Float64Array>>,
  keep?: (d: number) => boolean,
): ColumnTable {
  const kept = Int32Array.from(panel.dates.keys()).filter((d) => !keep || keep(d));
  const all = kept.length === panel.numDates;
  return table({
    datetime: Array.from(kept, (d) => new Date(panel.dates[d]!)),
    ...Object.fromEntries(
      Object.entries(columns).map(([name, values]) => [
        name,
        all ? values : Float64Array.from(kept, (d) => values[d]!),
      ]),
    ),
  });
}
