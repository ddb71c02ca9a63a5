import type { Frequency } from "../calendar/frequency.js";
import { freqKey } from "../calendar/frequency.js";
import { resampleCalendar } from "../calendar/resample-calendar.js";
import type { TradingCalendar } from "../calendar/trading-calendar.js";
import { host } from "../host/host.js";
import type { Fact } from "../panel/view.js";
import type { IndexSpan } from "./bars.js";
import { cellsOf, type BarSource, type LoadRequest, type Members, type StoredRange } from "./bar-source.js";
import { resampleRule, resampleValues } from "./resample-rules.js";

/** About how many of the finer bars are held at once while longer ones are made. */
const BATCH_CELLS = 4_000_000;

/**
 * Longer bars made of a source's shorter ones: open first, high largest, low smallest, close last, volume and amount summed, vwap
 * weighted by volume, anything else its last value; `$change` is derived anew. A member belongs to a longer bar when it is one at
 * its beginning, or is listed in it.
 */
export class ResampledSource implements BarSource {
  readonly address: string;
  readonly name: string;
  readonly region: BarSource["region"];
  readonly benchmark: BarSource["benchmark"];
  readonly universe: BarSource["universe"];
  readonly freq: Frequency;
  readonly calendar: TradingCalendar;
  readonly ranges: readonly StoredRange[];
  readonly numRows: number;
  readonly storedFields: readonly string[];
  readonly universes: ReadonlyMap<string, Members>;
  readonly sectors: ReadonlyMap<string, string>;
  readonly facts: Readonly<Record<string, Fact>>;
  readonly #fine: BarSource;
  readonly #starts: Int32Array;
  /** Which longer bar each of the finer calendar's entries belongs to. */
  readonly #barOf: Int32Array;
  readonly #fineRange: ReadonlyMap<string, StoredRange>;

  constructor(fine: BarSource, freq: Frequency, region: string) {
    const { calendar, starts } = resampleCalendar(fine.calendar, freq, { region, from: fine.freq });
    this.#fine = fine;
    this.#starts = starts;
    this.#barOf = new Int32Array(fine.calendar.length);
    for (let bar = 0; bar < calendar.length; bar++) this.#barOf.fill(bar, starts[bar]!, starts[bar + 1]!);
    this.#fineRange = new Map(fine.ranges.map((range) => [range.instrument, range]));
    this.address = fine.address;
    this.name = fine.name;
    this.region = fine.region;
    this.benchmark = fine.benchmark;
    this.universe = fine.universe;
    this.freq = freq;
    this.calendar = calendar;
    this.ranges = this.#coarse(fine.ranges);
    this.numRows = cellsOf(this.ranges);
    this.storedFields = fine.storedFields.filter((field) => field !== "$change");
    this.universes = new Map([...fine.universes].map(([name, members]) => [name, this.#coarseMembers(members)]));
    this.sectors = fine.sectors;
    this.facts = { ...fine.facts, resampled: `bars of ${freqKey(freq)} from bars of ${freqKey(fine.freq)}` };
  }

  async load(
    fields: readonly string[],
    { ranges = this.ranges, onDuplicate }: LoadRequest = {},
  ): Promise<ReadonlyMap<string, Float64Array>> {
    const columns = new Map(fields.map((field) => [field, new Float64Array(cellsOf(ranges)).fill(NaN)]));
    const progress = host.progress(`Making bars of ${freqKey(this.freq)}`, ranges.length);
    let done = 0;
    try {
      for (const batch of this.#batches(ranges)) {
        const fine = batch.map((range) => range.fine);
        const weights = fields.includes("$vwap") && this.#fine.storedFields.includes("$volume") ? ["$volume"] : [];
        const values = await this.#fine.load([...new Set([...fields, ...weights])], {
          ranges: fine,
          ...(onDuplicate ? { onDuplicate } : {}),
        });
        for (const { coarse, fine } of batch) {
          await host.breathe();
          this.#fill(fields, values, coarse, fine, columns);
        }
        progress.update((done += batch.length));
      }
    } finally {
      progress.end();
    }
    return columns;
  }

  findDuplicates() {
    return this.#fine.findDuplicates();
  }

  findUnsorted() {
    return this.#fine.findUnsorted();
  }

  filesOf(instrument: string): readonly string[] {
    return this.#fine.filesOf(instrument);
  }

  contentHash(): Promise<string> {
    return this.#fine.contentHash();
  }

  #fill(
    fields: readonly string[],
    values: ReadonlyMap<string, Float64Array>,
    coarse: StoredRange,
    fine: StoredRange,
    columns: ReadonlyMap<string, Float64Array>,
  ): void {
    const part = (column: Float64Array) => column.subarray(fine.offset, fine.offset + fine.length);
    const volume = values.get("$volume");
    const starts = Int32Array.from({ length: coarse.length + 1 }, (_, i) => {
      const place = this.#starts[coarse.first + i]! - fine.first;
      return Math.min(fine.length, Math.max(0, place));
    });
    for (const field of fields) {
      const out = columns.get(field)!.subarray(coarse.offset, coarse.offset + coarse.length);
      resampleValues(resampleRule(field), part(values.get(field)!), starts, out, volume && part(volume));
    }
  }

  /** Longer bars with the finer bars they are made of, so many that their values fit into memory. */
  #batches(ranges: readonly StoredRange[]): { coarse: StoredRange; fine: StoredRange }[][] {
    const batches: { coarse: StoredRange; fine: StoredRange }[][] = [[]];
    let offset = 0;
    for (const coarse of ranges) {
      const whole = this.#fineRange.get(coarse.instrument)!;
      const first = Math.max(whole.first, this.#starts[coarse.first]!);
      const length = Math.min(whole.first + whole.length, this.#starts[coarse.first + coarse.length]!) - first;
      if (offset > 0 && offset + length > BATCH_CELLS) {
        batches.push([]);
        offset = 0;
      }
      batches.at(-1)!.push({ coarse, fine: { instrument: coarse.instrument, first, length, offset } });
      offset += length;
    }
    return batches;
  }

  #coarse(ranges: readonly StoredRange[]): StoredRange[] {
    let offset = 0;
    return ranges.map(({ instrument, first, length }) => {
      const from = this.#barOf[first]!;
      const bars = this.#barOf[first + length - 1]! - from + 1;
      offset += bars;
      return { instrument, first: from, length: bars, offset: offset - bars };
    });
  }

  #coarseMembers(members: Members): Members {
    const coarse = [...members].map(([instrument, spans]) => {
      const { first } = this.#fineRange.get(instrument)!;
      return [
        instrument,
        spans.map((span) => this.#coarseSpan(span, first)).filter(({ from, to }) => from <= to),
      ] as const;
    });
    return new Map(coarse.filter(([, spans]) => spans.length > 0));
  }

  #coarseSpan({ from, to }: IndexSpan, listed: number): IndexSpan {
    const bar = this.#barOf[from]!;
    const isIn = this.#starts[bar] === from || from <= listed;
    return { from: isIn ? bar : bar + 1, to: this.#barOf[to]! };
  }
}
