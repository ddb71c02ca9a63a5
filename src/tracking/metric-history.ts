import type { ColumnTable } from "arquero";
import { table } from "arquero";
import { toArquero } from "../engine/arquero.js";
import { InvalidArgumentError, UnknownNameError } from "../errors.js";
import { VIEW, type View } from "../panel/view.js";
import { readHistories, readLatest } from "../store/run-queries.js";
import { labelsOf } from "./run-labels.js";
import type { Recorder } from "./recorder.js";

/**
 * Reads all points of some metrics of several runs.
 *
 * @throws UnknownNameError for a metric that none of the runs has.
 * @throws InvalidArgumentError without a run or a metric, or for runs of different stores.
 */
export async function loadHistory(runs: readonly Recorder[], keys: readonly string[]): Promise<MetricHistory> {
  const [first] = runs;
  if (first === undefined || keys.length === 0)
    throw new InvalidArgumentError(
      `Cannot read the history of metrics: ${first ? "no metric is named" : "there are no runs"}\n  expected: R.metricHistory(runs, "loss")`,
    );
  const { store } = first;
  if (runs.some((run) => run.store !== store))
    throw new InvalidArgumentError("Cannot read the history of metrics: the runs are of different stores");
  const unique = [...new Map(runs.map((run) => [run.id, run])).values()];
  const ids = unique.map(({ id }) => id);
  const rows = toArquero(await readHistories(store, ids, keys));
  const there = new Set(rows.array("key") as ArrayLike<string> & Iterable<string>);
  const missing = keys.find((key) => !there.has(key));
  if (missing !== undefined) {
    const known = [...(await readLatest(store, ids)).values()].flatMap((latest) => [...latest.keys()]);
    throw new UnknownNameError("metric", missing, [...new Set(known)].sort(), {
      context: "Cannot read the history of metrics",
    });
  }
  return new MetricHistory(unique, [...new Set(keys)], rows);
}

/** All points of some metrics of several runs; see `R.metricHistory`. */
export class MetricHistory {
  readonly runs: readonly Recorder[];
  /** The runs' names, with the end of the id where two have one name. */
  readonly labels: readonly string[];
  readonly keys: readonly string[];
  readonly #table: ColumnTable;

  constructor(runs: readonly Recorder[], keys: readonly string[], rows: ColumnTable) {
    this.runs = runs;
    this.keys = keys;
    this.labels = labelsOf(runs);
    const label = new Map(runs.map(({ id }, i) => [id, this.labels[i]!]));
    const began = new Map(runs.map(({ id, startTime }) => [id, startTime?.getTime() ?? NaN]));
    const [ids, times] = [rows.array("run_id") as ArrayLike<string>, rows.array("time") as ArrayLike<Date>];
    this.#table = table({
      run: Array.from(ids, (id) => label.get(id)!),
      run_id: ids,
      metric: rows.array("key"),
      step: rows.array("step"),
      time: times,
      seconds: Float64Array.from(times, (time, i) => (Number(time) - began.get(ids[i]!)!) / 1000),
      value: rows.array("value"),
    });
  }

  /**
   * A row for each point: `run` (its label), `run_id`, `metric`, `step`, `time` (Date), `seconds` since the run began,
   * `value` (NaN and ±Infinity as they were logged); by run, metric, step, then time.
   */
  toTable(): ColumnTable {
    return this.#table;
  }

  [VIEW](): View {
    const { keys, runs } = this;
    return {
      kind: "metric-history",
      title: `${keys.join(", ")} of ${runs.length} run${runs.length === 1 ? "" : "s"}`,
      table: this.#table,
      ref: this,
    };
  }

  toString(): string {
    return `MetricHistory(${this.keys.join(", ")} of ${this.labels.join(", ")}: ${this.#table.numRows()} points)`;
  }

  [Symbol.for("nodejs.util.inspect.custom")](): string {
    return this.toString();
  }
}
