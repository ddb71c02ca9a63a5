import { ATTEMPT, EXPERIMENT, PATCH_KINDS, RUN, SQL_TYPES, type PatchColumn, type PatchKind } from "./patch-kinds.js";

/** What follows the logs lives in schema `tail`; what users see are views over it (and later over the base and the deltas too). */
export const CATALOG_TABLES: readonly string[] = [
  `CREATE SCHEMA tail`,
  `CREATE SCHEMA artifact`,
  `CREATE TABLE tail.metrics (run_id VARCHAR, key VARCHAR, step BIGINT, t BIGINT, value DOUBLE)`,
  `CREATE TABLE tail.latest (run_id VARCHAR, key VARCHAR, step BIGINT, t BIGINT, value DOUBLE, min DOUBLE, max DOUBLE, n BIGINT)`,
  `CREATE TABLE tail.params (run_id VARCHAR, key VARCHAR, value VARCHAR, text VARCHAR, num DOUBLE, stamp HUGEINT)`,
  `CREATE TABLE tail.tags (run_id VARCHAR, key VARCHAR, value VARCHAR, text VARCHAR, t BIGINT, stamp HUGEINT)`,
  `CREATE TABLE tail.artifacts (run_id VARCHAR, name VARCHAR, kind VARCHAR, bytes BIGINT, sha256 VARCHAR, path VARCHAR, t BIGINT, stamp HUGEINT)`,
  ...PATCH_KINDS.flatMap((kind) => [
    `CREATE TABLE tail.${kind.table}_events (${declared([...kind.keys, ...kind.fields])}, mask BIGINT, by_finder BOOLEAN, t BIGINT, w BIGINT, stamp HUGEINT)`,
    `CREATE TABLE tail.${kind.table} (${declared([...kind.keys, ...kind.fields])}${kind === RUN ? ", owner BIGINT, own_status VARCHAR" : ""})`,
  ]),

  `CREATE VIEW experiments AS SELECT ${shown(EXPERIMENT)} FROM tail.experiments`,
  `CREATE VIEW runs AS
    SELECT run_id, r.experiment_id, e.name AS experiment, r.name, status, reason, epoch_ms(start_time) AS start_time, epoch_ms(end_time) AS end_time,
      epoch_ms(heartbeat) AS heartbeat, host, pid, user_name, notebook, git_commit, git_branch, git_dirty, parent_run_id, epoch_ms(r.deleted_at) AS deleted_at
    FROM tail.runs r LEFT JOIN tail.experiments e ON e.experiment_id = r.experiment_id`,
  `CREATE VIEW attempts AS SELECT ${shown(ATTEMPT)} FROM tail.attempts`,
  `CREATE VIEW params AS SELECT run_id, key, value, num FROM tail.params`,
  `CREATE VIEW metrics AS SELECT run_id, key, step, epoch_ms(t) AS time, value FROM tail.metrics`,
  `CREATE VIEW latest AS SELECT run_id, key, step, epoch_ms(t) AS time, nullif(value, 'nan'::DOUBLE) AS value, min, max, n FROM tail.latest`,
  `CREATE VIEW tags AS SELECT run_id, key, value, epoch_ms(t) AS time FROM tail.tags WHERE value IS NOT NULL`,
  `CREATE VIEW artifacts AS SELECT run_id, name, kind, bytes, sha256, path, epoch_ms(t) AS time FROM tail.artifacts`,
];

function declared(columns: readonly PatchColumn[]): string {
  return columns.map(({ column, type }) => `${column} ${SQL_TYPES[type]}`).join(", ");
}

function shown({ keys, fields }: PatchKind): string {
  return [...keys, ...fields]
    .map(({ column, type }) => (type === "time" ? `epoch_ms(${column}) AS ${column}` : column))
    .join(", ");
}
