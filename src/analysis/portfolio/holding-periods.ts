import { table, type ColumnTable } from "arquero";
import { Panel } from "../../panel/panel.js";
import type { PanelSource } from "../../panel/panel-from.js";
import { refuseUnknownOptions } from "../../engine/refuse-unknown-options.js";

/**
 * How long names are held: every stretch of dates in a row on which an instrument has a weight other than 0.
 *
 * A step is a date of the positions. A stretch that begins on the first date or lasts to the last one was cut off by the data: `complete` is 0.
 *
 * @param positions One row per (datetime, instrument) that is held.
 * @returns `instrument, start, end` (first and last date held)`, steps, complete`, in order of start, then instrument.
 * @throws UnknownNameError when the column `weight` (or the one named) is not there.
 * @example
 * holdingPeriods({ datetime: ["2020-01-02", "2020-01-03"], instrument: ["A", "A"], weight: [1, 1] }).get("steps", 0) // -> 2
 */
export function holdingPeriods(positions: PanelSource, options: { readonly weight?: string } = {}): ColumnTable {
  refuseUnknownOptions("Cannot find holding periods", options, ["weight"]);
  const { weight = "weight" } = options;
  const panel = Panel.from(positions);
  const weights = panel.get(weight);
  const since = new Int32Array(panel.instruments.length).fill(-1);
  const found: { code: number; from: number; to: number }[] = [];
  for (let d = 0; d <= panel.numDates; d++) {
    const held = new Set<number>();
    if (d < panel.numDates) {
      const [from, to] = panel.rowsOf(d);
      for (let row = from; row < to; row++)
        if (weights[row] !== 0 && !Number.isNaN(weights[row]!)) held.add(panel.codes[row]!);
    }
    for (let code = 0; code < since.length; code++) {
      if (since[code]! >= 0 && !held.has(code)) {
        found.push({ code, from: since[code]!, to: d - 1 });
        since[code] = -1;
      } else if (since[code]! < 0 && held.has(code)) since[code] = d;
    }
  }
  found.sort((a, b) => a.from - b.from || a.code - b.code);
  return table({
    instrument: found.map(({ code }) => panel.instruments[code]!),
    start: found.map(({ from }) => new Date(panel.dates[from]!)),
    end: found.map(({ to }) => new Date(panel.dates[to]!)),
    steps: found.map(({ from, to }) => to - from + 1),
    complete: found.map(({ from, to }) => (from > 0 && to < panel.numDates - 1 ? 1 : 0)),
  });
}
