import path from "node:path";
import { freqKey } from "../calendar/frequency.js";
import type { TradingCalendar } from "../calendar/trading-calendar.js";
import { formatDatetime, type DatetimeInput } from "../engine/datetime.js";
import { DataError, InvalidArgumentError, UnknownNameError } from "../errors.js";
import { VIEW, type Fact, type View } from "../panel/view.js";
import type { Bars, InstrumentBars } from "./bars.js";
import { cellsOf, wholeRanges, type BarSource, type Members, type StoredRange } from "./bar-source.js";
import { deriveField, derivableFields, inputsOf, looksBack } from "./derived-fields.js";
import { checkHealth } from "./health-check.js";
import type { HealthReport } from "./health-report.js";
import type {
  BarsRequest,
  InstrumentSpans,
  Market,
  Precision,
  Region,
  ReturnSeries,
  Span,
  Universe,
} from "./market.js";
import type { OpenMarketOptions } from "./open-market.js";
import { clipSpans, joinSpans } from "./spans.js";

export interface BarMarketOptions {
  /** The universe that is meant when none is named; default `all`. */
  readonly universe?: string;
  /** An instrument of the market to compare with. */
  readonly benchmark?: string;
  readonly region?: Region;
  readonly precision?: Precision;
  /**
   * Whether a column is read whole at its first use and kept; else each request reads its own instruments and days and nothing is
   * kept. Default: kept when a column has at most 16 million bars (128 MB).
   */
  readonly keepColumns?: boolean;
}

const KEPT_BARS = 2 ** 24;

/** A {@link Market} over stored bars; columns are read at their first use and kept, unless they are very long. */
export class BarMarket implements Market {
  readonly address: string;
  readonly name: string;
  readonly region: Region;
  readonly universe: string;
  readonly benchmark?: string;
  readonly precision: Precision;
  readonly freq: string;
  readonly options: OpenMarketOptions;
  readonly calendar: TradingCalendar;
  readonly futureCalendar?: TradingCalendar;
  readonly fields: readonly string[];
  readonly derived: Readonly<Record<string, string>>;
  readonly allInstruments: readonly string[];
  readonly universes: readonly string[];
  readonly sectors: ReadonlyMap<string, string>;

  readonly #source: BarSource;
  readonly #keepsColumns: boolean;
  readonly #rangeOf: ReadonlyMap<string, StoredRange>;
  readonly #columns = new Map<string, Promise<Float64Array>>();
  #fingerprint: Promise<string> | undefined;

  /** @param reopen What `openMarket` was called with, if more than these options. */
  constructor(source: BarSource, options: BarMarketOptions = {}, reopen: OpenMarketOptions = options) {
    this.#source = source;
    this.#keepsColumns = options.keepColumns ?? cellsOf(source.ranges) <= KEPT_BARS;
    this.freq = freqKey(source.freq);
    this.options = defined(reopen);
    this.#rangeOf = new Map(source.ranges.map((range) => [range.instrument, range]));
    this.address = source.address;
    this.name = source.name;
    this.calendar = source.calendar;
    if (source.futureCalendar) this.futureCalendar = source.futureCalendar;
    this.sectors = source.sectors;
    this.derived = derivableFields(source.storedFields);
    this.fields = [...source.storedFields, ...Object.keys(this.derived)];
    this.allInstruments = source.ranges.map(({ instrument }) => instrument);
    this.universes = [...source.universes.keys()];
    this.region = options.region ?? source.region ?? "us";
    this.precision = options.precision ?? "float64";
    this.universe = options.universe ?? source.universe ?? "all";
    this.benchmark = options.benchmark ?? source.benchmark;
    const context = `Cannot open market ${this.name}`;
    if (!source.universes.has(this.universe))
      throw new UnknownNameError("universe", this.universe, this.universes, { context });
    if (this.benchmark !== undefined && !this.#rangeOf.has(this.benchmark)) {
      throw new UnknownNameError("benchmark", this.benchmark, this.#rangeOf.keys(), { context });
    }
  }

  info(): Readonly<Record<string, Fact>> {
    const { calendar, derived } = this;
    const rules = Object.entries(derived).map(([field, rule]) => `${field} = ${rule}`);
    const entries = this.freq === "1day" ? "days" : `bars of ${this.freq}`;
    return {
      address: shownAddress(this.address),
      region: this.region,
      calendar: `${calendar.length} ${entries}, ${formatDatetime(calendar.first)} … ${formatDatetime(calendar.last)}`,
      instruments: this.#source.ranges.length,
      rows: this.#source.numRows,
      universes: [...this.#source.universes]
        .map(([name, members]) => `${name} (${members.size}${name === this.universe ? ", default" : ""})`)
        .join(", "),
      benchmark: this.benchmark ?? "none",
      fields: this.#source.storedFields.join(", "),
      derived: rules.length ? rules.join(", ") : "none",
      precision: this.precision,
      ...this.#source.facts,
    };
  }

  instruments(universe: Universe = this.universe): readonly InstrumentSpans[] {
    return Array.from(this.#membersOf(universe), ([instrument, spans]) => ({
      instrument,
      spans: spans.map(({ from, to }) => ({ start: this.calendar.at(from), end: this.calendar.at(to) })),
    }));
  }

