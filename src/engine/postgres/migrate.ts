import type { PoolClient } from "pg";
import { StoreError } from "../../errors.js";
import type { Database } from "./database.js";

/** Any number that nobody else uses in a database of ours. */
const LOCK = 7_150_913_402;

/**
 * Brings a part of the schema `alphabook` to the newest version. Processes that do it at the same time do it once.
 *
 * @param part What has versions of its own, e.g. "pool". @param steps SQL; the n-th leads to version n, and is never
 * changed once it was released. @throws StoreError when a newer alphabook has been there.
 */
export async function migrate(database: Database, part: string, steps: readonly string[]): Promise<void> {
  const check = (version: number) => {
    if (version > steps.length)
      throw new StoreError(
        `Cannot work at ${database.place}: its ${part} tables have format ${version}, this version of alphabook reads up to ${steps.length}\n  a newer alphabook made them; update this one: npm install alphabook@latest`,
      );
    return version === steps.length;
  };
  if (check(await database.transaction((client) => versionOf(client, part)))) return;
  // The lock comes first in a transaction of its own: what was looked up before it may be out of date.
  await database.transaction(async (client) => {
    await client.query("SELECT pg_advisory_xact_lock($1)", [LOCK]);
    const version = await versionOf(client, part);
    if (check(version)) return;
    await client.query("CREATE SCHEMA IF NOT EXISTS alphabook");
    await client.query("CREATE TABLE IF NOT EXISTS alphabook.format (part text PRIMARY KEY, version integer NOT NULL)");
    for (const step of steps.slice(version)) await client.query(step);
    await client.query(
      "INSERT INTO alphabook.format VALUES ($1, $2) ON CONFLICT (part) DO UPDATE SET version = excluded.version",
      [part, steps.length],
    );
  });
}

/** 0 when the part has no tables yet. */
async function versionOf(client: PoolClient, part: string): Promise<number> {
  const there = "SELECT FROM pg_catalog.pg_tables WHERE schemaname = 'alphabook' AND tablename = 'format'";
  if ((await client.query(there)).rowCount === 0) return 0;
  const text = "SELECT version FROM alphabook.format WHERE part = $1";
  return (await client.query<{ version: number }>(text, [part])).rows[0]?.version ?? 0;
}
