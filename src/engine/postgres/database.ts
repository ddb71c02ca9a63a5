import { createRequire } from "node:module";
import type { Client, Pool, PoolClient, QueryResultRow } from "pg";
import { host } from "../../host/host.js";
import { passwordOf, serverPlace } from "./server-address.js";
import { isConnectionLoss, isRolledBack, isStarting, serverError } from "./server-error.js";

/** A statement; one with a name is prepared once a connection. */
export interface Statement {
  readonly name?: string;
  readonly text: string;
}

/** The connection broke while a statement was under way: nobody can say whether the server has done it. */
export class UnsureError extends Error {}

export interface QueryOptions {
  /**
   * What happens when nobody can say whether the server has done it: `repeat` for a statement that may be done twice
   * (default), `throw` an UnsureError.
   */
  readonly whenUnsure?: "repeat" | "throw";
  /** How long a server that was there before is waited for. Default 60,000. */
  readonly patienceMs?: number;
}

/** Where the thread that renews leases finds the client library. */
export const clientLibrary = (): string => createRequire(import.meta.url).resolve("pg");

/**
 * A PostgreSQL database: a few connections, made when they are needed. A server that has answered once and then goes
 * away is waited for, so that a restart is a pause and no error; one that never answered is an error at once.
 */
export class Database {
  /** `host:port/database`. */
  readonly place: string;
  readonly #address: string;
  #pool: Promise<Pool> | undefined;
  #ready: Promise<void> | undefined;
  readonly #prepare: (database: Database) => Promise<void>;
  #hasAnswered = false;

  /**
   * @param address `postgres://…`. @param prepare Done once, before the first query; its own queries go through
   * `transaction`. @throws InvalidArgumentError for an address that is none.
   */
  constructor(address: string, prepare: (database: Database) => Promise<void> = async () => {}) {
    this.place = serverPlace(address);
    this.#address = address;
    this.#prepare = prepare;
  }

  /** Rows of a statement. @throws StoreError in plain words; UnsureError when asked for; InterruptedError. */
  async query<T extends QueryResultRow>(
    statement: Statement,
    values: readonly unknown[] = [],
    { whenUnsure = "repeat", patienceMs = 60_000 }: QueryOptions = {},
  ): Promise<T[]> {
    await this.#prepared();
    return this.#patiently(patienceMs, async (client, sent) => {
      sent(whenUnsure === "throw");
      return (await client.query<T>({ ...statement, values: [...values] })).rows;
    });
  }

  /** One transaction; `work` may be called again after a broken connection. */
  async transaction<T>(work: (client: PoolClient) => Promise<T>): Promise<T> {
    return this.#patiently(60_000, async (client) => {
      await client.query("BEGIN");
      try {
        const result = await work(client);
        await client.query("COMMIT");
        return result;
      } catch (error) {
        await client.query("ROLLBACK").catch(() => {});
        throw error;
      }
    });
  }

  /** A connection of one's own, e.g. to listen on; not connected yet. The caller ends it. */
  async client(): Promise<Client> {
    await this.#prepared();
    const { default: pg } = await import("pg");
    return new pg.Client(this.settings());
  }

  /** The error in plain words. */
  explain(error: unknown, doing = "work"): Error {
    return serverError(error, this.place, doing, passwordOf(this.#address));
  }

  /** For the client library; holds the password. */
  settings(): { connectionString: string; application_name: string; connectionTimeoutMillis: number; keepAlive: true } {
    return {
      connectionString: this.#address,
      application_name: "alphabook",
      connectionTimeoutMillis: 10_000,
      keepAlive: true,
    };
  }

  async close(): Promise<void> {
    const pool = this.#pool;
    this.#pool = undefined;
    this.#ready = undefined;
    await (await pool)?.end();
  }

  toString(): string {
    return `Database(${this.place})`;
  }

  #prepared(): Promise<void> {
    return (this.#ready ??= this.#prepare(this).catch((error: unknown) => {
      this.#ready = undefined;
      throw error;
    }));
  }

  #connections(): Promise<Pool> {
    return (this.#pool ??= import("pg").then(({ default: pg }) => {
      const pool = new pg.Pool({ ...this.settings(), max: 4, idleTimeoutMillis: 10_000, allowExitOnIdle: true });
      // A connection that breaks is heard of by the query that needs it, and replaced.
      pool.on("error", () => {});
      pool.on("connect", (client) => client.on("error", () => {}));
      return pool;
    }));
  }

  async #patiently<T>(
    patienceMs: number,
    work: (client: PoolClient, sent: (isUnsure: boolean) => void) => Promise<T>,
  ): Promise<T> {
    const began = Date.now();
    for (let wait = 20; ; wait = Math.min(wait * 2, 1000)) {
      let [client, isUnsure, failed]: [PoolClient | undefined, boolean, boolean] = [undefined, false, false];
      try {
        client = await (await this.#connections()).connect();
        const result = await work(client, (is) => (isUnsure = is));
        this.#hasAnswered = true;
        return result;
      } catch (error) {
        failed = isConnectionLoss(error);
        if (failed && client && isUnsure) throw new UnsureError();
        const isWorth = isRolledBack(error) || (failed && (this.#hasAnswered || client || isStarting(error)));
        if (!isWorth || Date.now() - began + wait > patienceMs) throw this.explain(error);
      } finally {
        client?.release(failed);
      }
      await new Promise((resolve) => setTimeout(resolve, wait));
      await host.breathe();
    }
  }
}
