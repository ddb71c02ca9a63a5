import { InvalidArgumentError } from "../errors.js";
import type { Exchange } from "./exchange.js";
import type { Fill, Order } from "./order.js";
import type { Position } from "./position.js";

export interface SimulatorExecutorOptions {
  /** `serial` (default): in the strategy's order. `parallel`: buys first, so that no sale of the day pays for them. */
  readonly tradeType?: "serial" | "parallel";
  /** `cash`: proceeds of sales can be spent from the next day on. Default `none`: at once. */
  readonly settleType?: "none" | "cash";
}

/** Fills the orders of a step one after another. In Qlib: qlib.backtest.executor.SimulatorExecutor */
export class SimulatorExecutor {
  readonly #parallel: boolean;
  readonly #delayed: boolean;

  /** @throws InvalidArgumentError for another word. */
  constructor({ tradeType = "serial", settleType = "none" }: SimulatorExecutorOptions = {}) {
    if (!["serial", "parallel"].includes(tradeType) || !["none", "cash"].includes(settleType))
      throw new InvalidArgumentError(
        `Cannot make the executor: tradeType "${tradeType}", settleType "${settleType}"\n  known: serial, parallel; none, cash`,
      );
    this.#parallel = tradeType === "parallel";
    this.#delayed = settleType === "cash";
  }

  execute(orders: readonly Order[], day: number, exchange: Exchange, position: Position): Fill[] {
    const isBuy = ({ direction }: Order) => direction === "buy";
    const sorted = this.#parallel ? [...orders.filter(isBuy), ...orders.filter((order) => !isBuy(order))] : orders;
    return sorted.map((order) => exchange.deal(order, day, position, this.#delayed));
  }
}
