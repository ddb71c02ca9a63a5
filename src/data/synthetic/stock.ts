import { PlantedAlpha } from "./alpha.js";
import { drawBar, drawVwap, onTick, type Bar } from "./bar.js";
import { drawListing, withFate, type Listing } from "./listing.js";
import type { Random } from "../../panel/random.js";
import { emptyColumns, type Columns } from "./columns.js";
import type { MarketRules } from "./market-rules.js";
import { drawLimitedBar, priceLimits } from "./price-limits.js";

const EARNINGS_DAYS = 63;
const SUSPENSION_MEAN_DAYS = 6;
const SPLIT_ABOVE = 280;
const PENNY = 1.2;
const DIVIDEND_DAYS = 63;
/** What of a move beyond the limit comes on the next day. */
const CARRIED = 0.7;

/** What moves all stocks on a day, as log returns. */
export interface CommonMoves {
  readonly market: number;
  readonly sectors: Float64Array;
}

/** A stock: its constant traits, its state, and its history so far. */
export class Stock {
  readonly listing: Listing;
  readonly sector: number;
  readonly alpha = new PlantedAlpha();
  /** One value per calendar day, NaN on days without trading. */
  readonly columns: Columns;
  /** Highest and lowest price of each day, adjusted; undefined where there are no limits. */
  readonly limits: { readonly up: Float64Array; readonly down: Float64Array } | undefined;
  /** Shares outstanding × cumulative split factor: `close · factor · shares` is its capitalisation. */
  readonly shares: number;
  /** Closing price, adjusted; NaN before the first day. */
  adjustedClose = NaN;

  readonly #beta: number;
  readonly #sectorLoading: number;
  readonly #usualVolatility: number;
  readonly #dollarVolume: number;
  readonly #earningsDay: number;
  readonly #dividendDay: number;
  readonly #rules: MarketRules;
  #end: number;
  #price: number;
  #factor = 1;
  #logVolatility = 0;
  #volumeState = 0;
  #suspendedDays = 0;
  /** Log return that a limit kept from the day before. */
  #carried = 0;

  constructor(
    random: Random,
    index: number,
    { days, sectors, rules }: { days: number; sectors: number; rules: MarketRules },
  ) {
    this.#rules = rules;
    this.#dividendDay = (index * 11) % DIVIDEND_DAYS;
    this.limits =
      rules.limit === null
        ? undefined
        : { up: new Float64Array(days).fill(NaN), down: new Float64Array(days).fill(NaN) };
    this.listing = drawListing(random, days);
    this.sector = index % sectors;
    this.#beta = Math.min(2, Math.max(0.3, 1 + 0.28 * random.normal()));
    this.#sectorLoading = 1 + 0.25 * random.normal();
    this.#usualVolatility = 0.0118 * Math.exp(0.32 * random.normal());
    this.#price = onTick(Math.exp(3.6 + 0.7 * random.normal()));
    this.#dollarVolume = 2e7 * Math.exp(1.15 * random.normal());
    this.shares = (250 * this.#dollarVolume * Math.exp(0.3 * random.normal())) / this.#price;
    this.#earningsDay = (index * 7) % EARNINGS_DAYS;
    this.#end = this.listing.end;
    this.columns = emptyColumns(days);
  }

  /** Whether it trades on a day. */
  trades(day: number): boolean {
    return day >= this.listing.first && day < this.#end && this.#suspendedDays === 0;
  }

  /**
   * Lives through a day on which it trades.
   * @param drift Planted part of the return, in units of its volatility.
   */
  trade(random: Random, day: number, { market, sectors }: CommonMoves, drift: number): void {
    this.#logVolatility = 0.97 * this.#logVolatility + 0.11 * random.normal();
    const volatility = this.#usualVolatility * Math.exp(this.#logVolatility);
    let shock = random.fatTailed();
    if (day % EARNINGS_DAYS === this.#earningsDay && random.uniform() < 0.9) shock += 2.6 * random.normal();
    const free =
      this.#beta * market + this.#sectorLoading * sectors[this.sector]! + (drift + shock) * volatility + this.#carried;
    const wanted = Math.max(-0.6, Math.min(0.8, withFate(this.listing, day, free, random)));

    const before = this.#price;
    const bar = this.#drawBar(random, day, wanted, volatility);
    const logReturn = Math.log(bar.close / before);
    this.#volumeState = 0.72 * this.#volumeState + 0.24 * random.normal();
    const logVolume =
      Math.log(this.#dollarVolume / before) -
      0.22 +
      0.55 * this.#logVolatility +
      0.28 * Math.min(4, Math.abs(wanted) / volatility) +
      this.#volumeState;
    const volume = Math.max(100, Math.round(Math.exp(logVolume) / 100) * 100);
    this.#record(day, bar, drawVwap(random, bar), volume);

    const surprise = (logReturn - this.#beta * market) / this.#usualVolatility;
    // Shares, not dollars, would show a split as a shock.
    this.alpha.update({ logReturn, surprise, logVolume: logVolume - Math.log(this.#factor) }, random);
    this.#price = bar.close;
    this.adjustedClose = bar.close * this.#factor;
    this.#splitIfDear();
    this.#payDividend(day);
    if (bar.close < PENNY && random.uniform() < 0.02) this.#end = Math.min(this.#end, day + 1);
    if (random.uniform() < this.#rules.suspensionRate)
      this.#suspendedDays = 1 + Math.floor(-Math.log(random.uniform()) * SUSPENSION_MEAN_DAYS);
  }

  /** A day on which it is listed but does not trade. */
  wait(day: number): void {
    if (day >= this.listing.first && this.#suspendedDays > 0) this.#suspendedDays--;
  }

  #drawBar(random: Random, day: number, wanted: number, volatility: number): Bar {
    const { limit } = this.#rules;
    if (limit === null) return drawBar(random, this.#price, wanted, volatility);
    const limits = priceLimits(this.#price, limit);
    this.limits!.up[day] = limits.up * this.#factor;
    this.limits!.down[day] = limits.down * this.#factor;
    const [least, most] = [Math.log(limits.down / this.#price), Math.log(limits.up / this.#price)];
    const possible = Math.max(least, Math.min(most, wanted));
    this.#carried = CARRIED * (wanted - possible);
    return drawLimitedBar(random, this.#price, possible, volatility, limits);
  }

  /** Prices are stored adjusted: real price × factor; volume is real volume ÷ factor. */
  #record(day: number, { open, high, low, close }: Bar, vwap: number, volume: number): void {
    const { columns } = this;
    columns.open[day] = open * this.#factor;
    columns.high[day] = high * this.#factor;
    columns.low[day] = low * this.#factor;
    columns.close[day] = close * this.#factor;
    columns.vwap[day] = vwap * this.#factor;
    columns.volume[day] = volume / this.#factor;
    columns.factor[day] = this.#factor;
  }

  #splitIfDear(): void {
    if (this.#price <= SPLIT_ABOVE) return;
    const parts = this.#price > 900 ? 5 : 2;
    this.#price = onTick(this.#price / parts);
    this.#factor *= parts;
  }

  /** The next day trades without the dividend: its price is lower, its factor higher, the adjusted price the same. */
  #payDividend(day: number): void {
    if (this.#rules.dividendYield === 0 || day % DIVIDEND_DAYS !== this.#dividendDay) return;
    const without = onTick(this.#price * (1 - (this.#rules.dividendYield * DIVIDEND_DAYS) / 252));
    this.#factor *= this.#price / without;
    this.#price = without;
  }
}
