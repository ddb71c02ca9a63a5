import { VIEW, type View } from "../panel/view.js";
import type { ExperimentRow } from "../store/run-queries.js";
import type { Experiment } from "./experiment.js";
import { loadHistory, type MetricHistory } from "./metric-history.js";
import type { Recorder } from "./recorder.js";

/** More metrics or params than this are not shown as columns; the objects have them all. */
const SHOWN_KEYS = 8;

/** Recorders, newest start first: an array that shows as a table with their metrics and params. */
export class RecorderList extends Array<Recorder> {
  /** `map` and `filter` give plain arrays. */
  static override get [Symbol.species](): ArrayConstructor {
    return Array;
  }

  static containing(recorders: Iterable<Recorder>): RecorderList {
    const list = new RecorderList();
    for (const recorder of recorders) list.push(recorder);
    return list;
  }

  /** All points of one or more metrics of these runs; see `R.metricHistory`. */
  history(keys: string | readonly string[]): Promise<MetricHistory> {
    return loadHistory([...this], typeof keys === "string" ? [keys] : keys);
  }

  [VIEW](): View {
    const metrics = mostUsed(this.map((recorder) => Object.keys(recorder.metrics)));
    const params = mostUsed(this.map((recorder) => Object.keys(recorder.params)));
    const someDeleted = this.some(({ deletedAt }) => deletedAt !== undefined);
    const rows = Array.from(this, (recorder) => ({
      name: recorder.name,
      status: recorder.status,
      ...(someDeleted && { deleted: recorder.deletedAt }),
      started: recorder.startTime,
      seconds: seconds(recorder),
      ...pick("m.", metrics.shown, recorder.metrics),
      ...pick("p.", params.shown, recorder.params),
      id: recorder.id,
    }));
    const hidden = metrics.hidden + params.hidden;
    const notes = hidden ? [`${hidden} more metrics and params are not shown; table runs_wide has all`] : [];
    return { kind: "runs", title: `${this.length} run${this.length === 1 ? "" : "s"}`, table: rows, notes };
  }
}

/** Experiments, oldest first: an array that shows as a table. */
export class ExperimentList extends Array<Experiment> {
  #rows: readonly ExperimentRow[] = [];

  static override get [Symbol.species](): ArrayConstructor {
    return Array;
  }

  static containing(items: Iterable<{ experiment: Experiment; row: ExperimentRow }>): ExperimentList {
    const list = new ExperimentList();
    const all = [...items];
    for (const { experiment } of all) list.push(experiment);
    list.#rows = all.map(({ row }) => row);
    return list;
  }

  [VIEW](): View {
    const someDeleted = this.#rows.some(({ deletedAt }) => deletedAt !== null);
    const rows = this.#rows.map(({ id, name, runs, createdAt, lastStart, deletedAt }) => ({
      name,
      ...(someDeleted && { deleted: toDate(deletedAt) }),
      runs,
      created: toDate(createdAt),
      "last start": toDate(lastStart),
      id,
    }));
    return { kind: "experiments", title: `${this.length} experiment${this.length === 1 ? "" : "s"}`, table: rows };
  }
}

function seconds({ startTime, endTime }: Recorder): number | undefined {
  return startTime && endTime ? (endTime.getTime() - startTime.getTime()) / 1000 : undefined;
}

function toDate(ms: number | null): Date | undefined {
  return ms === null ? undefined : new Date(ms);
}

/** The keys that most runs have. */
function mostUsed(keys: readonly (readonly string[])[]): { shown: string[]; hidden: number } {
  const uses = new Map<string, number>();
  for (const key of keys.flat()) uses.set(key, (uses.get(key) ?? 0) + 1);
  const ranked = [...uses].sort(([, a], [, b]) => b - a).map(([key]) => key);
  return { shown: ranked.slice(0, SHOWN_KEYS), hidden: Math.max(0, ranked.length - SHOWN_KEYS) };
}

function pick(
  prefix: string,
  keys: readonly string[],
  values: Readonly<Record<string, unknown>>,
): Record<string, unknown> {
  return Object.fromEntries(
    keys.map((key) => [prefix + key, typeof values[key] === "object" ? JSON.stringify(values[key]) : values[key]]),
  );
}