  async loadBars({ fields = this.fields, universe = this.universe, start, end }: BarsRequest = {}): Promise<Bars> {
    const members = this.#membersOf(universe);
    this.#checkFields(fields);
    const [from, to] = this.calendar.rangeOf({ start, end });
    const wanted = [...members.keys()]
      .map((instrument) => cut(this.#rangeOf.get(instrument)!, from, to))
      .filter(({ length }) => length > 0);
    const { layout, columns } = this.#keepsColumns
      ? { layout: this.#rangeOf, columns: await this.#keptColumns(fields) }
      : await this.#readPart(fields, wanted);
    const instruments = wanted.map(({ instrument, first, length }): InstrumentBars => {
      const range = layout.get(instrument)!;
      const place = range.offset + first - range.first;
      const values = new Map(fields.map((field) => [field, columns.get(field)!.subarray(place, place + length)]));
      return {
        instrument,
        first,
        length,
        values,
        members: clipSpans(members.get(instrument)!, first, first + length - 1),
      };
    });
    return { calendar: this.calendar, fields, instruments };
  }

  async benchmarkReturns(
    range: { start?: DatetimeInput | null; end?: DatetimeInput | null } = {},
  ): Promise<ReturnSeries> {
    if (this.benchmark === undefined) {
      throw new InvalidArgumentError(
        `Cannot compute benchmark returns: market ${this.name} has no benchmark\n  name one: openMarket(address, { benchmark: "…" })`,
      );
    }
    const [from, to] = this.calendar.rangeOf(range);
    const { instruments } = await this.loadBars({ fields: ["$change"], universe: [this.benchmark], ...range });
    const returns = new Float64Array(to - from).fill(NaN);
    for (const { first, values } of instruments) returns.set(values.get("$change")!, first - from);
    return { datetimes: this.calendar.datetimes.slice(from, to), returns };
  }

  fingerprint(): Promise<string> {
    return (this.#fingerprint ??= this.#source.contentHash().then((hash) => {
      const { name, precision } = this;
      const freq = this.freq === "1day" ? "" : ` ${this.freq}`;
      return `${name} rows=${this.#source.numRows} last=${formatDatetime(this.calendar.last)}${freq} ${precision} sha256=${hash.slice(0, 16)}`;
    }));
  }

  healthCheck(): Promise<HealthReport> {
    return checkHealth(this.name, this.#source);
  }

  [VIEW](): View {
    return { kind: "market", title: `Market ${this.name}`, facts: this.info() };
  }

  toString(): string {
    const { calendar } = this;
    const entries = this.freq === "1day" ? "days" : `bars of ${this.freq}`;
    return `Market(${this.name}, ${this.#source.ranges.length} instruments, ${calendar.length} ${entries} ${formatDatetime(calendar.first)} … ${formatDatetime(calendar.last)})`;
  }

  [Symbol.for("nodejs.util.inspect.custom")](): string {
    return this.toString();
  }

  #membersOf(universe: Universe): Members {
    const members = this.#findMembers(universe);
    if (members.size > 0) return members;
    const what = typeof universe === "string" ? `universe "${universe}" of market ${this.name}` : "the universe";
    const hint = Object.entries(this.#source.facts).find(([fact]) => fact.startsWith(`members in ${String(universe)}`));
    throw new DataError(
      `Cannot use ${what}: it is empty\n  ${hint ? `${hint[0]}: ${hint[1]}` : "it has no instrument with bars"}; known universes: ${this.universes.join(", ")}`,
    );
  }

  #findMembers(universe: Universe): Members {
    if (typeof universe === "string") {
      const members = this.#source.universes.get(universe);
      if (!members)
        throw new UnknownNameError("universe", universe, this.universes, {
          context: `Market ${this.name}`,
          ...(this.allInstruments.includes(universe)
            ? { shown: `  of one instrument: universe: ["${universe}"]` }
            : {}),
        });
      return members;
    }
    if (!Array.isArray(universe))
      throw new InvalidArgumentError(
        `Market ${this.name}: a universe's name or a list of instruments expected, not ${JSON.stringify(universe)}\n` +
          '  with spans: [{ instrument: "A", spans: [{ start: "2020-01-02", end: "2020-12-31" }] }]',
      );
    // An instrument that is named without spans is there always; one that stands twice is there in both its spans.
    const given = new Map<string, Span[] | undefined>();
    for (const item of universe as readonly (string | InstrumentSpans)[]) {
      if (typeof item === "string") given.set(item, undefined);
      else if (!given.has(item.instrument)) given.set(item.instrument, [...item.spans]);
      else given.get(item.instrument)?.push(...item.spans);
    }
    const members = new Map(
      wholeRanges(
        [...given.keys()].sort().map((instrument) => {
          const range = this.#rangeOf.get(instrument);
          if (!range)
            throw new UnknownNameError("instrument", instrument, this.#rangeOf.keys(), {
              context: `Market ${this.name}`,
            });
          return range;
        }),
      ),
    );
    for (const [instrument, stated] of given) {
      if (stated === undefined) continue;
      const [whole] = members.get(instrument)!;
      const spans = stated.map(({ start, end }) => ({
        from: this.calendar.firstAtOrAfter(start),
        to: this.calendar.lastAtOrBefore(end),
      }));
      members.set(instrument, joinSpans(clipSpans(spans, whole!.from, whole!.to)));
    }
    return members;
  }

