import { PATCH_KINDS, RUN, SQL_TYPES, type PatchColumn } from "./patch-kinds.js";

/** A table of the folded history. The base, the deltas and the tail of the logs have the same ones. */
export interface StateTable {
  readonly name: string;
  /** With their SQL types; the first identifies what the row belongs to. */
  readonly columns: readonly (readonly [name: string, type: string])[];
  /** Order of the rows in files. */
  readonly order: readonly string[];
  /** `computed`: made anew from the events of what a new event touches, so a delta has none of it. */
  readonly kind: "points" | "latest" | "last-wins" | "events" | "computed" | "seen" | "keys" | "purged";
}

const STAMP = ["stamp", "HUGEINT"] as const;
const declared = (columns: readonly PatchColumn[]) =>
  columns.map(({ column, type }) => [column, SQL_TYPES[type]] as const);

export const STATE_TABLES: readonly StateTable[] = [
  table("metrics", "points", ["run_id", "key", "step", "t"], "run_id VARCHAR, key VARCHAR, step BIGINT, t BIGINT, value DOUBLE"),
  table(
    "latest",
    "latest",
    ["run_id", "key"],
    "run_id VARCHAR, key VARCHAR, step BIGINT, t BIGINT, value DOUBLE, min DOUBLE, max DOUBLE, n BIGINT",
  ),
  table("params", "last-wins", ["run_id", "key"], "run_id VARCHAR, key VARCHAR, value VARCHAR, text VARCHAR, num DOUBLE, stamp HUGEINT"),
  table("tags", "last-wins", ["run_id", "key"], "run_id VARCHAR, key VARCHAR, value VARCHAR, text VARCHAR, t BIGINT, stamp HUGEINT"),
  table(
    "artifacts",
    "last-wins",
    ["run_id", "name"],
    "run_id VARCHAR, name VARCHAR, kind VARCHAR, bytes BIGINT, sha256 VARCHAR, path VARCHAR, t BIGINT, stamp HUGEINT",
  ),
  ...PATCH_KINDS.flatMap((kind): StateTable[] => {
    const columns = declared([...kind.keys, ...kind.fields]);
    const keys = kind.keys.map(({ column }) => column);
    return [
      {
        name: `${kind.table}_events`,
        kind: "events",
        order: [...keys, "stamp"],
        columns: [...columns, ["mask", "BIGINT"], ["by_finder", "BOOLEAN"], ["t", "BIGINT"], ["w", "BIGINT"], STAMP],
      },
      {
        name: kind.table,
        kind: "computed",
        order: keys,
        columns: [...columns, ...(kind === RUN ? ([["owner", "BIGINT"], ["own_status", "VARCHAR"]] as const) : [])],
      },
    ];
  }),
  // When each writer was last heard of in each run.
  table("activity", "seen", ["run_id", "writer"], "run_id VARCHAR, writer BIGINT, t BIGINT, heartbeat BIGINT"),
  // Every key that was ever logged: params (is_numeric: all values were numbers), metrics and tags.
  table("keys", "keys", ["kind", "key"], "kind VARCHAR, key VARCHAR, is_numeric BOOLEAN"),
  // Runs and experiments that were deleted for good: whatever else says something of them is void.
  table("purged", "purged", ["id"], "id VARCHAR"),
];

/** @throws Error for a name that is none: a mistake of ours. */
export function stateTable(name: string): StateTable {
  const found = STATE_TABLES.find((each) => each.name === name);
  if (!found) throw new Error(`no state table "${name}"`);
  return found;
}

export const createTable = (place: string, { name, columns }: StateTable) =>
  `CREATE TABLE ${place}.${name} (${columns.map((column) => column.join(" ")).join(", ")})`;

function table(name: string, kind: StateTable["kind"], order: readonly string[], columns: string): StateTable {
  return { name, kind, order, columns: columns.split(", ").map((column) => column.split(" ") as [string, string]) };
}
