import { toArquero } from "../engine/arquero.js";
import { readArtifactsOf } from "../store/run-queries.js";
import { searchRuns } from "../store/search-runs.js";
import type { Store } from "../store/store.js";
import type { Recorder } from "./recorder.js";
import { toConditions } from "./search/run-predicate.js";

/** The runs that tried to answer the same question, this one among them. */
export interface FoundTrials {
  /** All of them, equal forecasts once: what the best must be deflated by. */
  readonly count: number;
  /** The metric of those that have it. */
  readonly values: Float64Array;
  /** How many have no such metric. */
  readonly lacking: number;
  /** The id of one run of each, those with a value first. */
  readonly runIds: readonly string[];
}

/** The tag of a run that is a part of another, such as one roll of a rolled prediction: the whole is one trial. */
export const PART_OF_TAG = "part_of";

const SAME = ["label", "data", "universe"] as const;

/**
 * Counts the trials of a run: all runs of the store, whatever their experiment, that are not deleted and forecast the same label
 * of the same data and universe on overlapping test days. {@link SignalRecord} tags runs with what is compared.
 *
 * A run is one trial, however often its forecast was analysed; so are runs whose forecasts are equal, byte for byte.
 *
 * @param metric What is read of each, e.g. `1day.excess_return_with_cost.information_ratio`.
 * @returns Undefined when the run has not been tagged: then nobody can count.
 */
export async function findTrials(recorder: Recorder, metric: string): Promise<FoundTrials | undefined> {
  const own = await recorder.listTags();
  const test = spanOf(own.test);
  if (!test || SAME.some((key) => own[key] === undefined)) return undefined;
  const conditions = toConditions({ tags: Object.fromEntries(SAME.map((key) => [key, String(own[key])])) });
  const { runs, tags, metrics } = await searchRuns(recorder.store, { conditions, view: "active", orderBy: [] });
  const ids = toArquero(runs).array("run_id") as readonly string[];
  const tests = tags.get("test") ?? [];
  const partOf = tags.get(PART_OF_TAG) ?? [];
  const values = metrics.get(metric);
  const overlapping = Array.from({ length: runs.numRows }, (_, row) => row).filter((row) => {
    const span = spanOf(tests[row]);
    if (partOf[row] != null && ids[row] !== recorder.id) return false;
    return span !== undefined && span[0] <= test[1] && test[0] <= span[1];
  });
  const hasValue = (row: number) => values !== undefined && !Number.isNaN(values[row]!);
  const preferred = (row: number) => (ids[row] === recorder.id ? 2 : hasValue(row) ? 1 : 0);
  const forecast = await forecastOf(recorder.store, ids);
  const byForecast = new Map<string, number>();
  for (const row of overlapping) {
    const other = byForecast.get(forecast(row));
    if (other === undefined || preferred(row) > preferred(other)) byForecast.set(forecast(row), row);
  }
  const trials = [...byForecast.values()];
  const known = trials.filter(hasValue);
  const unknown = trials.filter((row) => !hasValue(row));
  return {
    count: trials.length,
    values: Float64Array.from(known, (row) => values![row]!),
    lacking: unknown.length,
    runIds: [...known, ...unknown].map((row) => ids[row]!),
  };
}

/** What tells forecasts apart: their bytes, or the run where it has none any more. */
async function forecastOf(store: Store, ids: readonly string[]): Promise<(row: number) => string> {
  const artifacts = await readArtifactsOf(store, ids, ["pred"]);
  return (row) => artifacts.get(ids[row]!)?.get("pred")?.sha256 || ids[row]!;
}

/** `2015-01-05/2016-12-30` as its two ends; days compare as text. */
function spanOf(text: unknown): [string, string] | undefined {
  const ends = typeof text === "string" ? text.split("/") : [];
  return ends.length === 2 && ends[0] && ends[1] ? [ends[0], ends[1]] : undefined;
}
