import { quotedString } from "../engine/sql-quote.js";
import { ATTEMPT, EXPERIMENT, type PatchKind } from "./patch-kinds.js";
import { createTable, STATE_TABLES, stateTable, type StateTable } from "./state-tables.js";

/** Tables for what the logs say beyond the base and, of the points, the deltas: schema `tail`. */
export const TAIL_TABLES: readonly string[] = [
  "CREATE SCHEMA tail",
  ...STATE_TABLES.map((each) => createTable("tail", each)),
  // Runs and experiments whose rows in the base are void, because the tail has all of theirs.
  ...STATE_TABLES.map(({ name }) => `CREATE TABLE tail.${coveredBy(name)} (id VARCHAR)`),
];

/** A base without rows, for a store that has none yet. */
export const EMPTY_BASE: readonly string[] = [
  "ATTACH ':memory:' AS base",
  "CREATE SCHEMA base.state",
  ...STATE_TABLES.map((each) => createTable("base.state", each)),
];

/** Table of the ids whose rows in the base are void. */
export function coveredBy(table: string): string {
  return `covered_${table}`;
}

/** Schema `live`: base, deltas and tail as one. @param points Parquet files with points. */
export function liveViews(points: readonly string[]): string[] {
  return [
    "CREATE SCHEMA live",
    ...STATE_TABLES.map((each) => `CREATE VIEW live.${each.name} AS ${liveRows(each, points)}`),
  ];
}

function liveRows(table: StateTable, points: readonly string[]): string {
  const { name, columns } = table;
  const all = columns.map(([column]) => column).join(", ");
  if (table.kind === "purged") return `SELECT id FROM base.state.purged UNION SELECT id FROM tail.purged`;
  const id = columns[0]![0];
  const valid = (from: string) =>
    `SELECT ${all} FROM ${from} AS old ANTI JOIN tail.${coveredBy(name)} AS c ON c.id = old.${id}`;
  const fromDeltas =
    table.kind === "points" && points.length
      ? ` UNION ALL ${valid(`read_parquet([${points.map(quotedString).join(", ")}])`)}`
      : "";
  return `${valid(`base.state.${name}`)}${fromDeltas} UNION ALL SELECT ${all} FROM tail.${name}`;
}

/** What users see, over the tables of a schema. */
export function shownViews(schema: string): string[] {
  return [
    `CREATE VIEW experiments AS SELECT ${shown(EXPERIMENT)} FROM ${schema}.experiments`,
    `CREATE VIEW runs AS
      SELECT run_id, r.experiment_id, e.name AS experiment, r.name, status, reason, epoch_ms(start_time) AS start_time, epoch_ms(end_time) AS end_time,
        epoch_ms(heartbeat) AS heartbeat, host, pid, user_name, notebook, git_commit, git_branch, git_dirty, parent_run_id, epoch_ms(r.deleted_at) AS deleted_at
      FROM ${schema}.runs r LEFT JOIN ${schema}.experiments e ON e.experiment_id = r.experiment_id`,
    `CREATE VIEW attempts AS SELECT ${shown(ATTEMPT)} FROM ${schema}.attempts`,
    `CREATE VIEW params AS SELECT run_id, key, value, num FROM ${schema}.params`,
    `CREATE VIEW metrics AS SELECT run_id, key, step, epoch_ms(t) AS time, value FROM ${schema}.metrics`,
    `CREATE VIEW latest AS SELECT run_id, key, step, epoch_ms(t) AS time, nullif(value, 'nan'::DOUBLE) AS value, min, max, n FROM ${schema}.latest`,
    `CREATE VIEW tags AS SELECT run_id, key, value, epoch_ms(t) AS time FROM ${schema}.tags WHERE value IS NOT NULL`,
    `CREATE VIEW artifacts AS SELECT run_id, name, kind, bytes, sha256, path, epoch_ms(t) AS time FROM ${schema}.artifacts`,
  ];
}

/** Columns of a table of the state, as a list in SQL. */
export const columnsOf = (name: string) =>
  stateTable(name)
    .columns.map(([column]) => column)
    .join(", ");

function shown({ keys, fields }: PatchKind): string {
  return [...keys, ...fields]
    .map(({ column, type }) => (type === "time" ? `epoch_ms(${column}) AS ${column}` : column))
    .join(", ");
}
