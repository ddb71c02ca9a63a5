import { StatementType, type DuckDBConnection } from "@duckdb/node-api";
import { sqlError } from "../engine/sql-error.js";
import { SqlError } from "../errors.js";

/** What a refused statement would do, and what to do instead. */
const REFUSALS: Readonly<Record<string, string>> = {
  COPY: "it writes files; take the result with .toTable() and save that",
  EXPORT: "it writes files; `alphabook store export` writes the history as one file",
  ATTACH: "it opens another database; read Parquet and CSV files through openMarket, or in a DuckDB of your own",
  DETACH: "it closes a database of the store",
  LOAD: "extensions are not loaded",
  SET: "settings are fixed",
  VARIABLE_SET: "settings are fixed",
  CALL: "it runs a procedure, which may change the session",
  PRAGMA: "it may change the session; settings are in duckdb_settings(), tables in SHOW TABLES",
  TRANSACTION: "each statement sees one state of the history by itself",
  PREPARE: "bind values with ${…} instead",
  EXECUTE: "bind values with ${…} instead",
  MULTI: "run one statement at a time",
};
const CHANGES = "history is only written through runs: logParams, logMetrics, setTags, saveObjects; to combine results use WITH … SELECT";

/** Table functions that are called in a SELECT and change the session or the disk all the same. */
const ACTING_FUNCTIONS = /\b(enable_logging|disable_logging|enable_profiling|disable_profiling|truncate_duckdb_logs|force_checkpoint|checkpoint|set_logging\w*|write_log)"?\s*\(/i;

/**
 * Lets reading statements through: SELECT with all its forms (WITH, FROM, VALUES, DESCRIBE, SHOW, SUMMARIZE, PIVOT) and EXPLAIN of
 * one. What a statement is, DuckDB's parser says, not its words.
 *
 * @throws SqlError that says why a statement is refused and what to do instead, or what is wrong with it.
 */
export async function checkReadingStatement(connection: DuckDBConnection, text: string): Promise<void> {
  const statement = bareStatement(text);
  if (statement === "") throw new SqlError("Cannot run SQL: the statement is empty");
  const acting = ACTING_FUNCTIONS.exec(statement);
  if (acting) throw refused(text, acting[1]!.toLowerCase(), "it changes the session; settings are fixed");
  const explained = /^explain\b(?:\s+analy[sz]e\b)?(?:\s*\([^)]*\))?\s*/i.exec(statement);
  if (explained) return checkReadingStatement(connection, statement.slice(explained[0].length));

  const types = await statementTypes(connection, text);
  // A PIVOT without IN is run as a CREATE TYPE of the values found, which must run first, then the SELECT.
  const isPivot = types.count > 1 && !statement.includes(";");
  if (types.count > 1 && !isPivot) throw refused(text, "several statements", REFUSALS.MULTI!);
  for (let i = 0; i < types.count - 1; i++) {
    if ((await types.at(i)) !== "CREATE") throw refused(text, await types.at(i), CHANGES);
    await types.run(i);
  }
  const type = await types.at(types.count - 1);
  if (type !== "SELECT") throw refused(text, type, REFUSALS[type] ?? CHANGES);
}

const refused = (text: string, what: string, why: string) =>
  new SqlError(`Cannot run SQL: ${what.replace("_", " ")} is refused, only reading statements run here\n  why: ${why}\n  statement: ${text.trim()}`);

interface StatementTypes {
  readonly count: number;
  at(index: number): Promise<string>;
  run(index: number): Promise<void>;
}

async function statementTypes(connection: DuckDBConnection, text: string): Promise<StatementTypes> {
  const attempt = async <T>(work: () => Promise<T>): Promise<T> => {
    try {
      return await work();
    } catch (error) {
      throw sqlError(text, error);
    }
  };
  const extracted = await attempt(() => connection.extractStatements(text));
  const prepared = async <T>(index: number, use: (statement: Awaited<ReturnType<typeof extracted.prepare>>) => T | Promise<T>) =>
    attempt(async () => {
      const statement = await extracted.prepare(index);
      try {
        return await use(statement);
      } finally {
        statement.destroySync();
      }
    });
  return {
    count: extracted.count,
    at: (index) => prepared(index, ({ statementType }) => StatementType[statementType]),
    run: (index) => prepared(index, async (statement) => void (await statement.run())),
  };
}

/** The statement without comments, with its texts emptied and without the last semicolon: what is left tells statements apart. */
function bareStatement(text: string): string {
  return text
    .replace(/'(?:[^']|'')*'|"(?:[^"]|"")*"|\$(\w*)\$[\s\S]*?\$\1\$|--[^\n]*|\/\*[\s\S]*?\*\//g, (part) => (part.startsWith("'") ? "''" : part.startsWith('"') ? part.replace(/;/g, "") : part.startsWith("$") ? "''" : " "))
    .replace(/[\s;]+$/, "")
    .trim();
}
