import { refuseUnknownOptions } from "../engine/refuse-unknown-options.js";
import type { Exchange } from "./exchange.js";
import { Executor, EXECUTOR_OPTIONS, oneOf, type ExecutorOptions } from "./executor.js";
import type { Fill, Order } from "./order.js";
import type { Position } from "./position.js";

export interface SimulatorExecutorOptions extends ExecutorOptions {
  /** `serial` (default): in the strategy's order. `parallel`: buys first, so that no sale of the step pays for them. */
  readonly tradeType?: "serial" | "parallel";
}

/**
 * Fills the orders of a step one after another.
 *
 * In Qlib: qlib.backtest.executor.SimulatorExecutor
 *
 * @example
 * new SimulatorExecutor({ tradeType: "parallel" }).freq // -> 1day
 */
export class SimulatorExecutor extends Executor {
  readonly #tradeType: "serial" | "parallel";

  /** @throws UnknownNameError for another word. */
  constructor({ tradeType = "serial", ...options }: SimulatorExecutorOptions = {}) {
    refuseUnknownOptions("Cannot make a SimulatorExecutor", options, [...EXECUTOR_OPTIONS, "tradeType"]);
    super(options);
    this.#tradeType = oneOf("tradeType", tradeType, ["serial", "parallel"]);
  }

  override facts(): Record<string, unknown> {
    return { ...super.facts(), tradeType: this.#tradeType };
  }

  /**
   * @param dealtToday What was dealt earlier on the day, by instrument; changed. @param delayed Proceeds wait for
   * the settlement.
   */
  execute(
    orders: readonly Order[],
    step: number,
    exchange: Exchange,
    position: Position,
    { delayed = false, dealtToday }: { readonly delayed?: boolean; readonly dealtToday?: Map<string, number> } = {},
  ): Fill[] {
    const isBuy = ({ direction }: Order) => direction === "buy";
    const sorted =
      this.#tradeType === "parallel" ? [...orders.filter(isBuy), ...orders.filter((order) => !isBuy(order))] : orders;
    return sorted.map((order) => exchange.deal(order, step, position, { delayed, ...(dealtToday && { dealtToday }) }));
  }
}
