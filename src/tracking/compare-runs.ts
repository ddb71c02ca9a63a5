import { table, type ColumnTable } from "arquero";
import { refuseUnknownOptions } from "../engine/refuse-unknown-options.js";
import { InvalidArgumentError } from "../errors.js";
import { VIEW, type View } from "../panel/view.js";
import { compareCode, type CodeDifference } from "./compare-code.js";
import { canonicalText, type JsonValue } from "./logged-value.js";
import { R } from "./r.js";
import type { Recorder } from "./recorder.js";
import { labelsOf } from "./run-labels.js";

export interface CompareOptions {
  /** Which way a metric is better, where that is known; of the others the highest and the lowest are marked. */
  readonly better?: Readonly<Record<string, "higher" | "lower">>;
}

/** A param that the runs do not have in common; undefined where a run has none. In the order of the runs. */
export interface ParamDifference {
  readonly param: string;
  readonly values: readonly (JsonValue | undefined)[];
}

/** A metric of the runs; `highest`, `lowest`, `best` are places in `values`, none when all that have it are equal. */
export interface MetricRow {
  readonly metric: string;
  /** NaN where a run has none. */
  readonly values: readonly number[];
  readonly highest: readonly number[];
  readonly lowest: readonly number[];
  /** Only where it is known which way is better. */
  readonly best: readonly number[] | undefined;
}

/**
 * Runs side by side: the params they do not have in common, all metrics with the best marked, and what changed in the
 * code since the first of them: commit, uncommitted changes, cells.
 *
 *     await compareRuns([monday, tuesday], { better: { IC: "higher", loss: "lower" } })
 *
 * As the last value of a cell it shows as a table with a column for each run.
 *
 * @param runs Two or more runs, as recorders or ids, of whichever experiments.
 * @throws InvalidArgumentError for fewer than two runs, or one given twice. @throws RecorderNotFoundError
 */
export async function compareRuns(
  runs: readonly (Recorder | string)[],
  options: CompareOptions = {},
): Promise<RunComparison> {
  refuseUnknownOptions("Cannot compare runs", options, ["better"]);
  const { better = {} } = options;
  if (!Array.isArray(runs))
    throw new InvalidArgumentError(
      "Cannot compare runs: a list of two or more is expected\n  expected: compareRuns([first, second])",
    );
  if (runs.length < 2) throw new InvalidArgumentError(`Cannot compare ${runs.length} runs: two or more are expected`);
  const recorders: Recorder[] = [];
  for (const run of runs) recorders.push(typeof run === "string" ? await R.getRecorder({ recorderId: run }) : run);
  const twice = recorders.find(({ id }, i) => recorders.findIndex((other) => other.id === id) < i);
  if (twice) throw new InvalidArgumentError(`Cannot compare runs: "${twice.name}" (${twice.id}) is given twice`);
  const params = await Promise.all(recorders.map((recorder) => recorder.listParams()));
  const metrics = await Promise.all(recorders.map((recorder) => recorder.listMetrics()));
  const [first, ...others] = await Promise.all(recorders.map((recorder) => recorder.source()));
  return new RunComparison(
    recorders,
    keysOf(params)
      .map((param) => ({ param, values: params.map((ofRun) => own(ofRun, param)) }))
      .filter(({ values }) => new Set(values.map(comparable)).size > 1),
    keysOf(metrics).map((metric) =>
      rowOf(
        metric,
        metrics.map((ofRun) => own(ofRun, metric) ?? NaN),
        better[metric],
      ),
    ),
    others.map((source, i) => ({
      from: 0,
      to: i + 1,
      commits: [first!.commit, source.commit],
      changes: compareCode(first!, source),
    })),
  );
}

/** What {@link compareRuns} found. */
export class RunComparison {
  readonly runs: readonly Recorder[];
  /** The runs' names, with the end of the id where two have one name. */
  readonly labels: readonly string[];
  /** Params that differ, by name. */
  readonly params: readonly ParamDifference[];
  /** All metrics, by name. */
  readonly metrics: readonly MetricRow[];
  /** The code of each run after the first against that of the first. */
  readonly code: readonly CodeDifference[];

  constructor(
    runs: readonly Recorder[],
    params: readonly ParamDifference[],
    metrics: readonly MetricRow[],
    code: readonly CodeDifference[],
  ) {
    this.runs = runs;
    this.labels = labelsOf(runs, OTHER_COLUMNS);
    this.params = params;
    this.metrics = metrics;
    this.code = code;
  }

