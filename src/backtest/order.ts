export type Direction = "buy" | "sell";

/** What a strategy wants; `amount` is adjusted (real shares ÷ factor) and not negative. */
export interface Order {
  readonly instrument: string;
  readonly direction: Direction;
  readonly amount: number;
  /**
   * Inside a nested executor: which of the outer orders it works off, 0-based. Default: the first of its instrument
   * and direction.
   */
  readonly parent?: number | undefined;
}

/** Why an order was not filled as asked. */
export type FillReason = "" | "suspended" | "limit" | "volume" | "cash" | "lot" | "no holding";

/** An order and what became of it. */
export interface Fill extends Order {
  readonly dealAmount: number;
  /** What was paid or got for one; NaN when not dealt for lack of a market. */
  readonly price: number;
  /** dealAmount · price. */
  readonly value: number;
  readonly cost: number;
  readonly reason: FillReason;
  /** What the inner strategy asked for in all; of a level that deals itself: the amount. */
  readonly innerAmount?: number;
  /** What the price is held against: the mean of the inner bars. NaN or absent where there are none. */
  readonly basePrice?: number;
}
