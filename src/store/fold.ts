import type { DuckDBConnection } from "@duckdb/node-api";
import type { Engine } from "../engine/engine.js";
import type { EngineTable } from "../engine/columns.js";
import { textColumn } from "../engine/infer-column.js";
import type { Activity } from "./activity.js";
import { ATTEMPT, EXPERIMENT, PATCH_KINDS, RUN, type PatchColumn, type PatchKind } from "./patch-kinds.js";
import { SHOWN_TEXT } from "./shown-text.js";
import type { Staging } from "./staging.js";

/**
 * One number that orders events: time, then writer, then sequence. Folding by it gives the same tables whatever the order and the
 * portions in which events arrive.
 */
const STAMP = "(t::HUGEINT * 1208925819614629174706176 + w::HUGEINT * 4294967296 + q) AS stamp";

/** Adds staged events to the tables, in one transaction. */
export async function fold(engine: Engine, staging: Staging, activity: Activity): Promise<void> {
  await engine.withConnection(async (connection) => {
    const step = new FoldStep(engine, connection);
    await connection.run("BEGIN");
    try {
      await step.metrics(staging.metrics());
      await step.lastWins("params", ["run_id", "key"], ["value", "text", "num"], staging.params());
      await step.lastWins("tags", ["run_id", "key"], ["value", "text", "t"], staging.tags());
      await step.lastWins(
        "artifacts",
        ["run_id", "name"],
        ["kind", "bytes", "sha256", "path", "t"],
        staging.artifacts(),
      );
      await step.patches(staging, activity);
      await connection.run("COMMIT");
    } catch (error) {
      await connection.run("ROLLBACK");
      throw error;
    }
  });
}

/** A finder's verdict is void when the owner was heard of after it, and when the owner had ended the run itself. */
const NOT_VOID = "NOT (by_finder AND coalesce(owner_heard > t OR own_status <> 'RUNNING', false))";

/** Of each column the last event that names it. */
const folded = ({ fields }: PatchKind) =>
  fields.map((field, bit) => `${lastNamed(field, bit)} AS ${field.column}`).join(", ");

function lastNamed({ column }: PatchColumn, bit: number): string {
  const last = `arg_max_null(${column}, stamp) FILTER (mask & ${2 ** bit} <> 0)`;
  return column === "heartbeat" ? `greatest(${last}, max(beat))` : last;
}

class FoldStep {
  readonly #engine: Engine;
  readonly #connection: DuckDBConnection;

  constructor(engine: Engine, connection: DuckDBConnection) {
    this.#engine = engine;
    this.#connection = connection;
  }

