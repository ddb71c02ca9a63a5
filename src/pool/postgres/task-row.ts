import type { ClaimableStatus, PoolTask, TaskFailure, TaskStatus } from "../pool-task.js";

/** A task as the server tells it. */
export interface TaskRow {
  readonly id: string;
  readonly experiment: string;
  readonly hash: string;
  readonly def: string;
  readonly status: TaskStatus;
  readonly claimed_from: ClaimableStatus;
  readonly priority: number;
  readonly attempts: number;
  readonly max_attempts: number;
  readonly available_at: Date | null;
  readonly worker: string | null;
  readonly result: string | null;
  readonly error: string | null;
  readonly created_at: Date;
  readonly started_at: Date | null;
  readonly finished_at: Date | null;
}

export function taskOfRow(row: TaskRow, pool: string): PoolTask {
  const { id, experiment, hash, status, priority, attempts } = row;
  return {
    id,
    pool,
    experiment,
    def: JSON.parse(row.def),
    hash,
    status,
    claimedFrom: row.claimed_from,
    priority,
    attempts,
    maxAttempts: row.max_attempts,
    availableAt: row.available_at ?? undefined,
    result: row.result === null ? undefined : JSON.parse(row.result),
    error: row.error === null ? undefined : (JSON.parse(row.error) as TaskFailure),
    worker: row.worker ?? undefined,
    createdAt: row.created_at,
    startedAt: row.started_at ?? undefined,
    finishedAt: row.finished_at ?? undefined,
  };
}

/**
 * A value as JSON that `jsonb` takes: it refuses the character 0 and halves of a surrogate pair, which JSON allows.
 * @example
 * searchableJson({ name: "a\u0000b" }) // -> '{"name":"a\\ufffdb"}'
 */
export function searchableJson(value: unknown): string {
  return JSON.stringify(value).replace(/\\(u0000|ud[89a-f]..|u....|.)/g, (escape, what: string) =>
    /^u(0000|d[89a-f])/.test(what) ? "\\ufffd" : escape,
  );
}
