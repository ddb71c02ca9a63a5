import type { SourceCell } from "../tracking/code-cells.js";
import { readNames, type CellNames } from "./cell-names.js";

/** The cells that make a run again, in order, and how many were left out. */
export interface NeededCells {
  readonly cells: readonly SourceCell[];
  /** Ran before the run, and nothing the run uses comes from them. */
  readonly unneeded: number;
  /** Threw. */
  readonly failed: number;
  /** Ran again later: of a cell run several times the last execution is kept. */
  readonly repeated: number;
}

/**
 * Of the cells that ran before a run and while it was open, those that make it again: all that ran while it was open,
 * and before them every cell that makes a variable they mention or hands such a variable to something; cells that threw
 * are left out, and of a cell that ran several times all but the last execution.
 *
 * What passes between cells in other ways (files, globals, a variable changed twice by one cell) is not seen.
 */
export async function findNeededCells(all: readonly SourceCell[]): Promise<NeededCells> {
  const { default: ts } = await import("typescript");
  const fine = all.filter(({ failed }) => !failed);
  const last = fine.filter((cell, place) => !fine.slice(place + 1).some((later) => isSame(later, cell)));
  const names = new Map(last.map((cell) => [cell, readNames(ts, cell.code)]));
  const made = new Set([...names.values()].flatMap(({ makes }) => [...makes]));
  const wanted = new Set<string>();
  const needed = [...last].reverse().filter((cell) => {
    const own = names.get(cell)!;
    if (!cell.during && !isNeeded(own, wanted, made)) return false;
    for (const name of own.mentions) wanted.add(name);
    return true;
  });
  return {
    cells: needed.reverse(),
    unneeded: last.length - needed.length,
    failed: all.length - fine.length,
    repeated: fine.length - last.length,
  };
}

function isNeeded(own: CellNames, wanted: ReadonlySet<string>, made: ReadonlySet<string>): boolean {
  const meets = (names: ReadonlySet<string>) => [...names].some((name) => wanted.has(name));
  if (own.setsUp || meets(own.makes) || meets(own.imports)) return true;
  return !own.onlyLooks && [...own.mentions].some((name) => wanted.has(name) && made.has(name));
}

const isSame = (a: SourceCell, b: SourceCell) =>
  a.id !== undefined && b.id !== undefined ? a.id === b.id : a.code === b.code;
