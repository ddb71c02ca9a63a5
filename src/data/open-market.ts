import { freqKey, parseFreq } from "../calendar/frequency.js";
import { refuseUnknownOptions } from "../engine/refuse-unknown-options.js";
import { UnknownNameError } from "../errors.js";
import { sourceAsOf } from "./as-of-source.js";
import { BarMarket, type BarMarketOptions } from "./bar-market.js";
import type { BarSource } from "./bar-source.js";
import { describeBarFile, type ColumnOptions } from "./files/bar-file.js";
import { BarFilesSource } from "./files/bar-files-source.js";
import { findBarFiles, isQlibStore, type FindOptions } from "./files/find-bar-files.js";
import type { Market } from "./market.js";
import { QlibStoreSource } from "./qlib/qlib-store-source.js";
import { ResampledSource } from "./resampled-source.js";
import { isSyntheticAddress, parseSyntheticAddress } from "./synthetic/synthetic-options.js";
import { syntheticSource } from "./synthetic/synthetic.js";

export const OPEN_MARKET_OPTIONS = [
  "universe",
  "benchmark",
  "region",
  "precision",
  "keepColumns",
  "includeFields",
  "excludeFields",
  "dateFieldName",
  "symbolFieldName",
  "fileSuffix",
  "limitNums",
  "maxWorkers",
  "universes",
  "freq",
  "asOf",
] as const satisfies readonly (keyof OpenMarketOptions)[];

export interface OpenMarketOptions extends BarMarketOptions, ColumnOptions, FindOptions {
  /** New names of a folder's universes: `{ stocks: "us_stocks_daily" }`. */
  readonly universes?: Readonly<Record<string, string>>;
  /**
   * `day`, `week`, `30min` …: bars of this length, made of shorter ones where the source has none; `market.info()` tells. Default:
   * as stored; of a store with several, days.
   */
  readonly freq?: string;
  /** The market as it was known at the end of this day: nothing later is there. Default: all that is stored. */
  readonly asOf?: string;
}

/**
 * Opens a market by its address:
 *
 * - `synthetic://?instruments=300&days=1260&seed=7&ic=0.08&start=2015-01-02` (these are the defaults): see {@link synthetic};
 * - a Parquet or CSV file of bars;
 * - a folder of such files: each is a universe named after its stem, `all` is their union, `<x>_membership.csv`
 *   (`instrument, start_date, end_date`, the end exclusive, empty while it lasts) is a universe `<x>`; `market.yaml` may rename universes and
 *   name a default universe, a benchmark and a region, as the options do (which win);
 * - a folder with one file per instrument, named after it (`AAPL.csv`), when the first file has no column `instrument`;
 * - a folder of partitions (`year=2024/…`), or of several such folders, each a universe;
 * - a binary store of Qlib (`calendars`, `instruments`, `features`); its float32 values are widened exactly.
 *
 * Bar files have a row per instrument and time: `instrument`, `datetime` (or `date`, `ts`, `timestamp`), `close`, and any other
 * columns of numbers, which become fields (`open` → `$open`). Missing `factor`, `change` and `vwap` are derived; `market.derived`
 * and `market.info()` tell the rules. Only keys are read here; columns are read when first asked for, and kept (very long ones are
 * read by instruments and span instead, see `keepColumns`).
 *
 * @param options `universe`: what is meant when none is named (default `all`); `benchmark`: an instrument; `region` (default `us`);
 * `freq`: the bars' length; `asOf`: a day after which nothing is known; `precision`: `float32` rounds every field as Qlib's store does (default `float64`).
 * @throws DataError naming file, column and first rows for files that are no bars; UnknownNameError for an unknown universe,
 * benchmark or option; InvalidArgumentError for a frequency the bars cannot be put together to.
 * @example
 * (await openMarket("synthetic://?instruments=20&days=50")).calendar.length // -> 50
 * (await openMarket("synthetic://?instruments=20&days=50", { freq: "week" })).calendar.length // -> 12
 * (await openMarket("synthetic://?instruments=20&days=50", { asOf: "2015-01-09" })).calendar.length // -> 6
 */
export async function openMarket(address: string, options: OpenMarketOptions = {}): Promise<Market> {
  refuseUnknownOptions(`Cannot open market "${address}"`, options, OPEN_MARKET_OPTIONS);
  const stored = await openSource(address, options);
  const known = options.asOf === undefined ? stored : sourceAsOf(stored, options.asOf);
  return new BarMarket(atFrequency(known, options), options, options);
}

/** The source itself, or longer bars made of it. */
function atFrequency(source: BarSource, { freq, region }: OpenMarketOptions): BarSource {
  if (freq === undefined || freqKey(freq) === freqKey(source.freq)) return source;
  return new ResampledSource(source, parseFreq(freq), region ?? source.region ?? "us");
}

async function openSource(address: string, options: OpenMarketOptions): Promise<BarSource> {
  const { universes, freq } = options;
  if (isSyntheticAddress(address)) {
    refuseNames(address, universes);
    return syntheticSource(parseSyntheticAddress(address));
  }
  if (await isQlibStore(address)) {
    refuseNames(address, universes);
    return QlibStoreSource.open(address, freq === undefined ? undefined : parseFreq(freq));
  }
  const { tables, ...found } = await findBarFiles(address, options);
  const files = await Promise.all(tables.map((table) => describeBarFile(table, options)));
  const description = { ...found.description, ...(universes ? { universes } : {}) };
  return BarFilesSource.open({ ...found, files, description });
}

/** @throws UnknownNameError when universes are to be renamed where names are fixed. */
function refuseNames(address: string, universes: OpenMarketOptions["universes"]): void {
  const [old] = Object.values(universes ?? {});
  if (old !== undefined)
    throw new UnknownNameError("universe", old, ["all"], { context: `Cannot rename in market "${address}"` });
}
