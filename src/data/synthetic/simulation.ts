import { standardise } from "./alpha.js";
import { MarketIndex } from "./market-index.js";
import { Random } from "../../panel/random.js";
import { marketRules } from "./market-rules.js";
import { tradingSessions } from "./sessions.js";
import { Stock } from "./stock.js";
import type { SyntheticSettings } from "./synthetic-options.js";
import { MARKET_VARIANCE, SECTOR_VARIANCE, Volatility } from "./volatility.js";

export const SECTORS = [
  "Energy",
  "Materials",
  "Industrials",
  "Consumer Goods",
  "Health Care",
  "Financials",
  "Technology",
  "Communication",
  "Utilities",
  "Real Estate",
] as const;

const MARKET_DRIFT = 0.00028;
/** Makes the information coefficient of the planted alpha come out as asked for: market and sector moves dilute it. */
const DILUTION = 1.28;

export interface Simulation {
  /** Epoch ms. */
  readonly days: Float64Array;
  readonly stocks: readonly Stock[];
  readonly index: MarketIndex;
  /** Stock by stock and day by day (`stock · days + day`): the standardised alpha that drives that day's return and was known before it; NaN when not trading. */
  readonly alpha: Float64Array;
}

/**
 * Lives through every day of a market: scores of what is known, common moves, each stock's own day, the index.
 * All randomness comes from one seeded generator, in this order.
 */
export function simulate(settings: SyntheticSettings): Simulation {
  const random = new Random(settings.seed);
  const days = tradingSessions(settings.start, settings.days, settings.region);
  const rules = marketRules(settings);
  const stocks = Array.from(
    { length: settings.instruments },
    (_, i) => new Stock(random, i, { days: days.length, sectors: SECTORS.length, rules }),
  );
  const index = new MarketIndex(days.length);
  const marketVolatility = new Volatility(MARKET_VARIANCE);
  const sectorVolatilities = SECTORS.map(() => new Volatility(SECTOR_VARIANCE));
  const alpha = new Float64Array(stocks.length * days.length).fill(NaN);

  for (let day = 0; day < days.length; day++) {
    const trading: number[] = [];
    stocks.forEach((stock, i) => (stock.trades(day) ? trading.push(i) : stock.wait(day)));
    const scores = Float64Array.from(trading, (i) => stocks[i]!.alpha.score);
    standardise(scores);

    const deviation = marketVolatility.deviation;
    const market = MARKET_DRIFT + marketVolatility.next(random);
    const sectors = Float64Array.from(sectorVolatilities, (volatility) => volatility.next(random));
    index.open(day);
    trading.forEach((i, place) => {
      const stock = stocks[i]!;
      const before = stock.adjustedClose;
      stock.trade(random, day, { market, sectors }, settings.ic * DILUTION * scores[place]!);
      alpha[i * days.length + day] = scores[place]!;
      index.add(day, stock, before);
    });
    index.close(random, deviation);
  }
  return { days, stocks, index, alpha };
}
