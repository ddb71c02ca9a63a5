export type Direction = "buy" | "sell";

/** What a strategy wants; `amount` is adjusted (real shares ÷ factor) and not negative. */
export interface Order {
  readonly instrument: string;
  readonly direction: Direction;
  readonly amount: number;
}

/** Why an order was not filled as asked. */
export type FillReason = "" | "suspended" | "limit" | "cash" | "lot" | "no holding";

/** An order and what became of it. */
export interface Fill extends Order {
  readonly dealAmount: number;
  /** NaN when not dealt for lack of a market. */
  readonly price: number;
  /** dealAmount · price. */
  readonly value: number;
  readonly cost: number;
  readonly reason: FillReason;
}
