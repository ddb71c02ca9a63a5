import type { ColumnTable } from "arquero";
import { RecorderCollector } from "../collector/recorder-collector.js";
import { rollingEnsemble } from "../collector/rolling-ensemble.js";
import { TupleMap } from "../collector/tuple-map.js";
import { DataError } from "../errors.js";
import type { Recorder } from "../tracking/recorder.js";

/** What several rolls forecast, as one. */
export interface RolledPredictions {
  readonly pred: ColumnTable;
  /** null when no roll has labels. */
  readonly label: ColumnTable | null;
}

/**
 * Joins the forecasts of runs; where two forecast one row, the one whose test begins later has it. @throws DataError
 * when there are none.
 */
export async function rollPredictions(runs: readonly Recorder[]): Promise<RolledPredictions> {
  const collector = new RecorderCollector({ experiment: () => runs, artifactsPath: { pred: "pred", label: "label" } });
  const collected = await collector.collect();
  const [pred, label] = ["pred", "label"].map((name) => tablesOf(collected.get(name)));
  if (!pred!.size) throw new DataError(`Cannot roll: none of ${runs.length} runs has a prediction`);
  return { pred: await rollingEnsemble(pred!), label: label!.size ? await rollingEnsemble(label!) : null };
}

/** Without the nulls that stand for labels which a handler dropped. */
function tablesOf(found: unknown): TupleMap {
  return new TupleMap(found instanceof TupleMap ? [...found].filter(([, value]) => value !== null) : []);
}
