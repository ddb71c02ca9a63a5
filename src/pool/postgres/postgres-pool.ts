import { v7 } from "uuid";
import { LeaseLostError } from "../../errors.js";
import { Database, UnsureError, type Statement } from "../../engine/postgres/database.js";
import { migrate } from "../../engine/postgres/migrate.js";
import { host } from "../../host/host.js";
import { isOwnerDead, processIdentity, type ProcessIdentity } from "../../store/liveness.js";
import { pathParts } from "../fits-filter.js";
import type { Change, Claimed, EngineFilter, NewTask, Outcome, PoolEngine } from "../pool-engine.js";
import { TASK_STATUSES } from "../pool-task.js";
import type { ClaimableStatus, PoolTask, TaskStats, TaskStatus } from "../pool-task.js";
import { LeaseConnection } from "./lease-connection.js";
import { SCHEMA } from "./schema.js";
import * as sql from "./statements.js";
import { searchableJson, taskOfRow, type TaskRow } from "./task-row.js";

/** Tasks that one statement inserts. */
const BATCH = 1_000;
/** A log longer than this keeps its end. */
const LOG_CHARACTERS = 1 << 20;

/**
 * A task pool in a PostgreSQL database, for workers on any number of hosts. All times are the server's.
 *
 * Nothing is connected before the first call; a server that restarts is waited for. A worker that dies on this host is
 * noticed at once, one elsewhere when its lease ends.
 */
export class PostgresPool implements PoolEngine {
  readonly kind = "postgres";
  readonly pool: string;
  readonly #database: Database;
  readonly #leases: LeaseConnection;
  readonly #held = new Set<string>();

  /** @throws InvalidArgumentError for an address that is none. */
  constructor(address: string, pool: string) {
    this.pool = pool;
    this.#database = new Database(address, (database) => migrate(database, "pool", SCHEMA));
    this.#leases = new LeaseConnection(this.#database, pool);
  }

  get place(): string {
    return this.#database.place;
  }

