import type { TradingCalendar } from "../calendar/trading-calendar.js";
import type { Bars } from "../data/bars.js";
import { Panel, type PanelColumn } from "../panel/panel.js";
import type { PanelSource } from "../panel/panel-from.js";

/**
 * How the values of several bars become one: the last that is there, their sum, or 1 when all are true (missing counts
 * as true).
 */
export type Aggregation = "last" | "sum" | "all";

interface InstrumentQuotes {
  /** Calendar index of the first value. */
  readonly first: number;
  readonly length: number;
  readonly values: Map<string, Float64Array>;
}

/** Fields of instruments on a calendar, in memory; NaN where there is no value. */
export class Quotes {
  readonly calendar: TradingCalendar;
  readonly #quotes: ReadonlyMap<string, InstrumentQuotes>;

  private constructor(calendar: TradingCalendar, quotes: ReadonlyMap<string, InstrumentQuotes>) {
    this.calendar = calendar;
    this.#quotes = quotes;
  }

  static from({ calendar, instruments }: Bars): Quotes {
    return new Quotes(
      calendar,
      new Map(
        instruments.map(({ instrument, first, length, values }) => [
          instrument,
          { first, length, values: new Map(values) },
        ]),
      ),
    );
  }

  /** Ascending. */
  get instruments(): Iterable<string> {
    return this.#quotes.keys();
  }

  /** NaN for what is missing, an unknown instrument, or an index outside the calendar. */
  value(instrument: string, index: number, field: string): number {
    const quotes = this.#quotes.get(instrument);
    return quotes?.values.get(field)?.[index - quotes.first] ?? NaN;
  }

  /** Calendar indices with a value somewhere; empty for an unknown instrument. */
  rangeOf(instrument: string): readonly [from: number, to: number] {
    const quotes = this.#quotes.get(instrument);
    return quotes ? [quotes.first, quotes.first + quotes.length] : [0, 0];
  }

  /** Adds a field: the first column of a panel; rows of other instruments and days are ignored. */
  addPanel(field: string, source: PanelSource): void {
    const panel = Panel.from(source);
    const { dates, instruments, codes } = panel;
    const column: PanelColumn = panel.get(panel.columnNames[0] ?? "value");
    const targets = instruments.map((name) => {
      const quotes = this.#quotes.get(name);
      return quotes && { first: quotes.first, values: new Float64Array(quotes.length).fill(NaN), quotes };
    });
    for (let d = 0; d < dates.length; d++) {
      const index = this.calendar.findIndex(dates[d]!);
      if (index === undefined) continue;
      const [from, to] = panel.rowsOf(d);
      for (let row = from; row < to; row++) {
        const target = targets[codes[row]!];
        if (target) target.values[index - target.first] = column[row]!;
      }
    }
    for (const target of targets) target?.quotes.values.set(field, target.values);
  }

  /** Adds a field: a value for each instrument and index. */
  addComputed(field: string, compute: (instrument: string, index: number) => number): void {
    for (const [name, { first, length, values }] of this.#quotes)
      values.set(
        field,
        Float64Array.from({ length }, (_, i) => compute(name, first + i)),
      );
  }

  /**
   * The same on a coarser calendar, whose entry `i` is made of the entries `starts[i] … starts[i + 1] − 1` of this
   * one.
   */
  resample(calendar: TradingCalendar, starts: Int32Array, how: (field: string) => Aggregation): Quotes {
    const coarse = new Map<string, InstrumentQuotes>();
    for (const [name, { first, length, values }] of this.#quotes) {
      const from = entryOf(starts, first);
      const to = length === 0 ? from : entryOf(starts, first + length - 1) + 1;
      const resampled = new Map<string, Float64Array>();
      for (const [field, fine] of values) {
        const combine = COMBINE[how(field)];
        resampled.set(
          field,
          Float64Array.from({ length: to - from }, (_, i) =>
            combine(fine, Math.max(0, starts[from + i]! - first), Math.min(length, starts[from + i + 1]! - first)),
          ),
        );
      }
      coarse.set(name, { first: from, length: to - from, values: resampled });
    }
    return new Quotes(calendar, coarse);
  }
}

const COMBINE: Readonly<Record<Aggregation, (values: Float64Array, from: number, to: number) => number>> = {
  last(values, from, to) {
    for (let i = to - 1; i >= from; i--) if (!Number.isNaN(values[i]!)) return values[i]!;
    return NaN;
  },
  sum(values, from, to) {
    let sum = NaN;
    for (let i = from; i < to; i++)
      if (!Number.isNaN(values[i]!)) sum = Number.isNaN(sum) ? values[i]! : sum + values[i]!;
    return sum;
  },
  all(values, from, to) {
    for (let i = from; i < to; i++) if (values[i] === 0) return 0;
    return 1;
  },
};

/** Index of the coarse entry that a fine one belongs to. */
export function entryOf(starts: Int32Array, index: number): number {
  let [low, high] = [0, starts.length - 1];
  while (high - low > 1) {
    const middle = (low + high) >> 1;
    if (starts[middle]! <= index) low = middle;
    else high = middle;
  }
  return low;
}
