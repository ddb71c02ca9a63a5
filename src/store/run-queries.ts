import type { EngineColumn, EngineTable } from "../engine/columns.js";
import type { SqlValue } from "../engine/engine.js";
import type { RunStatus } from "./events.js";
import { conditionSql, type RunCondition } from "./run-condition.js";
import type { Store } from "./store.js";

/** One run as table `runs` has it; times are epoch ms. */
export interface RunRow {
  readonly id: string;
  readonly name: string;
  readonly experimentId: string;
  readonly experimentName: string;
  readonly status: RunStatus;
  readonly reason: string | null;
  readonly startTime: number | null;
  readonly endTime: number | null;
  /** Number of the last attempt; 0 when it was never started. */
  readonly attempts: number;
  readonly host: string | null;
  readonly pid: number | null;
  readonly deletedAt: number | null;
}

export interface ExperimentRow {
  readonly id: string;
  readonly name: string;
  readonly createdAt: number | null;
  readonly deletedAt: number | null;
  /** Its runs that are not deleted. */
  readonly runs: number;
  /** Start of the newest of them. */
  readonly lastStart: number | null;
}

export interface ArtifactRow {
  readonly name: string;
  readonly kind: string;
  readonly path: string;
  readonly bytes: number;
  readonly sha256: string;
}

export interface LatestValue {
  readonly step: number;
  /** Epoch ms. */
  readonly time: number;
  readonly value: number;
}

/** Which runs; every condition given must hold. Soft-deleted runs only when they are asked for by id or expressly. */
export interface RunFilter {
  readonly ids?: readonly string[];
  readonly experimentId?: string;
  readonly name?: string;
  readonly status?: RunStatus;
  readonly conditions?: readonly RunCondition[];
  readonly includeDeleted?: boolean;
  /** At most so many, the newest first. */
  readonly limit?: number;
}

/** What logged values look like: anything JSON can say. */
export type StoredJson =
  string | number | boolean | null | readonly StoredJson[] | { readonly [key: string]: StoredJson };

/** Runs, newest start first. */
export async function findRuns(store: Store, filter: RunFilter): Promise<RunRow[]> {
  const { where, params } = conditions([
    ["r.run_id IN (SELECT unnest($))", filter.ids],
    ["r.experiment_id = $", filter.experimentId],
    ["r.name = $", filter.name],
    ["r.status = $", filter.status],
  ]);
  const bind = (value: SqlValue) => `$${params.push(value)}`;
  const more = [
    ...(filter.ids || filter.includeDeleted ? [] : ["r.deleted_at IS NULL"]),
    ...(filter.conditions ?? []).map((condition) => conditionSql(condition, bind)),
  ].map((condition, index) => ` ${where || index > 0 ? "AND" : "WHERE"} ${condition}`);
  const limit = filter.limit === undefined ? "" : ` LIMIT ${Math.floor(filter.limit)}`;
  const rows = await ask(
    store,
    `SELECT r.run_id, r.experiment_id, r.experiment, r.name, r.status, r.reason, r.start_time, r.end_time, r.host, r.pid, r.deleted_at, coalesce(a.attempts, 0) AS attempts
     FROM runs r LEFT JOIN (SELECT run_id, max(attempt) AS attempts FROM attempts GROUP BY run_id) a USING (run_id)
     ${where}${more.join("")} ORDER BY r.start_time DESC, r.run_id DESC${limit}`,
    params,
  );
  return rows.map((row) => ({
    id: row.run_id as string,
    name: (row.name as string | null) ?? "",
    experimentId: (row.experiment_id as string | null) ?? "",
    experimentName: (row.experiment as string | null) ?? "",
    status: row.status as RunStatus,
    reason: row.reason as string | null,
    startTime: row.start_time as number | null,
    endTime: row.end_time as number | null,
    attempts: row.attempts as number,
    host: row.host as string | null,
    pid: row.pid as number | null,
    deletedAt: row.deleted_at as number | null,
  }));
}

/** All experiments, soft-deleted ones included, oldest first. */
export async function findExperiments(store: Store): Promise<ExperimentRow[]> {
  const rows = await ask(
    store,
    `SELECT e.experiment_id, e.name, e.created_at, e.deleted_at, coalesce(r.runs, 0) AS runs, r.last_start
     FROM experiments e LEFT JOIN (SELECT experiment_id, count(*) AS runs, max(start_time) AS last_start FROM runs WHERE deleted_at IS NULL GROUP BY experiment_id) r USING (experiment_id)
     ORDER BY e.created_at, e.experiment_id`,
  );
  return rows.map((row) => ({
    id: row.experiment_id as string,
    name: row.name as string,
    createdAt: row.created_at as number | null,
    deletedAt: row.deleted_at as number | null,
    runs: row.runs as number,
    lastStart: row.last_start as number | null,
  }));
}

