import type { DuckDBConnection } from "@duckdb/node-api";
import type { Engine } from "../engine/engine.js";
import type { EngineTable } from "../engine/columns.js";
import { textColumn } from "../engine/infer-column.js";
import type { Activity } from "./activity.js";
import { columnsOf, coveredBy } from "./catalog-tables.js";
import { ATTEMPT, EXPERIMENT, PATCH_KINDS, RUN, type PatchColumn, type PatchKind } from "./patch-kinds.js";
import { SHOWN_TEXT } from "./shown-text.js";
import type { Staging } from "./staging.js";
import { STATE_TABLES } from "./state-tables.js";

/**
 * One number that orders events: time, then writer, then sequence. Folding by it gives the same tables whatever the order and the
 * portions in which events arrive.
 */
const STAMP = "(t::HUGEINT * 1208925819614629174706176 + w::HUGEINT * 4294967296 + q) AS stamp";

/** Adds staged events to the tables of schema `tail`, in one transaction. */
export async function fold(engine: Engine, staging: Staging, activity: Activity, hasBase: boolean): Promise<void> {
  await inTransaction(engine, hasBase, async (step) => {
    await step.points(staging.metrics());
    await step.staged(staging.params(), (rows) =>
      step.lastWins("params", ["run_id", "key"], `SELECT *, ${STAMP}, ${SHOWN_TEXT} AS text FROM (${rows})`),
    );
    await step.staged(staging.tags(), (rows) =>
      step.lastWins("tags", ["run_id", "key"], `SELECT *, ${STAMP}, ${SHOWN_TEXT} AS text FROM (${rows})`),
    );
    await step.staged(staging.artifacts(), (rows) =>
      step.lastWins("artifacts", ["run_id", "name"], `SELECT *, ${STAMP} FROM (${rows})`),
    );
    for (const kind of PATCH_KINDS)
      await step.staged(staging.patches(kind), (rows) => step.events(kind, `SELECT *, ${STAMP} FROM (${rows})`));
    await step.experiments(staging.experiments());
    await step.runs(staging.touchedRuns(activity), activity);
    await step.attempts(new Set([...staging.runsOf(ATTEMPT), ...staging.judgedRuns(activity)]), activity);
    await step.purge(staging.purged);
  });
}

