import type { ColumnTable } from "arquero";
import type { SqlValue } from "../engine/engine.js";
import { R } from "./r.js";
import { SqlResult } from "./sql-result.js";
import { SqlIdentifier, bindNames, bindTemplate, type SqlPiece } from "./sql-text.js";

/**
 * A question in SQL that has not been asked yet: awaiting it asks, once. Named inside another template it becomes a
 * part of that.
 */
export class SqlQuery implements SqlPiece, PromiseLike<SqlResult> {
  readonly strings: readonly string[];
  readonly values: readonly unknown[];
  #answer: Promise<SqlResult> | undefined;

  constructor(strings: readonly string[], values: readonly unknown[]) {
    this.strings = strings;
    this.values = values;
  }

  then<A = SqlResult, B = never>(
    resolve?: ((result: SqlResult) => A | PromiseLike<A>) | null,
    reject?: ((error: unknown) => B | PromiseLike<B>) | null,
  ): Promise<A | B> {
    return (this.#answer ??= this.#ask()).then(resolve, reject);
  }

  /** The answer as an arquero table. */
  async toTable(): Promise<ColumnTable> {
    return (await this).toTable();
  }

  toString(): string {
    return `SqlQuery(${this.strings.join("…").trim()})`;
  }

  [Symbol.for("nodejs.util.inspect.custom")](): string {
    return this.toString();
  }

  async #ask(): Promise<SqlResult> {
    const { text, params } = bindTemplate(this, (value) => value instanceof SqlQuery);
    return ask(text, params);
  }
}

/**
 * Asks the history of all runs in SQL. Values are bound, never pasted: text, numbers, booleans, Date, null, and arrays
 * (`x = ANY(${list})`).
 *
 *     await sql`SELECT name, "m.IC" FROM runs_wide WHERE "m.IC" > ${0.02} ORDER BY "m.IC" DESC`
 *
 * Only reading statements run. A name that is not known beforehand: `sql.identifier("m.Rank IC")`. One template may
 * stand in another: `` const recent = sql`start_time > ${since}` ``, then `` sql`SELECT name FROM runs WHERE ${recent}`
 * ``.
 *
 * Tables: `experiments`, `runs`, `attempts`, `params`, `metrics`, `latest`, `tags`, `artifacts`, `runs_wide`, and one
 * for each table artifact (`artifact.pred`). The store is that of the active run, else `R.getUri()`.
 *
 * @returns What, awaited, gives the rows: see {@link SqlResult}.
 * @throws SqlError with the reason and the statement.
 * @example
 * String(sql`SELECT name FROM runs WHERE status = ${"FAILED"}`) // -> SqlQuery(SELECT name FROM runs WHERE status = …)
 */
export const sql = Object.assign(
  (strings: TemplateStringsArray, ...values: unknown[]): SqlQuery => new SqlQuery(strings, values),
  {
    /** A column, table or view whose name is a value: quoted, so that it can hold anything. */
    identifier: (name: string): SqlIdentifier => new SqlIdentifier(name),
  },
);

/**
 * What a cell beginning with `%%sql` does: runs its body, each `$name` bound to the notebook's variable of that name.
 *
 * @throws UnknownNameError when there is no such variable.
 */
export async function runSqlCell(body: string, variables: Readonly<Record<string, unknown>>): Promise<SqlResult> {
  const { text, params } = bindNames(body, variables);
  return ask(text, params);
}

async function ask(text: string, params: readonly unknown[]): Promise<SqlResult> {
  // The engine refuses, by place, what SQL has no counterpart for.
  return new SqlResult(await R.store.sql(text, params as readonly SqlValue[]), text.trim());
}
