import { setDefaultMarket } from "../data/default-market.js";
import type { Market, Region } from "../data/market.js";
import { openMarket, type OpenMarketOptions } from "../data/open-market.js";
import { InvalidArgumentError, UnknownNameError } from "../errors.js";
import { R } from "../tracking/r.js";

export interface InitOptions {
  /** The market that is meant where none is named: an open one, or its address with options. */
  readonly market?: Market | string | (OpenMarketOptions & { readonly address: string });
  /** The same as an address alone, in Qlib's word: a folder or file of prices, or `synthetic://`. */
  readonly providerUri?: string;
  /** `us`, `cn` or another; default what the market says itself. */
  readonly region?: Region;
  /** Folder of the store that runs are kept in, as of `R.setUri`. Default: the one in use stays. */
  readonly storeUri?: string;
  /**
   * Where artifacts are kept beside the store's folder, for several computers: `s3://bucket/prefix?endpoint=…&region=…`. Remembered
   * in the store. What it holds already: `alphabook store move --to …`.
   */
  readonly artifacts?: string;
}

const OPTIONS: readonly (keyof InitOptions)[] = ["market", "providerUri", "region", "storeUri", "artifacts"];

/**
 * Says once what a session works on: handlers, generators and back-tests without a market of their own take this one.
 *
 * What a handler, a record template or a recorded dataset names itself wins. Called again, it replaces what was said before;
 * what it does not name stays.
 *
 * In Qlib: qlib.init
 *
 * @returns The market, open; undefined when only the store was named.
 * @throws UnknownNameError for another option; InvalidArgumentError when nothing is named, both `market` and `providerUri`,
 *   or a region that an open market does not have; what `openMarket` throws: then nothing has changed.
 * @example
 * (await init({ providerUri: "synthetic://?instruments=20&days=50", region: "us" })).calendar.length // -> 50
 */
export async function init(options: InitOptions): Promise<Market | undefined> {
  for (const name of Object.keys(options))
    if (!(OPTIONS as readonly string[]).includes(name))
      throw new UnknownNameError("option", name, OPTIONS, { context: "Cannot init" });
  const { market, providerUri, region, storeUri, artifacts } = options;
  if (market !== undefined && providerUri !== undefined)
    throw new InvalidArgumentError("Cannot init: market and providerUri are the same, give one of them");
  const source = market ?? providerUri;
  if (source === undefined && storeUri === undefined && artifacts === undefined)
    throw new InvalidArgumentError(
      'Cannot init: neither a market nor a store is named\n  e.g. init({ providerUri: "synthetic://" })',
    );
  const opened = source === undefined ? undefined : await open(source, region);
  if (storeUri !== undefined) R.setUri(storeUri);
  if (artifacts !== undefined) await R.store.sharing.share(artifacts);
  if (opened) setDefaultMarket(opened);
  return opened;
}

async function open(source: NonNullable<InitOptions["market"]>, region: Region | undefined): Promise<Market> {
  const regional = region === undefined ? {} : { region };
  if (typeof source === "string") return openMarket(source, regional);
  if (!("loadBars" in source)) return openMarket(source.address, { ...source, ...regional });
  if (region === undefined || source.region === region) return source;
  throw new InvalidArgumentError(
    `Cannot init: the market's region is ${source.region}, not ${region}\n  open it so: openMarket("${source.address}", { region: "${region}" })`,
  );
}
