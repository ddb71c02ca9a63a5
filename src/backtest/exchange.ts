import { resampleCalendar } from "../calendar/resample-calendar.js";
import type { TradingCalendar } from "../calendar/trading-calendar.js";
import type { Market } from "../data/market.js";
import {
  exchangeSettings,
  limitInputs,
  type ExchangeOptions,
  type ExchangeSettings,
  type QuoteInput,
} from "./exchange-options.js";
import type { Direction, Fill, FillReason, Order } from "./order.js";
import { isNear, type Position } from "./position.js";
import { Quotes, type Aggregation } from "./quotes.js";

export type { ExchangeOptions, QuoteInput, VolumeLimit } from "./exchange-options.js";

export interface DealOptions {
  /** Proceeds of sales reach the cash when the position is settled. Default false. */
  readonly delayed?: boolean;
  /** What was dealt of each instrument earlier on the day; changed by this deal. For volume limits of kind `cum`. */
  readonly dealtToday?: Map<string, number>;
}

/** Changes are ratios of rounded prices: one that equals the threshold counts as limited. */
const LIMIT_TOLERANCE = 1e-9;
const LIMIT_FIELD: Readonly<Record<Direction, string>> = { buy: "limit, buy", sell: "limit, sell" };
/** Values that belong to one bar and not to its end. */
const SUMS = new Set(["$volume", "$amount", "$money"]);

/**
 * Where orders meet prices: who can trade, at which price, in which lots, at what cost.
 *
 * Days are indices of the exchange's calendar: the market's, or a coarser one ({@link Exchange.resample}). An
 * instrument without a close on a day is suspended. Where a factor is missing, that instrument's amounts are not
 * rounded to lots that day. A missing deal price falls back to the close; {@link Exchange.notes} tells how often.
 *
 * In Qlib: qlib.backtest.exchange.Exchange
 *
 * @example
 * const exchange = await Exchange.open(await openMarket("synthetic://?instruments=3&days=5"), { openCost: 0.001 });
 * exchange.openCost // -> 0.001
 */
export class Exchange {
  readonly calendar: TradingCalendar;
  readonly #quotes: Quotes;
  readonly #region: string;
  readonly #settings: ExchangeSettings;
  readonly #fallbacks = new Set<string>();

  private constructor(quotes: Quotes, settings: ExchangeSettings, region: string) {
    this.calendar = quotes.calendar;
    this.#quotes = quotes;
    this.#settings = settings;
    this.#region = region;
  }

  /**
   * Loads the quotes of a market. @throws UnknownNameError for an unknown field, universe or word;
   * InvalidArgumentError for a bad number.
   */
  static async open(market: Market, options: ExchangeOptions = {}): Promise<Exchange> {
    const settings = exchangeSettings(options, market.region);
    const { universe = "all", start, end } = options;
    const inputs: [field: string, input: QuoteInput][] = settings.volumeLimits.map(({ field, input }) => [
      field,
      input,
    ]);
    const limits = limitInputs(options);
    if (limits) inputs.push([LIMIT_FIELD.buy, limits.buy], [LIMIT_FIELD.sell, limits.sell]);
    const { buy, sell } = settings.priceField;
    const named = inputs.map(([, input]) => input).filter((input): input is string => typeof input === "string");
    const fields = [...new Set(["$close", "$change", "$factor", "$volume", buy, sell, ...named])];
    const range = { ...(start == null ? {} : { start }), ...(end == null ? {} : { end }) };
    const quotes = Quotes.from(await market.loadBars({ fields, universe, ...range }));
    for (const [field, input] of inputs) {
      if (typeof input === "string") quotes.addComputed(field, (name, index) => quotes.value(name, index, input));
      else quotes.addPanel(field, input);
    }
    return new Exchange(quotes, settings, market.region);
  }

  get openCost(): number {
    return this.#settings.openCost;
  }
  get closeCost(): number {
    return this.#settings.closeCost;
  }
  get minCost(): number {
    return this.#settings.minCost;
  }
  get impactCost(): number {
    return this.#settings.impactCost;
  }
  /** Real shares; null: fractions are dealt. */
  get tradeUnit(): number | null {
    return this.#settings.tradeUnit;
  }