/** Params of runs, by run and key in the order of their keys. */
export function readParams(store: Store, runIds: readonly string[]): Promise<Map<string, Map<string, StoredJson>>> {
  return readJson(
    store,
    "SELECT run_id, key, value::VARCHAR AS value FROM params WHERE run_id IN (SELECT unnest($1)) ORDER BY run_id, key",
    runIds,
  );
}

/** Tags of runs that are not deleted. */
export function readTags(store: Store, runIds: readonly string[]): Promise<Map<string, Map<string, StoredJson>>> {
  return readJson(
    store,
    "SELECT run_id, key, value::VARCHAR AS value FROM tags WHERE run_id IN (SELECT unnest($1)) AND value IS NOT NULL ORDER BY run_id, key",
    runIds,
  );
}

/**
 * The value that counts of each metric of runs, that of the greatest step, then time, then value; NaN and ±∞ as they were logged.
 */
export async function readLatest(
  store: Store,
  runIds: readonly string[],
): Promise<Map<string, Map<string, LatestValue>>> {
  const rows = await ask(
    store,
    "SELECT run_id, key, step, time, value FROM latest WHERE run_id IN (SELECT unnest($1)) ORDER BY run_id, key",
    [[...runIds]],
  );
  // In `latest` NULL is a NaN that was logged: a metric without a point has no row.
  return byRun(rows, ({ step, time, value }) => ({
    step: step as number,
    time: time as number,
    value: (value as number | null) ?? NaN,
  }));
}

/** All points of a metric as columns `step`, `time`, `value`, by step, then time. */
export function readHistory(store: Store, runId: string, key: string): Promise<EngineTable> {
  const text = "SELECT step, time, value FROM metrics WHERE run_id = $1 AND key = $2 ORDER BY step, time";
  return store.sql(text, [runId, key], { signal: null });
}

/** The state of the code when a run was last started. */
export interface CodeRow {
  readonly commit: string | null;
  readonly branch: string | null;
  readonly dirty: boolean | null;
  readonly notebook: string | null;
  readonly command: string | null;
}

/** Where the code of several runs stood, by run. */
export async function readCode(store: Store, runIds: readonly string[]): Promise<Map<string, CodeRow>> {
  const rows = await ask(
    store,
    `SELECT run_id, git_commit, git_branch, git_dirty, notebook,
      (SELECT max_by(command, attempt) FROM attempts a WHERE a.run_id = r.run_id) AS command
    FROM runs r WHERE run_id IN (SELECT unnest($1))`,
    [[...runIds]],
  );
  return new Map(
    rows.map((row) => [
      row.run_id as string,
      {
        commit: row.git_commit as string | null,
        branch: row.git_branch as string | null,
        dirty: row.git_dirty as boolean | null,
        notebook: row.notebook as string | null,
        command: row.command as string | null,
      },
    ]),
  );
}

/** All points of some metrics of several runs as columns `run_id`, `key`, `step`, `time`, `value`, by run, key, step, then time. */
export function readHistories(store: Store, runIds: readonly string[], keys: readonly string[]): Promise<EngineTable> {
  const text = `SELECT run_id, key, step, time, value FROM metrics
    WHERE run_id IN (SELECT unnest($1)) AND key IN (SELECT unnest($2)) ORDER BY run_id, key, step, time`;
  return store.sql(text, [[...runIds], [...keys]]);
}

/** A metric of a run in short: its newest value, and `buckets` values along its steps. */
export interface MetricSketch {
  readonly step: number;
  readonly value: number;
  readonly min: number;
  readonly max: number;
  readonly points: number;
  /** The last value of each of the equal spans of steps that have one. */
  readonly line: readonly number[];
}

