import { InvalidArgumentError } from "../errors.js";
import type { Panel, PanelColumn } from "../panel/panel.js";

/** What stands where an instrument has no row on a date inside a window. */
export type FillRule = "none" | "ffill" | "ffill+bfill";

export interface TimeSeriesSamplerOptions {
  /** All rows, also those before the segment: windows reach back to them. */
  readonly panel: Panel;
  /** Columns of a window, in order. */
  readonly columns: readonly string[];
  /** Number of dates in a window. */
  readonly stepLen: number;
  /** Rows of `panel` that windows end on: [from, to). */
  readonly from: number;
  readonly to: number;
  readonly fillna?: FillRule;
  /** Only rows where this is neither 0 nor missing can be asked for; windows still see the others. */
  readonly filter?: PanelColumn | undefined;
}

/**
 * The last `stepLen` dates of an instrument as a matrix, for each row of a segment; for models that read sequences.
 *
 * The dates are those of the whole panel. A date without a row of the instrument gives missing values (`none`, the default), or those
 * of the last row before it in the window (`ffill`), or also of the first row after it (`ffill+bfill`). Matrices are made when asked
 * for; nothing is kept but an index of four bytes per date and instrument.
 *
 * In Qlib: qlib.data.dataset.TSDataSampler
 *
 * @example
 * const panel = Panel.from({ datetime: ["2020-01-02", "2020-01-03"], instrument: ["A", "A"], f: [1, 2] });
 * const sampler = new TimeSeriesSampler({ panel, columns: ["f"], stepLen: 3, from: 1, to: 2 });
 * [...sampler.get(0)] // -> [NaN, 1, 2]
 */
export class TimeSeriesSampler {
  readonly stepLen: number;
  readonly columns: readonly string[];
  readonly #panel: Panel;
  readonly #values: readonly PanelColumn[];
  readonly #fillna: FillRule;
  /** Row of the panel for each sample. */
  readonly #rows: Int32Array;
  /** Row of (date, instrument), −1 for none. */
  readonly #rowAt: Int32Array;

  constructor({ panel, columns, stepLen, from, to, fillna = "none", filter }: TimeSeriesSamplerOptions) {
    if (!Number.isInteger(stepLen) || stepLen < 1)
      throw new InvalidArgumentError(
        `Cannot make a sampler: stepLen is ${JSON.stringify(stepLen)}, a whole number of dates, at least 1, expected`,
      );
    this.stepLen = stepLen;
    this.columns = columns;
    this.#panel = panel;
    this.#values = columns.map((name) => panel.get(name));
    this.#fillna = fillna;
    const rows = Int32Array.from({ length: to - from }, (_, i) => from + i);
    this.#rows = filter ? rows.filter((row) => filter[row] !== 0 && filter[row] === filter[row]) : rows;
    const width = panel.instruments.length;
    this.#rowAt = new Int32Array(panel.numDates * width).fill(-1);
    for (let d = 0; d < panel.numDates; d++) {
      const [first, last] = panel.rowsOf(d);
      for (let row = first; row < last; row++) this.#rowAt[d * width + panel.codes[row]!] = row;
    }
  }

  /** Number of samples. */
  get length(): number {
    return this.#rows.length;
  }

  /** Date (epoch ms) and instrument that sample `i` ends on. */
  keyOf(i: number): { datetime: number; instrument: string } {
    const row = this.#row(i);
    return {
      datetime: this.#panel.dates[this.#dateOf(row)]!,
      instrument: this.#panel.instruments[this.#panel.codes[row]!]!,
    };
  }

  /** Sample `i` as `stepLen` rows of `columns.length` values, oldest date first. @throws InvalidArgumentError beyond the last. */
  get(i: number): Float32Array {
    const matrix = new Float32Array(this.stepLen * this.columns.length);
    this.#write(this.#row(i), matrix);
    return matrix;
  }

  /** Several samples one after the other: `[sample, date, column]`, oldest date first. */
  batch(samples: ArrayLike<number>): Float32Array {
    const size = this.stepLen * this.columns.length;
    const all = new Float32Array(samples.length * size);
    for (let k = 0; k < samples.length; k++)
      this.#write(this.#row(samples[k]!), all.subarray(k * size, (k + 1) * size));
    return all;
  }

  toString(): string {
    return `TimeSeriesSampler(${this.length} samples of ${this.stepLen} dates × ${this.columns.length} columns)`;
  }

  [Symbol.for("nodejs.util.inspect.custom")](): string {
    return this.toString();
  }

  #row(i: number): number {
    const row = this.#rows[i];
    if (row === undefined)
      throw new InvalidArgumentError(`Cannot give sample ${i}: there are ${this.length}, counted from 0`);
    return row;
  }

  #dateOf(row: number): number {
    const { offsets } = this.#panel;
    let [low, high] = [0, offsets.length - 1];
    while (high - low > 1) {
      const middle = (low + high) >> 1;
      if (offsets[middle]! <= row) low = middle;
      else high = middle;
    }
    return low;
  }

  #write(row: number, out: Float32Array): void {
    const rows = this.#window(this.#dateOf(row), this.#panel.codes[row]!);
    const width = this.columns.length;
    rows.forEach((source, k) => {
      for (let c = 0; c < width; c++) out[k * width + c] = source < 0 ? NaN : this.#values[c]![source]!;
    });
  }

  /** Rows of the window that ends on a date, −1 where there is none. */
  #window(date: number, code: number): Int32Array {
    const width = this.#panel.instruments.length;
    const rows = new Int32Array(this.stepLen).fill(-1);
    for (let k = 0; k < this.stepLen; k++) {
      const d = date - this.stepLen + 1 + k;
      if (d >= 0) rows[k] = this.#rowAt[d * width + code]!;
    }
    if (this.#fillna !== "none") for (let k = 1; k < rows.length; k++) if (rows[k]! < 0) rows[k] = rows[k - 1]!;
    if (this.#fillna === "ffill+bfill")
      for (let k = rows.length - 2; k >= 0; k--) if (rows[k]! < 0) rows[k] = rows[k + 1]!;
    return rows;
  }
}
