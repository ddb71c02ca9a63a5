import type { Exchange } from "./exchange.js";
import type { Order } from "./order.js";
import type { Position } from "./position.js";

/** What a strategy sees when it decides. */
export interface TradeStep {
  /** Calendar index of the trade date. */
  readonly day: number;
  /** Trade date, epoch ms (UTC). */
  readonly datetime: number;
  /** Trading day before it, whose scores are known; the signal's window is [previous, datetime). */
  readonly previous: number;
  readonly exchange: Exchange;
  /** Holdings and cash before the step; change a copy, not this. */
  readonly position: Position;
}

/**
 * Turns what is known into orders, once per trading day; sells should stand first, so that their proceeds pay for the buys.
 *
 * Any object with this one method can be back-tested. In Qlib: qlib.strategy.base.BaseStrategy
 */
export interface Strategy {
  decide(step: TradeStep): readonly Order[];
}
