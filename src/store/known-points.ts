import type { EngineColumn } from "../engine/columns.js";
import type { Store } from "./store.js";

/** One point of a metric. */
export interface MetricPoint {
  readonly key: string;
  readonly step: number;
  /** Epoch ms. */
  readonly time: number;
  readonly value: number;
}

/** Points of runs, by run. */
export async function readPoints(store: Store, runIds: readonly string[]): Promise<Map<string, MetricPoint[]>> {
  const text = "SELECT run_id, key, step, time, value FROM metrics WHERE run_id IN (SELECT unnest($1))";
  const { columns, numRows } = await store.sql(text, [[...runIds]], { signal: null });
  const [runs, keys] = ["run_id", "key"].map((name) => columns.get(name) as Extract<EngineColumn, { type: "text" }>);
  const [steps, times, values] = ["step", "time", "value"].map(
    (name) => (columns.get(name) as Extract<EngineColumn, { type: "float64" }>).values,
  );
  const found = new Map<string, MetricPoint[]>();
  for (let row = 0; row < numRows; row++) {
    const run = runs!.dictionary[runs!.codes[row]!]!;
    const own = found.get(run);
    const point = {
      key: keys!.dictionary[keys!.codes[row]!]!,
      step: steps![row]!,
      time: times![row]!,
      value: values![row]!,
    };
    if (own) own.push(point);
    else found.set(run, [point]);
  }
  return found;
}
