import type { DuckDBConnection } from "@duckdb/node-api";
import type { Engine } from "../engine/engine.js";
import type { EngineTable } from "../engine/columns.js";
import { ATTEMPT, EXPERIMENT, PATCH_KINDS, RUN, type PatchKind } from "./patch-kinds.js";
import type { Staging } from "./staging.js";

/**
 * One number that orders events: time, then writer, then sequence. Folding by it gives the same tables whatever the order and the
 * portions in which events arrive.
 */
const STAMP = "(t::HUGEINT * 1208925819614629174706176 + w::HUGEINT * 4294967296 + q) AS stamp";

/** Adds staged events to the tables, in one transaction. */
export async function fold(engine: Engine, staging: Staging): Promise<void> {
  await engine.withConnection(async (connection) => {
    const step = new FoldStep(engine, connection);
    await connection.run("BEGIN");
    try {
      await step.metrics(staging.metrics());
      await step.lastWins("params", ["run_id", "key"], ["value", "text", "num"], staging.params());
      await step.lastWins("tags", ["run_id", "key"], ["value", "text", "t"], staging.tags());
      await step.lastWins("artifacts", ["run_id", "name"], ["kind", "bytes", "sha256", "path", "t"], staging.artifacts());
      await step.patches(staging);
      await connection.run("COMMIT");
    } catch (error) {
      await connection.run("ROLLBACK");
      throw error;
    }
  });
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
    await this.#with(table, async (select) => {
      await this.#run(`CREATE OR REPLACE TEMP TABLE staged AS SELECT run_id, key, step, t, coalesce(value, 'nan'::DOUBLE) AS value FROM (${select})`);
      await this.#run(`INSERT INTO tail.metrics FROM staged`);
      await this.#run(`
        MERGE INTO tail.latest AS old USING (
          SELECT run_id, key, best.step AS step, best.t AS t, best.value AS value, min, max, n FROM (
            SELECT run_id, key, max({'step': step, 't': t, 'value': value}) AS best,
              min(value) FILTER (NOT isnan(value)) AS min, max(value) FILTER (NOT isnan(value)) AS max, count(*) AS n
            FROM staged GROUP BY run_id, key)
        ) AS new ON old.run_id = new.run_id AND old.key = new.key
        WHEN MATCHED AND (new.step, new.t, new.value) > (old.step, old.t, old.value)
          THEN UPDATE SET step = new.step, t = new.t, value = new.value, min = least(old.min, new.min), max = greatest(old.max, new.max), n = old.n + new.n
        WHEN MATCHED THEN UPDATE SET min = least(old.min, new.min), max = greatest(old.max, new.max), n = old.n + new.n
        WHEN NOT MATCHED THEN INSERT (run_id, key, step, t, value, min, max, n) VALUES (new.run_id, new.key, new.step, new.t, new.value, new.min, new.max, new.n)`);
    });
  }

  /** Of the events with one key the last counts. */
  async lastWins(table: string, keys: readonly string[], values: readonly string[], staged: EngineTable | undefined): Promise<void> {
    const columns = [...keys, ...values, "stamp"];
    const packed = values.map((name) => `'${name}': ${name}`).join(", ");
    await this.#with(staged, (select) =>
      this.#run(`
        MERGE INTO tail.${table} AS old USING (
          SELECT ${keys.join(", ")}, ${values.map((name) => `last.${name} AS ${name}`).join(", ")}, stamp FROM (
            SELECT ${keys.join(", ")}, arg_max({${packed}}, stamp) AS last, max(stamp) AS stamp FROM (SELECT *, ${STAMP} FROM (${select})) GROUP BY ${keys.join(", ")})
        ) AS new ON ${keys.map((key) => `old.${key} = new.${key}`).join(" AND ")}
        WHEN MATCHED AND new.stamp > old.stamp THEN UPDATE SET ${[...values, "stamp"].map((name) => `${name} = new.${name}`).join(", ")}
        WHEN NOT MATCHED THEN INSERT (${columns.join(", ")}) VALUES (${columns.map((name) => `new.${name}`).join(", ")})`),
    );
  }

  /** Experiments, runs and attempts: rows that an event touches are computed anew from all their events. */
  async patches(staging: Staging): Promise<void> {
    const activity = staging.activity();
    await this.#with(activity, async (select) => {
      await this.#run(`CREATE OR REPLACE TEMP TABLE heard AS ${select}`);
      await this.#run(`
        MERGE INTO tail.activity AS old USING heard AS new ON old.run_id = new.run_id AND old.writer = new.writer
        WHEN MATCHED THEN UPDATE SET t = greatest(old.t, new.t), heartbeat = greatest(old.heartbeat, new.heartbeat)
        WHEN NOT MATCHED THEN INSERT (run_id, writer, t, heartbeat) VALUES (new.run_id, new.writer, new.t, new.heartbeat)`);
    });
    for (const kind of PATCH_KINDS) {
      const columns = [...kind.keys, ...kind.fields].map(({ column }) => column).join(", ");
      await this.#with(staging.patches(kind), (select) => this.#run(`
        INSERT INTO tail.${kind.table}_events (${columns}, mask, by_finder, t, w, stamp) SELECT ${columns}, mask, by_finder, t, w, ${STAMP} FROM (${select})`));
    }
    await this.#with(staging.patches(EXPERIMENT), async (select) => {
      await this.#run(`CREATE OR REPLACE TEMP TABLE touched AS SELECT DISTINCT experiment_id FROM (${select})`);
      await this.#refold(EXPERIMENT, "SELECT * FROM tail.experiments_events SEMI JOIN touched USING (experiment_id)");
    });
    if (activity || staging.patches(RUN) || staging.patches(ATTEMPT)) await this.#refoldRuns(staging);
  }

  /**
   * A finder's verdict holds until its run's owner is heard of again: the writer of the last event that set RUNNING. So a run is
   * touched by its own events, by heartbeats, and, once judged, by any sign of life.
   */
  async #refoldRuns(staging: Staging): Promise<void> {
    await this.#run("CREATE OR REPLACE TEMP TABLE touched (run_id VARCHAR)");
    for (const kind of [RUN, ATTEMPT]) await this.#with(staging.patches(kind), (select) => this.#run(`INSERT INTO touched SELECT run_id FROM (${select})`));
    if (staging.activity()) {
      await this.#run(`
        INSERT INTO touched SELECT run_id FROM heard
        WHERE heartbeat IS NOT NULL OR run_id IN (SELECT run_id FROM tail.runs_events WHERE by_finder)`);
    }
    await this.#run(`
      CREATE OR REPLACE TEMP TABLE owners AS
      SELECT run_id, a.t AS heard FROM (
        SELECT run_id, arg_max(w, stamp) AS writer FROM tail.runs_events SEMI JOIN touched USING (run_id)
        WHERE NOT by_finder AND status = 'RUNNING' GROUP BY run_id
      ) JOIN tail.activity a USING (run_id, writer)`);
    for (const kind of [RUN, ATTEMPT]) {
      await this.#refold(kind, `
        SELECT e.* FROM tail.${kind.table}_events e LEFT JOIN owners o ON o.run_id = e.run_id
        WHERE e.run_id IN (SELECT run_id FROM touched) AND NOT (e.by_finder AND coalesce(o.heard > e.t, false))`);
    }
    await this.#run(`
      UPDATE tail.runs SET heartbeat = greatest(runs.heartbeat, h.heartbeat)
      FROM (SELECT run_id, max(heartbeat) AS heartbeat FROM tail.activity WHERE run_id IN (SELECT run_id FROM touched) GROUP BY run_id) h
      WHERE runs.run_id = h.run_id AND h.heartbeat IS NOT NULL`);
  }

  async #refold({ table, keys, fields }: PatchKind, events: string): Promise<void> {
    const key = keys.map(({ column }) => column);
    const folded = fields.map(({ column }, bit) => `arg_max_null(${column}, stamp) FILTER (mask & ${2 ** bit} <> 0) AS ${column}`);
    await this.#run(`DELETE FROM tail.${table} WHERE ${key[0]} IN (SELECT ${key[0]} FROM touched)`);
    await this.#run(`INSERT INTO tail.${table} BY NAME SELECT ${key.join(", ")}, ${folded.join(", ")} FROM (${events}) GROUP BY ${key.join(", ")}`);
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
