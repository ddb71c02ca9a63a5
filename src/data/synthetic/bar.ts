import type { Random } from "../../panel/random.js";

/** One day's prices on the tick grid: `low ≤ open, close ≤ high`. */
export interface Bar {
  readonly open: number;
  readonly high: number;
  readonly low: number;
  readonly close: number;
}

const TICK = 0.01;

/** The nearest price on the tick grid, at least one tick. */
export const onTick = (price: number): number => Math.max(TICK, Math.round(price / TICK) / (1 / TICK));

/**
 * A bar that starts near the previous close and ends at its return. Part of the move happens overnight; high and low are drawn from
 * the exact distribution of a Brownian bridge's extremes, so that they always enclose open and close.
 *
 * @param volatility Standard deviation of the day's own move.
 */
export function drawBar(random: Random, previousClose: number, logReturn: number, volatility: number): Bar {
  const start = Math.log(previousClose);
  const gap = 0.45 * logReturn * random.uniform() + 0.21 * volatility * random.normal();
  return barBetween(random, start + gap, start + logReturn, 0.8 * volatility);
}

/** A bar from one log price to another. */
export function barBetween(random: Random, logOpen: number, logClose: number, deviation: number): Bar {
  const [open, close] = [onTick(Math.exp(logOpen)), onTick(Math.exp(logClose))];
  const high = onTick(Math.exp((logOpen + logClose + bridgeWidth(random, logOpen, logClose, deviation)) / 2));
  const low = onTick(Math.exp((logOpen + logClose - bridgeWidth(random, logOpen, logClose, deviation)) / 2));
  // Rounding to ticks may have put an extreme inside.
  return { open, high: Math.max(high, open, close), low: Math.min(low, open, close), close };
}

const bridgeWidth = (random: Random, a: number, b: number, deviation: number) =>
  Math.sqrt((a - b) ** 2 - 2 * deviation ** 2 * Math.log(random.uniform()));

/** A volume-weighted mean price inside the bar. */
export function drawVwap(random: Random, { open, high, low, close }: Bar): number {
  const typical = ((open + high + low + 2 * close) / 5) * (1 + 0.0008 * random.normal());
  return Math.round(Math.min(high, Math.max(low, typical)) * 1e4) / 1e4;
}
