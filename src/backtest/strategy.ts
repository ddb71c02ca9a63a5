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
  /** What the strategy {@link Strategy.needs}, if it needs anything; not inside a {@link NestedExecutor}. */
  readonly history?: FieldHistory;
  /** Inside a {@link NestedExecutor}: what is to be worked off. */
  readonly outer?: OuterStep;
}

/** Fields of all instruments of the market, whatever the exchange trades. */
export interface FieldHistory {
  /** Ascending. */
  readonly instruments: Iterable<string>;
  /** NaN for what is missing or was not asked for. @param day Calendar index, as in {@link TradeStep.day}. */
  value(instrument: string, day: number, field: string): number;
}

/** What a strategy wants to look at beyond the quotes of the day before. */
export interface StrategyNeeds {
  /** E.g. `["$close"]`. */
  readonly fields: readonly string[];
  /** Steps before the first one that is traded; cut at the market's beginning. */
  readonly steps: number;
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
  /** Loaded once and given to every step as `history`. */
  readonly needs?: StrategyNeeds;
  /** After a back-test: what a reader of its result must know, a sentence each. */
  notes?(): readonly string[];
}
