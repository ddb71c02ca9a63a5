import { chmodSync, copyFileSync, linkSync, mkdirSync, rmSync, statSync } from "node:fs";
import { randomBytes } from "node:crypto";
import path from "node:path";
import { quotedString } from "../engine/sql-quote.js";
import { flushToDisk, replaceFile, temporaryNameFor } from "../engine/durable-file.js";
import type { Engine } from "../engine/engine.js";
import { columnsOf, shownViews } from "./catalog-tables.js";
import type { Generation } from "./generation.js";
import { baseFile, SNAPSHOT_FILE } from "./manifest.js";
import { createTable, STATE_TABLES } from "./state-tables.js";

/**
 * Writes everything a generation knows as one database: schema `state`, and over it the views that users see. Nobody ever writes
 * to it again. @returns Its name below `base/`.
 */
export async function writeBase(generation: Generation, root: string, number: number): Promise<string> {
  mkdirSync(path.join(root, "base"), { recursive: true });
  const name = `runs-${String(number).padStart(8, "0")}.duckdb`;
  const temporary = temporaryNameFor(baseFile(root, name));
  try {
    await fillDatabase(generation, temporary);
    flushToDisk(temporary);
    return link(root, temporary, name);
  } finally {
    rmSync(temporary, { force: true });
    rmSync(`${temporary}.wal`, { force: true });
  }
}

/** Writes `runs.duckdb` anew from a base. */
export async function writeSnapshot(engine: Engine, root: string, base: string, generation: number): Promise<string> {
  const file = path.join(root, SNAPSHOT_FILE);
  await replaceFile(file, async (temporary) => {
    copyFileSync(baseFile(root, base), temporary);
    await inDatabase(engine, temporary, (run) =>
      run(`CREATE TABLE snapshot_info AS SELECT ${generation}::BIGINT AS generation, epoch_ms(${Date.now()}) AS time`),
    );
    chmodSync(temporary, 0o444);
  });
  return file;
}

/** Everything a generation knows, in a new database file. */
export async function fillDatabase(generation: Generation, file: string): Promise<void> {
  const purged = "SELECT id FROM memory.live.purged";
  await inDatabase(generation.engine, file, async (run) => {
    await run("CREATE SCHEMA state");
    for (const table of STATE_TABLES) {
      const { name, order, kind } = table;
      const columns = columnsOf(name);
      const rows =
        kind === "seen"
          ? `SELECT run_id, writer, max(t) AS t, max(heartbeat) AS heartbeat FROM memory.live.activity WHERE run_id NOT IN (${purged}) GROUP BY run_id, writer`
          : kind === "keys"
            ? "SELECT DISTINCT * FROM memory.tail.keys"
            : `SELECT ${columns} FROM memory.live.${name}`;
      await run(createTable("state", table));
      await run(`INSERT INTO state.${name} (${columns}) SELECT ${columns} FROM (${rows}) ORDER BY ${order.join(", ")}`);
    }
    for (const sql of [...generation.wide.storing(), ...shownViews("state")]) await run(sql);
    await run(generation.wide.view("state"));
  });
}

/** Statements in a database file, which is whole when they are done: nothing is left in a write-ahead log. */
async function inDatabase(
  engine: Engine,
  file: string,
  work: (run: (sql: string) => Promise<unknown>) => Promise<unknown>,
): Promise<void> {
  await engine.withConnection(async (connection) => {
    const run = (sql: string) => connection.run(sql);
    const alias = `file_${randomBytes(4).toString("hex")}`;
    await run(`ATTACH ${quotedString(file)} AS ${alias}`);
    try {
      await run(`USE ${alias}`);
      await work(run);
      await run(`CHECKPOINT ${alias}`);
    } finally {
      await run("USE memory");
      await run(`DETACH ${alias}`);
    }
  });
  if (statSync(`${file}.wal`, { throwIfNoEntry: false })?.size) throw new Error(`${file}.wal was left behind`);
}

/** Under the generation's name; a file of that name was left by one that died before it was published. */
function link(root: string, temporary: string, name: string): string {
  try {
    linkSync(temporary, baseFile(root, name));
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "EEXIST") throw error;
    name = name.replace(".duckdb", `-${randomBytes(4).toString("hex")}.duckdb`);
    linkSync(temporary, baseFile(root, name));
  }
  flushToDisk(path.join(root, "base"));
  return name;
}
