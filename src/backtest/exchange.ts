import type { TradingCalendar } from "../calendar/trading-calendar.js";
import type { InstrumentBars } from "../data/bars.js";
import type { Market, Universe } from "../data/market.js";
import type { DatetimeInput } from "../engine/datetime.js";
import { InvalidArgumentError } from "../errors.js";
import type { Direction, Fill, FillReason, Order } from "./order.js";
import { isNear, type Position } from "./position.js";

export interface ExchangeOptions {
  /** Whose quotes are loaded. Default `all`. */
  readonly universe?: Universe;
  readonly start?: DatetimeInput | null;
  readonly end?: DatetimeInput | null;
  /** Field name as `"close"`, or one for buying and one for selling. Default `close`. */
  readonly dealPrice?: string | { readonly buy: string; readonly sell: string };
  /** Share of the traded value; default 0.0005. */
  readonly openCost?: number;
  /** Share of the traded value; default 0.0015. */
  readonly closeCost?: number;
  /** Least cost of a filled order, money; default 5. */
  readonly minCost?: number;
  /** Slippage: this × (order value ÷ traded value of the day)²; default 0. */
  readonly impactCost?: number;
  /** Lot in real shares; null: fractions are dealt. Default: the region's (cn 100, us 1, tw 1000). */
  readonly tradeUnit?: number | null;
  /** |daily change| from which a day is limited; null: no limits. Default: the region's (cn 0.095, us none, tw 0.1). */
  readonly limitThreshold?: number | null;
}

const REGIONS: Readonly<Record<string, { unit: number; limit: number | null }>> = {
  cn: { unit: 100, limit: 0.095 },
  us: { unit: 1, limit: null },
  tw: { unit: 1000, limit: 0.1 },
};
/** Changes are ratios of rounded prices: one that equals the threshold counts as limited. */
const LIMIT_TOLERANCE = 1e-9;

/**
 * Where orders meet prices: who can trade, at which price, in which lots, at what cost.
 *
 * Days are indices of the market's calendar. An instrument without a close on a day is suspended. Where a factor is missing,
 * that instrument's amounts are not rounded to lots that day. A missing deal price falls back to the close.
 * Limits look at the day's change to its close, also when dealing at the open.
 *
 * In Qlib: qlib.backtest.exchange.Exchange
 */
export class Exchange {
  readonly calendar: TradingCalendar;
  readonly openCost: number;
  readonly closeCost: number;
  readonly minCost: number;
  readonly impactCost: number;
  readonly tradeUnit: number | null;
  readonly limitThreshold: number | null;
  readonly #bars: ReadonlyMap<string, InstrumentBars>;
  readonly #priceField: Readonly<Record<Direction, string>>;

  private constructor(market: Market, bars: readonly InstrumentBars[], options: ExchangeOptions) {
    const region = REGIONS[market.region] ?? REGIONS.us!;
    this.calendar = market.calendar;
    this.openCost = options.openCost ?? 0.0005;
    this.closeCost = options.closeCost ?? 0.0015;
    this.minCost = options.minCost ?? 5;
    this.impactCost = options.impactCost ?? 0;
    this.tradeUnit = options.tradeUnit === undefined ? region.unit : options.tradeUnit;
    this.limitThreshold = options.limitThreshold === undefined ? region.limit : options.limitThreshold;
    for (const name of ["openCost", "closeCost", "minCost", "impactCost"] as const)
      if (!(this[name] >= 0))
        throw new InvalidArgumentError(`Cannot open the exchange: ${name} is ${this[name]}, a number ≥ 0 expected`);
    for (const name of ["tradeUnit", "limitThreshold"] as const)
      if (this[name] !== null && !(this[name] > 0))
        throw new InvalidArgumentError(
          `Cannot open the exchange: ${name} is ${this[name]}, a number > 0 or null expected`,
        );
    this.#priceField = priceFields(options);
    this.#bars = new Map(bars.map((instrument) => [instrument.instrument, instrument]));
  }

  /** Loads the quotes of a market. @throws UnknownNameError for an unknown price field or universe. */
  static async open(market: Market, options: ExchangeOptions = {}): Promise<Exchange> {
    const { buy, sell } = priceFields(options);
    const fields = [...new Set(["$close", "$change", "$factor", "$volume", buy, sell])];
    const { universe = "all", start, end } = options;
    const bars = await market.loadBars({
      fields,
      universe,
      ...(start == null ? {} : { start }),
      ...(end == null ? {} : { end }),
    });
    return new Exchange(market, bars.instruments, options);
  }

  /** A loaded field; NaN when missing or the instrument is unknown. */
  quote(instrument: string, day: number, field: string): number {
    const bars = this.#bars.get(instrument);
    return bars?.values.get(field)?.[day - bars.first] ?? NaN;
  }