  /** Metrics as a table: `metric`, a column for each run, then `highest` and `lowest` (labels; null when all are equal). */
  toTable(): ColumnTable {
    const { metrics, labels } = this;
    const named = (places: readonly number[]) =>
      places.length ? places.map((place) => labels[place]!).join(", ") : null;
    return table([
      ["metric", metrics.map(({ metric }) => metric)],
      ...labels.map(
        (label, run) => [label, Float64Array.from(metrics, ({ values }) => values[run]!)] as [string, Float64Array],
      ),
      ["highest", metrics.map(({ highest }) => named(highest))],
      ["lowest", metrics.map(({ lowest }) => named(lowest))],
    ] as [string, unknown[]][]);
  }

  [VIEW](): View {
    const { metrics, params, labels } = this;
    const row = (kind: string, name: string, cells: readonly (string | undefined)[]) => ({
      kind,
      name,
      ...Object.fromEntries(labels.map((label, run) => [label, cells[run]])),
    });
    const rows = [
      ...metrics.map((each) =>
        row(
          "metric",
          each.metric,
          each.values.map((value, run) => cellOf(each, value, run)),
        ),
      ),
      ...params.map(({ param, values }) =>
        row(
          "param",
          param,
          values.map((value) => (value === undefined ? undefined : shown(value))),
        ),
      ),
    ];
    const marks = metrics.some(({ best }) => best) ? "★ best, ▲ highest, ▼ lowest" : "▲ highest, ▼ lowest";
    return {
      kind: "comparison",
      title: `${labels.length} runs compared`,
      table: rows,
      texts: this.code.flatMap(({ from, to, changes }) =>
        changes.map(({ what, diff }) => ({
          title: `${labels[from]} → ${labels[to]}: ${what}`,
          text: diff,
          diff: true,
        })),
      ),
      notes: [
        ...(metrics.length ? [marks] : []),
        params.length ? "Of the params only those that differ" : "All params are the same",
        ...codeNotes(this.code, labels),
      ],
      ref: this,
    };
  }

  toString(): string {
    return `RunComparison(${this.labels.join(", ")})`;
  }

  [Symbol.for("nodejs.util.inspect.custom")](): string {
    return this.toString();
  }
}

function codeNotes(code: readonly CodeDifference[], labels: readonly string[]): string[] {
  const commits = code
    .filter(({ commits: [a, b] }) => a !== b)
    .map(({ from, to, commits: [a, b] }) =>
      a !== undefined && b !== undefined
        ? `${labels[from]} → ${labels[to]}: another commit; git diff ${a.slice(0, 10)} ${b.slice(0, 10)} shows it`
        : `${labels[from]} → ${labels[to]}: commit ${a?.slice(0, 10) ?? "unknown"} → ${b?.slice(0, 10) ?? "unknown"}`,
    );
  const isSame = commits.length === 0 && code.every(({ changes }) => changes.length === 0);
  return isSame ? ["The recorded code is the same"] : commits;
}

function rowOf(metric: string, values: readonly number[], better: "higher" | "lower" | undefined): MetricRow {
  const present = values.filter((value) => !Number.isNaN(value));
  const [most, least] = [Math.max(...present), Math.min(...present)];
  const placesOf = (wanted: number) =>
    present.length > 1 && most > least ? values.flatMap((value, run) => (value === wanted ? [run] : [])) : [];
  const [highest, lowest] = [placesOf(most), placesOf(least)];
  const best = better === undefined ? undefined : better === "higher" ? highest : lowest;
  return { metric, values, highest, lowest, best };
}

function cellOf({ best, highest, lowest }: MetricRow, value: number, run: number): string | undefined {
  if (Number.isNaN(value)) return undefined;
  const text = String(Number(value.toPrecision(6)));
  if (best) return best.includes(run) ? `${text} ★` : text;
  return highest.includes(run) ? `${text} ▲` : lowest.includes(run) ? `${text} ▼` : text;
}

/** Columns beside those of the runs. */
const OTHER_COLUMNS = ["kind", "name", "metric", "highest", "lowest"];

function keysOf(records: readonly Readonly<Record<string, unknown>>[]): string[] {
  return [...new Set(records.flatMap((record) => Object.keys(record)))].sort();
}

/** A key such as `constructor` is only there when it was logged. */
function own<T>(record: Readonly<Record<string, T>>, key: string): T | undefined {
  return Object.hasOwn(record, key) ? record[key] : undefined;
}

const comparable = (value: JsonValue | undefined) => (value === undefined ? undefined : canonicalText(value));
const shown = (value: JsonValue) => (typeof value === "string" ? value : JSON.stringify(value));
