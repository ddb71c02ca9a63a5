/**
 * The tables of task pools on PostgreSQL; the n-th entry leads to version n. `def` and `result` are kept as they came,
 * `parts` is the definition as filters look at it. Partial indexes keep a claim short however long the history is.
 */
export const SCHEMA: readonly string[] = [
  `CREATE TABLE alphabook.task (
    seq bigint GENERATED ALWAYS AS IDENTITY,
    pool text NOT NULL,
    id text NOT NULL,
    experiment text NOT NULL,
    hash text NOT NULL,
    def text NOT NULL,
    parts jsonb NOT NULL,
    status text NOT NULL DEFAULT 'waiting'
      CHECK (status IN ('waiting', 'running', 'part_done', 'done', 'failed', 'cancelled')),
    claimed_from text NOT NULL DEFAULT 'waiting' CHECK (claimed_from IN ('waiting', 'part_done')),
    priority integer NOT NULL,
    attempts integer NOT NULL DEFAULT 0,
    max_attempts integer NOT NULL,
    available_at timestamptz,
    worker text,
    owner jsonb,
    lease_token text,
    lease_ms double precision,
    lease_until timestamptz,
    submission text NOT NULL,
    ended_token text,
    result text,
    error text,
    created_at timestamptz NOT NULL DEFAULT now(),
    started_at timestamptz,
    finished_at timestamptz,
    PRIMARY KEY (pool, id)
  ) WITH (fillfactor = 70);
  CREATE INDEX task_waiting ON alphabook.task (pool, priority DESC, seq) WHERE status = 'waiting';
  CREATE INDEX task_part_done ON alphabook.task (pool, priority DESC, seq) WHERE status = 'part_done';
  CREATE INDEX task_running ON alphabook.task (pool) WHERE status = 'running';
  CREATE TABLE alphabook.task_log (
    seq bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    pool text NOT NULL,
    id text NOT NULL,
    attempt integer NOT NULL,
    log text NOT NULL,
    FOREIGN KEY (pool, id) REFERENCES alphabook.task ON DELETE CASCADE
  );
  CREATE INDEX task_log_of ON alphabook.task_log (pool, id);`,
];
