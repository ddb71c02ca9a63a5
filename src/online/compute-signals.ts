import type { ColumnTable } from "arquero";
import { rollingEnsemble } from "../collector/rolling-ensemble.js";
import { TupleMap } from "../collector/tuple-map.js";
import { host } from "../host/host.js";
import { Panel } from "../panel/panel.js";
import type { Recorder } from "../tracking/recorder.js";
import { findObject } from "./find-object.js";
import type { RunCache } from "./run-cache.js";

/** Makes one score of several forecasts: a table `datetime, instrument, score` of tables by (strategy, template). */
export type PrepareFunc = (forecasts: TupleMap<ColumnTable>) => ColumnTable | Promise<ColumnTable>;

/**
 * The forecasts of runs as one signal: rolls of one template joined, the one that began later winning, then all templates
 * of all strategies made one by `prepareFunc`.
 *
 * @param runs By strategy. A run without a prediction is left out.
 * @returns Undefined when no run has a prediction.
 */
export async function computeSignals(
  runs: ReadonlyMap<string, readonly Recorder[]>,
  { prepareFunc, cache }: { readonly prepareFunc: PrepareFunc; readonly cache: RunCache },
): Promise<Panel | undefined> {
  const forecasts = new TupleMap<ColumnTable>();
  for (const [strategy, recorders] of runs) {
    const rolls = new Map<number, TupleMap<ColumnTable>>();
    for (const recorder of recorders) {
      await host.breathe();
      const pred = (await findObject(recorder, "pred")) as ColumnTable | undefined;
      if (!pred) continue;
      const { template } = await cache.roll(recorder);
      if (!rolls.has(template)) rolls.set(template, new TupleMap());
      rolls.get(template)!.set(recorder.id, pred);
    }
    for (const [template, tables] of [...rolls].sort(([a], [b]) => a - b))
      forecasts.set([strategy, template], await rollingEnsemble(tables));
  }
  return forecasts.size === 0 ? undefined : Panel.from(await prepareFunc(forecasts)).select(["score"]);
}
