import { executedCells, watchCells } from "../host/executed-cells.js";
import { describeCells, type CodeCells } from "./code-cells.js";

/** The cells of one attempt of a run: those run before it in the same kernel, and while it is open. */
export class RunCells {
  readonly #first: number;
  readonly #save: (text: string) => Promise<void>;
  #saved: string | undefined;

  /** Made by the cell that starts the attempt. */
  constructor(save: (text: string) => Promise<void>) {
    watchCells();
    this.#first = Math.max(0, executedCells().length - 1);
    this.#save = save;
  }

  /** Saves what has been run up to now, if that has changed. */
  async write(): Promise<CodeCells> {
    const cells = describeCells(executedCells(), this.#first);
    const text = JSON.stringify(cells, undefined, 1);
    if (text !== this.#saved) {
      this.#saved = text;
      await this.#save(text);
    }
    return cells;
  }
}
