import { readFileSync, statSync } from "node:fs";
import { hidePasswords } from "../engine/hide-passwords.js";
import type { ExecutedCell } from "../host/executed-cells.js";

/** A cell that had been run when a run ended, as artifact `code_cells` keeps it. */
export interface SourceCell {
  /** The number in `[n]`. */
  readonly number: number;
  /** Its id in the notebook; none where the front end sends none. */
  readonly id?: string;
  /** The code that was run, which need not be what the notebook shows now. */
  readonly code: string;
  /** Whether it ran while the run was open; the others ran before it, in the same kernel. */
  readonly during: boolean;
  /** Whether it threw. */
  readonly failed: boolean;
  /** Whether the notebook's file, saved after the cell was run, had other code in it when the run ended. */
  readonly edited: boolean;
}

/** What artifact `code_cells` holds. */
export interface CodeCells {
  /** Cells with a smaller number were run before the package was imported, and are not known. */
  readonly firstNumber: number;
  readonly cells: readonly SourceCell[];
}

/** @param first Place of the cell that started the run. */
export function describeCells(cells: readonly ExecutedCell[], first: number): CodeCells {
  const edited = editedCells(cells);
  return {
    firstNumber: cells[0]?.executionCount ?? 1,
    cells: cells.map((cell, place) => ({
      number: cell.executionCount,
      ...(cell.id !== undefined && { id: cell.id }),
      code: hidePasswords(cell.code),
      during: place >= first,
      failed: cell.failed ?? false,
      edited: edited.has(cell),
    })),
  };
}

/**
 * Cells whose last execution had other code than the notebook's file, which was saved after it: they were edited and
 * not run again. An edit that has not been saved cannot be known; nor can one be where the front end tells no cell ids.
 */
function editedCells(cells: readonly ExecutedCell[]): ReadonlySet<ExecutedCell> {
  const latest = new Map(cells.flatMap((cell) => (cell.id === undefined ? [] : [[cell.id, cell] as const])));
  const saved = readSaved(cells.findLast(({ notebook }) => notebook !== undefined)?.notebook);
  const edited = [...latest].filter(([id, cell]) => {
    const code = saved?.sources.get(id);
    return code !== undefined && saved!.savedAt > cell.startedAt && code.trimEnd() !== cell.code.trimEnd();
  });
  return new Set(edited.map(([, cell]) => cell));
}

interface SavedCode {
  readonly file: string;
  readonly savedAt: number;
  readonly sources: ReadonlyMap<string, string>;
}

/** The file as it was read last: many runs may end before the notebook is saved again. */
let known: SavedCode | undefined;

/** The code of each cell in the notebook's file; undefined when there is none that can be read. */
function readSaved(file: string | undefined): SavedCode | undefined {
  if (file === undefined) return undefined;
  try {
    const savedAt = statSync(file).mtimeMs;
    if (known?.file === file && known.savedAt === savedAt) return known;
    const { cells } = JSON.parse(readFileSync(file, "utf8")) as {
      cells: { id?: string; source: string | string[] }[];
    };
    const withId = cells.flatMap(({ id, source }) =>
      id === undefined ? [] : [[id, Array.isArray(source) ? source.join("") : source] as const],
    );
    return (known = { file, savedAt, sources: new Map(withId) });
  } catch {
    // Not saved yet, or somebody is writing it.
    return undefined;
  }
}

/** The line that tells of edited cells. */
export function editedNotice(name: string, { cells }: CodeCells): string | undefined {
  const edited = cells.filter((cell) => cell.edited);
  if (edited.length === 0) return undefined;
  const numbers = edited.map(({ number }) => `[${number}]`).join(", ");
  const [noun, verb] = edited.length === 1 ? ["Cell", "was"] : ["Cells", "were"];
  return `${noun} ${numbers} ${verb} edited after being run and not run again: run "${name}" was made with the older code; (await run.source()) shows it`;
}