  /** What is in force, as plain data. */
  facts(): Record<string, unknown> {
    const { volumeLimits, priceField, ...plain } = this.#settings;
    return { ...plain, dealPrice: priceField, volumeLimits: volumeLimits.map(({ field }) => field) };
  }

  /** What a reader must know: prices that were replaced, amounts that could not be rounded, limits that look ahead. */
  notes(): string[] {
    const notes: string[] = [];
    const { priceField, limitBasis, limitThreshold, tradeUnit } = this.#settings;
    const ahead = [...new Set(Object.values(priceField))].filter((field) => field !== "$close");
    if (ahead.length && limitBasis === "close" && typeof limitThreshold === "number")
      notes.push(
        `limits look at the day's close though orders deal at ${ahead.join(", ")}; limitBasis: "dealPrice" does not look ahead`,
      );
    if (this.#fallbacks.size) notes.push(`${this.#fallbacks.size} deal prices were missing: the close was taken`);
    const fractional = tradeUnit === null ? [] : this.#withoutFactor();
    if (fractional.length)
      notes.push(
        `${fractional.length} instruments lack factors on some days and are dealt in fractions then: ${fractional.slice(0, 5).join(", ")}${fractional.length > 5 ? " …" : ""}`,
      );
    return notes;
  }

  #withoutFactor(): string[] {
    return [...this.#quotes.instruments].filter((name) => {
      const [from, to] = this.#quotes.rangeOf(name);
      for (let day = from; day < to; day++)
        if (!this.isSuspended(name, day) && Number.isNaN(this.quote(name, day, "$factor"))) return true;
      return false;
    });
  }

  /**
   * The same exchange in longer steps: prices and factors are the last that are there, volumes add up, a step is
   * limited or suspended when all its bars are. @throws InvalidArgumentError when the calendar's bars do not make up
   * such steps.
   */
  resample(freq: string): { readonly exchange: Exchange; readonly starts: Int32Array } {
    const { calendar, starts } = resampleCalendar(this.calendar, freq, { region: this.#region });
    if (calendar.length === this.calendar.length)
      return { exchange: this, starts: Int32Array.from({ length: calendar.length + 1 }, (_, i) => i) };
    for (const side of ["buy", "sell"] as const)
      this.#quotes.addComputed(LIMIT_FIELD[side], (name, index) => (this.isTradable(name, index, side) ? 0 : 1));
    const kindOf = new Map(this.#settings.volumeLimits.map(({ field, kind }) => [field, kind]));
    const how = (field: string): Aggregation => {
      if (field === LIMIT_FIELD.buy || field === LIMIT_FIELD.sell) return "all";
      return SUMS.has(field) || kindOf.get(field) === "current" ? "sum" : "last";
    };
    const quotes = this.#quotes.resample(calendar, starts, how);
    return { exchange: new Exchange(quotes, { ...this.#settings, limitThreshold: "fields" }, this.#region), starts };
  }

  /** A loaded field; NaN when missing or the instrument is unknown. */
  quote(instrument: string, day: number, field: string): number {
    return this.#quotes.value(instrument, day, field);
  }

  close(instrument: string, day: number): number {
    return this.#quotes.value(instrument, day, "$close");
  }

  isSuspended(instrument: string, day: number): boolean {
    return Number.isNaN(this.close(instrument, day));
  }

  /** Whether orders are filled: not suspended and, in this direction (none given: in both), not at its limit. */
  isTradable(instrument: string, day: number, direction?: Direction): boolean {
    if (this.isSuspended(instrument, day)) return false;
    if (this.#settings.limitThreshold === null) return true;
    return !(
      (direction !== "sell" && this.#isLimited(instrument, day, "buy")) ||
      (direction !== "buy" && this.#isLimited(instrument, day, "sell"))
    );
  }

  #isLimited(instrument: string, day: number, side: Direction): boolean {
    const { limitThreshold, limitBasis } = this.#settings;
    if (typeof limitThreshold !== "number") return this.quote(instrument, day, LIMIT_FIELD[side]) !== 0;
    let change = this.quote(instrument, day, "$change");
    if (limitBasis === "dealPrice")
      change = (this.dealPrice(instrument, day, side) / this.close(instrument, day)) * (1 + change) - 1;
    return side === "buy" ? change >= limitThreshold - LIMIT_TOLERANCE : change <= -limitThreshold + LIMIT_TOLERANCE;
  }

  /** The price an order is filled at. */
  dealPrice(instrument: string, day: number, direction: Direction): number {
    const price = this.quote(instrument, day, this.#settings.priceField[direction]);
    if (price > 1e-8) return price;
    const close = this.close(instrument, day);
    if (!Number.isNaN(close)) this.#fallbacks.add(`${instrument} ${day}`);
    return close;
  }

  /**
   * An adjusted amount cut down to whole lots of real shares; a tenth of a share that is missing is given (as in
   * Qlib).
   */
  roundAmount(instrument: string, day: number, amount: number): number {
    const { tradeUnit } = this.#settings;
    const factor = this.quote(instrument, day, "$factor");
    if (tradeUnit === null || Number.isNaN(factor)) return amount;
    return (Math.floor((amount * factor + 0.1) / tradeUnit) * tradeUnit) / factor;
  }

  /** Fills an order as far as market, holdings and cash allow, and changes the position. */
  deal(asked: Order, day: number, position: Position, { delayed = false, dealtToday }: DealOptions = {}): Fill {
    const { instrument, direction } = asked;
    if (this.isSuspended(instrument, day)) return fillOf(asked, 0, NaN, 0, "suspended");
    if (!this.isTradable(instrument, day, direction)) return fillOf(asked, 0, NaN, 0, "limit");
    const price = this.dealPrice(instrument, day, direction);
    const most = this.#withinVolume(asked, day, dealtToday);
    const order = most < asked.amount ? { ...asked, amount: most } : asked;
    const rate = (direction === "buy" ? this.openCost : this.closeCost) + this.#impact(order, day, price);
    const [amount, shortfall] =
      direction === "buy"
        ? this.#buyable(order, day, price, rate, position)
        : this.#sellable(order, day, price, rate, position);
    const reason = shortfall || (order.amount < asked.amount ? "volume" : "");
    const value = amount * price;
    if (!(value > 1e-5)) return fillOf(asked, amount, price, 0, reason);
    const cost = Math.max(value * rate, this.minCost);
    if (direction === "buy") position.buy(instrument, amount, price, cost);
    else position.sell(instrument, amount, price, cost, delayed);
    dealtToday?.set(instrument, (dealtToday.get(instrument) ?? 0) + amount);
    return fillOf(asked, amount, price, cost, reason);
  }

  #withinVolume({ instrument, direction, amount }: Order, day: number, dealtToday?: Map<string, number>): number {
    let most = amount;
    for (const { field, kind, side } of this.#settings.volumeLimits) {
      if (side !== "all" && side !== direction) continue;
      const limit = this.quote(instrument, day, field);
      const left = kind === "cum" ? limit - (dealtToday?.get(instrument) ?? 0) : limit;
      most = left < most ? left : Number.isNaN(left) ? 0 : most;
    }
    return Math.max(0, most);
  }

  #impact({ instrument, amount }: Order, day: number, price: number): number {
    const { impactCost } = this.#settings;
    const traded = this.quote(instrument, day, "$volume") * price;
    return traded > 0 ? impactCost * ((amount * price) / traded) ** 2 : impactCost;
  }

  #sellable(order: Order, day: number, price: number, rate: number, position: Position): [number, FillReason] {
    const held = position.amountOf(order.instrument);
    if (held === 0) return [0, "no holding"];
    // A full liquidation takes odd lots along.
    const amount =
      held < Infinity && isNear(order.amount, held)
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

function fillOf(order: Order, dealAmount: number, price: number, cost: number, reason: FillReason): Fill {
  const { instrument, direction, amount, parent } = order;
  const value = dealAmount === 0 ? 0 : dealAmount * price;
  return { instrument, direction, amount, parent, dealAmount, price, value, cost, reason };
}

/**
 * The largest amount that `cash` pays with its cost.
 *
 * @param rate Cost as a share of the value. @param minCost Least cost, money.
 * @example
 * affordable(20000, 10, 0.0005, 5) // -> 1999.000499750125
 */
export function affordable(cash: number, price: number, rate: number, minCost: number): number {
  if (cash < minCost) return 0;
  return rate > 0 && cash >= minCost / rate + minCost ? cash / (1 + rate) / price : (cash - minCost) / price;
}
