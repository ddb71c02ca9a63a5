import type { Statement } from "../../engine/postgres/database.js";
import type { Change } from "../pool-engine.js";
import type { ClaimableStatus } from "../pool-task.js";

const COLUMNS = `t.id, t.experiment, t.hash, t.def, t.status, t.claimed_from, t.priority, t.attempts, t.max_attempts,
  CASE WHEN t.available_at > now() THEN t.available_at END AS available_at, t.worker, t.result, t.error,
  t.created_at, t.started_at, t.finished_at`;

/** $1 pool, $2 statuses, $3 ids, $4 experiment, $5 [{path, value}]; null asks for nothing. */
const FITS = `t.pool = $1 AND t.status = ANY($2) AND ($3::text[] IS NULL OR t.id = ANY($3))
  AND ($4::text IS NULL OR t.experiment = $4)
  AND ($5::jsonb IS NULL OR NOT EXISTS (
    SELECT FROM jsonb_array_elements($5) AS w
    WHERE (t.parts #> ARRAY(SELECT jsonb_array_elements_text(w -> 'path'))) IS DISTINCT FROM (w -> 'value')))`;

/** $1 pool, $2 submission, then one list for each column. */
export const INSERT: Statement = {
  text: `INSERT INTO alphabook.task (pool, submission, id, hash, experiment, def, parts, priority, max_attempts)
    SELECT $1, $2, id, hash, experiment, def, parts::jsonb, priority, max_attempts
    FROM unnest($3::text[], $4::text[], $5::text[], $6::text[], $7::text[], $8::integer[], $9::integer[])
      WITH ORDINALITY AS t(id, hash, experiment, def, parts, priority, max_attempts, n)
    ORDER BY n ON CONFLICT (pool, id) DO NOTHING`,
};

/** Which of the ids $2 came with the submission $3. */
export const SUBMITTED: Statement = {
  text: "SELECT id FROM alphabook.task WHERE pool = $1 AND id = ANY($2) AND submission = $3",
};

/**
 * The transaction is not waited for until it is on the server's disk. A claim that a crash of the server undoes is a task
 * that waits again, and its worker is refused when it hands in: nothing is done twice, and a claim takes half the time.
 */
const UNHURRIED = "set_config('synchronous_commit', 'off', true)";

const take = (from: ClaimableStatus, fits: string, at: number) =>
  `WITH next AS (
    SELECT t.id FROM alphabook.task AS t
    WHERE ${fits} AND t.status = '${from}' AND (t.available_at IS NULL OR t.available_at <= now())
    ORDER BY t.priority DESC, t.seq LIMIT 1 FOR UPDATE SKIP LOCKED)
  UPDATE alphabook.task AS t SET status = 'running', claimed_from = '${from}', attempts = t.attempts + 1,
    lease_token = $${at}, lease_ms = $${at + 1}, lease_until = now() + $${at + 1} * interval '1 ms',
    worker = $${at + 2}, owner = $${at + 3}, started_at = now(), finished_at = NULL, available_at = NULL
  FROM next WHERE t.pool = $1 AND t.id = next.id RETURNING ${COLUMNS}, ${UNHURRIED}`;

/** $1 pool, then token, lease in ms, worker, owner. */
export const CLAIM: Readonly<Record<ClaimableStatus, Statement>> = {
  waiting: { name: "alphabook claim waiting", text: take("waiting", "t.pool = $1", 2) },
  part_done: { name: "alphabook claim part_done", text: take("part_done", "t.pool = $1", 2) },
};

/** $1 to $5 a filter, then token, lease in ms, worker, owner. */
export const CLAIM_FITTING: Readonly<Record<ClaimableStatus, Statement>> = {
  waiting: { text: take("waiting", FITS, 6) },
  part_done: { text: take("part_done", FITS, 6) },
};

const HELD = "pool = $1 AND id = $2 AND lease_token = $3 AND status = 'running'";
const FREE = "lease_token = NULL, lease_until = NULL, owner = NULL";

/** $1 pool, $2 id, $3 token, $4 status, $5 result. */
export const COMMIT: Statement = {
  name: "alphabook commit",
  text: `UPDATE alphabook.task SET status = $4, result = $5, error = NULL, finished_at = now(), ended_token = $3, ${FREE},
    claimed_from = CASE WHEN $4 = 'part_done' THEN $4 ELSE claimed_from END,
    attempts = CASE WHEN $4 = 'part_done' THEN 0 ELSE attempts END
    WHERE ${HELD} RETURNING id`,
};

/** $1 pool, $2 id, $3 token, $4 error, $5 wait in ms or null. */
export const FAIL: Statement = {
  name: "alphabook fail",
  text: `UPDATE alphabook.task SET status = CASE WHEN $5::float8 IS NULL THEN 'failed' ELSE claimed_from END, error = $4,
    available_at = now() + $5::float8 * interval '1 ms', finished_at = now(), ended_token = $3, ${FREE}
    WHERE ${HELD} RETURNING id`,
};

