import type { ColumnTable } from "arquero";
import { toArquero } from "../engine/arquero.js";
import type { EngineTable } from "../engine/columns.js";
import { inferColumn } from "../engine/infer-column.js";
import { formatDatetime } from "../engine/datetime.js";
import { refuseUnknownOptions } from "../engine/refuse-unknown-options.js";
import { InvalidArgumentError, UnknownNameError } from "../errors.js";
import { VIEW, type View } from "../panel/view.js";
import { findEngineTable } from "../tracking/engine-table-of.js";
import { Recorder } from "../tracking/recorder.js";
import { joinTables } from "./join-tables.js";
import { keyColumn, keyValues } from "./key-columns.js";
import { keyText, TupleMap, type KeyPart } from "./tuple-map.js";

/** An artifact that was not collected, and why. */
export interface SkippedArtifact {
  readonly artifact: string;
  readonly recorder: string;
  /** `the run has none`, or `its file is gone`. */
  readonly reason: string;
}

/** An artifact left out because another run has the same key. */
export interface ReplacedArtifact {
  readonly artifact: string;
  readonly key: KeyPart;
  readonly recorder: string;
  /** The run that stands in the map. */
  readonly by: string;
}

export interface CollectedTableOptions {
  /**
   * Names of the key columns, one for each part of the keys, the artifact's first. Default `artifact`, then `key`, or
   * `key_1`, `key_2` … where keys are tuples.
   */
  readonly names?: readonly string[];
}

/** What was left out on the way; see {@link Collected}. */
export interface CollectedNotes {
  readonly skipped?: readonly SkippedArtifact[];
  readonly replaced?: readonly ReplacedArtifact[];
}

/**
 * What a collector found: values by artifact, then by the key of their run.
 *
 * As the last value of a cell it shows what is in it, and what was left out.
 *
 * @example
 * const found = new Collected([["pred", new TupleMap([["ridge", table({ score: [0.5] })]])]]);
 * found.toTable().objects() // -> [{ artifact: "pred", key: "ridge", score: 0.5 }]
 */
export class Collected extends TupleMap {
  /** Artifacts that runs do not have. */
  readonly skipped: readonly SkippedArtifact[];
  /** Artifacts of runs whose key another run has too. */
  readonly replaced: readonly ReplacedArtifact[];

  constructor(
    entries: Iterable<readonly [KeyPart, unknown]> = [],
    { skipped = [], replaced = [] }: CollectedNotes = {},
  ) {
    super(entries);
    this.skipped = skipped;
    this.replaced = replaced;
  }

  /**
   * The table under a key of an artifact: `getTable("pred", ["ridge"])`; without a key what a process chain made of the
   * whole artifact.
   *
   * @throws UnknownNameError for a key that is not there, with those that are. @throws InvalidArgumentError when what is
   * there is no table.
   */
  getTable(...path: readonly KeyPart[]): ColumnTable {
    let value: unknown = this;
    for (const key of path) {
      const known: string[] = value instanceof TupleMap ? value.keys().map(keyText) : [];
      if (!(value instanceof TupleMap && value.has(key)))
        throw new UnknownNameError("key", keyText(key), known, { context: "Cannot get a collected table" });
      value = value.get(key);
    }
    const table = value instanceof TupleMap ? undefined : findEngineTable(value);
    if (table !== undefined) return toArquero(table);
    const held =
      value instanceof TupleMap ? `a map with the keys ${value.keys().map(keyText).join(", ")}` : typeof value;
    throw new InvalidArgumentError(
      `Cannot get a collected table: ${path.map(keyText).join(", ")} holds ${held}\n  for any value: get(key)`,
    );
  }

  /**
   * Everything as one tidy table: the parts of the keys as columns, then the columns of the tables.
   *
   *     artifact  key_1  key_2                  datetime    instrument  score
   *     pred      ridge  2020-01-01/2020-06-30  2020-01-02  SH600000     0.31
   *
   * Tables with other columns are put below each other with the union of columns, missing where a table has none. A
   * value that is no table is one row with a column `value`; a recorder is its id there.
   *
   * @throws InvalidArgumentError when there are more or fewer key columns than `names`, or a table has a column of such
   * a name.
   */
  toTable(options: CollectedTableOptions = {}): ColumnTable {
    refuseUnknownOptions("Cannot make a table of what was collected", options, ["names"]);
    const { names } = options;
    const leaves = [...leavesOf(this, [])];
    const tables = leaves.map(({ value }) => tableOfLeaf(value));
    const keys = leaves.map(({ path }) => path.flatMap(keyValues));
    const keyNames = checkNames(names ?? defaultNames(leaves), keys, names !== undefined);
    const joined = joinTables(tables);
    const taken = keyNames.find((name) => joined.columns.has(name));
    if (taken !== undefined)
      throw new InvalidArgumentError(
        `Cannot put what was collected into one table: "${taken}" is a column of the tables and of the keys\n  choose others: toTable({ names: [${keyNames.map((name) => `"${name === taken ? `${name}_key` : name}"`).join(", ")}] })`,
      );
    const counts = tables.map(({ numRows }) => numRows);
    const keyColumns = keyNames.map(
      (name, part) =>
        [
          name,
          keyColumn(
            keys.map((values) => values[part]),
            counts,
            joined.numRows,
          ),
        ] as const,
    );
    return toArquero({ numRows: joined.numRows, columns: new Map([...keyColumns, ...joined.columns]) });
  }

