import { formatDatetime } from "../engine/datetime.js";
import type { PanelSource } from "../panel/panel-from.js";
import { lowerBound, Panel, type PanelColumn } from "../panel/panel.js";

/** Scores by instrument, NaN where there is none. */
export type Scores = ReadonlyMap<string, number>;

/** A panel's scores, asked for by time. The column `score`, else the first. In Qlib: qlib.backtest.signal.Signal */
export class Signal {
  readonly #panel: Panel;
  readonly #scores: PanelColumn;
  #asked = 0;
  #found = 0;

  constructor(source: PanelSource) {
    this.#panel = Panel.from(source);
    this.#scores = this.#panel.get(
      this.#panel.columns.has("score") ? "score" : (this.#panel.columnNames[0] ?? "score"),
    );
  }

  /** What a reader must know: a signal whose dates are others than the market's trades nothing. */
  notes(): string[] {
    if (this.#asked === 0 || this.#found > 0) return [];
    const { dates } = this.#panel;
    const range = dates.length
      ? `runs from ${formatDatetime(dates[0]!)} to ${formatDatetime(dates.at(-1)!)}`
      : "has no rows";
    return [
      `no order: the signal has no score for any of ${this.#asked} steps, it ${range}; scores of a day are traded on the next one`,
    ];
  }

  /** The last score of each instrument dated in [from, to), epoch ms; undefined without any row. */
  find(from: number, to: number): Scores | undefined {
    const { dates, codes, instruments } = this.#panel;
    this.#asked++;
    const [first, end] = [lowerBound(dates, from), lowerBound(dates, to)];
    if (first === end) return undefined;
    this.#found++;
    const scores = new Map<string, number>();
    for (let row = this.#panel.offsets[first]!; row < this.#panel.offsets[end]!; row++) {
      const [name, score] = [instruments[codes[row]!]!, this.#scores[row]!];
      if (!Number.isNaN(score) || !scores.has(name)) scores.set(name, score);
    }
    return scores;
  }
}

/**
 * Best first, those without a score last, ties by instrument.
 *
 * @param count How many are wanted. Default: all.
 * @example
 * byScore(["A", "B", "C", "D"], new Map([["A", 1], ["B", 3], ["C", 3]])) // -> [ 'B', 'C', 'A', 'D' ]
 */
export function byScore(instruments: Iterable<string>, scores: Scores, count = Infinity): string[] {
  const names = Array.from(instruments);
  const values = new Float64Array(names.length);
  for (let i = 0; i < names.length; i++) values[i] = scores.get(names[i]!) ?? NaN;
  let places = Array.from(names.keys());
  if (count < names.length) {
    const least = leastOfBest(values, count);
    places = places.filter((i) => !(values[i]! < least) && !(Number.isNaN(values[i]!) && !Number.isNaN(least)));
  }
  places.sort((i, j) => {
    const [x, y] = [values[i]!, values[j]!];
    if (x > y) return -1;
    if (x < y) return 1;
    if (x !== y && Number.isNaN(x) !== Number.isNaN(y)) return Number.isNaN(x) ? 1 : -1;
    return names[i]! < names[j]! ? -1 : 1;
  });
  return places.slice(0, count).map((i) => names[i]!);
}

/** The score that the last of the best `count` has; NaN when there are not so many scores. */
function leastOfBest(values: Float64Array, count: number): number {
  // Ascending, NaN last.
  const sorted = values.slice().sort();
  let scored = sorted.length;
  while (scored > 0 && Number.isNaN(sorted[scored - 1]!)) scored--;
  return count === 0 ? Infinity : (sorted[scored - count] ?? NaN);
}
