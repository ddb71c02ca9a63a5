import { createHash } from "node:crypto";
import { TradingCalendar } from "../../calendar/trading-calendar.js";
import { BarMarket, type BarMarketOptions } from "../bar-market.js";
import { wholeRanges, type BarSource, type Members, type StoredRange } from "../bar-source.js";
import type { Market } from "../market.js";
import { FIELDS, type Columns } from "./columns.js";
import { SECTORS, simulate } from "./simulation.js";
import { syntheticAddress, syntheticSettings, type SyntheticOptions } from "./synthetic-options.js";

export type { SyntheticOptions } from "./synthetic-options.js";

/** Name of the capitalisation-weighted index: the benchmark, no member of universe `all`. */
const INDEX = "INDEX";

/**
 * A market made up by rule: returns with a market, ten sectors and stocks of their own, whose volatility comes in clusters and
 * whose shocks have fat tails; earnings jumps, late listings, mergers, failures, suspensions (those days are missing), splits
 * (`$factor` steps, adjusted prices do not); a capitalisation-weighted index as benchmark; and a planted alpha, most of which can be
 * found in prices and volumes, as strong as `ic` says.
 *
 * Daily, region us. Fields `$open $high $low $close $vwap` (adjusted), `$volume`, `$factor`, derived `$change`.
 * The same options give the same market on every machine.
 *
 * @throws InvalidArgumentError for an option out of range.
 * @example
 * synthetic({ instruments: 5, days: 10 }).instruments().length // -> 5
 */
export function synthetic(options: SyntheticOptions & BarMarketOptions = {}): Market {
  const { universe, benchmark, region, precision, ...rest } = options;
  return new BarMarket(syntheticSource(rest), { universe, benchmark, region, precision });
}

function syntheticSource(options: SyntheticOptions): BarSource {
  const settings = syntheticSettings(options);
  const { days, stocks, index } = simulate(settings);
  const address = syntheticAddress(settings);
  const histories = new Map<string, Columns>([[INDEX, index.columns]]);
  const sectors = new Map<string, string>();
  stocks.forEach((stock, i) => {
    const name = `S${String(i + 1).padStart(4, "0")}`;
    histories.set(name, stock.columns);
    sectors.set(name, SECTORS[stock.sector]!);
  });
  const ranges = rangesOf(histories);
  const cells = ranges.reduce((sum, { length }) => sum + length, 0);
  const flat = new Map(
    FIELDS.map((field) => [`$${field}`, flatten(ranges, cells, (name) => histories.get(name)![field])]),
  );
  return {
    address,
    name: "synthetic",
    region: "us",
    benchmark: INDEX,
    calendar: new TradingCalendar(days),
    ranges,
    numRows: flat.get("$close")!.reduce((rows, close) => rows + (Number.isNaN(close) ? 0 : 1), 0),
    storedFields: [...flat.keys()],
    universes: new Map<string, Members>([
      ["all", wholeRanges(ranges.filter(({ instrument }) => instrument !== INDEX))],
    ]),
    sectors,
    facts: { planted: settings.ic === 0 ? "no alpha" : `alpha with a daily IC of about ${settings.ic}` },
    load: async (fields) => new Map(fields.map((field) => [field, flat.get(field)!])),
    findDuplicates: async () => ({ count: 0, examples: [] }),
    contentHash: async () => {
      const hash = createHash("sha256").update(address);
      for (const column of flat.values()) hash.update(new Uint8Array(column.buffer));
      return hash.digest("hex");
    },
  };
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
  cells: number,
  columnOf: (instrument: string) => Float64Array,
): Float64Array {
  const flat = new Float64Array(cells);
  for (const { instrument, first, length, offset } of ranges)
    flat.set(columnOf(instrument).subarray(first, first + length), offset);
  return flat;
}
