import { inspect } from "node:util";
import type { ColumnTable } from "arquero";
import { toArquero } from "../../engine/arquero.js";
import type { EngineColumn, EngineTable } from "../../engine/columns.js";
import { InvalidArgumentError, UnknownNameError, nearest } from "../../errors.js";
import { host } from "../../host/host.js";
import type { RunCondition, RunField } from "../../store/run-condition.js";
import type { StoredJson } from "../../store/run-queries.js";
import { listKeys, searchRuns, type FoundRuns } from "../../store/search-runs.js";
import { checkOptions } from "../check-options.js";
import type { LiveObjects } from "../live-objects.js";
import { parseFilter } from "./parse-filter.js";
import { parseOrder } from "./parse-order.js";
import { toConditions, type RunPredicate } from "./run-predicate.js";

/** Which runs to search, and how to order them. */
export interface SearchOptions {
  /** Default: all experiments. */
  readonly experimentIds?: readonly string[];
  readonly experimentNames?: readonly string[];
  /** Clauses joined by `and`: `metrics.IC > 0.03 and params.model = 'ridge'`. */
  readonly filter?: string;
  /** The same as data, and more: lists, missing values. Both `filter` and `where` must hold. */
  readonly where?: RunPredicate;
  /** `active` (not deleted, the default), `deleted`, or `all`. */
  readonly view?: "active" | "deleted" | "all";
  /** At most so many, the first of the order; default all. */
  readonly limit?: number;
  /** `"metrics.IC DESC"`, `"params.alpha"` …; what is missing comes last. Then, and by default, the newest start. */
  readonly orderBy?: string | readonly string[];
}

const OPTIONS = ["experimentIds", "experimentNames", "filter", "where", "view", "limit", "orderBy"];
const VIEWS = ["active", "deleted", "all"] as const;

/** What `R.searchRecords` does, in one store. */
export async function searchRecords(live: LiveObjects, options: SearchOptions): Promise<ColumnTable> {
  checkOptions("Cannot search runs", options, OPTIONS);
  for (const name of ["experimentIds", "experimentNames"] as const)
    if (options[name] !== undefined && !Array.isArray(options[name]))
      throw new InvalidArgumentError(
        `Cannot search runs: ${name} is ${inspect(options[name], { depth: 0 })}, a list is expected\n  expected: { ${name}: ["…"] }`,
      );
  const { view = "active", limit, filter = "", where = {}, orderBy = [] } = options;
  if (!VIEWS.includes(view)) throw new UnknownNameError("view", String(view), VIEWS, { context: "Cannot search runs" });
  if (limit !== undefined && !(Number.isSafeInteger(limit) && limit >= 0))
    throw new InvalidArgumentError(`Cannot search runs: limit ${String(limit)} is no whole number of at least 0`);
  const conditions = [...parseFilter(filter), ...toConditions(where)];
  const order = (typeof orderBy === "string" ? [orderBy] : orderBy).map(parseOrder);
  const experimentIds = await idsOf(live, options);
  const found = await searchRuns(live.store, {
    conditions,
    view,
    orderBy: order,
    ...(experimentIds && { experimentIds }),
    ...(limit !== undefined && { limit }),
  });
  if (found.runs.numRows === 0) await tellUnknownKeys(live, conditions);
  return toTable(found, view);
}

/** @throws ExpNotFoundError for an experiment that does not exist. */
async function idsOf(
  live: LiveObjects,
  { experimentIds, experimentNames, view = "active" }: SearchOptions,
): Promise<string[] | undefined> {
  if (experimentIds === undefined && experimentNames === undefined) return undefined;
  const includeDeleted = view !== "active";
  const all = await live.listExperiments({ includeDeleted });
  const ids: string[] = [];
  for (const wanted of [
    ...(experimentIds ?? []).map((id) => ({ id })),
    ...(experimentNames ?? []).map((name) => ({ name })),
  ]) {
    const fitting = all.filter(({ row }) => ("id" in wanted ? row.id === wanted.id : row.name === wanted.name));
    if (fitting.length === 0) await live.getExperiment(wanted, { includeDeleted });
    ids.push(...fitting.map(({ row }) => row.id));
  }
  return ids;
}

function toTable({ runs, metrics, params, tags }: FoundRuns, view: string): ColumnTable {
  const columns = new Map<string, EngineColumn>(runs.columns);
  if (view === "active") columns.delete("deleted_at");
  for (const [key, values] of metrics) columns.set(`metrics.${key}`, { type: "float64", values });
  for (const [key, values] of params) columns.set(`params.${key}`, jsonColumn(values));
  for (const [key, values] of tags) columns.set(`tags.${key}`, jsonColumn(values));
  const table: EngineTable = { numRows: runs.numRows, columns };
  return toArquero(table);
}

/** Numbers that every run has as a typed array; else the values as they were logged, null where missing. */
function jsonColumn(values: readonly (StoredJson | null)[]): EngineColumn {
  return values.every((value) => typeof value === "number")
    ? { type: "float64", values: Float64Array.from(values) }
    : { type: "other", values };
}

/** Nothing was found: that may be because of a key that no run has. */
async function tellUnknownKeys(live: LiveObjects, conditions: readonly RunCondition[]): Promise<void> {
  const asked = new Map<string, RunField>();
  for (const { field } of conditions) if (field.of !== "attribute") asked.set(`${field.of} ${field.key}`, field);
  for (const { of, key } of asked.values()) {
    const keys = await listKeys(live.store, of as Exclude<RunField["of"], "attribute">);
    if (keys.includes(key)) continue;
    const near = nearest(key, keys);
    host.notice(`No run has ${of} "${key}"${near === undefined ? "" : `; did you mean "${near}"?`}`);
  }
}