/** Every metric of a run in short, by key; the engine reads the points, few of them come here. */
export async function readSketches(store: Store, runId: string, buckets: number): Promise<Map<string, MetricSketch>> {
  const rows = await ask(
    store,
    `WITH points AS (SELECT key, step, time, value FROM metrics WHERE run_id = $1),
      ends AS (SELECT key, min(step) AS low, max(step) AS high FROM points GROUP BY key),
      cells AS (
        SELECT key, step, time, value,
          CASE WHEN high = low THEN 0 ELSE floor((step - low) * ($2 - 1e-9) / (high - low)) END AS bucket
        FROM points JOIN ends USING (key)),
      spans AS (SELECT key, bucket, arg_max(value, (step, time)) AS value FROM cells GROUP BY key, bucket)
    SELECT key, max(step) AS step, arg_max(value, (step, time)) AS value, min(value) AS low, max(value) AS high,
      count(*) AS points, (SELECT list(s.value ORDER BY s.bucket) FROM spans s WHERE s.key = points.key) AS line
    FROM points GROUP BY key ORDER BY key`,
    [runId, buckets],
  );
  return new Map(
    rows.map((row) => [
      row.key as string,
      {
        step: Number(row.step),
        value: (row.value as number | null) ?? NaN,
        min: (row.low as number | null) ?? NaN,
        max: (row.high as number | null) ?? NaN,
        points: Number(row.points),
        line: (row.line as (number | null)[]).map((value) => value ?? NaN),
      },
    ]),
  );
}

/** Artifacts of these names of several runs, by run and name. */
export async function readArtifactsOf(
  store: Store,
  runIds: readonly string[],
  names: readonly string[],
): Promise<Map<string, Map<string, ArtifactRow>>> {
  const rows = await ask(
    store,
    "SELECT run_id, name AS key, kind, path, bytes, sha256 FROM artifacts WHERE run_id IN (SELECT unnest($1)) AND name IN (SELECT unnest($2))",
    [[...runIds], [...names]],
  );
  return byRun(rows, (row) => ({
    name: row.key as string,
    kind: row.kind as string,
    path: row.path as string,
    bytes: row.bytes as number,
    sha256: (row.sha256 as string | null) ?? "",
  }));
}

/** The artifacts of a run, by name. */
export async function readArtifacts(store: Store, runId: string): Promise<ArtifactRow[]> {
  const rows = await ask(
    store,
    "SELECT name, kind, path, bytes, sha256 FROM artifacts WHERE run_id = $1 ORDER BY name",
    [runId],
  );
  return rows.map((row) => ({
    name: row.name as string,
    kind: row.kind as string,
    path: row.path as string,
    bytes: row.bytes as number,
    sha256: (row.sha256 as string | null) ?? "",
  }));
}

async function readJson(
  store: Store,
  text: string,
  runIds: readonly string[],
): Promise<Map<string, Map<string, StoredJson>>> {
  return byRun(await ask(store, text, [[...runIds]]), ({ value }) => JSON.parse(value as string) as StoredJson);
}

function byRun<T>(rows: readonly Row[], read: (row: Row) => T): Map<string, Map<string, T>> {
  const found = new Map<string, Map<string, T>>();
  for (const row of rows) {
    const run = row.run_id as string;
    let ofRun = found.get(run);
    if (!ofRun) found.set(run, (ofRun = new Map()));
    ofRun.set(row.key as string, read(row));
  }
  return found;
}

type Row = Record<string, unknown>;

/**
 * Rows of an internal question as objects, missing values null, times epoch ms. Not stopped by an interrupted cell: it
 * is book-keeping.
 */
async function ask(store: Store, text: string, params: readonly SqlValue[] = []): Promise<Row[]> {
  const table: EngineTable = await store.sql(text, params, { signal: null });
  const columns = [...table.columns].map(([name, column]) => [name, valueAt(column)] as const);
  return Array.from({ length: table.numRows }, (_, row) =>
    Object.fromEntries(columns.map(([name, at]) => [name, at(row)])),
  );
}

function valueAt(column: EngineColumn): (row: number) => unknown {
  if (column.type === "text") return (row) => column.dictionary[column.codes[row]!] ?? null;
  const { values } = column;
  return (row) => {
    const value = values[row];
    return value === undefined || Number.isNaN(value) ? null : value;
  };
}

/** A WHERE clause of the conditions that have a value; `$` stands for it. */
function conditions(all: readonly (readonly [string, SqlValue | undefined])[]): { where: string; params: SqlValue[] } {
  const params: SqlValue[] = [];
  const parts: string[] = [];
  for (const [text, value] of all) {
    if (value !== undefined) parts.push(text.replace("$", `$${params.push(value)}`));
  }
  return { where: parts.length ? `WHERE ${parts.join(" AND ")}` : "", params };
}
