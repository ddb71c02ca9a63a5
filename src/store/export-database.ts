import { existsSync } from "node:fs";
import path from "node:path";
import { quotedIdentifier, quotedString } from "../engine/sql-quote.js";
import { replaceFile } from "../engine/durable-file.js";
import type { EngineTable } from "../engine/columns.js";
import { getEngine } from "../engine/engine.js";
import { InvalidArgumentError, UnknownNameError } from "../errors.js";
import { host } from "../host/host.js";
import { artifactRows } from "./artifact-views.js";

export interface ExportOptions {
  /** Table artifacts as tables of schema `artifact`: all, or those of these names. Default none. */
  readonly artifacts?: boolean | readonly string[];
  /** Replace a file that is there. Default false. */
  readonly overwrite?: boolean;
}

/** One state of the history: answers of one moment, and the files of its table artifacts. */
export interface Snapshot {
  readonly root: string;
  ask(sql: string): Promise<EngineTable>;
  artifactNames(): readonly string[];
  /** Undefined for a file that is gone. */
  artifactFiles(name: string): Promise<readonly (string | undefined)[]>;
}

const TABLES = ["experiments", "runs", "attempts", "params", "metrics", "latest", "tags", "artifacts", "runs_wide"];

/** Writes one moment of the history as a DuckDB database; see `Store.exportDatabase`. */
export async function exportDatabase(snapshot: Snapshot, file: string, options: ExportOptions): Promise<void> {
  const target = path.resolve(file);
  const names = chosenArtifacts(snapshot, options.artifacts ?? false);
  if (existsSync(target) && !options.overwrite)
    throw new InvalidArgumentError(
      `Cannot export to ${target}: the file is there already\n  choose another name, or replace it with { overwrite: true }`,
    );
  if (!existsSync(path.dirname(target)))
    throw new InvalidArgumentError(`Cannot export to ${target}: the folder ${path.dirname(target)} does not exist`);
  const engine = await getEngine();
  const database = quotedIdentifier(`export ${target}`);
  const run = (sql: string) => engine.run(sql, [], { signal: null });
  await replaceFile(target, async (temporary) => {
    await run(`ATTACH ${quotedString(temporary)} AS ${database}`);
    try {
      for (const table of TABLES) {
        await host.breathe();
        await copyTable(snapshot, table, `${database}.${quotedIdentifier(table)}`);
      }
      if (names.length) await run(`CREATE SCHEMA ${database}.artifact`);
      for (const name of names) {
        await host.breathe();
        const files = (await snapshot.artifactFiles(name)).filter((each) => each !== undefined);
        if (files.length)
          await run(
            `CREATE TABLE ${database}.artifact.${quotedIdentifier(name)} AS ${artifactRows(snapshot.root, files)}`,
          );
      }
    } finally {
      await run(`DETACH ${database}`);
    }
  });

  /** With the column types that the store's own table has. */
  async function copyTable({ ask }: Snapshot, name: string, into: string): Promise<void> {
    const described = await ask(`SELECT column_name, column_type FROM (DESCRIBE ${name})`);
    const [columns, types] = ["column_name", "column_type"].map((column) => textsOf(described, column));
    const declared = columns!.map((column, i) => `${quotedIdentifier(column)} ${types![i]!}`);
    await run(`CREATE TABLE ${into} (${declared.join(", ")})`);
    const rows = await ask(`FROM ${name}`);
    if (rows.numRows === 0) return;
    const lent = engine.lend(rows);
    // A value of a metric is never missing: what is lent as NULL was a NaN.
    const kept = name === "metrics" ? "SELECT * REPLACE (coalesce(value, 'nan'::DOUBLE) AS value)" : "SELECT *";
    try {
      await run(`INSERT INTO ${into} ${kept} FROM (${lent.select})`);
    } finally {
      lent.end();
    }
  }
}

function chosenArtifacts(snapshot: Snapshot, wanted: boolean | readonly string[]): readonly string[] {
  const names = snapshot.artifactNames();
  if (typeof wanted === "boolean") return wanted ? names : [];
  for (const name of wanted)
    if (!names.includes(name)) throw new UnknownNameError("table artifact", name, names, { context: "Cannot export" });
  return wanted;
}

function textsOf({ columns, numRows }: EngineTable, name: string): string[] {
  const column = columns.get(name);
  if (column?.type !== "text") return [];
  return Array.from({ length: numRows }, (_, row) => column.dictionary[column.codes[row]!]!);
}
