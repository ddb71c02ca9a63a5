import { table, type ColumnTable } from "arquero";
import { Exchange, type ExchangeOptions } from "../backtest/exchange.js";
import type { Order } from "../backtest/order.js";
import { Position, type Holding } from "../backtest/position.js";
import { columnValues } from "../engine/arquero.js";
import { formatDatetime, parseDatetime } from "../engine/datetime.js";
import { openMarket } from "../data/open-market.js";
import { addressOf } from "../dataset/market-address.js";
import { refuseUnknownOptions } from "../engine/refuse-unknown-options.js";
import { DataError, InvalidArgumentError } from "../errors.js";
import { Panel } from "../panel/panel.js";
import { VIEW, type View, type Viewable } from "../panel/view.js";
import { onlineBacktest } from "./online-backtest.js";
import type { OnlineManager } from "./online-manager.js";
import { makeStrategy, type StrategyInput } from "./trading-strategy.js";

export interface OrderListOptions {
  /** Default: `TopkDropoutStrategy` with topk 50 and nDrop 5. */
  readonly strategy?: StrategyInput;
  /** What is held now: cash, and real shares by instrument. Default: what a back-test of the signals holds. */
  readonly holdings?: { readonly cash: number; readonly shares?: Readonly<Record<string, number>> };
  /** With what that back-test began, money. Default 100,000,000. */
  readonly account?: number;
  /** Lots and costs. Default: the region's. */
  readonly exchange?: Omit<ExchangeOptions, "start" | "end">;
}

const DAY_MS = 86_400_000;

/**
 * Orders for the next trading day, from the signals of the manager's day.
 *
 * Conventions: `price` is the real close of the day (adjusted price ÷ factor), as tomorrow's is not known; `shares` are real
 * shares, in whole lots of the region; sells come first, their proceeds at that price pay for the buys. Limits are not
 * looked at: today's do not bind tomorrow. An instrument without a price on the day gets no order.
 *
 * @example
 * // (await orderList(manager, { strategy: { topk: 10, nDrop: 2 } })).toCsv()
 */
export async function orderList(manager: OnlineManager, options: OrderListOptions = {}): Promise<OrderList> {
  refuseUnknownOptions("Cannot list orders", options, ["strategy", "holdings", "account", "exchange"]);
  const { strategy, exchange: rules = {}, holdings } = options;
  if (holdings) refuseUnknownOptions("Cannot list orders for holdings", holdings, ["cash", "shares"]);
  const day = await manager.currentDay();
  const signal = await signalOf(manager);
  const today = signal.between(day, day);
  if (today.numRows === 0)
    throw new DataError(
      `Cannot list orders: online manager "${manager.name}" has no signals of ${day}\n  a routine issues them: await manager.runRoutine("${day}")`,
    );
  const { address, ...known } = addressOf(await manager.market());
  const market = await openMarket(address, { ...known, asOf: day });
  const index = market.calendar.length - 1;
  const exchange = await Exchange.open(market, {
    ...rules,
    limitThreshold: null,
    start: market.calendar.at(Math.max(0, index - 1)),
    end: day,
  });
  const factors = await factorsOn(market, day);
  const position = holdings
    ? positionOf(holdings, exchange, index, factors)
    : await paperPosition(manager, options, exchange, index);
  const orders = await makeStrategy(strategy, today).decide({
    ...{ day: index, exchange, position },
    ...{ previous: parseDatetime(day), datetime: parseDatetime(day) + DAY_MS },
  });
  return new OrderList({ manager: manager.name, day, exchange, index, position, factors, orders, scores: today });
}

interface OrderListParts {
  readonly manager: string;
  readonly day: string;
  readonly exchange: Exchange;
  readonly index: number;
  readonly position: Position;
  readonly factors: ReadonlyMap<string, number>;
  readonly orders: readonly Order[];
  readonly scores: Panel;
}

/** What to trade tomorrow; shows itself as a table. */
export class OrderList implements Viewable {
  /** The day whose signals and prices they are made of, `YYYY-MM-DD`. */
  readonly day: string;
  readonly manager: string;
  /** Money: cash before the orders, and after them at the prices of the day, costs included. */
  readonly cash: number;
  readonly cashAfter: number;
  /** `instrument, direction, shares, price, value, cost, score, held`: real shares and prices; sells first. */
  readonly table: ColumnTable;

