import { UnknownNameError } from "../errors.js";
import { BarMarket, type BarMarketOptions } from "./bar-market.js";
import { BarFilesSource } from "./files/bar-files-source.js";
import { findBarFiles } from "./files/find-bar-files.js";
import type { Market } from "./market.js";
import { parseSyntheticAddress, isSyntheticAddress } from "./synthetic/synthetic-options.js";
import { synthetic } from "./synthetic/synthetic.js";

export interface OpenMarketOptions extends BarMarketOptions {
  /** New names of a folder's universes: `{ stocks: "us_stocks_daily" }`. */
  readonly universes?: Readonly<Record<string, string>>;
}

/**
 * Opens a market by its address:
 *
 * - `synthetic://?instruments=300&days=1260&seed=7&ic=0.08&start=2015-01-02` (these are the defaults): see {@link synthetic};
 * - a Parquet or CSV file of bars;
 * - a folder of such files: each is a universe named after its stem, `all` is their union, `<x>_membership.csv`
 *   (`instrument, start_date, end_date`, the end exclusive, empty while it lasts) is a universe `<x>`; `market.yaml` may rename universes and
 *   name a default universe, a benchmark and a region, as the options do (which win).
 *
 * Bar files have a row per instrument and day: `instrument`, `datetime` (or `date`, `ts`, `timestamp`), `close`, and any other
 * columns of numbers, which become fields (`open` → `$open`). Missing `factor`, `change` and `vwap` are derived; `market.derived`
 * and `market.info()` tell the rules. Only keys are read here; columns are read when first asked for, and kept.
 *
 * @param options `universe`: what is meant when none is named (default `all`); `benchmark`: an instrument; `region` (default `us`);
 * `precision`: `float32` rounds every field as Qlib's store does (default `float64`).
 * @throws DataError naming file, column and first rows for files that are no bars; UnknownNameError for an unknown universe or
 * benchmark.
 * @example
 * (await openMarket("synthetic://?instruments=20&days=50")).calendar.length // -> 50
 */
export async function openMarket(address: string, options: OpenMarketOptions = {}): Promise<Market> {
  if (isSyntheticAddress(address))
    return synthetic({ ...parseSyntheticAddress(address), ...withoutNames(address, options) });
  const { universes, ...rest } = options;
  const found = await findBarFiles(address);
  const description = { ...found.description, ...(universes ? { universes } : {}) };
  return new BarMarket(await BarFilesSource.open({ ...found, description }), rest);
}

/** @throws UnknownNameError when universes are to be renamed that a synthetic market does not have. */
function withoutNames(address: string, { universes, ...rest }: OpenMarketOptions): BarMarketOptions {
  const [old] = Object.values(universes ?? {});
  if (old !== undefined)
    throw new UnknownNameError("universe", old, ["all"], { context: `Cannot rename in market "${address}"` });
  return rest;
}
