import type { Market } from "../data/market.js";
import { openMarket, type OpenMarketOptions } from "../data/open-market.js";

/** A market to be opened when it is first needed. */
export interface MarketAddress extends OpenMarketOptions {
  readonly address: string;
}

/** Whether a market is open already. */
export function isMarket(market: Market | string | MarketAddress): market is Market {
  return typeof market === "object" && typeof (market as Partial<Market>).loadBars === "function";
}

/** What opens the same market again. */
export function addressOf(market: Market): MarketAddress {
  const { address, universe, region, precision, benchmark, options } = market;
  return { ...options, address, universe, region, precision, ...(benchmark === undefined ? {} : { benchmark }) };
}

/** The market given: itself when it is open, else opened at its address. */
export async function openGiven(market: Market | string | MarketAddress): Promise<Market> {
  if (isMarket(market)) return market;
  if (typeof market === "string") return openMarket(market);
  const { address, ...options } = market;
  return openMarket(address, options);
}
