import path from "node:path";
import type { TradingCalendar } from "../calendar/trading-calendar.js";
import { formatDatetime, type DatetimeInput } from "../engine/datetime.js";
import { InvalidArgumentError, UnknownNameError } from "../errors.js";
import { VIEW, type Fact, type View } from "../panel/view.js";
import type { Bars, IndexSpan, InstrumentBars } from "./bars.js";
import { wholeRanges, type BarSource, type Members, type StoredRange } from "./bar-source.js";
import { deriveField, derivableFields, inputsOf } from "./derived-fields.js";
import { checkHealth } from "./health-check.js";
import type { HealthReport } from "./health-report.js";
import type { BarsRequest, InstrumentSpans, Market, Precision, Region, ReturnSeries, Universe } from "./market.js";

export interface BarMarketOptions {
  /** The universe that is meant when none is named; default `all`. */
  readonly universe?: string;
  /** An instrument of the market to compare with. */
  readonly benchmark?: string;
  readonly region?: Region;
  readonly precision?: Precision;
}

/** A {@link Market} over stored bars; columns are read at their first use and kept. */
export class BarMarket implements Market {
  readonly address: string;
  readonly name: string;
  readonly region: Region;
  readonly universe: string;
  readonly benchmark?: string;
  readonly precision: Precision;
  readonly calendar: TradingCalendar;
  readonly fields: readonly string[];
  readonly derived: Readonly<Record<string, string>>;
  readonly universes: readonly string[];
  readonly sectors: ReadonlyMap<string, string>;

  readonly #source: BarSource;
  readonly #rangeOf: ReadonlyMap<string, StoredRange>;
  readonly #columns = new Map<string, Promise<Float64Array>>();
  #fingerprint: Promise<string> | undefined;

  constructor(source: BarSource, options: BarMarketOptions = {}) {
    this.#source = source;
    this.#rangeOf = new Map(source.ranges.map((range) => [range.instrument, range]));
    this.address = source.address;
    this.name = source.name;
    this.calendar = source.calendar;
    this.sectors = source.sectors;
    this.derived = derivableFields(source.storedFields);
    this.fields = [...source.storedFields, ...Object.keys(this.derived)];
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
    return {
      address: shownAddress(this.address),
      region: this.region,
      calendar: `${calendar.length} days, ${formatDatetime(calendar.first)} … ${formatDatetime(calendar.last)}`,
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
    const columns = await this.#loadColumns(fields);
    const [from, to] = this.calendar.rangeOf({ start, end });
    const instruments: InstrumentBars[] = [];
    for (const [instrument, spans] of members) {
      const range = this.#rangeOf.get(instrument)!;
      const first = Math.max(range.first, from);
      const length = Math.min(range.first + range.length, to) - first;
      if (length <= 0) continue;
      const place = range.offset + first - range.first;
      const values = new Map(fields.map((field) => [field, columns.get(field)!.subarray(place, place + length)]));
      instruments.push({ instrument, first, length, values, members: clip(spans, first, first + length - 1) });
    }
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
    const change = (await this.#loadColumns(["$change"])).get("$change")!;
    const [from, to] = this.calendar.rangeOf(range);
    const stored = this.#rangeOf.get(this.benchmark)!;
    const returns = Float64Array.from({ length: to - from }, (_, i) => {
      const day = from + i - stored.first;
      return day >= 0 && day < stored.length ? change[stored.offset + day]! : NaN;
    });
    return { datetimes: this.calendar.datetimes.slice(from, to), returns };
  }

  fingerprint(): Promise<string> {
    return (this.#fingerprint ??= this.#source.contentHash().then((hash) => {
      const { name, precision } = this;
      return `${name} rows=${this.#source.numRows} last=${formatDatetime(this.calendar.last)} ${precision} sha256=${hash.slice(0, 16)}`;
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
    return `Market(${this.name}, ${this.#source.ranges.length} instruments, ${calendar.length} days ${formatDatetime(calendar.first)} … ${formatDatetime(calendar.last)})`;
  }

  [Symbol.for("nodejs.util.inspect.custom")](): string {
    return this.toString();
  }

  #membersOf(universe: Universe): Members {
    if (typeof universe === "string") {
      const members = this.#source.universes.get(universe);
      if (!members)
        throw new UnknownNameError("universe", universe, this.universes, { context: `Market ${this.name}` });
      return members;
    }
    const ranges = [...new Set(universe)].sort().map((instrument) => {
      const range = this.#rangeOf.get(instrument);
      if (!range)
        throw new UnknownNameError("instrument", instrument, this.#rangeOf.keys(), { context: `Market ${this.name}` });
      return range;
    });
    return wholeRanges(ranges);
  }

  async #loadColumns(fields: readonly string[]): Promise<ReadonlyMap<string, Float64Array>> {
    for (const field of fields) {
      if (!this.fields.includes(field))
        throw new UnknownNameError("field", field, this.fields, { context: `Market ${this.name}` });
    }
    this.#startReading(fields.filter((field) => !this.#columns.has(field)));
    const columns = await Promise.all(fields.map((field) => this.#columns.get(field)!));
    return new Map(fields.map((field, i) => [field, columns[i]!]));
  }

  /** One read of the source for all that is new; a failed read is forgotten, so that it can be tried again. */
  #startReading(fields: readonly string[]): void {
    if (fields.length === 0) return;
    const needed = new Set(fields.flatMap((field) => (field in this.derived ? inputsOf(field) : [field])));
    const reading = this.#source.load([...needed]);
    for (const field of fields) {
      const column = reading.then((stored) =>
        this.#rounded(field in this.derived ? deriveField(field, this.#source.ranges, stored) : stored.get(field)!),
      );
      column.catch(() => this.#columns.delete(field));
      this.#columns.set(field, column);
    }
  }

  #rounded(column: Float64Array): Float64Array {
    return this.precision === "float32" ? Float64Array.from(Float32Array.from(column)) : column;
  }
}

function clip(spans: readonly IndexSpan[], first: number, last: number): IndexSpan[] {
  return spans
    .map(({ from, to }) => ({ from: Math.max(from, first), to: Math.min(to, last) }))
    .filter(({ from, to }) => from <= to);
}

/** A path as one would type it from here, unless that climbs far: what a shared notebook shows. */
function shownAddress(address: string): string {
  if (!path.isAbsolute(address)) return address;
  const relative = path.relative(process.cwd(), address) || ".";
  return relative.split("..").length - 1 <= 3 ? relative.split(path.sep).join("/") : address;
}