  /** Every point is kept; `latest` is the one of the greatest (step, time, value). */
  async metrics(table: EngineTable | undefined): Promise<void> {
    await this.#with(table, async (lent) => {
      const staged = `SELECT run_id, key, step, t, coalesce(value, 'nan'::DOUBLE) AS value FROM (${lent})`;
      await this.#run(`INSERT INTO tail.metrics (run_id, key, step, t, value) ${staged}`);
      await this.#run(`
        MERGE INTO tail.latest AS old USING (
          SELECT run_id, key, best.step AS step, best.t AS t, best.value AS value, min, max, n FROM (
            SELECT run_id, key, max({'step': step, 't': t, 'value': value}) AS best,
              min(value) FILTER (NOT isnan(value)) AS min, max(value) FILTER (NOT isnan(value)) AS max, count(*) AS n
            FROM (${staged}) GROUP BY run_id, key)
        ) AS new ON old.run_id = new.run_id AND old.key = new.key
        WHEN MATCHED AND (new.step, new.t, new.value) > (old.step, old.t, old.value)
          THEN UPDATE SET step = new.step, t = new.t, value = new.value, min = least(old.min, new.min), max = greatest(old.max, new.max), n = old.n + new.n
        WHEN MATCHED THEN UPDATE SET min = least(old.min, new.min), max = greatest(old.max, new.max), n = old.n + new.n
        WHEN NOT MATCHED THEN INSERT (run_id, key, step, t, value, min, max, n) VALUES (new.run_id, new.key, new.step, new.t, new.value, new.min, new.max, new.n)`);
    });
  }

  /** Of the events with one key the last counts. */
  async lastWins(
    table: string,
    keys: readonly string[],
    values: readonly string[],
    staged: EngineTable | undefined,
  ): Promise<void> {
    const columns = [...keys, ...values, "stamp"];
    const packed = values.map((name) => `'${name}': ${name}`).join(", ");
    await this.#with(staged, (select) =>
      this.#run(`
        MERGE INTO tail.${table} AS old USING (
          SELECT ${keys.join(", ")}, ${values.map((name) => `last.${name} AS ${name}`).join(", ")}, stamp FROM (
            SELECT ${keys.join(", ")}, arg_max({${packed}}, stamp) AS last, max(stamp) AS stamp FROM (SELECT *, ${STAMP}${values.includes("text") ? `, ${SHOWN_TEXT} AS text` : ""} FROM (${select})) GROUP BY ${keys.join(", ")})
        ) AS new ON ${keys.map((key) => `old.${key} = new.${key}`).join(" AND ")}
        WHEN MATCHED AND new.stamp > old.stamp THEN UPDATE SET ${[...values, "stamp"].map((name) => `${name} = new.${name}`).join(", ")}
        WHEN NOT MATCHED THEN INSERT (${columns.join(", ")}) VALUES (${columns.map((name) => `new.${name}`).join(", ")})`),
    );
  }

  /** Experiments, runs and attempts: rows that an event touches are computed anew from all their events. */
  async patches(staging: Staging, activity: Activity): Promise<void> {
    for (const kind of PATCH_KINDS) {
      const columns = [...kind.keys, ...kind.fields].map(({ column }) => column).join(", ");
      await this.#with(staging.patches(kind), (lent) =>
        this.#run(`
        INSERT INTO tail.${kind.table}_events (${columns}, mask, by_finder, t, w, stamp) SELECT ${columns}, mask, by_finder, t, w, ${STAMP} FROM (${lent})`),
      );
    }
    await this.#with(staging.patches(EXPERIMENT), (lent) => {
      const touched = `SELECT experiment_id FROM (${lent})`;
      return this.#replace(
        EXPERIMENT,
        touched,
        `SELECT experiment_id, ${folded(EXPERIMENT)} FROM tail.experiments_events WHERE experiment_id IN (${touched}) GROUP BY experiment_id`,
      );
    });
    await this.#runs(staging.touchedRuns(activity), activity);
    await this.#attempts(new Set([...staging.runsOf(ATTEMPT), ...staging.judgedRuns(activity)]), activity);
  }

  /** A finder's verdict holds until the run's owner is heard of again: the writer of the last event that set RUNNING. */
  async #runs(touched: ReadonlySet<string>, activity: Activity): Promise<void> {
    await this.#withTouched(touched, activity, (ids, heard) =>
      this.#replace(
        RUN,
        ids,
        `
      WITH events AS (SELECT * FROM tail.runs_events WHERE run_id IN (${ids})),
        owners AS (
          SELECT run_id, arg_max(w, stamp) FILTER (status = 'RUNNING') AS owner, arg_max(status, stamp) AS own_status
          FROM events WHERE NOT by_finder AND status IS NOT NULL GROUP BY run_id),
        lives AS (SELECT o.*, h.t AS owner_heard FROM owners o LEFT JOIN (${heard}) h ON h.run_id = o.run_id AND h.writer = o.owner),
        beats AS (SELECT run_id, max(heartbeat) AS beat FROM (${heard}) GROUP BY run_id)
      SELECT run_id, ${folded(RUN)}, max(owner) AS owner, max(own_status) AS own_status
      FROM events LEFT JOIN lives USING (run_id) LEFT JOIN beats USING (run_id) WHERE ${NOT_VOID} GROUP BY run_id`,
      ),
    );
  }

  async #attempts(touched: ReadonlySet<string>, activity: Activity): Promise<void> {
    await this.#withTouched(touched, activity, (ids, heard) =>
      this.#replace(
        ATTEMPT,
        ids,
        `
      WITH events AS (SELECT * FROM tail.attempts_events WHERE run_id IN (${ids})),
        owners AS (
          SELECT run_id, attempt, coalesce(arg_max(w, stamp) FILTER (status = 'RUNNING'), arg_max(w, stamp)) AS owner, arg_max(status, stamp) AS own_status
          FROM events WHERE NOT by_finder GROUP BY run_id, attempt),
        lives AS (SELECT o.*, h.t AS owner_heard FROM owners o LEFT JOIN (${heard}) h ON h.run_id = o.run_id AND h.writer = o.owner)
      SELECT run_id, attempt, ${folded(ATTEMPT)}
      FROM events LEFT JOIN lives USING (run_id, attempt) WHERE ${NOT_VOID} GROUP BY run_id, attempt`,
      ),
    );
  }

  async #withTouched(
    runs: ReadonlySet<string>,
    activity: Activity,
    work: (ids: string, heard: string) => Promise<void>,
  ): Promise<void> {
    if (runs.size === 0) return;
    const ids: EngineTable = { numRows: runs.size, columns: new Map([["run_id", textColumn([...runs])]]) };
    await this.#with(ids, (lentIds) => this.#with(activity.tableOf(runs), (lentHeard) => work(lentIds, lentHeard)));
  }

  async #replace({ table, keys }: PatchKind, touched: string, rows: string): Promise<void> {
    await this.#run(`DELETE FROM tail.${table} WHERE ${keys[0]!.column} IN (${touched})`);
    await this.#run(`INSERT INTO tail.${table} BY NAME ${rows}`);
  }

  async #with(table: EngineTable | undefined, work: (select: string) => Promise<void>): Promise<void> {
    if (!table) return;
    const lent = this.#engine.lend(table);
    try {
      await work(lent.select);
    } finally {
      lent.end();
    }
  }

  async #run(sql: string): Promise<void> {
    await this.#connection.run(sql);
  }
}
