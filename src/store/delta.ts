import { mkdirSync, rmSync, statSync } from "node:fs";
import path from "node:path";
import { quotedString } from "../engine/sql-quote.js";
import { replaceFile } from "../engine/durable-file.js";
import type { EngineColumn, EngineTable } from "../engine/columns.js";
import type { Engine } from "../engine/engine.js";
import type { Activity } from "./activity.js";
import { columnsOf } from "./catalog-tables.js";
import { inTransaction } from "./fold.js";
import { deltaFile, type Delta, type Manifest } from "./manifest.js";
import { PATCH_KINDS } from "./patch-kinds.js";
import type { WideColumns } from "./runs-wide.js";
import { STATE_TABLES, stateTable } from "./state-tables.js";

/** Parquet has no 128-bit whole numbers. */
const STORED = "* REPLACE (stamp::VARCHAR AS stamp)";
const hasStamp = (name: string) => stateTable(name).columns.some(([column]) => column === "stamp");

/** Writes what a schema holds as Parquet files, a table each; they count once a manifest names them. */
export async function writeDelta(engine: Engine, root: string, name: string, schema = "tail"): Promise<Delta> {
  mkdirSync(path.join(root, "delta"), { recursive: true });
  const tables: string[] = [];
  let bytes = 0;
  try {
    for (const { name: table, kind, order } of STATE_TABLES) {
      if (kind === "computed" || (await countOf(engine, `${schema}.${table}`)) === 0) continue;
      const file = deltaFile(root, { name }, table);
      tables.push(table);
      const select = `SELECT ${hasStamp(table) ? STORED : "*"} FROM ${schema}.${table} ORDER BY ${order.join(", ")}`;
      await replaceFile(file, (temporary) =>
        engine.run(`COPY (${select}) TO ${quotedString(temporary)} (FORMAT parquet, COMPRESSION zstd)`, [], {
          signal: null,
        }),
      );
      bytes += statSync(file).size;
    }
  } catch (error) {
    for (const table of tables) rmSync(deltaFile(root, { name }, table), { force: true });
    throw error;
  }
  return { name, tables, bytes };
}

/** Files that have rows of a table. */
export const deltaFilesOf = (root: string, deltas: readonly Delta[], table: string) =>
  deltas.filter(({ tables }) => tables.includes(table)).map((delta) => deltaFile(root, delta, table));

/** Folds the deltas into schema `tail`, as if their events had been read from the logs; their points stay where they are. */
export async function foldDeltas(
  engine: Engine,
  root: string,
  { base, deltas }: Pick<Manifest, "base" | "deltas">,
  activity: Activity,
  wide: WideColumns,
): Promise<void> {
  if (deltas.length === 0) return;
  const rowsOf = (table: string) => {
    const files = deltaFilesOf(root, deltas, table);
    if (files.length === 0) return undefined;
    const columns = columnsOf(table).replace(/\bstamp\b/, "stamp::HUGEINT AS stamp");
    return `SELECT ${columns} FROM read_parquet([${files.map(quotedString).join(", ")}])`;
  };
  const ask = async (table: string, select: string): Promise<EngineTable> => {
    const rows = rowsOf(table);
    return rows === undefined ? NOTHING : engine.query(`SELECT ${select} FROM (${rows})`, [], { signal: null });
  };
  noteActivity(await ask("activity", "run_id, writer, t, heartbeat"), activity);
  noteKeys(await ask("keys", "kind, key, is_numeric"), wide);
  const touched: Record<string, string[]> = {};
  for (const { table, keys } of PATCH_KINDS) {
    const events = `${table}_events`;
    touched[table] = textsAt(await ask(events, `DISTINCT ${keys[0]!.column} AS id`), "id");
    if (table !== "experiments")
      for (const run of textsAt(await ask(events, "DISTINCT CASE WHEN by_finder THEN run_id END AS id"), "id"))
        activity.noteJudged(run);
  }
  const purged = textsAt(await ask("purged", "id"), "id");
  await inTransaction(engine, base !== null, async (step) => {
    const each = async (table: string, work: (rows: string) => Promise<void>) => {
      const rows = rowsOf(table);
      if (rows !== undefined) await work(rows);
    };
    await each("latest", (rows) => step.latest(rows));
    await each("params", (rows) => step.lastWins("params", ["run_id", "key"], rows));
    await each("tags", (rows) => step.lastWins("tags", ["run_id", "key"], rows));
    await each("artifacts", (rows) => step.lastWins("artifacts", ["run_id", "name"], rows));
    for (const kind of PATCH_KINDS) await each(`${kind.table}_events`, (rows) => step.events(kind, rows));
    const heard = [...activity.runs()];
    const judged = heard.filter((run) => activity.isJudged(run));
    await step.experiments(touched.experiments!);
    const alive = heard.filter((run) => activity.hasHeartbeat(run));
    await step.runs(new Set([...touched.runs!, ...judged, ...alive]), activity);
    await step.attempts(new Set([...touched.attempts!, ...judged]), activity);
    await step.purge(purged);
  });
}

const NOTHING: EngineTable = { numRows: 0, columns: new Map() };

export function noteActivity({ numRows, columns }: EngineTable, activity: Activity): void {
  const [writers, times, beats] = ["writer", "t", "heartbeat"].map((name) => numbersOf(columns.get(name)));
  const runs = columns.get("run_id");
  for (let row = 0; row < numRows; row++) activity.note(textOf(runs, row)!, writers!(row), times!(row), beats!(row));
}

export function noteKeys({ numRows, columns }: EngineTable, wide: WideColumns): void {
  const [kinds, keys, numeric] = ["kind", "key", "is_numeric"].map((name) => columns.get(name));
  for (let row = 0; row < numRows; row++) {
    const isNumeric = numeric?.type === "boolean" && numeric.values[row] === true;
    wide.note(textOf(kinds, row)!, textOf(keys, row)!, isNumeric);
  }
}

export function noteStoredColumns({ numRows, columns }: EngineTable, wide: WideColumns): void {
  const [kinds, keys, names, numeric] = ["kind", "key", "column_name", "is_numeric"].map((name) => columns.get(name));
  for (let row = 0; row < numRows; row++) {
    const isNumeric = numeric?.type === "boolean" && numeric.values[row] === true;
    wide.noteStored(textOf(kinds, row)!, textOf(keys, row)!, textOf(names, row)!, isNumeric);
  }
}

/** Texts of a column, those that are not missing. */
export function textsAt({ numRows, columns }: EngineTable, name: string): string[] {
  const column = columns.get(name);
  return Array.from({ length: numRows }, (_, row) => textOf(column, row)).filter((text) => text !== undefined);
}

const textOf = (column: EngineColumn | undefined, row: number) =>
  column?.type === "text" ? column.dictionary[column.codes[row]!] : undefined;

const numbersOf = (column: EngineColumn | undefined) => (row: number) =>
  column?.type === "integer" ? column.values[row]! : NaN;

async function countOf(engine: Engine, table: string): Promise<number> {
  const { columns } = await engine.query(`SELECT count(*) AS n FROM ${table}`, [], { signal: null });
  return numbersOf(columns.get("n"))(0);
}
