import { createHash } from "node:crypto";
import type { Client } from "pg";
import { Database } from "../../engine/postgres/database.js";
import { migrate } from "../../engine/postgres/migrate.js";
import type { EventLog, LogPiece, NewPieces } from "./event-log.js";

const SCHEMA: readonly string[] = [
  `CREATE TABLE alphabook.history (id uuid NOT NULL);
  INSERT INTO alphabook.history VALUES (gen_random_uuid());
  CREATE TABLE alphabook.log_file (file text PRIMARY KEY, bytes bigint NOT NULL);
  CREATE TABLE alphabook.log_piece (
    seq bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    store text NOT NULL,
    file text NOT NULL,
    start bigint NOT NULL,
    lines bytea NOT NULL,
    added_at timestamptz NOT NULL DEFAULT now(),
    UNIQUE (file, start)
  );`,
];
/** Held while pieces are added, so that they become visible in the order of their numbers. */
const ADDING = 7_150_913_403;
const CHANNEL = "alphabook_log";

const APPEND = {
  name: "alphabook append",
  text: `WITH grown AS (
    INSERT INTO alphabook.log_file AS f (file, bytes)
    SELECT $1::text, $3::bigint + octet_length($4::bytea)
    WHERE $3::bigint = 0 OR EXISTS (SELECT FROM alphabook.log_file WHERE file = $1)
    ON CONFLICT (file) DO UPDATE SET bytes = excluded.bytes WHERE f.bytes = $3::bigint
    RETURNING file)
  INSERT INTO alphabook.log_piece (store, file, start, lines) SELECT $2, file, $3, $4 FROM grown`,
};

const READ = {
  name: "alphabook read",
  text: `SELECT seq::float8 AS seq, file, start::float8 AS start, lines FROM (
      SELECT *, sum(octet_length(lines)) OVER (ORDER BY seq) - octet_length(lines) AS before FROM (
        SELECT * FROM alphabook.log_piece WHERE seq > $1 AND seq <= $2 AND store <> $3 ORDER BY seq LIMIT 1000) AS newer
    ) AS sized WHERE before < 8000000 ORDER BY seq`,
};

/**
 * A shared history in a PostgreSQL database, over one connection: when it breaks, every call fails and a new one is made.
 * While it is open, no other process takes and adds for the same store.
 */
export class PostgresEventLog implements EventLog {
  readonly history: string;
  readonly #database: Database;
  readonly #client: Client;
  readonly #store: string;

  private constructor(database: Database, client: Client, store: string, history: string) {
    this.#database = database;
    this.#client = client;
    this.#store = store;
    this.history = history;
  }

  /**
   * @param store Id of the store that is spoken for. @returns Undefined while another process speaks for it.
   * @throws StoreError in plain words when the server is not there, refuses, or is newer.
   */
  static async open(address: string, store: string): Promise<PostgresEventLog | undefined> {
    const database = new Database(address, (one) => migrate(one, "history", SCHEMA));
    let client: Client | undefined;
    try {
      await database.query({ text: "SELECT 1" }, [], { patienceMs: 0 });
      client = await database.client();
      // An error while nobody asks; the next question hears of it.
      client.on("error", () => {});
      await client.connect();
      const lock = createHash("sha256").update(store).digest().readBigInt64BE();
      const { rows } = await client.query<{ led: boolean; id: string }>(
        "SELECT pg_try_advisory_lock($1) AS led, id FROM alphabook.history",
        [String(lock)],
      );
      if (rows[0]!.led) return new PostgresEventLog(database, client, store, rows[0]!.id);
    } catch (error) {
      void client?.end().catch(() => {});
      await database.close();
      throw database.explain(error);
    }
    await client.end();
    await database.close();
    return undefined;
  }

  async lengths(files: readonly string[]): Promise<ReadonlyMap<string, number>> {
    const { rows } = await this.#client.query<{ file: string; bytes: number }>(
      "SELECT file, bytes::float8 AS bytes FROM alphabook.log_file WHERE file = ANY($1)",
      [files],
    );
    return new Map(rows.map(({ file, bytes }) => [file, bytes]));
  }

  async append(pieces: readonly LogPiece[]): Promise<boolean[]> {
    const added: boolean[] = [];
    await this.#client.query("BEGIN");
    await this.#client.query("SELECT pg_advisory_xact_lock($1)", [ADDING]);
    for (const { file, start, bytes } of pieces) {
      const values = [file, this.#store, start, Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)];
      added.push((await this.#client.query({ ...APPEND, values })).rowCount === 1);
    }
    await this.#client.query("SELECT pg_notify($1, $2)", [CHANNEL, this.#store]);
    await this.#client.query("COMMIT");
    return added;
  }

  async read(after: number): Promise<NewPieces> {
    const {
      rows: [newest],
    } = await this.#client.query<{ seq: number | null }>("SELECT max(seq)::float8 AS seq FROM alphabook.log_piece");
    const last = newest?.seq ?? 0;
    if (last === after) return { pieces: [], cursor: after };
    // A server that was put back to an earlier state has fewer pieces: all are looked at once more.
    const values = [after > last ? 0 : after, last, this.#store];
    const { rows } = await this.#client.query<{ seq: number; file: string; start: number; lines: Buffer }>({
      ...READ,
      values,
    });
    const pieces = rows.map(({ file, start, lines }) => ({ file, start, bytes: lines }));
    return { pieces, cursor: rows.at(-1)?.seq ?? last };
  }

  watch(onNews: () => void, onEnd: () => void): void {
    this.#client.on("notification", ({ payload }) => {
      if (payload !== this.#store) onNews();
    });
    this.#client.on("end", onEnd);
    this.#client.query(`LISTEN ${CHANNEL}`).catch(() => {});
  }

  /** What went wrong, in plain words and without the address. */
  explain(error: unknown): Error {
    return this.#database.explain(error);
  }

  async close(): Promise<void> {
    await this.#client.end().catch(() => {});
    await this.#database.close();
  }
}
