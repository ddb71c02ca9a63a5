import { statSync } from "node:fs";
import { quotedIdentifier, quotedString } from "../engine/sql-quote.js";
import type { EngineColumn, EngineTable } from "../engine/columns.js";
import { getEngine, type Engine } from "../engine/engine.js";
import { InterruptedError, LoadObjectError, UnknownNameError } from "../errors.js";
import { sliceTable } from "./join-tables.js";

/** A table artifact of a run. */
export interface ArtifactFile {
  /** What it is, for messages: `"pred" of run 0190…`. */
  readonly what: string;
  readonly file: string;
  /** Size when it was written. */
  readonly bytes: number;
}

interface Footer {
  readonly columns: readonly string[];
  /** Equal for files that can be read as one. */
  readonly schema: string;
  readonly numRows: number;
}

/**
 * The tables of many Parquet files, read in one scan for all files of one schema; each distinct text is decoded once,
 * and the tables share the memory.
 *
 * @param columns Only these, beside `datetime` and `instrument`; default all.
 * @throws LoadObjectError naming the first file that cannot be read, or is not as long as it was written.
 * @throws UnknownNameError for a column that a file does not have.
 */
export async function scanTables(files: readonly ArtifactFile[], columns?: readonly string[]): Promise<EngineTable[]> {
  if (files.length === 0) return [];
  for (const each of files) checkSize(each);
  const engine = await getEngine();
  try {
    const footers = await readFooters(engine, files);
    const groups = new Map<string, number[]>();
    footers.forEach(({ schema }, i) => groups.set(schema, [...(groups.get(schema) ?? []), i]));
    const tables = new Array<EngineTable>(files.length);
    for (const members of groups.values()) {
      const chosen = chooseColumns(files[members[0]!]!, footers[members[0]!]!.columns, columns);
      // Rows come in the order of the files, so that their numbers tell whose they are.
      const list = members.map((i) => quotedString(files[i]!.file)).join(", ");
      const all = await engine.query(`SELECT ${chosen} FROM read_parquet([${list}])`);
      const expected = members.reduce((sum, i) => sum + footers[i]!.numRows, 0);
      if (all.numRows !== expected)
        throw new LoadObjectError(
          `Cannot collect ${files[members[0]!]!.what}: a file was replaced while it was read\n  collect again`,
        );
      let from = 0;
      for (const i of members) tables[i] = sliceTable(all, from, (from += footers[i]!.numRows));
    }
    return tables;
  } catch (error) {
    if (error instanceof UnknownNameError || error instanceof InterruptedError || error instanceof LoadObjectError)
      throw error;
    throw (await findUnreadable(engine, files)) ?? error;
  }
}

function checkSize({ what, file, bytes }: ArtifactFile): void {
  const size = statSync(file).size;
  if (size !== bytes)
    throw new LoadObjectError(
      `Cannot load ${what}: the file has ${size} bytes, ${bytes} were written\n  file: ${file}`,
    );
}

/** The list of columns for SQL. */
function chooseColumns(file: ArtifactFile, has: readonly string[], wanted: readonly string[] | undefined): string {
  if (wanted === undefined) return "*";
  for (const name of wanted)
    if (!has.includes(name)) throw new UnknownNameError("column", name, has, { context: `Cannot load ${file.what}` });
  const keys = ["datetime", "instrument"].filter((name) => has.includes(name));
  return [...new Set([...keys, ...wanted])].map(quotedIdentifier).join(", ");
}

async function readFooters(engine: Engine, files: readonly ArtifactFile[]): Promise<Footer[]> {
  const list = `[${files.map(({ file }) => quotedString(file)).join(", ")}]`;
  const [counts, elements] = await Promise.all([
    engine.query(`SELECT file_name, num_rows FROM parquet_file_metadata(${list})`),
    engine.query(
      `SELECT file_name, name, concat_ws(' ', type, converted_type, logical_type) AS type
       FROM parquet_schema(${list}) WHERE num_children IS NULL OR num_children = 0`,
    ),
  ]);
  const rowsOf = new Map<string, number>();
  const [names, rows] = [textAt(counts, "file_name"), counts.columns.get("num_rows") as NumberColumn];
  for (let i = 0; i < counts.numRows; i++) rowsOf.set(names(i), rows.values[i]!);
  const columnsOf = new Map<string, { name: string; type: string }[]>();
  const [file, name, type] = ["file_name", "name", "type"].map((column) => textAt(elements, column));
  for (let i = 0; i < elements.numRows; i++) {
    const own = columnsOf.get(file!(i));
    const column = { name: name!(i), type: type!(i) };
    if (own) own.push(column);
    else columnsOf.set(file!(i), [column]);
  }
  return files.map((each) => {
    const columns = columnsOf.get(each.file) ?? [];
    return {
      columns: columns.map((column) => column.name),
      schema: JSON.stringify(columns),
      numRows: rowsOf.get(each.file) ?? 0,
    };
  });
}

type NumberColumn = Extract<EngineColumn, { type: "integer" }>;

function textAt(table: EngineTable, name: string): (row: number) => string {
  const column = table.columns.get(name);
  return column?.type === "text" ? (row) => column.dictionary[column.codes[row]!] ?? "" : () => "";
}

/** One scan tells that something is wrong, not always where. */
async function findUnreadable(engine: Engine, files: readonly ArtifactFile[]): Promise<LoadObjectError | undefined> {
  for (const { what, file } of files) {
    try {
      await engine.readParquet(file);
    } catch (error) {
      if (error instanceof InterruptedError) throw error;
      const reason = error instanceof Error ? error.message.split("\n")[0] : String(error);
      return new LoadObjectError(`Cannot load ${what}: ${reason}\n  file: ${file}`, { cause: error });
    }
  }
  return undefined;
}
