import type { PanelSource } from "../panel/panel-from.js";
import { lowerBound, Panel, type PanelColumn } from "../panel/panel.js";

/** Scores by instrument, NaN where there is none. */
export type Scores = ReadonlyMap<string, number>;

/** A panel's scores, asked for by time. The column `score`, else the first. In Qlib: qlib.backtest.signal.Signal */
export class Signal {
  readonly #panel: Panel;
  readonly #scores: PanelColumn;

  constructor(source: PanelSource) {
    this.#panel = Panel.from(source);
    this.#scores = this.#panel.get(
      this.#panel.columns.has("score") ? "score" : (this.#panel.columnNames[0] ?? "score"),
    );
  }

  /** The last score of each instrument dated in [from, to), epoch ms; undefined without any row. */
  find(from: number, to: number): Scores | undefined {
    const { dates, codes, instruments } = this.#panel;
    const [first, end] = [lowerBound(dates, from), lowerBound(dates, to)];
    if (first === end) return undefined;
    const scores = new Map<string, number>();
    for (let row = this.#panel.offsets[first]!; row < this.#panel.offsets[end]!; row++) {
      const [name, score] = [instruments[codes[row]!]!, this.#scores[row]!];
      if (!Number.isNaN(score) || !scores.has(name)) scores.set(name, score);
    }
    return scores;
  }
}

/** Best first, those without a score last, ties by instrument. */
export function byScore(instruments: Iterable<string>, scores: Scores): string[] {
  const keyed = Array.from(instruments, (name) => [name, scores.get(name) ?? NaN] as const);
  keyed.sort(([a, x], [b, y]) => {
    if (x !== y && !(Number.isNaN(x) && Number.isNaN(y))) return Number.isNaN(x) ? 1 : Number.isNaN(y) ? -1 : y - x;
    return a < b ? -1 : 1;
  });
  return keyed.map(([name]) => name);
}
