import { statSync } from "node:fs";
import type { CellInfo } from "./bridge.cjs";
import type { Captured } from "./cell-magics.cjs";
import type { KeyboardInterrupt } from "./errors.cjs";

export interface CellRequest<Parent> {
  readonly code: string;
  readonly executionCount: number;
  readonly cellId?: string;
  /** Without a result shown. */
  readonly silent: boolean;
  /** The message whose outputs these are. */
  readonly parent: Parent;
}

/** One run of one cell, and of what it leaves behind: outputs and interrupts find their cell by it. */
export class CellRun<Parent> {
  readonly info: CellInfo;
  readonly parent: Parent;
  readonly silent: boolean;
  /** The cell's name in stacks. */
  readonly file: string;
  readonly abort = new AbortController();
  /** Takes what the cell prints and shows, instead of the notebook. */
  captured: Captured | undefined;
  /** Rejects when the cell is left because of an interrupt. */
  readonly #left: Promise<never>;
  #leave!: (reason: KeyboardInterrupt) => void;

  constructor({ code, executionCount, cellId, silent, parent }: CellRequest<Parent>) {
    const notebook = notebookPath();
    this.info = {
      ...(cellId !== undefined && { id: cellId }),
      executionCount,
      code,
      ...(notebook !== undefined && { notebook }),
    };
    this.parent = parent;
    this.silent = silent;
    this.file = newCellFile(executionCount, code);
    this.#left = new Promise<never>((_resolve, reject) => (this.#leave = reject));
    this.#left.catch(() => {});
  }

  /** Goes on without the cell's work, which may never end. */
  leave(reason: KeyboardInterrupt): void {
    this.#leave(reason);
  }

  /** The result of `work`, unless the cell is left before. */
  orLeft<Result>(work: Promise<Result>): Promise<Result> {
    return Promise.race([work, this.#left]);
  }
}

/** What each cell's user wrote, by the cell's name in stacks. */
const files = new Map<string, string>();

/** A line of a cell; lines count from 1. */
export const lineOfCell = (file: string, line: number): string | undefined => files.get(file)?.split("\n")[line - 1];

/** `cell [3]`; cells that share a number get a second one, so that each keeps its own lines. */
function newCellFile(executionCount: number, code: string): string {
  let name = `cell [${executionCount}]`;
  for (let n = 2; files.has(name); n++) name = `cell [${executionCount}.${n}]`;
  files.set(name, code);
  return name;
}

/** The notebook server, and our own runner, tell the notebook's path to the kernel by this variable. */
function notebookPath(): string | undefined {
  const name = process.env.JPY_SESSION_NAME;
  return name !== undefined && statSync(name, { throwIfNoEntry: false })?.isFile() ? name : undefined;
}
