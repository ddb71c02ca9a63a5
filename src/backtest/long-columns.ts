import { table, type ColumnTable } from "arquero";

export type ColumnKind = "datetime" | "text" | "number";

/** A long table that grows by rows; columns keep their types when there is no row. */
export class LongColumns<Name extends string> {
  readonly #kinds: Readonly<Record<Name, ColumnKind>>;
  readonly #columns: Map<Name, (number | string)[]>;

  constructor(kinds: Readonly<Record<Name, ColumnKind>>) {
    this.#kinds = kinds;
    this.#columns = new Map((Object.keys(kinds) as Name[]).map((name) => [name, []]));
  }

  /** Values in the order of the columns; datetimes as epoch ms. */
  add(...row: readonly (number | string)[]): void {
    let i = 0;
    for (const column of this.#columns.values()) column.push(row[i++]!);
  }

  toTable(): ColumnTable {
    return table(
      Object.fromEntries([...this.#columns].map(([name, values]) => [name, typed(values, this.#kinds[name])])),
    );
  }
}

function typed(values: readonly (number | string)[], kind: ColumnKind): ArrayLike<unknown> {
  if (kind === "number") return Float64Array.from(values as number[]);
  return kind === "datetime" ? values.map((ms) => new Date(ms)) : values;
}
