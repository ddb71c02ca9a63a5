import { parseFreq, type Frequency } from "../../calendar/frequency.js";
import { minuteCalendar, sessionSlots } from "../../calendar/sessions.js";
import type { TradingCalendar } from "../../calendar/trading-calendar.js";
import { host } from "../../host/host.js";
import type { Fact } from "../../panel/view.js";
import { cellsOf, type BarSource, type LoadRequest, type Members, type StoredRange } from "../bar-source.js";
import { FIELDS } from "./columns.js";
import { fillDay } from "./intraday.js";
import type { SyntheticSettings } from "./synthetic-options.js";
import type { SyntheticSource } from "./synthetic-source.js";

type Field = (typeof FIELDS)[number];

/** Minute bars of a simulated market, drawn when they are asked for: each day of each stock has a seed of its own. */
export class MinuteSource implements BarSource {
  readonly address: string;
  readonly name: string;
  readonly region: "us" | "cn";
  readonly benchmark: string;
  readonly freq: Frequency;
  readonly calendar: TradingCalendar;
  readonly ranges: readonly StoredRange[];
  readonly numRows: number;
  readonly storedFields = FIELDS.map((field) => `$${field}`);
  readonly universes: ReadonlyMap<string, Members>;
  readonly sectors: ReadonlyMap<string, string>;
  readonly facts: Readonly<Record<string, Fact>>;
  readonly #daily: SyntheticSource;
  readonly #seed: number;
  /** Bars of a day. */
  readonly #bars: number;
  readonly #place: ReadonlyMap<string, number>;

  constructor(settings: SyntheticSettings, daily: SyntheticSource) {
    const { region } = settings;
    this.freq = parseFreq(settings.freq);
    const bars = sessionSlots(region, this.freq.count).length;
    this.#daily = daily;
    this.#seed = settings.seed;
    this.#bars = bars;
    this.#place = new Map([...daily.histories.keys()].map((name, i) => [name, i]));
    this.address = daily.address;
    this.name = daily.name;
    this.region = region;
    this.benchmark = daily.benchmark;
    this.calendar = minuteCalendar(daily.calendar.datetimes, { region, minutes: this.freq.count });
    this.ranges = daily.ranges.map(({ instrument, first, length, offset }) => ({
      instrument,
      first: first * bars,
      length: length * bars,
      offset: offset * bars,
    }));
    this.numRows = daily.numRows * bars;
    this.universes = new Map(
      [...daily.universes].map(([name, members]) => [
        name,
        new Map([...members].map(([one, spans]) => [one, spans.map(({ from, to }) => this.#minutes(from, to))])),
      ]),
    );
    this.sectors = daily.sectors;
    this.facts = daily.facts;
  }

  async load(
    fields: readonly string[],
    { ranges = this.ranges }: LoadRequest = {},
  ): Promise<ReadonlyMap<string, Float64Array>> {
    const out = new Map(fields.map((field) => [field.slice(1) as Field, new Float64Array(cellsOf(ranges)).fill(NaN)]));
    for (const { instrument, first, length, offset } of ranges) {
      await host.breathe();
      const daily = this.#daily.histories.get(instrument)!;
      const [from, to] = [Math.floor(first / this.#bars), Math.ceil((first + length) / this.#bars)];
      const whole = new Map(
        [...out.keys()].map((field) => [field, new Float64Array((to - from) * this.#bars).fill(NaN)]),
      );
      for (let day = from; day < to; day++) {
        const at = (day - from) * this.#bars;
        fillDay(daily, day, { seed: this.#seedOf(instrument, day), bars: this.#bars, at, out: whole });
      }
      const skip = first - from * this.#bars;
      for (const [field, column] of out) column.set(whole.get(field)!.subarray(skip, skip + length), offset);
    }
    return new Map(fields.map((field) => [field, out.get(field.slice(1) as Field)!]));
  }

  findDuplicates() {
    return this.#daily.findDuplicates();
  }

  findUnsorted() {
    return this.#daily.findUnsorted();
  }

  filesOf(): readonly string[] {
    return [];
  }

  /** The days and the address say all about the minutes. */
  contentHash(): Promise<string> {
    return this.#daily.contentHash();
  }

  #minutes(from: number, to: number) {
    return { from: from * this.#bars, to: (to + 1) * this.#bars - 1 };
  }

  #seedOf(instrument: string, day: number): number {
    const number = this.#place.get(instrument)! * this.calendar.length + day;
    return (this.#seed * 1_000_003 + number * 7919 + 1) % 2 ** 46;
  }
}