/** Several steps that readers see together or not at all. */
export async function inTransaction(
  engine: Engine,
  hasBase: boolean,
  work: (step: FoldStep) => Promise<void>,
): Promise<void> {
  await engine.withConnection(async (connection) => {
    await connection.run("BEGIN");
    try {
      await work(new FoldStep(engine, connection, hasBase));
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

/** One transaction of folding. What the base says of a run is taken into the tail with the first event that may change it. */
export class FoldStep {
  readonly #engine: Engine;
  readonly #connection: DuckDBConnection;
  /** An empty base says nothing of any run. */
  readonly #hasBase: boolean;

  constructor(engine: Engine, connection: DuckDBConnection, hasBase: boolean) {
    this.#engine = engine;
    this.#connection = connection;
    this.#hasBase = hasBase;
  }

  /** Every point is kept. */
  async points(table: EngineTable | undefined): Promise<void> {
    await this.staged(table, async (rows) => {
      const points = `SELECT run_id, key, step, t, coalesce(value, 'nan'::DOUBLE) AS value FROM (${rows})`;
      await this.#run(`INSERT INTO tail.metrics (run_id, key, step, t, value) ${points}`);
      const number = "CASE WHEN isnan(value) THEN NULL ELSE value END";
      await this.latest(`SELECT *, ${number} AS min, ${number} AS max, 1 AS n FROM (${points})`);
    });
  }

  /** Of a run and key the point of the greatest (step, time, value), and figures of all. @param rows SELECT of rows like `latest`'s. */
  async latest(rows: string): Promise<void> {
    await this.#cover("latest", `SELECT run_id FROM (${rows})`);
    await this.#run(`
      MERGE INTO tail.latest AS old USING (
        SELECT run_id, key, best.step AS step, best.t AS t, best.value AS value, min, max, n FROM (
          SELECT run_id, key, max({'step': step, 't': t, 'value': value}) AS best, min(min) AS min, max(max) AS max, sum(n)::BIGINT AS n
          FROM (${rows}) GROUP BY run_id, key)
      ) AS new ON old.run_id = new.run_id AND old.key = new.key
      WHEN MATCHED AND (new.step, new.t, new.value) > (old.step, old.t, old.value)
        THEN UPDATE SET step = new.step, t = new.t, value = new.value, min = least(old.min, new.min), max = greatest(old.max, new.max), n = old.n + new.n
      WHEN MATCHED THEN UPDATE SET min = least(old.min, new.min), max = greatest(old.max, new.max), n = old.n + new.n
      WHEN NOT MATCHED THEN INSERT (run_id, key, step, t, value, min, max, n) VALUES (new.run_id, new.key, new.step, new.t, new.value, new.min, new.max, new.n)`);
  }

  /** Of the events with one key the last counts. @param rows SELECT of the table's columns. */
  async lastWins(table: "params" | "tags" | "artifacts", keys: readonly string[], rows: string): Promise<void> {
    await this.#cover(table, `SELECT run_id FROM (${rows})`);
    const columns = columnsOf(table).split(", ");
    const values = columns.filter((name) => !keys.includes(name) && name !== "stamp");
    const packed = values.map((name) => `'${name}': ${name}`).join(", ");
    await this.#run(`
      MERGE INTO tail.${table} AS old USING (
        SELECT ${keys.join(", ")}, ${values.map((name) => `last.${name} AS ${name}`).join(", ")}, stamp FROM (
          SELECT ${keys.join(", ")}, arg_max({${packed}}, stamp) AS last, max(stamp) AS stamp FROM (${rows}) GROUP BY ${keys.join(", ")})
      ) AS new ON ${keys.map((key) => `old.${key} = new.${key}`).join(" AND ")}
      WHEN MATCHED AND new.stamp > old.stamp THEN UPDATE SET ${[...values, "stamp"].map((name) => `${name} = new.${name}`).join(", ")}
      WHEN NOT MATCHED THEN INSERT (${columns.join(", ")}) VALUES (${columns.map((name) => `new.${name}`).join(", ")})`);
  }

  /** Keeps patches; the rows they change are computed by the steps below. */
  async events({ table }: PatchKind, rows: string): Promise<void> {
    const columns = columnsOf(`${table}_events`);
    await this.#run(`INSERT INTO tail.${table}_events (${columns}) SELECT ${columns} FROM (${rows})`);
  }

  async experiments(touched: readonly string[]): Promise<void> {
    if (touched.length === 0) return;
    await this.staged(idTable(touched), (ids) =>
      this.#replace(
        EXPERIMENT,
        ids,
        `SELECT experiment_id, ${folded(EXPERIMENT)} FROM (${eventsOf(EXPERIMENT, ids)}) GROUP BY experiment_id`,
      ),
    );
  }

  /** A finder's verdict holds until the run's owner is heard of again: the writer of the last event that set RUNNING. */
  async runs(touched: ReadonlySet<string>, activity: Activity): Promise<void> {
    await this.#withTouched(touched, activity, (ids, heard) =>
      this.#replace(
        RUN,
        ids,
        `
      WITH heard AS (${heard}), events AS (${eventsOf(RUN, ids)}),
        owners AS (
          SELECT run_id, arg_max(w, stamp) FILTER (status = 'RUNNING') AS owner, arg_max(status, stamp) AS own_status
          FROM events WHERE NOT by_finder AND status IS NOT NULL GROUP BY run_id),
        lives AS (SELECT o.*, h.t AS owner_heard FROM owners o LEFT JOIN heard h ON h.run_id = o.run_id AND h.writer = o.owner),
        beats AS (SELECT run_id, max(heartbeat) AS beat FROM heard GROUP BY run_id)
      SELECT run_id, ${folded(RUN)}, max(owner) AS owner, max(own_status) AS own_status
      FROM events LEFT JOIN lives USING (run_id) LEFT JOIN beats USING (run_id) WHERE ${NOT_VOID} GROUP BY run_id`,
      ),
    );
  }

  async attempts(touched: ReadonlySet<string>, activity: Activity): Promise<void> {
    await this.#withTouched(touched, activity, (ids, heard) =>
      this.#replace(
        ATTEMPT,
        ids,
        `
      WITH heard AS (${heard}), events AS (${eventsOf(ATTEMPT, ids)}),
        owners AS (
          SELECT run_id, attempt, coalesce(arg_max(w, stamp) FILTER (status = 'RUNNING'), arg_max(w, stamp)) AS owner, arg_max(status, stamp) AS own_status
          FROM events WHERE NOT by_finder GROUP BY run_id, attempt),
        lives AS (SELECT o.*, h.t AS owner_heard FROM owners o LEFT JOIN heard h ON h.run_id = o.run_id AND h.writer = o.owner)
      SELECT run_id, attempt, ${folded(ATTEMPT)}
      FROM events LEFT JOIN lives USING (run_id, attempt) WHERE ${NOT_VOID} GROUP BY run_id, attempt`,
      ),
    );
  }

  /** Takes out what was deleted for good, also what came after. */
  async purge(ids: Iterable<string>): Promise<void> {
    const fresh = [...ids];
    if (fresh.length)
      await this.staged(idTable(fresh), (rows) =>
        this.#run(`INSERT INTO tail.purged SELECT id FROM (${rows}) EXCEPT SELECT id FROM live.purged`),
      );
    const result = await this.#connection.runAndReadAll("SELECT count(*) FROM live.purged");
    if (Number(result.getRows()[0]![0]) === 0) return;
    for (const { name, kind, columns } of STATE_TABLES) {
      if (kind === "purged" || kind === "seen" || kind === "keys") continue;
      await this.#run(`DELETE FROM tail.${name} WHERE ${columns[0]![0]} IN (SELECT id FROM live.purged)`);
      await this.#run(`INSERT INTO tail.${coveredBy(name)} SELECT id FROM live.purged EXCEPT SELECT id FROM tail.${coveredBy(name)}`);
    }
  }

  /** Hands a table in memory to SQL. */
  async staged(table: EngineTable | undefined, work: (select: string) => Promise<void>): Promise<void> {
    if (!table) return;
    const lent = this.#engine.lend(table);
    try {
      await work(lent.select);
    } finally {
      lent.end();
    }
  }

  /** Takes what the base has of these runs into the tail, unless that is done. */
  async #cover(table: string, ids: string): Promise<void> {
    if (!this.#hasBase) return;
    const covered = coveredBy(table);
    const fresh = `run_id IN (${ids}) AND run_id NOT IN (SELECT id FROM tail.${covered})`;
    await this.#run(`INSERT INTO tail.${table} BY NAME SELECT * FROM base.state.${table} WHERE ${fresh}`);
    await this.#run(`INSERT INTO tail.${covered} SELECT DISTINCT run_id FROM base.state.${table} WHERE ${fresh}`);
  }

  async #withTouched(
    runs: ReadonlySet<string>,
    activity: Activity,
    work: (ids: string, heard: string) => Promise<void>,
  ): Promise<void> {
    if (runs.size === 0) return;
    await this.staged(idTable([...runs]), (ids) =>
      this.staged(activity.tableOf(runs), (lent) =>
        work(
          ids,
          `SELECT run_id, writer, max(t) AS t, max(heartbeat) AS heartbeat FROM (
            SELECT run_id, writer, t, heartbeat FROM (${lent}) UNION ALL
            SELECT run_id, writer, t, heartbeat FROM base.state.activity WHERE run_id IN (${ids})) GROUP BY run_id, writer`,
        ),
      ),
    );
  }

  async #replace({ table, keys }: PatchKind, ids: string, rows: string): Promise<void> {
    const id = keys[0]!.column;
    await this.#run(`DELETE FROM tail.${table} WHERE ${id} IN (${ids})`);
    await this.#run(`INSERT INTO tail.${table} BY NAME ${rows}`);
    if (!this.#hasBase) return;
    await this.#run(`
      INSERT INTO tail.${coveredBy(table)} SELECT DISTINCT ${id} FROM base.state.${table}
      WHERE ${id} IN (${ids}) AND ${id} NOT IN (SELECT id FROM tail.${coveredBy(table)})`);
  }

  async #run(sql: string): Promise<void> {
    await this.#connection.run(sql);
  }
}

function eventsOf({ table, keys }: PatchKind, ids: string): string {
  const columns = columnsOf(`${table}_events`);
  const touched = `WHERE ${keys[0]!.column} IN (${ids})`;
  return `SELECT ${columns} FROM base.state.${table}_events ${touched} UNION ALL SELECT ${columns} FROM tail.${table}_events ${touched}`;
}

const idTable = (ids: readonly string[]): EngineTable => ({
  numRows: ids.length,
  columns: new Map([["id", textColumn([...ids])]]),
});
