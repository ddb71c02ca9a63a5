import type { PanelColumn } from "../panel/panel.js";
import type { MemberRows } from "./member-rows.js";

/** Instruments whose results are kept until they are written together: what stands side by side in a panel's column. */
const BATCH = 16;

/**
 * Brings results from instrument order into the panel's date order, several instruments at a time: written one by one, each value
 * would touch a cache line of its own, which takes longer than computing it.
 */
export class RowBatch {
  readonly #rows: MemberRows;
  readonly #columns: readonly PanelColumn[];
  /** Results of the batch, one array per column, `#stride` values per instrument. */
  readonly #blocks: readonly PanelColumn[];
  readonly #stride: number;
  #codes: number[] = [];

  constructor(rows: MemberRows, columns: readonly PanelColumn[]) {
    this.#rows = rows;
    this.#columns = columns;
    this.#stride = Math.max(0, ...rows.instruments.map(({ length }) => length));
    this.#blocks = columns.map(
      (column) => new (column.constructor as new (length: number) => PanelColumn)(BATCH * this.#stride),
    );
  }

  /** Takes the results of instrument number `code`, one array per column. */
  add(code: number, results: readonly Float64Array[]): void {
    const start = this.#codes.length * this.#stride;
    results.forEach((result, c) => this.#blocks[c]!.set(result, start));
    if (this.#codes.push(code) === BATCH) this.flush();
  }

  /** Writes what was taken so far. */
  flush(): void {
    const { places, sources } = this.#order();
    this.#columns.forEach((column, c) => {
      const block = this.#blocks[c]!;
      for (let k = 0; k < places.length; k++) column[places[k]!] = block[sources[k]!]!;
    });
    this.#codes = [];
  }

  /** Rows of the batch in the panel's order, and where each one's result stands in the blocks. */
  #order(): { places: Int32Array; sources: Int32Array } {
    const members = this.#codes.map((code, i) => ({
      ...this.#rows.of(code),
      start: i * this.#stride - this.#rows.instruments[code]!.first,
      next: 0,
    }));
    const total = members.reduce((sum, { days }) => sum + days.length, 0);
    const [places, sources] = [new Int32Array(total), new Int32Array(total)];
    let day = Math.min(...members.map(({ days }) => days[0]!));
    for (let k = 0; k < total; day++) {
      for (const member of members) {
        if (member.days[member.next] !== day) continue;
        places[k] = member.places[member.next]!;
        sources[k++] = member.start + day;
        member.next++;
      }
    }
    return { places, sources };
  }
}