  #checkFields(fields: readonly string[]): void {
    for (const field of fields) {
      if (!this.fields.includes(field))
        throw new UnknownNameError("field", field, this.fields, { context: `Market ${this.name}` });
    }
  }

  async #keptColumns(fields: readonly string[]): Promise<ReadonlyMap<string, Float64Array>> {
    this.#startReading(fields.filter((field) => !this.#columns.has(field)));
    const columns = await Promise.all(fields.map((field) => this.#columns.get(field)!));
    return new Map(fields.map((field, i) => [field, columns[i]!]));
  }

  /** Reads what is wanted and no more; where a derived field looks back, from the instrument's first day on. */
  async #readPart(
    fields: readonly string[],
    wanted: readonly StoredRange[],
  ): Promise<{ layout: ReadonlyMap<string, StoredRange>; columns: ReadonlyMap<string, Float64Array> }> {
    const isLong = fields.some((field) => field in this.derived && looksBack(field));
    let offset = 0;
    const ranges = wanted.map(({ instrument, first, length }) => {
      const from = isLong ? this.#rangeOf.get(instrument)!.first : first;
      const range = { instrument, first: from, length: first + length - from, offset };
      offset += range.length;
      return range;
    });
    const stored = await this.#source.load(this.#inputsOf(fields), { ranges });
    const columns = new Map(fields.map((field) => [field, this.#columnOf(field, ranges, stored)]));
    return { layout: new Map(ranges.map((range) => [range.instrument, range])), columns };
  }

  /** One read of the source for all that is new; a failed read is forgotten, so that it can be tried again. */
  #startReading(fields: readonly string[]): void {
    if (fields.length === 0) return;
    const reading = this.#source.load(this.#inputsOf(fields));
    for (const field of fields) {
      const column = reading.then((stored) => this.#columnOf(field, this.#source.ranges, stored));
      column.catch(() => this.#columns.delete(field));
      this.#columns.set(field, column);
    }
  }

  /** The stored fields that these are or are made of. */
  #inputsOf(fields: readonly string[]): string[] {
    return [...new Set(fields.flatMap((field) => (field in this.derived ? inputsOf(field) : [field])))];
  }

  #columnOf(field: string, ranges: readonly StoredRange[], stored: ReadonlyMap<string, Float64Array>): Float64Array {
    return this.#rounded(field in this.derived ? deriveField(field, ranges, stored) : stored.get(field)!);
  }

  #rounded(column: Float64Array): Float64Array {
    return this.precision === "float32" ? Float64Array.from(Float32Array.from(column)) : column;
  }
}

/** The part of a range in calendar days [from, to); its offset means nothing. */
function cut({ instrument, first, length }: StoredRange, from: number, to: number): StoredRange {
  const start = Math.max(first, from);
  return { instrument, first: start, length: Math.min(first + length, to) - start, offset: 0 };
}

/** Without the keys that are undefined. */
function defined(options: OpenMarketOptions): OpenMarketOptions {
  return Object.fromEntries(Object.entries(options).filter(([, value]) => value !== undefined));
}

/** A path as one would type it from here, unless that climbs far: what a shared notebook shows. */
function shownAddress(address: string): string {
  if (!path.isAbsolute(address)) return address;
  const relative = path.relative(process.cwd(), address) || ".";
  return relative.split("..").length - 1 <= 3 ? relative.split(path.sep).join("/") : address;
}