  constructor({ manager, day, exchange, index, position, factors, orders, scores }: OrderListParts) {
    [this.manager, this.day, this.cash] = [manager, day, position.cash];
    const scoreOf = new Map(
      Array.from(scores.codes, (code, row) => [scores.instruments[code]!, scores.get("score")[row]!]),
    );
    const trial = position.copy();
    const rows = orders.map((order) => {
      const { instrument, direction } = order;
      const factor = factors.get(instrument) ?? 1;
      const held = position.amountOf(instrument) * factor;
      const { dealAmount, value, cost } = exchange.deal(order, index, trial);
      const price = exchange.dealPrice(instrument, index, direction) / factor;
      const score = scoreOf.get(instrument) ?? NaN;
      return {
        instrument,
        direction,
        shares: whole(dealAmount * factor),
        price,
        value,
        cost,
        score,
        held: whole(held),
      };
    });
    this.cashAfter = trial.cash;
    const kept = rows.filter(({ shares }) => shares > 0);
    const names = ["instrument", "direction", "shares", "price", "value", "cost", "score", "held"] as const;
    this.table = table(Object.fromEntries(names.map((name) => [name, kept.map((row) => row[name])])));
  }

  /** As a CSV text with a head line. */
  toCsv(): string {
    return this.table.toCSV();
  }

  toString(): string {
    return `OrderList(${this.table.numRows()} orders after ${this.day})`;
  }

  [Symbol.for("nodejs.util.inspect.custom")](): string {
    return this.toString();
  }

  [VIEW](): View {
    const directions = columnValues(this.table, "direction") as ArrayLike<string>;
    const sells = Array.from(directions).filter((word) => word === "sell").length;
    return {
      kind: "facts",
      title: `Orders for the trading day after ${this.day}`,
      facts: {
        ...{ manager: this.manager, sells, buys: directions.length - sells },
        ...{ "cash before": this.cash, "cash after": this.cashAfter },
      },
      table: this.table,
      notes: [
        `prices are the real closes of ${this.day}, shares are real shares in whole lots; costs are included in the cash after`,
      ],
    };
  }
}

/** Real shares are whole; what is left of the factor's rounding goes. */
const whole = (shares: number): number => (Math.abs(shares - Math.round(shares)) < 1e-6 ? Math.round(shares) : shares);

async function factorsOn(market: Awaited<ReturnType<typeof openMarket>>, day: string): Promise<Map<string, number>> {
  const { instruments } = await market.loadBars({
    fields: ["$factor"],
    universe: market.allInstruments,
    start: day,
    end: day,
  });
  return new Map(instruments.map(({ instrument, values }) => [instrument, values.get("$factor")![0] || 1]));
}

function positionOf(
  { cash, shares = {} }: NonNullable<OrderListOptions["holdings"]>,
  exchange: Exchange,
  index: number,
  factors: ReadonlyMap<string, number>,
): Position {
  const holdings = Object.entries(shares).map(([instrument, held]): [string, Holding] => {
    if (!(held > 0 && held < Infinity))
      throw new InvalidArgumentError(`Cannot list orders: ${held} shares of ${instrument} held, a number > 0 expected`);
    const price = exchange.close(instrument, index);
    if (Number.isNaN(price))
      throw new DataError(`Cannot list orders: ${instrument} is held, but has no close on the day of the signals`);
    return [instrument, { amount: held / (factors.get(instrument) ?? 1), price, count: 1 }];
  });
  if (!(cash >= 0 && cash < Infinity))
    throw new InvalidArgumentError(`Cannot list orders: cash is ${cash}, money ≥ 0 expected`);
  return new Position(cash, holdings);
}

const signalOf = async (manager: OnlineManager): Promise<Panel> =>
  Panel.from((await manager.signals()).select(["datetime", "instrument", "score"]));

/** What trading the signals up to the day has left; on the first day with signals: the cash it began with. */
async function paperPosition(
  manager: OnlineManager,
  { strategy, account = 1e8, exchange: rules }: OrderListOptions,
  exchange: Exchange,
  index: number,
): Promise<Position> {
  const first = (await signalOf(manager)).dates[0]!;
  if (first >= exchange.calendar.at(index)) return new Position(account);
  const { positions, report } = await onlineBacktest(manager, {
    ...{ account, benchmark: null },
    ...(strategy && { strategy }),
    ...(rules && { exchange: rules }),
  });
  const cash = (columnValues(report, "cash") as ArrayLike<number>)[report.numRows() - 1]!;
  const [days, names, amounts, prices, counts] = ["datetime", "instrument", "amount", "price", "count"].map((name) =>
    columnValues(positions, name),
  ) as [ArrayLike<Date>, ArrayLike<string>, ArrayLike<number>, ArrayLike<number>, ArrayLike<number>];
  const last = formatDatetime(exchange.calendar.at(index));
  const holdings: [string, Holding][] = [];
  for (let row = 0; row < days.length; row++)
    if (formatDatetime(parseDatetime(days[row]!)) === last && amounts[row]! > 0)
      holdings.push([names[row]!, { amount: amounts[row]!, price: prices[row]!, count: counts[row]! }]);
  return new Position(cash, holdings);
}
