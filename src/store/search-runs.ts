import type { EngineColumn, EngineTable } from "../engine/columns.js";
import type { SqlValue } from "../engine/engine.js";
import { conditionSql, orderSql, type RunCondition, type RunField, type RunOrder } from "./run-condition.js";
import type { StoredJson } from "./run-queries.js";
import type { Store } from "./store.js";

/** Which runs, in which order. */
export interface RunSearch {
  /** Default: all. */
  readonly experimentIds?: readonly string[];
  /** All must hold. */
  readonly conditions: readonly RunCondition[];
  /** `active`: not deleted. */
  readonly view: "active" | "deleted" | "all";
  /** Before the newest start, then the greatest id. */
  readonly orderBy: readonly RunOrder[];
  readonly limit?: number;
}

/** Runs with every value logged to them; `values[row]` of a key belongs to the run of that row. */
export interface FoundRuns {
  /** `run_id`, `experiment_id`, `experiment`, `name`, `status`, `reason`, `start_time`, `end_time`, `deleted_at`. */
  readonly runs: EngineTable;
  /** By key; NaN where a run has none. */
  readonly metrics: ReadonlyMap<string, Float64Array>;
  /** By key; null where a run has none. */
  readonly params: ReadonlyMap<string, readonly (StoredJson | null)[]>;
  readonly tags: ReadonlyMap<string, readonly (StoredJson | null)[]>;
}

/** Runs that fit, each with its metrics, params and tags: four statements, however many runs and keys. */
export async function searchRuns(store: Store, search: RunSearch): Promise<FoundRuns> {
  const params: SqlValue[] = [];
  const bind = (value: SqlValue) => `$${params.push(value)}`;
  const { conditions, experimentIds, view, orderBy, limit } = search;
  const where = [
    ...(view === "all" ? [] : [`r.deleted_at IS ${view === "active" ? "" : "NOT "}NULL`]),
    ...(experimentIds ? [`r.experiment_id IN (SELECT unnest(${bind([...experimentIds])}::VARCHAR[]))`] : []),
    ...conditions.map((condition) => conditionSql(condition, bind)),
  ];
  const order = [...orderBy.map((term) => orderSql(term, bind)), "r.start_time DESC NULLS LAST", "r.run_id DESC"];
  const runs = await store.sql(
    `SELECT r.run_id, r.experiment_id, r.experiment, r.name, r.status, r.reason, r.start_time, r.end_time, r.deleted_at
     FROM runs r ${where.length ? `WHERE ${where.join(" AND ")}` : ""}
     ORDER BY ${order.join(", ")} ${limit === undefined ? "" : `LIMIT ${bind(limit)}`}`,
    params,
  );
  const ids = textsOf(runs.columns.get("run_id"), runs.numRows);
  const ask = (select: string) => (ids.length ? store.sql(`${CHOSEN} ${select}`, [ids]) : EMPTY);
  const [metrics, logged, tags] = await Promise.all([
    ask("SELECT row, key, value FROM latest JOIN chosen USING (run_id)"),
    ask("SELECT row, key, value FROM params JOIN chosen USING (run_id)"),
    ask("SELECT row, key, value FROM tags JOIN chosen USING (run_id)"),
  ]);
  return {
    runs,
    metrics: byKey(metrics, () => new Float64Array(ids.length).fill(NaN), numberAt),
    params: byKey(logged, () => new Array<StoredJson | null>(ids.length).fill(null), jsonAt),
    tags: byKey(tags, () => new Array<StoredJson | null>(ids.length).fill(null), jsonAt),
  };
}

/** Every key that any run has of this kind. */
export async function listKeys(store: Store, of: Exclude<RunField["of"], "attribute">): Promise<string[]> {
  const source = { metric: "latest", param: "params", tag: "tags" }[of];
  const { columns, numRows } = await store.sql(`SELECT DISTINCT key FROM ${source}`, [], { signal: null });
  return textsOf(columns.get("key"), numRows).sort();
}

const CHOSEN = "WITH chosen AS (SELECT unnest($1) AS run_id, generate_subscripts($1, 1) - 1 AS row)";
const EMPTY: EngineTable = { numRows: 0, columns: new Map() };

function textsOf(column: EngineColumn | undefined, numRows: number): string[] {
  if (column?.type !== "text") return [];
  return Array.from({ length: numRows }, (_, row) => column.dictionary[column.codes[row]!]!);
}

/** Tall rows (row, key, value) as one array a key, keys ascending. */
function byKey<T, A extends { [row: number]: T }>(
  { columns, numRows }: EngineTable,
  empty: () => A,
  reader: (value: EngineColumn) => (row: number) => T,
): Map<string, A> {
  const [rows, keys, values] = [columns.get("row"), columns.get("key"), columns.get("value")];
  if (rows?.type !== "integer" || keys?.type !== "text" || !values) return new Map();
  const at = reader(values);
  const arrays: (A | undefined)[] = [];
  for (let i = 0; i < numRows; i++) (arrays[keys.codes[i]!] ??= empty())[rows.values[i]!] = at(i);
  const found = arrays.flatMap((array, code) => (array ? [[keys.dictionary[code]!, array] as const] : []));
  return new Map(found.sort(([a], [b]) => (a < b ? -1 : 1)));
}

function numberAt(column: EngineColumn): (row: number) => number {
  const { values } = column as Extract<EngineColumn, { type: "float64" }>;
  return (row) => values[row]!;
}

/** Each text is parsed once, however many runs have it. */
function jsonAt(column: EngineColumn): (row: number) => StoredJson | null {
  if (column.type !== "text") return () => null;
  const parsed: (StoredJson | undefined)[] = [];
  const { codes, dictionary } = column;
  return (row) => (parsed[codes[row]!] ??= JSON.parse(dictionary[codes[row]!]!) as StoredJson);
}
