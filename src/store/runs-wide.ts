import { quotedIdentifier, quotedString } from "@duckdb/node-api";
import type { EngineColumn, EngineTable } from "../engine/columns.js";
import { textColumn } from "../engine/infer-column.js";
import type { Staging } from "./staging.js";

/** The keys that became columns of `runs_wide` so far. */
export class WideColumns {
  /** Param → whether all its values are numbers. */
  readonly #params = new Map<string, boolean>();
  readonly #metrics = new Set<string>();
  readonly #tags = new Set<string>();

  /** Adds a key that a file of the store names. */
  note(kind: string, key: string, isNumeric: boolean): void {
    if (kind === "metric") this.#metrics.add(key);
    else if (kind === "tag") this.#tags.add(key);
    else this.#params.set(key, (this.#params.get(key) ?? true) && isNumeric);
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
    let changed = false;
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
   */
  view(schema: "live" | "state" = "live"): string {
    const name = uniqueNames();
    const params = [...this.#params]
      .sort(byKey)
      .map(([key, isNumeric]) => aggregate(name(`p.${key}`), isNumeric ? "num" : "text", key));
    const metrics = [...this.#metrics].sort().map((key) => aggregate(name(`m.${key}`), "value", key));
    const tags = [...this.#tags].sort().map((key) => aggregate(name(`t.${key}`), "text", key));
    const joins = [
      join("p", `${schema}.params`, params),
      join("m", `(SELECT run_id, key, nullif(value, 'nan'::DOUBLE) AS value FROM ${schema}.latest)`, metrics),
      join("t", `${schema}.tags`, tags),
    ].filter((sql) => sql !== "");
    const columns = [
      "r.*",
      ...(params.length ? ["p.* EXCLUDE (run_id)"] : []),
      ...(metrics.length ? ["m.* EXCLUDE (run_id)"] : []),
      ...(tags.length ? ["t.* EXCLUDE (run_id)"] : []),
    ];
    return `CREATE OR REPLACE VIEW runs_wide AS SELECT ${columns.join(", ")} FROM (SELECT * FROM runs WHERE deleted_at IS NULL) r ${joins.join(" ")}`;
  }
}

const byKey = ([a]: [string, boolean], [b]: [string, boolean]) => (a < b ? -1 : 1);

const aggregate = (column: string, value: string, key: string) =>
  `any_value(${value}) FILTER (key = ${quotedString(key)}) AS ${quotedIdentifier(column)}`;

function join(alias: string, source: string, columns: readonly string[]): string {
  return columns.length
    ? `LEFT JOIN (SELECT run_id, ${columns.join(", ")} FROM ${source} GROUP BY run_id) ${alias} ON ${alias}.run_id = r.run_id`
    : "";
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
