import { createHash } from "node:crypto";
import type { Frequency } from "../../calendar/frequency.js";
import { TradingCalendar } from "../../calendar/trading-calendar.js";
import { InvalidArgumentError } from "../../errors.js";
import type { Fact } from "../../panel/view.js";
import {
  cellsOf,
  wholeRanges,
  type BarSource,
  type LoadRequest,
  type Members,
  type StoredRange,
} from "../bar-source.js";
import { FIELDS, type Columns } from "./columns.js";
import { SECTORS, type Simulation } from "./simulation.js";
import { syntheticAddress, type SyntheticSettings } from "./synthetic-options.js";
import { topUniverse } from "./top-universe.js";

/** Name of the capitalisation-weighted index: the benchmark, no member of universe `all`. */
const INDEX = "INDEX";

/** The days of a simulated market. */
export class SyntheticSource implements BarSource {
  readonly address: string;
  readonly name = "synthetic";
  readonly region: "us" | "cn";
  readonly benchmark = INDEX;
  readonly freq: Frequency = { count: 1, unit: "day" };
  readonly calendar: TradingCalendar;
  readonly ranges: readonly StoredRange[];
  readonly numRows: number;
  readonly storedFields: readonly string[];
  readonly universes: ReadonlyMap<string, Members>;
  readonly sectors: ReadonlyMap<string, string>;
  readonly facts: Readonly<Record<string, Fact>>;
  /** One value per calendar day in each field, NaN on days without trading. */
  readonly histories: ReadonlyMap<string, Columns>;
  readonly #flat: ReadonlyMap<string, Float64Array>;

  constructor(settings: SyntheticSettings, { days, stocks, index }: Simulation) {
    const names = stocks.map((_, i) => `S${String(i + 1).padStart(4, "0")}`);
    const ofStocks = new Map(stocks.map((stock, i) => [names[i]!, stock.columns]));
    this.address = syntheticAddress(settings);
    this.region = settings.region;
    this.histories = new Map([[INDEX, index.columns], ...ofStocks]);
    this.sectors = new Map(stocks.map((stock, i) => [names[i]!, SECTORS[stock.sector]!]));
    this.calendar = new TradingCalendar(days);
    this.ranges = rangesOf(this.histories);
    const flat = new Map(
      FIELDS.map((field) => [`$${field}`, flatten(this.ranges, (name) => this.histories.get(name)![field])]),
    );
    if (settings.region === "cn") {
      const limits = new Map(stocks.map((stock, i) => [names[i]!, stock.limits!]));
      flat.set(
        "$limit_up",
        flatten(this.ranges, (name) => limits.get(name)?.up),
      );
      flat.set(
        "$limit_down",
        flatten(this.ranges, (name) => limits.get(name)?.down),
      );
    }
    this.#flat = flat;
    this.storedFields = [...flat.keys()];
    this.numRows = flat.get("$close")!.reduce((rows, close) => rows + (Number.isNaN(close) ? 0 : 1), 0);
    this.universes = universesOf(settings, this.ranges, ofStocks, days);
    this.facts = {
      planted: settings.ic === 0 ? "no alpha" : `alpha with a daily IC of about ${settings.ic}`,
      ...(settings.dividends > 0 ? { dividends: `${settings.dividends * 100} % a year, quarterly, in $factor` } : {}),
      ...(settings.region === "cn"
        ? { limits: "10 % around the previous close", settlement: "T+1: bought on a day, to be sold from the next on" }
        : {}),
    };
  }

  async load(
    fields: readonly string[],
    { ranges = this.ranges }: LoadRequest = {},
  ): Promise<ReadonlyMap<string, Float64Array>> {
    if (ranges === this.ranges) return new Map(fields.map((field) => [field, this.#flat.get(field)!]));
    const stored = new Map(this.ranges.map((range) => [range.instrument, range]));
    return new Map(
      fields.map((field) => {
        const column = new Float64Array(cellsOf(ranges));
        for (const { instrument, first, length, offset } of ranges) {
          const whole = stored.get(instrument)!;
          const place = whole.offset + first - whole.first;
          column.set(this.#flat.get(field)!.subarray(place, place + length), offset);
        }
        return [field, column];
      }),
    );
  }

  async findDuplicates() {
    return { count: 0, examples: [], files: [] };
  }

  async findUnsorted() {
    return [];
  }

  filesOf(): readonly string[] {
    return [];
  }

  async contentHash(): Promise<string> {
    const hash = createHash("sha256").update(this.address);
    for (const column of this.#flat.values()) hash.update(new Uint8Array(column.buffer));
    return hash.digest("hex");
  }
}

function universesOf(
  { top, days: length }: SyntheticSettings,
  ranges: readonly StoredRange[],
  stocks: ReadonlyMap<string, Columns>,
  days: Float64Array,
): ReadonlyMap<string, Members> {
  const universes = new Map<string, Members>([
    ["all", wholeRanges(ranges.filter(({ instrument }) => instrument !== INDEX))],
  ]);
  if (top === 0) return universes;
  const members = topUniverse(stocks, days, top);
  if (members.size === 0)
    throw new InvalidArgumentError(
      `Cannot make a synthetic market: top is ${top}, but in ${length} days no half-year ends\n  expected: more days, so that volumes of a half-year are known`,
    );
  return universes.set(`top${top}`, members);
}

/** From each history's first to its last traded day. */
function rangesOf(histories: ReadonlyMap<string, Columns>): StoredRange[] {
  let offset = 0;
  const ranges: StoredRange[] = [];
  for (const instrument of [...histories.keys()].sort()) {
    const { close } = histories.get(instrument)!;
    const first = close.findIndex((value) => !Number.isNaN(value));
    if (first < 0) continue;
    const length = close.findLastIndex((value) => !Number.isNaN(value)) - first + 1;
    ranges.push({ instrument, first, length, offset });
    offset += length;
  }
  return ranges;
}

function flatten(
  ranges: readonly StoredRange[],
  columnOf: (instrument: string) => Float64Array | undefined,
): Float64Array {
  const flat = new Float64Array(cellsOf(ranges)).fill(NaN);
  for (const { instrument, first, length, offset } of ranges) {
    const column = columnOf(instrument);
    if (column) flat.set(column.subarray(first, first + length), offset);
  }
  return flat;
}
