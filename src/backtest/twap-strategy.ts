import type { Order } from "./order.js";
import type { Strategy, TradeStep } from "./strategy.js";

/**
 * Spreads each order evenly over the steps of the outer one; for the inner level of a {@link NestedExecutor}.
 *
 * At each step it asks for what should have been dealt by its end, in whole lots; what was not dealt (suspended,
 * limits, volume) is tried again later. The last step asks for all that is left.
 *
 * In Qlib: qlib.contrib.strategy.rule_strategy.TWAPStrategy
 *
 * @example
 * new TWAPStrategy().decide({ outer: undefined }) // -> []
 */
export class TWAPStrategy implements Strategy {
  decide({ outer, exchange, day }: Pick<TradeStep, "outer" | "exchange" | "day">): Order[] {
    if (!outer) return [];
    const isLast = outer.index === outer.count - 1;
    const orders: Order[] = [];
    outer.orders.forEach((order, i) => {
      const due = isLast
        ? order.amount - outer.dealt[i]!
        : exchange.roundAmount(
            order.instrument,
            day,
            (order.amount * (outer.index + 1)) / outer.count - outer.dealt[i]!,
          );
      if (due > 1e-8) orders.push({ instrument: order.instrument, direction: order.direction, amount: due, parent: i });
    });
    return orders;
  }
}
