import type { ColumnTable } from "arquero";
import type { EngineTable } from "../engine/columns.js";
import type { SqlValue } from "../engine/engine.js";
import { InvalidArgumentError } from "../errors.js";
import { R } from "./r.js";
import { askWithin, checkSqlOptions, type SqlOptions } from "./sql-limits.js";
import { SqlPlan } from "./sql-plan.js";
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
    const { text, params } = bindTemplate(this, isQuery);
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
  (strings: TemplateStringsArray, ...values: unknown[]): SqlQuery => {
    if (!Array.isArray(strings))
      throw new InvalidArgumentError(
        "Cannot run SQL: sql is a tag of a template, not a function\n  expected: await sql`SELECT …`, values as ${value}",
      );
    return new SqlQuery(strings, values);
  },
  {
    /** A column, table or view whose name is a value: quoted, so that it can hold anything. */
    identifier: (name: string): SqlIdentifier => new SqlIdentifier(name),

    /**
     * How the engine would answer: joins, filters, and the rows it expects. Nothing is read.
     *
     *     await sql.explain(sql`SELECT name FROM runs_wide WHERE "m.IC" > ${0.02}`)
     *
     * @param options.analyze Answers it too, and tells how long each part took and how many rows it gave.
     * @throws SqlError as the question itself.
     */
    explain: async (query: SqlQuery, { analyze = false }: { readonly analyze?: boolean } = {}): Promise<SqlPlan> => {
      const { text, params } = bindTemplate(query, isQuery);
      return new SqlPlan(await answer(text, params, analyze ? "analyze" : "plan"), text.trim());
    },

    /**
     * Sets what questions may cost from now on; options that are left out stay as they are.
     *
     *     sql.options({ timeLimit: 30, memoryLimit: "2GB" })
     *
     * A question over a limit rejects with what to do. The memory limit is fixed once a store is read: set it in the
     * notebook's first cell.
     *
     * @returns What holds now.
     * @throws InvalidArgumentError for a value that is no limit, or a memory limit for a store that is already read.
     * @throws UnknownNameError for another option.
     */
    options: (changes: SqlOptions = {}): Readonly<{ timeLimit: number | null; memoryLimit: string | undefined }> => {
      checkSqlOptions(changes);
      if (changes.memoryLimit !== undefined) R.limitMemory(changes.memoryLimit);
      if (changes.timeLimit !== undefined) timeLimit = changes.timeLimit;
      return { timeLimit, memoryLimit: R.memoryLimit };
    },
  },
);

let timeLimit: number | null = null;

/**
 * What a cell beginning with `%%sql` does: runs its body, each `$name` bound to the notebook's variable of that name.
 *
 * @throws UnknownNameError when there is no such variable.
 */
export async function runSqlCell(body: string, variables: Readonly<Record<string, unknown>>): Promise<SqlResult> {
  const { text, params } = bindNames(body, variables);
  return ask(text, params);
}

const isQuery = (value: unknown): value is SqlQuery => value instanceof SqlQuery;

async function ask(text: string, params: readonly unknown[]): Promise<SqlResult> {
  return new SqlResult(await answer(text, params), text.trim());
}

function answer(text: string, params: readonly unknown[], explain?: "plan" | "analyze"): Promise<EngineTable> {
  return askWithin(text, timeLimit, (signal) =>
    // The engine refuses, by place, what SQL has no counterpart for.
    R.store.sql(text, params as readonly SqlValue[], { signal, ...(explain && { explain }) }),
  );
}
