import type { SourceCell } from "./code-cells.js";
import { diffLines } from "./line-diff.js";
import type { RunSource } from "./run-source.js";

/** A piece of code that two runs do not have in common. */
export interface CodeChange {
  /** `cell [4]`, `uncommitted changes`. */
  readonly what: string;
  /** Lines with `-` (the first run's), `+` (the other's) and ` `. */
  readonly diff: string;
}

/** The code of a run against that of the first of those compared. */
export interface CodeDifference {
  /** Places of the two in `runs`. */
  readonly from: number;
  readonly to: number;
  /** Of the two runs; undefined outside a repository. */
  readonly commits: readonly [string | undefined, string | undefined];
  /** Empty when they were made by the same code, as far as it was recorded. */
  readonly changes: readonly CodeChange[];
}

/**
 * What changed between two runs: cells by their id, else by equal code; of those that only one of them has, those that
 * ran while it was open.
 */
export function compareCode(from: RunSource, to: RunSource): readonly CodeChange[] {
  const [a, b] = [lastCells(from), lastCells(to)];
  const pairs = b.map((cell) => [a.find((other) => isSame(other, cell)), cell] as const);
  const matched = new Set(pairs.map(([first]) => first));
  const changes = [
    ...a
      .filter((cell) => !matched.has(cell) && cell.during)
      .map((cell) => ({ what: `cell [${cell.number}], only of the first`, diff: diffLines(cell.code, "") })),
    ...pairs.flatMap(([first, cell]) => {
      if (first) return [{ what: `cell [${first.number}] → [${cell.number}]`, diff: diffLines(first.code, cell.code) }];
      if (!cell.during) return [];
      return [{ what: `cell [${cell.number}], only of the other`, diff: diffLines("", cell.code) }];
    }),
    { what: "uncommitted changes", diff: diffLines(from.diff, to.diff) },
  ];
  return changes.filter(({ diff }) => diff !== "");
}

/** Of each cell the last execution that did not throw. */
function lastCells({ cells }: RunSource): SourceCell[] {
  const fine = cells.filter(({ failed }) => !failed);
  return fine.filter((cell, place) => !fine.slice(place + 1).some((later) => isSame(later, cell)));
}

const isSame = (a: SourceCell, b: SourceCell) =>
  a.id !== undefined && b.id !== undefined ? a.id === b.id : a.code === b.code;
