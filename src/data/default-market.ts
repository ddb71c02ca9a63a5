import type { Market } from "./market.js";

let current: Market | undefined;

/** The market that is meant where none is named; see `init`. */
export const defaultMarket = (): Market | undefined => current;

/** From now on this market is meant where none is named; undefined: none is. */
export function setDefaultMarket(market: Market | undefined): void {
  current = market;
}
