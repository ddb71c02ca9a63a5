import { quotedIdentifier, quotedString } from "@duckdb/node-api";
import type { Staging } from "./staging.js";

/** The keys that became columns of `runs_wide` so far. */
export class WideColumns {
  /** Param → whether all its values are numbers. */
  readonly #params = new Map<string, boolean>();
  readonly #metrics = new Set<string>();
  readonly #tags = new Set<string>();

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
  view(): string {
    const name = uniqueNames();
    const params = [...this.#params]
      .sort(byKey)
      .map(([key, isNumeric]) => aggregate(name(`p.${key}`), isNumeric ? "num" : "text", key));
    const metrics = [...this.#metrics].sort().map((key) => aggregate(name(`m.${key}`), "value", key));
    const tags = [...this.#tags].sort().map((key) => aggregate(name(`t.${key}`), "text", key));
    const joins = [
      join("p", "tail.params", params),
      join("m", "(SELECT run_id, key, nullif(value, 'nan'::DOUBLE) AS value FROM tail.latest)", metrics),
      join("t", "tail.tags", tags),
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