/** $1 pool, $2 id, $3 token. */
export const RELEASE: Statement = {
  text: `UPDATE alphabook.task SET status = claimed_from, attempts = greatest(attempts - 1, 0), ended_token = $3, ${FREE}
    WHERE ${HELD} RETURNING id`,
};

/** Whether $3 is the token under which the task was handed in: the answer to a first try may have been lost. */
export const ENDED: Statement = {
  text: "SELECT id FROM alphabook.task WHERE pool = $1 AND id = $2 AND ended_token = $3",
};

/** $1 pool, $2 tokens: of claims that end with their process, or of which nobody knows whether they were made. */
export const RELEASE_ALL: Statement = {
  text: `UPDATE alphabook.task SET status = claimed_from, attempts = greatest(attempts - 1, 0), ${FREE}
    WHERE pool = $1 AND status = 'running' AND lease_token = ANY($2)`,
};

/** $1 pool, $2 tokens. @returns Those that are still held. */
export const RENEW: Statement = {
  name: "alphabook renew",
  text: `UPDATE alphabook.task SET lease_until = now() + lease_ms * interval '1 ms'
    WHERE pool = $1 AND status = 'running' AND lease_token = ANY($2) RETURNING lease_token, ${UNHURRIED}`,
};

/** Running tasks of host $2. */
export const RUNNING_ON_HOST: Statement = {
  text: `SELECT lease_token AS token, owner FROM alphabook.task
    WHERE pool = $1 AND status = 'running' AND owner ->> 'host' = $2`,
};

/**
 * $1 pool, $2 tokens whose process is dead, $3 tokens that are one's own. A server that was away gives every worker one
 * more lease before it takes a task from it.
 */
export const RECLAIM: Statement = {
  text: `WITH gone AS (
    SELECT id, lease_token = ANY($2) AS is_dead FROM alphabook.task
    WHERE pool = $1 AND status = 'running' AND lease_token <> ALL($3) AND (lease_token = ANY($2)
      OR greatest(lease_until, pg_postmaster_start_time() + lease_ms * interval '1 ms') < now())
    FOR UPDATE SKIP LOCKED)
  UPDATE alphabook.task AS t SET ${FREE},
    status = CASE WHEN t.attempts >= t.max_attempts THEN 'failed' ELSE t.claimed_from END,
    finished_at = CASE WHEN t.attempts >= t.max_attempts THEN now() END,
    error = CASE WHEN t.attempts >= t.max_attempts THEN json_build_object(
        'name', 'LeaseExpired',
        'message', CASE WHEN gone.is_dead THEN 'its worker ' || coalesce(t.worker, '') || ' died'
          ELSE 'its worker was not heard of in time' END,
        'host', coalesce(t.owner ->> 'host', ''), 'attempt', t.attempts,
        'at', to_char(now() AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"'))::text
      ELSE t.error END
  FROM gone WHERE t.pool = $1 AND t.id = gone.id RETURNING t.id`,
};

const SETS: Readonly<Record<Exclude<Change["kind"], "remove">, string>> = {
  retry: `status = t.claimed_from, attempts = 0, available_at = NULL, error = NULL, finished_at = NULL,
    result = CASE WHEN t.claimed_from = 'part_done' THEN t.result END`,
  reset: `status = CASE WHEN t.status = 'running' THEN t.claimed_from ELSE 'waiting' END, attempts = 0,
    claimed_from = CASE WHEN t.status = 'running' THEN t.claimed_from ELSE 'waiting' END,
    result = CASE WHEN t.status = 'running' THEN t.result END, error = CASE WHEN t.status = 'running' THEN t.error END,
    available_at = NULL, started_at = NULL, finished_at = NULL, ${FREE}`,
  cancel: `status = 'cancelled', ${FREE}`,
  prioritize: "priority = $6",
};

/** $1 to $5 a filter; `prioritize` has the priority as $6. */
export function changeStatement({ kind }: Change): Statement {
  if (kind === "remove") return { text: `DELETE FROM alphabook.task AS t WHERE ${FITS} RETURNING t.id` };
  return { text: `UPDATE alphabook.task AS t SET ${SETS[kind]} WHERE ${FITS} RETURNING t.id` };
}

/** $1 to $5 a filter. */
export const LIST: Statement = {
  text: `SELECT ${COLUMNS} FROM alphabook.task AS t WHERE ${FITS} ORDER BY t.priority DESC, t.seq`,
};

/** $1 to $5 a filter. */
export const STATS: Statement = {
  text: `SELECT t.status, count(*)::integer AS n FROM alphabook.task AS t WHERE ${FITS} GROUP BY t.status`,
};

/** $1 pool, $2 id, $3 attempt, $4 what it printed. Nothing for a task that was removed. */
export const WRITE_LOG: Statement = {
  text: `INSERT INTO alphabook.task_log (pool, id, attempt, log)
    SELECT pool, id, $3, $4 FROM alphabook.task WHERE pool = $1 AND id = $2 FOR KEY SHARE`,
};

/** $1 pool, $2 id. */
export const READ_LOG: Statement = {
  text: "SELECT attempt, log FROM alphabook.task_log WHERE pool = $1 AND id = $2 ORDER BY seq",
};
