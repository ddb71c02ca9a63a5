import { table, type ColumnTable } from "arquero";
import { calcIc } from "../analysis/ic.js";
import { joinPredLabel } from "../analysis/join-pred-label.js";
import { columnValues } from "../engine/arquero.js";
import type { TradingCalendar } from "../calendar/trading-calendar.js";
import { parseDatetime } from "../engine/datetime.js";
import { host } from "../host/host.js";
import { findObject } from "./find-object.js";
import { LabelUpdater } from "./label-updater.js";
import type { RunCache } from "./run-cache.js";
import type { Recorder } from "../tracking/recorder.js";

/**
 * How forecasts wear out: the mean IC of models by the trading days since their test began, 0 being its first day.
 *
 * @returns `age, ic, models`: the mean over models that have an IC at that age, and how many do. Days whose label is not
 * known yet do not count.
 */
export async function icByAge(
  runs: readonly Recorder[],
  { calendar, cache, day }: { readonly calendar: TradingCalendar; readonly cache: RunCache; readonly day: string },
): Promise<ColumnTable> {
  const sums = new Map<number, { sum: number; models: number }>();
  const progress = host.progress("IC by age of model", runs.length);
  try {
    for (const [i, run] of runs.entries()) {
      await host.breathe();
      progress.update(i);
      const pred = (await findObject(run, "pred")) as ColumnTable | undefined;
      if (!pred || pred.numRows() === 0 || (await findObject(run, "label")) == null) continue;
      const fromDate = new Date(Math.min(...Array.from(columnValues(pred, "datetime") as ArrayLike<Date>, Number)));
      const market = await cache.market(run, day);
      const updated = await new LabelUpdater(run, { market, fromDate }).update({ write: false });
      const label = updated.table ?? ((await run.loadObject("label")) as ColumnTable);
      const ics = calcIc(joinPredLabel(pred, label));
      const { start } = await cache.roll(run);
      const [days, values] = [columnValues(ics, "datetime"), columnValues(ics, "ic")] as [
        ArrayLike<Date>,
        ArrayLike<number>,
      ];
      for (let row = 0; row < days.length; row++) {
        if (Number.isNaN(values[row])) continue;
        const age = calendar.calInterval(parseDatetime(days[row]!), start);
        const at = sums.get(age) ?? { sum: 0, models: 0 };
        sums.set(age, { sum: at.sum + values[row]!, models: at.models + 1 });
      }
    }
  } finally {
    progress.end();
  }
  const rows = [...sums].sort(([a], [b]) => a - b);
  return table({
    age: rows.map(([age]) => age),
    ic: Float64Array.from(rows, ([, { sum, models }]) => sum / models),
    models: rows.map(([, { models }]) => models),
  });
}