  [VIEW](): View {
    const leaves = [...leavesOf(this, [])];
    const names = defaultNames(leaves);
    const table = leaves.map(({ path, value }) => ({
      ...Object.fromEntries(path.flatMap(keyValues).map((part, i) => [names[i], part])),
      ...describe(value),
    }));
    return {
      kind: "collected",
      title: `Collected: ${leaves.length} ${leaves.length === 1 ? "object" : "objects"}`,
      ...(table.length > 0 && { table }),
      notes: this.#notes(),
    };
  }

  #notes(): string[] {
    const { skipped, replaced } = this;
    const reasons = new Map<string, number>();
    for (const { artifact, reason } of skipped) {
      const text = `no "${artifact}": ${reason}`;
      reasons.set(text, (reasons.get(text) ?? 0) + 1);
    }
    return [
      ...Array.from(reasons, ([text, count]) => `Skipped ${count}, ${text}`),
      ...(replaced.length ? [`Left out ${replaced.length} because another run has the same key`] : []),
    ];
  }
}

interface Leaf {
  readonly path: readonly KeyPart[];
  readonly value: unknown;
}

function* leavesOf(map: TupleMap, path: readonly KeyPart[]): Generator<Leaf> {
  for (const [key, value] of map)
    if (value instanceof TupleMap) yield* leavesOf(value, [...path, key]);
    else yield { path: [...path, key], value };
}

function tableOfLeaf(value: unknown): EngineTable {
  const shown = value instanceof Recorder ? value.id : value;
  return findEngineTable(value) ?? { numRows: 1, columns: new Map([["value", inferColumn("value", [shown])]]) };
}

/** `artifact`; with a collector's name before it where keys of the first level have two parts. */
function defaultNames(leaves: readonly Leaf[]): string[] {
  const count = (level: (path: readonly KeyPart[]) => readonly KeyPart[]) =>
    leaves.reduce((most, { path }) => Math.max(most, level(path).flatMap(keyValues).length), 0);
  const first = count((path) => path.slice(0, 1));
  const rest = count((path) => path.slice(1));
  const numbered = (name: string, n: number) =>
    n === 1 ? [name] : Array.from({ length: n }, (_, i) => `${name}_${i + 1}`);
  return [...(first === 2 ? ["collector", "artifact"] : numbered("artifact", first)), ...numbered("key", rest)];
}

function checkNames(
  names: readonly string[],
  keys: readonly (readonly unknown[])[],
  given: boolean,
): readonly string[] {
  const parts = keys.reduce((most, values) => Math.max(most, values.length), 0);
  if (given && keys.length > 0 && names.length !== parts)
    throw new InvalidArgumentError(
      `Cannot put what was collected into one table: ${names.length} names are given, the keys have ${parts} parts`,
    );
  return names;
}

/** One line of the overview. */
function describe(value: unknown): Record<string, unknown> {
  const table = findEngineTable(value);
  if (table === undefined)
    return {
      holds:
        value instanceof Recorder
          ? value.toString()
          : typeof value === "object"
            ? (value?.constructor?.name ?? "object")
            : String(value),
    };
  const datetime = table.columns.get("datetime");
  const span = datetime?.type === "datetime" ? spanOf(datetime.values) : undefined;
  return {
    rows: table.numRows,
    ...(span && { first: span[0], last: span[1] }),
    columns: [...table.columns.keys()].filter((name) => name !== "datetime" && name !== "instrument").join(", "),
  };
}

function spanOf(values: Float64Array): [string, string] | undefined {
  let [first, last] = [Infinity, -Infinity];
  for (const ms of values) {
    if (ms < first) first = ms;
    if (ms > last) last = ms;
  }
  return first <= last ? [formatDatetime(first), formatDatetime(last)] : undefined;
}
