import { quotedIdentifier, quotedString } from "../engine/sql-quote.js";
import type { EngineColumn, EngineTable } from "../engine/columns.js";
import { textColumn } from "../engine/infer-column.js";
import type { Staging } from "./staging.js";

type Kind = "param" | "metric" | "tag";

/** A key as a column of a wide table in the base. */
interface StoredColumn {
  readonly column: string;
  readonly isNumeric: boolean;
}

/** A kind of key: the tall table, and the wide one that the base has made of it. */
const SOURCES = {
  param: { prefix: "p", table: "params", wide: "wide_params" },
  metric: { prefix: "m", table: "latest", wide: "wide_metrics" },
  tag: { prefix: "t", table: "tags", wide: "wide_tags" },
} as const;
const KINDS = Object.keys(SOURCES) as Kind[];

/** Of more keys of a kind no wide table is made: most of it would be empty. */
const MOST_STORED = 1000;

/** The keys that became columns of `runs_wide` so far. */
export class WideColumns {
  /** What the base has as wide tables; a kind without one is read from the tall table. */
  readonly #stored: Readonly<Record<Kind, Map<string, StoredColumn>>> = {
    param: new Map(),
    metric: new Map(),
    tag: new Map(),
  };
  /** Param → whether all its values are numbers. */
  readonly #params = new Map<string, boolean>();
  readonly #metrics = new Set<string>();
  readonly #tags = new Set<string>();
  /** Something was said since the base: its wide tables do not say all. */
  #isContinued = false;

  /** Adds a key that a file of the store names. */
  note(kind: string, key: string, isNumeric: boolean): void {
    if (kind === "metric") this.#metrics.add(key);
    else if (kind === "tag") this.#tags.add(key);
    else this.#params.set(key, (this.#params.get(key) ?? true) && isNumeric);
  }

  /** A column of a wide table of the base. */
  noteStored(kind: string, key: string, column: string, isNumeric: boolean): void {
    this.#stored[kind as Kind].set(key, { column, isNumeric });
  }

  /** Deltas or logs go on where the base ends; true when the view must be made anew. */
  noteContinued(): boolean {
    const isNew = !this.#isContinued;
    this.#isContinued = true;
    return isNew;
  }

  /** One row per key: `kind, key, is_numeric`. */
  keys(): EngineTable {
    const rows = [
      ...[...this.#params].map(([key, isNumeric]) => ({ kind: "param", key, isNumeric })),
      ...[...this.#metrics].map((key) => ({ kind: "metric", key, isNumeric: true })),
      ...[...this.#tags].map((key) => ({ kind: "tag", key, isNumeric: false })),
    ];
    return {
      numRows: rows.length,
      columns: new Map<string, EngineColumn>([
        ["kind", textColumn(rows.map(({ kind }) => kind))],
        ["key", textColumn(rows.map(({ key }) => key))],
        ["is_numeric", { type: "boolean", values: rows.map(({ isNumeric }) => isNumeric) }],
      ]),
    };
  }

  /** Adds the keys of new events; true when the view must be made anew. */
  add(staging: Staging): boolean {
    // SQL text cannot hold a NUL, so such a key stays in the tall tables only.
    const { params, metrics, tags } = staging.keys((key) => !key.includes("\0"));
    let changed = this.noteContinued();
    for (const [key, isNumeric] of params) {
      const before = this.#params.get(key);
      const now = (before ?? true) && isNumeric;
      changed ||= before !== now;
      this.#params.set(key, now);
    }
    for (const [known, found] of [
      [this.#metrics, metrics],
      [this.#tags, tags],
    ] as const) {
      for (const key of found) {
        changed ||= !known.has(key);
        known.add(key);
      }
    }
    return changed;
  }

  /**
   * One row per run that is not deleted, a flat column per key: a struct would be read whole for one field of it, and filtered
   * aggregates read only the columns asked for.
   *
   * @param schema `live`: base, deltas and tail; `state`: a base on its own.
   */
  view(schema: "live" | "state" = "live"): string {
    const name = uniqueNames();
    const joins = KINDS.map((kind) => {
      const columns = this.#columns(kind).map(({ key, isNumeric }) => ({
        key,
        isNumeric,
        name: quotedIdentifier(name(`${SOURCES[kind].prefix}.${key}`)),
      }));
      return columns.length ? { alias: SOURCES[kind].prefix, rows: this.#rows(kind, columns, schema) } : undefined;
    }).filter((join) => join !== undefined);
    const columns = ["r.*", ...joins.map(({ alias }) => `${alias}.* EXCLUDE (run_id)`)];
    const sources = joins.map(({ alias, rows }) => `LEFT JOIN (${rows}) ${alias} ON ${alias}.run_id = r.run_id`);
    return `CREATE OR REPLACE VIEW runs_wide AS SELECT ${columns.join(", ")} FROM (SELECT * FROM runs WHERE deleted_at IS NULL) r ${sources.join(" ")}`;
  }

  /** Statements that make the wide tables in schema `state`, out of the tall ones there. */
  storing(): string[] {
    const listed = KINDS.flatMap((kind) => {
      const keys = this.#columns(kind);
      return keys.length > MOST_STORED ? [] : keys.map((each, index) => ({ ...each, kind, column: `c${index}` }));
    });
    const tables = KINDS.map((kind) => {
      const { table, wide } = SOURCES[kind];
      const columns = listed.filter((each) => each.kind === kind);
      const values = columns.map(({ key, column, isNumeric }) => `${aggregate(kind, key, isNumeric)} AS ${column}`);
      return `CREATE TABLE state.${wide} AS SELECT ${["run_id", ...values].join(", ")} FROM state.${table} GROUP BY run_id ORDER BY run_id`;
    });
    const rows = listed.map(
      ({ kind, key, column, isNumeric }) => `(${[kind, key, column].map(quotedString).join(", ")}, ${isNumeric})`,
    );
    return [
      ...tables,
      STORED_COLUMNS,
      ...(rows.length ? [`INSERT INTO state.wide_columns VALUES ${rows.join(", ")}`] : []),
    ];
  }

  #columns(kind: Kind): { key: string; isNumeric: boolean }[] {
    if (kind === "param") return [...this.#params].sort(byKey).map(([key, isNumeric]) => ({ key, isNumeric }));
    const keys = kind === "metric" ? this.#metrics : this.#tags;
    return [...keys].sort().map((key) => ({ key, isNumeric: kind === "metric" }));
  }

  /** One row per run that has any key of the kind. */
  #rows(
    kind: Kind,
    columns: readonly { key: string; isNumeric: boolean; name: string }[],
    schema: "live" | "state",
  ): string {
    const { table, wide } = SOURCES[kind];
    const computed = (from: string) =>
      `SELECT run_id, ${columns.map(({ key, isNumeric, name }) => `${aggregate(kind, key, isNumeric)} AS ${name}`).join(", ")} FROM ${from}.${table} GROUP BY run_id`;
    if (schema === "state") return computed("state");
    const stored = this.#stored[kind];
    const isTrue = columns.every(({ key, isNumeric }) => (stored.get(key)?.isNumeric ?? isNumeric) === isNumeric);
    if (stored.size === 0 || !isTrue) return computed("live");
    const kept = columns.map(({ key, isNumeric, name }) => {
      const column = stored.get(key)?.column;
      return `${column === undefined ? `NULL::${isNumeric ? "DOUBLE" : "VARCHAR"}` : `old.${column}`} AS ${name}`;
    });
    // Without the union such a question is planned and answered several times faster.
    if (!this.#isContinued) return `SELECT run_id, ${kept.join(", ")} FROM base.state.${wide} AS old`;
    return `SELECT run_id, ${kept.join(", ")} FROM base.state.${wide} AS old ANTI JOIN tail.covered_${table} AS c ON c.id = old.run_id
      UNION ALL ${computed("tail")}`;
  }
}

/** Which columns the wide tables of a base have. */
const STORED_COLUMNS =
  "CREATE TABLE state.wide_columns (kind VARCHAR, key VARCHAR, column_name VARCHAR, is_numeric BOOLEAN)";

const byKey = ([a]: [string, boolean], [b]: [string, boolean]) => (a < b ? -1 : 1);

function aggregate(kind: Kind, key: string, isNumeric: boolean): string {
  const value = kind === "metric" ? "nullif(value, 'nan'::DOUBLE)" : isNumeric ? "num" : "text";
  return `any_value(${value}) FILTER (key = ${quotedString(key)})`;
}

/** SQL takes "p.A" and "p.a" for one name; the second gets a number. */
function uniqueNames(): (name: string) => string {
  const taken = new Set<string>();
  return (name) => {
    let unique = name;
    for (let n = 2; taken.has(unique.toLowerCase()); n++) unique = `${name}_${n}`;
    taken.add(unique.toLowerCase());
    return unique;
  };
}
