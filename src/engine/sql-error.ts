import { SqlError } from "../errors.js";

const SHOWN_CHARS = 2000;

/** A failed statement as an error that carries DuckDB's words (candidate names included) and the statement. */
export function sqlError(sql: string, cause: unknown): SqlError {
  const reason = cause instanceof Error ? cause.message : String(cause);
  // DuckDB repeats the line with a caret; the statement below says it in full.
  const words = reason.replace(/\n\nLINE \d+:[\s\S]*$/, "").trim();
  return new SqlError(`Cannot run SQL: ${words}\n  statement: ${shorten(sql.trim())}`, { cause });
}

const shorten = (sql: string) =>
  sql.length <= SHOWN_CHARS ? sql : `${sql.slice(0, SHOWN_CHARS)} … (${sql.length} characters)`;
