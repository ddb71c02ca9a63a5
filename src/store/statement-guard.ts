import type { DuckDBConnection, DuckDBPreparedStatement } from "@duckdb/node-api";
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
  BEGIN: "each statement sees one state of the history by itself",
  TRANSACTION: "each statement sees one state of the history by itself",
  PREPARE: "bind values with ${…} instead",
  EXECUTE: "bind values with ${…} instead",
  MULTI: "run one statement at a time",
};
const CHANGES =
  "history is only written through runs: logParams, logMetrics, setTags, saveObjects; to combine results use WITH … SELECT";

const EXPLAIN = /^(?:\s|--[^\n]*\n|\/\*[\s\S]*?\*\/)*explain\b(?:\s+analy[sz]e\b)?(?:\s*\([^)]*\))?/i;

/** Table functions that are called in a SELECT and change the session or the disk all the same. */
const ACTING_FUNCTIONS =
  /\b(enable_logging|disable_logging|enable_profiling|disable_profiling|truncate_duckdb_logs|force_checkpoint|checkpoint|set_logging\w*|write_log|query)"?\s*\(/i;

/**
 * Lets reading statements through: SELECT with all its forms (WITH, FROM, VALUES, DESCRIBE, SHOW, SUMMARIZE, PIVOT) and EXPLAIN of
 * one. What a statement is, DuckDB's parser says, not its words.
 *
 * @returns The statement as it was prepared to look at it; nothing for an EXPLAIN and for a PIVOT that is several statements.
 * @throws SqlError that says why a statement is refused and what to do instead, or what is wrong with it.
 */
export async function checkReadingStatement(
  connection: DuckDBConnection,
  text: string,
): Promise<DuckDBPreparedStatement | undefined> {
  const statement = bareStatement(text);
  if (statement === "") throw new SqlError("Cannot run SQL: the statement is empty");
  const acting = ACTING_FUNCTIONS.exec(statement);
  if (acting)
    throw refused(
      text,
      acting[1]!.toLowerCase(),
      "it changes the session, where settings are fixed, or runs a text as a statement",
    );
  const explained = EXPLAIN.exec(text);
  if (explained) {
    (await checkReadingStatement(connection, text.slice(explained[0].length)))?.destroySync();
    return undefined;
  }

  // Looking at an EXPORT makes its folder already, so what can be refused by its first word is.
  const word = /^\w+/.exec(statement)?.[0].toUpperCase() ?? "";
  if (word in REFUSALS) throw refused(text, word, REFUSALS[word]!);
  const { StatementType } = await import("@duckdb/node-api");
  const extracted = await told(text, () => connection.extractStatements(text));
  // A PIVOT without IN is run as a CREATE TYPE of the values found, then the SELECT, which can be looked at only when the type exists.
  if (extracted.count > 1 && statement.includes(";")) throw refused(text, "several statements", REFUSALS.MULTI!);
  if (extracted.count === 1) {
    const prepared = await told(text, () => extracted.prepare(0));
    const type = StatementType[prepared.statementType];
    if (type === "SELECT") return prepared;
    prepared.destroySync();
    throw refused(text, type.replace("_", " "), REFUSALS[type] ?? CHANGES);
  }
  await connection.run("BEGIN");
  try {
    for (let i = 0; i < extracted.count; i++) {
      const prepared = await told(text, () => extracted.prepare(i));
      const type = StatementType[prepared.statementType];
      if (i < extracted.count - 1 && type === "CREATE") await told(text, () => prepared.run());
      else if (type !== "SELECT") throw refused(text, word, CHANGES);
      prepared.destroySync();
    }
  } finally {
    await connection.run("ROLLBACK");
  }
  return undefined;
}

const refused = (text: string, what: string, why: string) =>
  new SqlError(
    `Cannot run SQL: ${what} is refused, only reading statements run here\n  why: ${why}\n  statement: ${text.trim()}`,
  );

/** DuckDB's errors with the statement. */
async function told<T>(text: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    throw sqlError(text, error);
  }
}

/** The statement without comments, with its texts emptied and without the last semicolon: what is left tells statements apart. */
function bareStatement(text: string): string {
  return text
    .replace(/'(?:[^']|'')*'|"(?:[^"]|"")*"|\$(\w*)\$[\s\S]*?\$\1\$|--[^\n]*|\/\*[\s\S]*?\*\//g, (part) =>
      part.startsWith("'") ? "''" : part.startsWith('"') ? part.replace(/;/g, "") : part.startsWith("$") ? "''" : " ",
    )
    .replace(/[\s;]+$/, "")
    .trim();
}
