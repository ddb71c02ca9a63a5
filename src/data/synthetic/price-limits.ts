import { drawBar, onTick, type Bar } from "./bar.js";
import type { Random } from "../../panel/random.js";

/** The highest and the lowest price of a day. */
export interface PriceLimits {
  readonly up: number;
  readonly down: number;
}

/** Of the days that close at a limit, the share that opens there and never leaves it. */
const LOCKED_SHARE = 0.35;

/** Limits around the previous close, on the tick grid. */
export function priceLimits(previousClose: number, limit: number): PriceLimits {
  return { up: onTick(previousClose * (1 + limit)), down: onTick(previousClose * (1 - limit)) };
}

/** A bar inside its limits; one that ends at a limit may be locked there. */
export function drawLimitedBar(
  random: Random,
  previousClose: number,
  logReturn: number,
  volatility: number,
  { up, down }: PriceLimits,
): Bar {
  const bar = drawBar(random, previousClose, logReturn, volatility);
  const inside = (price: number) => Math.max(down, Math.min(up, price));
  const close = inside(bar.close);
  if ((close === up || close === down) && random.uniform() < LOCKED_SHARE)
    return { open: close, high: close, low: close, close };
  return { open: inside(bar.open), high: inside(bar.high), low: inside(bar.low), close };
}
