import { copyFileSync, existsSync, mkdirSync, mkdtempSync, realpathSync, rmSync } from "node:fs";
import os from "node:os";
import path from "node:path";
import { quotedString } from "../engine/sql-quote.js";
import { replaceFile } from "../engine/durable-file.js";
import type { EngineTable } from "../engine/columns.js";
import type { Engine } from "../engine/engine.js";
import { InvalidArgumentError } from "../errors.js";
import { host } from "../host/host.js";
import { ArtifactFolder } from "./artifact-folder.js";
import { artifactRefs } from "./artifacts/artifact-refs.js";
import { sharingOf } from "./artifacts/artifact-sharing.js";
import { fillDatabase } from "./base.js";
import { openNewest } from "./catalog.js";
import { columnsOf } from "./catalog-tables.js";
import { completeTail, newDeltaName, publishDelta, removeDelta } from "./compaction.js";
import { writeDelta } from "./delta.js";
import { checkFormat, ensureFormat } from "./format.js";
import { createTable, STATE_TABLES, type StateTable } from "./state-tables.js";

/** What came from the other store. */
export interface MergeReport {
  /** Runs that this store did not have. */
  readonly newRuns: number;
  /** Points that it did not have, of any run. */
  readonly points: number;
  /** Files copied. */
  readonly artifacts: number;
  /** Paths of artifacts that the other store names and has no file of. */
  readonly missing: readonly string[];
}

/**
 * Takes into a store what another one has and it has not; see `Store.merge`. What is new becomes a delta, so all of it is seen at
 * once, and by those who follow the store already.
 */
export async function mergeStores(root: string, other: string): Promise<MergeReport> {
  checkFormat(other);
  if (!existsSync(path.join(other, "log")) && !existsSync(path.join(other, "base")))
    throw new InvalidArgumentError(
      `Cannot merge ${other}: there is no store in it\n  expected: a folder such as .alphabook`,
    );
  if (existsSync(root) && realpathSync(root) === realpathSync(other))
    throw new InvalidArgumentError(`Cannot merge ${other}: it is the store itself`);
  ensureFormat(root);
  const folder = mkdtempSync(path.join(os.tmpdir(), "alphabook-merge-"));
  try {
    const theirs = path.join(folder, "theirs.duckdb");
    await writeState(other, theirs);
    for (;;) {
      const report = await mergeOnce(root, other, theirs);
      if (report) return report;
    }
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** Everything a store has at this moment, as one database. */
async function writeState(root: string, file: string): Promise<void> {
  const source = await openNewest(root, { lock: false });
  try {
    await source.follow(host.signal);
    await completeTail(source);
    await fillDatabase(source, file);
  } finally {
    source.retire();
  }
}

/** Undefined when another process published a generation meanwhile. */
async function mergeOnce(root: string, other: string, theirs: string): Promise<MergeReport | undefined> {
  const mine = await openNewest(root, { lock: false });
  const { engine, manifest } = mine;
  try {
    await mine.follow(host.signal);
    await completeTail(mine);
    const ask = (sql: string) => engine.query(sql, [], { signal: null });
    const run = (sql: string) => engine.run(sql, [], { signal: null });
    await run(`ATTACH ${quotedString(theirs)} AS theirs (READ_ONLY)`);
    await run("CREATE SCHEMA diff");
    for (const table of STATE_TABLES) {
      await host.breathe();
      await run(createTable("diff", table));
      const rows = missingRows(table);
      if (rows) await run(`INSERT INTO diff.${table.name} BY NAME ${rows}`);
    }
    await run(LATEST_OF_NEW_POINTS);
    const { copied, missing } = await copyArtifacts(
      root,
      other,
      await ask("SELECT run_id, path, bytes, sha256 FROM diff.artifacts"),
    );
    const newRuns = await count(
      engine,
      "(SELECT DISTINCT run_id FROM diff.runs_events WHERE run_id NOT IN (SELECT run_id FROM live.runs))",
    );
    const points = await count(engine, "diff.metrics");
    const delta = await writeDelta(engine, root, newDeltaName(manifest.generation + 1), "diff");
    if (delta.tables.length && !publishDelta(root, manifest, delta)) {
      removeDelta(root, delta);
      return undefined;
    }
    return { newRuns, points, artifacts: copied, missing };
  } finally {
    mine.retire();
  }
}

/** Rows of a table that the other store has and this one has not; what this one has purged stays out. */
function missingRows({ name, kind, columns, order }: StateTable): string | undefined {
  const all = columnsOf(name);
  const id = columns[0]![0];
  const same = (keys: readonly string[]) => keys.map((key) => `m.${key} = t.${key}`).join(" AND ");
  const wanted = `SELECT ${all} FROM theirs.state.${name} t WHERE t.${id} NOT IN (SELECT id FROM live.purged)`;
  switch (kind) {
    case "points":
      // As many of equal points as the other has more: a copy of a run has them all already.
      return `(${wanted}) EXCEPT ALL (SELECT ${all} FROM live.${name})`;
    case "last-wins":
      return `${wanted} AND NOT EXISTS (FROM live.${name} m WHERE ${same(order)} AND m.stamp >= t.stamp)`;
    case "events":
      return `${wanted} AND NOT EXISTS (FROM live.${name} m WHERE ${same([id, "stamp"])})`;
    case "seen":
      return `${wanted} AND NOT EXISTS (FROM live.${name} m WHERE ${same(order)} AND m.t >= t.t)`;
    case "keys":
      return `SELECT ${all} FROM theirs.state.${name} EXCEPT SELECT ${all} FROM tail.${name}`;
    case "latest":
    case "computed":
    case "purged":
      return undefined;
  }
}

const LATEST_OF_NEW_POINTS = `
  INSERT INTO diff.latest BY NAME
  SELECT run_id, key, best.step AS step, best.t AS t, best.value AS value, min, max, n FROM (
    SELECT run_id, key, max({'step': step, 't': t, 'value': value}) AS best, min(value) FILTER (NOT isnan(value)) AS min,
      max(value) FILTER (NOT isnan(value)) AS max, count(*) AS n FROM diff.metrics GROUP BY run_id, key)`;

/** The files first: an artifact is named only when its file is there. */
async function copyArtifacts(
  root: string,
  other: string,
  table: EngineTable,
): Promise<{ copied: number; missing: string[] }> {
  const artifacts = artifactRefs(table);
  const sharing = sharingOf(root);
  // A log may name anything; only what lies in the run's own folder is taken.
  const sources = await sharingOf(other).locate(artifacts);
  const missing: string[] = [];
  for (const [index, artifact] of artifacts.entries()) {
    await host.breathe();
    const [source, target] = [sources[index], new ArtifactFolder(root, artifact.run).resolve(artifact.path)];
    if (source === undefined) {
      missing.push(`${artifact.run}/${artifact.path}`);
      continue;
    }
    mkdirSync(path.dirname(target), { recursive: true });
    await replaceFile(target, (temporary) => copyFileSync(source.files.resolve(source.path), temporary));
    if (sharing.isShared) sharing.add([artifact]);
  }
  return { copied: artifacts.length - missing.length, missing };
}

async function count(engine: Engine, from: string): Promise<number> {
  const { columns } = await engine.query(`SELECT count(*) AS n FROM ${from}`, [], { signal: null });
  const column = columns.get("n");
  return column?.type === "integer" ? column.values[0]! : 0;
}