  close(instrument: string, day: number): number {
    return this.quote(instrument, day, "$close");
  }

  isSuspended(instrument: string, day: number): boolean {
    return Number.isNaN(this.close(instrument, day));
  }

  /** Whether orders are filled: not suspended and, in this direction (none given: in both), not at its limit. */
  isTradable(instrument: string, day: number, direction?: Direction): boolean {
    if (this.isSuspended(instrument, day)) return false;
    if (this.limitThreshold === null) return true;
    const change = this.quote(instrument, day, "$change");
    const limit = this.limitThreshold - LIMIT_TOLERANCE;
    return !(direction !== "sell" && change >= limit) && !(direction !== "buy" && change <= -limit);
  }

  dealPrice(instrument: string, day: number, direction: Direction): number {
    const price = this.quote(instrument, day, this.#priceField[direction]);
    return price > 1e-8 ? price : this.close(instrument, day);
  }

  /** An adjusted amount cut down to whole lots of real shares. */
  roundAmount(instrument: string, day: number, amount: number): number {
    const factor = this.quote(instrument, day, "$factor");
    if (this.tradeUnit === null || Number.isNaN(factor)) return amount;
    return (Math.floor((amount * factor + 0.1) / this.tradeUnit) * this.tradeUnit) / factor;
  }

  /** Fills an order as far as market, holdings and cash allow, and changes the position. */
  deal(order: Order, day: number, position: Position, delayed = false): Fill {
    const { instrument, direction } = order;
    const refuse = (reason: FillReason): Fill => ({ ...order, dealAmount: 0, price: NaN, value: 0, cost: 0, reason });
    if (this.isSuspended(instrument, day)) return refuse("suspended");
    if (!this.isTradable(instrument, day, direction)) return refuse("limit");
    const price = this.dealPrice(instrument, day, direction);
    const rate = (direction === "buy" ? this.openCost : this.closeCost) + this.#impact(order, day, price);
    const [amount, reason] =
      direction === "buy"
        ? this.#buyable(order, day, price, rate, position)
        : this.#sellable(order, day, price, rate, position);
    const value = amount * price;
    if (!(value > 1e-5)) return { ...order, dealAmount: amount, price, value, cost: 0, reason };
    const cost = Math.max(value * rate, this.minCost);
    if (direction === "buy") position.buy(instrument, amount, price, cost);
    else position.sell(instrument, amount, price, cost, delayed);
    return { ...order, dealAmount: amount, price, value, cost, reason };
  }

  #impact({ instrument, amount }: Order, day: number, price: number): number {
    const traded = this.quote(instrument, day, "$volume") * price;
    return traded > 0 ? this.impactCost * ((amount * price) / traded) ** 2 : this.impactCost;
  }

  #sellable(order: Order, day: number, price: number, rate: number, position: Position): [number, FillReason] {
    const held = position.amountOf(order.instrument);
    if (held === 0) return [0, "no holding"];
    // A full liquidation takes odd lots along.
    const amount = isNear(order.amount, held)
      ? held
      : this.roundAmount(order.instrument, day, Math.min(held, order.amount));
    const value = amount * price;
    if (position.cash + value < Math.max(value * rate, this.minCost)) return [0, "cash"];
    return [amount, amount < order.amount && !isNear(amount, order.amount) ? "lot" : ""];
  }

  #buyable(
    { instrument, amount }: Order,
    day: number,
    price: number,
    rate: number,
    { cash }: Position,
  ): [number, FillReason] {
    const value = amount * price;
    const cost = Math.max(value * rate, this.minCost);
    if (cash < cost) return [0, "cash"];
    if (cash < value + cost)
      return [this.roundAmount(instrument, day, Math.min(affordable(cash, price, rate, this.minCost), amount)), "cash"];
    const rounded = this.roundAmount(instrument, day, amount);
    return [rounded, isNear(rounded, amount) ? "" : "lot"];
  }
}

/**
 * The largest amount that `cash` pays with its cost.
 * @example
 * affordable(20000, 10, 0.0005, 5) // -> 1999.000499750125
 */
export function affordable(cash: number, price: number, rate: number, minCost: number): number {
  if (cash < minCost) return 0;
  return rate > 0 && cash >= minCost / rate + minCost ? cash / (1 + rate) / price : (cash - minCost) / price;
}

function priceFields({ dealPrice = "close" }: ExchangeOptions): Record<Direction, string> {
  const { buy, sell } = typeof dealPrice === "string" ? { buy: dealPrice, sell: dealPrice } : dealPrice;
  const field = (name: string) => (name.startsWith("$") ? name : `$${name}`);
  return { buy: field(buy), sell: field(sell) };
}
