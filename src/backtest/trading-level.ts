import type { Account } from "./account.js";
import type { Exchange } from "./exchange.js";
import type { Executor } from "./executor.js";
import { NestedExecutor } from "./nested-executor.js";
import type { Fill, Order } from "./order.js";
import { entryOf } from "./quotes.js";
import { SimulatorExecutor } from "./simulator-executor.js";
import type { OuterStep, TradeStep } from "./strategy.js";
import { host } from "../host/host.js";
import { DataError, InvalidArgumentError } from "../errors.js";

const DAY_MS = 86_400_000;

/** One level of a running back-test. */
export interface TradingLevel {
  readonly executor: Executor;
  readonly exchange: Exchange;
  readonly account: Account;
  /** Index of the market's bar with which each step begins, and one more. */
  readonly starts: Int32Array;
  /** Benchmark return of each step of the level's calendar. */
  readonly bench: (step: number) => number;
  readonly inner: TradingLevel | undefined;
}

/** Carries out orders level by level, and remembers what was dealt on the day. */
export class Trading {
  readonly #dealtToday = new Map<string, number>();
  #today = NaN;

  /** Carries out the orders of a step and books it. @throws DataError for an order that makes no sense. */
  async run(level: TradingLevel, step: number, orders: readonly Order[], delayed = false): Promise<Fill[]> {
    const { executor, exchange, account } = level;
    if (!Array.isArray(orders))
      throw new DataError(
        `Cannot carry out orders: the strategy decided ${JSON.stringify(orders)}\n  a list of orders expected, [] for none`,
      );
    orders.forEach(checkOrder);
    const settlesHere = !delayed && executor.settleType === "cash";
    const isDelayed = delayed || settlesHere;
    const fills =
      executor instanceof NestedExecutor
        ? await this.#nested(level, executor, step, orders, isDelayed)
        : this.#deal(level, step, orders, isDelayed);
    account.barEnd(step, exchange, fills, level.bench(step));
    if (settlesHere) account.position.settle();
    return fills;
  }

  #deal(
    { executor, exchange, account }: TradingLevel,
    step: number,
    orders: readonly Order[],
    delayed: boolean,
  ): Fill[] {
    if (!(executor instanceof SimulatorExecutor))
      throw new InvalidArgumentError(
        `Cannot trade with ${executor.constructor.name}: a SimulatorExecutor or NestedExecutor expected`,
      );
    const today = Math.floor(exchange.calendar.at(step) / DAY_MS);
    if (today !== this.#today) this.#dealtToday.clear();
    this.#today = today;
    return executor.execute(orders, step, exchange, account.position, { delayed, dealtToday: this.#dealtToday });
  }

  async #nested(
    level: TradingLevel,
    executor: NestedExecutor,
    step: number,
    orders: readonly Order[],
    delayed: boolean,
  ): Promise<Fill[]> {
    if (orders.length === 0 && executor.skipEmptyDecision) return [];
    const inner = level.inner!;
    const { position } = inner.account;
    const from = entryOf(inner.starts, level.starts[step]!);
    const to = entryOf(inner.starts, level.starts[step + 1]! - 1) + 1;
    const tallies = orders.map((order) => new Tally(order));
    for (let at = from; at < to; at++) {
      await host.breathe();
      const outer: OuterStep = {
        orders,
        dealt: tallies.map(({ dealt }) => dealt),
        index: at - from,
        count: to - from,
      };
      const decided = await executor.innerStrategy.decide(tradeStep(inner.exchange, at, position, { outer }));
      for (const fill of await this.run(inner, at, decided, delayed)) tallyOf(tallies, fill)?.add(fill);
    }
    return tallies.map((tally) => tally.toFill(inner.exchange, from, to, executor.indicatorConfig.basePrice));
  }
}

/** What a strategy sees at a step. */
export function tradeStep(
  exchange: Exchange,
  step: number,
  position: TradeStep["position"],
  { outer, history }: Pick<TradeStep, "outer" | "history"> = {},
): TradeStep {
  const { calendar } = exchange;
  return {
    day: step,
    datetime: calendar.at(step),
    previous: step > 0 ? calendar.at(step - 1) : -Infinity,
    exchange,
    position,
    ...(history && { history }),
    ...(outer && { outer }),
  };
}

function checkOrder(order: Order): void {
  const isDirection = order.direction === "buy" || order.direction === "sell";
  if (typeof order.instrument === "string" && isDirection && order.amount >= 0) return;
  throw new DataError(
    `Cannot carry out an order: ${JSON.stringify(order)}\n  { instrument, direction: "buy" or "sell", amount ≥ 0 } expected`,
  );
}

function tallyOf(tallies: readonly Tally[], { parent, instrument, direction }: Fill): Tally | undefined {
  if (parent !== undefined) return tallies[parent];
  return tallies.find(({ order }) => order.instrument === instrument && order.direction === direction);
}

/** What became of an order in the steps of the finer level. */
class Tally {
  dealt = 0;
  #asked = 0;
  #value = 0;
  #cost = 0;
  #reason: Fill["reason"] = "";

  constructor(readonly order: Order) {}

  add({ amount, dealAmount, value, cost, reason }: Fill): void {
    this.#asked += amount;
    this.dealt += dealAmount;
    this.#value += value;
    this.#cost += cost;
    this.#reason = reason;
  }

  toFill(exchange: Exchange, from: number, to: number, base: "twap" | "vwap"): Fill {
    return {
      ...this.order,
      dealAmount: this.dealt,
      price: this.#value / this.dealt,
      value: this.#value,
      cost: this.#cost,
      reason: this.dealt < this.order.amount * (1 - 1e-9) ? this.#reason : "",
      innerAmount: this.#asked,
      basePrice: basePrice(this.order, exchange, from, to, base),
    };
  }
}

/** Mean of the deal prices in the inner steps, plain or by volume; NaN when there is none. */
function basePrice(order: Order, exchange: Exchange, from: number, to: number, base: "twap" | "vwap"): number {
  let [sum, total] = [0, 0];
  for (let step = from; step < to; step++) {
    const price = exchange.dealPrice(order.instrument, step, order.direction);
    const weight = base === "twap" ? 1 : exchange.quote(order.instrument, step, "$volume");
    if (!(price > 1e-8) || !(weight > 0)) continue;
    sum += price * weight;
    total += weight;
  }
  return sum / total;
}
