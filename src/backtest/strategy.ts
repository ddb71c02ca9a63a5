import type { Exchange } from "./exchange.js";
import type { Order } from "./order.js";
import type { Position } from "./position.js";

/** What a strategy sees when it decides. */
export interface TradeStep {
  /** Calendar index of the step, in `exchange.calendar`. */
  readonly day: number;
  /** Start of the step: the trade date, epoch ms (UTC). */
  readonly datetime: number;
  /** Start of the step before it, whose scores are known; the signal's window is [previous, datetime). */
  readonly previous: number;
  readonly exchange: Exchange;
  /** Holdings and cash before the step; change a copy, not this. */
  readonly position: Position;
  /** Inside a {@link NestedExecutor}: what is to be worked off. */
  readonly outer?: OuterStep;
}

/** The step of the level above. */
export interface OuterStep {
  /** Its orders. */
  readonly orders: readonly Order[];
  /** What was dealt of each order in the steps before. */
  readonly dealt: readonly number[];
  /** Which of its `count` inner steps this is, from 0. */
  readonly index: number;
  readonly count: number;
}

/**
 * Turns what is known into orders, once per step; sells should stand first, so that their proceeds pay for the buys.
 *
 * Any object with this one method can be back-tested:
 *
 *     const buyAndHold: Strategy = {
 *       decide({ exchange, day, position }) {
 *         if (position.holdings.size > 0 || !exchange.isTradable("SPY", day, "buy")) return [];
 *         const amount = exchange.roundAmount("SPY", day, (0.95 * position.cash) / exchange.close("SPY", day - 1));
 *         return [{ instrument: "SPY", direction: "buy", amount }];
 *       },
 *     };
 *
 * In Qlib: qlib.strategy.base.BaseStrategy
 */
export interface Strategy {
  decide(step: TradeStep): readonly Order[] | Promise<readonly Order[]>;
}