  async insert(tasks: readonly NewTask[]): Promise<boolean[]> {
    const fresh = new Set<string>();
    for (let start = 0; start < tasks.length; start += BATCH) {
      await host.breathe();
      const batch = tasks.slice(start, start + BATCH);
      const submission = v7();
      const ids = batch.map(({ id }) => id);
      await this.#database.query(sql.INSERT, [
        this.pool,
        submission,
        ids,
        batch.map(({ hash }) => hash),
        batch.map(({ experiment }) => experiment),
        batch.map(({ def }) => JSON.stringify(def)),
        batch.map(({ def }) => searchableJson(def)),
        batch.map(({ priority }) => priority),
        batch.map(({ maxAttempts }) => maxAttempts),
      ]);
      // Asked apart, so that it is also right when the insert had to be repeated.
      const rows = await this.#database.query<{ id: string }>(sql.SUBMITTED, [this.pool, ids, submission]);
      for (const { id } of rows) fresh.add(id);
    }
    return tasks.map(({ id }) => fresh.delete(id));
  }

  async claim(from: ClaimableStatus, filter: EngineFilter, leaseMs: number): Promise<Claimed | undefined> {
    const { ids, experiment, where } = filter;
    const isFiltered = ids !== undefined || experiment !== undefined || where !== undefined;
    const owner = processIdentity();
    await this.#leases.ready();
    for (;;) {
      const token = v7();
      const how = [token, leaseMs, `${owner.host}:${owner.pid}`, JSON.stringify(owner)];
      try {
        const [row] = isFiltered
          ? await this.#ask<TaskRow>(sql.CLAIM_FITTING[from], [...this.#values(filter), ...how], "throw")
          : await this.#ask<TaskRow>(sql.CLAIM[from], [this.pool, ...how], "throw");
        if (!row) return undefined;
        this.#held.add(token);
        return { task: taskOfRow(row, this.pool), token };
      } catch (error) {
        if (!(error instanceof UnsureError)) throw error;
        await this.#ask(sql.RELEASE_ALL, [this.pool, [token]]);
      }
    }
  }

  keep({ token }: Claimed, leaseMs: number, onLost: () => void): () => void {
    return this.#leases.keep(token, leaseMs, onLost);
  }

  async finish({ task, token }: Claimed, outcome: Outcome): Promise<void> {
    const { id, attempts } = task;
    if (outcome.kind !== "release" && outcome.log)
      await this.#ask(sql.WRITE_LOG, [this.pool, id, attempts, shortened(outcome.log)]);
    const held = [this.pool, id, token];
    const [statement, values] = ending(outcome);
    let rows = await this.#ask(statement, [...held, ...values]);
    if (rows.length === 0) rows = await this.#ask(sql.ENDED, held);
    this.#held.delete(token);
    if (rows.length === 0)
      throw new LeaseLostError(
        `Cannot hand in task ${id} of pool "${this.pool}": this worker does not hold it any more\n  another one took it over, or it was cancelled, reset or removed; what was computed is not kept`,
      );
  }

  async reclaim(): Promise<number> {
    const self = processIdentity();
    const running = await this.#ask<{ token: string; owner: ProcessIdentity }>(sql.RUNNING_ON_HOST, [
      this.pool,
      self.host,
    ]);
    const now = Date.now();
    const dead = running.filter(({ owner }) => isOwnerDead({ ...owner, lastSeen: now }, now)).map(({ token }) => token);
    return (await this.#ask(sql.RECLAIM, [this.pool, dead, [...this.#held]])).length;
  }

  async change(filter: EngineFilter, change: Change): Promise<number> {
    const values = [...this.#values(filter), ...(change.kind === "prioritize" ? [change.priority] : [])];
    return (await this.#ask(sql.changeStatement(change), values)).length;
  }

  async list(filter: EngineFilter): Promise<PoolTask[]> {
    const tasks: PoolTask[] = [];
    for (const row of await this.#ask<TaskRow>(sql.LIST, this.#values(filter))) {
      await host.breathe();
      tasks.push(taskOfRow(row, this.pool));
    }
    return tasks;
  }

  async stats(filter: EngineFilter): Promise<TaskStats> {
    const stats = Object.fromEntries(TASK_STATUSES.map((status) => [status, 0])) as Record<TaskStatus, number>;
    const rows = await this.#ask<{ status: TaskStatus; n: number }>(sql.STATS, this.#values(filter));
    for (const { status, n } of rows) stats[status] = n;
    return stats;
  }

  async log(id: string): Promise<string> {
    const rows = await this.#ask<{ attempt: number; log: string }>(sql.READ_LOG, [this.pool, id]);
    return rows.map(({ attempt, log }) => `== attempt ${attempt}\n${log.replace(/\n?$/, "\n")}`).join("");
  }

  async close(): Promise<void> {
    const tokens = [...this.#held];
    this.#held.clear();
    await this.#leases.close();
    try {
      // A server that is away gives the tasks to others when their leases end.
      if (tokens.length > 0) await this.#database.query(sql.RELEASE_ALL, [this.pool, tokens], { patienceMs: 2_000 });
    } finally {
      await this.#database.close();
    }
  }

  #ask<T extends object = { id: string }>(
    statement: Statement,
    values: readonly unknown[],
    whenUnsure: "repeat" | "throw" = "repeat",
  ): Promise<T[]> {
    return this.#database.query<T>(statement, values, { whenUnsure });
  }

  /** What the statements' $1 to $5 are. */
  #values({ statuses, ids, experiment, where }: EngineFilter): unknown[] {
    const wanted = Object.entries(where ?? {}).map(([path, value]) => ({ path: pathParts(path), value }));
    return [this.pool, statuses, ids ?? null, experiment ?? null, wanted.length > 0 ? searchableJson(wanted) : null];
  }
}

/** The statement that ends a claim, and its values from $4 on. */
function ending(outcome: Outcome): [Statement, unknown[]] {
  switch (outcome.kind) {
    case "commit":
      return [sql.COMMIT, [outcome.status, JSON.stringify(outcome.result)]];
    case "fail":
      return [sql.FAIL, [JSON.stringify(outcome.error), outcome.retryInMs ?? null]];
    case "release":
      return [sql.RELEASE, []];
  }
}

/** PostgreSQL's text holds no character 0. */
function shortened(log: string): string {
  const text = log.replaceAll("\u0000", "\ufffd");
  return text.length > LOG_CHARACTERS ? `… ${text.slice(-LOG_CHARACTERS)}` : text;
}
