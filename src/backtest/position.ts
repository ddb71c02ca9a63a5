import { DataError } from "../errors.js";

/** What is held of one instrument; amounts and prices are adjusted (real price × factor, real shares ÷ factor). */
export interface Holding {
  amount: number;
  /** Last close it was valued at; the trade price until the first step's end. */
  price: number;
  /** Steps (of the outermost level) ended since it was bought, suspended ones included. */
  count: number;
}

/**
 * Cash and holdings.
 *
 * In Qlib: qlib.backtest.position.Position
 *
 * @example
 * new Position(500, [["A", { amount: 10, price: 5, count: 1 }]]).value // -> 550
 */
export class Position {
  /** Whether cash and stock never run out. */
  readonly isInfinite: boolean = false;
  cash: number;
  /** Proceeds of this step that reach `cash` after its end (settlement `cash`). */
  cashDelay = 0;
  readonly holdings: Map<string, Holding>;

  constructor(cash: number, holdings: Iterable<readonly [string, Holding]> = []) {
    this.cash = cash;
    this.holdings = new Map();
    for (const [instrument, { amount, price, count }] of holdings)
      this.holdings.set(instrument, { amount, price, count });
  }

  /** An independent copy, to try orders on. */
  copy(): Position {
    const copy = new Position(this.cash, this.holdings);
    copy.cashDelay = this.cashDelay;
    return copy;
  }

  /** Instruments held, ascending. */
  get instruments(): string[] {
    return [...this.holdings.keys()].sort();
  }

  amountOf(instrument: string): number {
    return this.holdings.get(instrument)?.amount ?? 0;
  }

  /** Σ amount · price. */
  get stockValue(): number {
    let sum = 0;
    for (const { amount, price } of this.holdings.values()) sum += amount * price;
    return sum;
  }

  get value(): number {
    return this.stockValue + this.cash + this.cashDelay;
  }

  buy(instrument: string, amount: number, price: number, cost: number): void {
    const held = this.holdings.get(instrument);
    if (held) held.amount += amount;
    else this.holdings.set(instrument, { amount, price, count: 0 });
    this.cash -= amount * price + cost;
  }

  /** @param delayed Proceeds go to `cashDelay`. @throws DataError when more is sold than held. */
  sell(instrument: string, amount: number, price: number, cost: number, delayed = false): void {
    const held = this.holdings.get(instrument);
    if (!held || held.amount - amount < -1e-5)
      throw new DataError(`Cannot sell ${amount} of ${instrument}: ${held?.amount ?? 0} held`);
    if (isNear(held.amount, amount)) this.holdings.delete(instrument);
    else held.amount -= amount;
    const proceeds = amount * price - cost;
    if (delayed) this.cashDelay += proceeds;
    else this.cash += proceeds;
  }

  settle(): void {
    this.cash += this.cashDelay;
    this.cashDelay = 0;
  }
}

/**
 * Cash and stock without end, for studies of how orders are filled: nothing is booked, there is no report.
 *
 * In Qlib: qlib.backtest.position.InfPosition
 *
 * @example
 * new InfPosition().amountOf("A") // -> Infinity
 */
export class InfPosition extends Position {
  override readonly isInfinite = true;

  constructor() {
    super(Infinity);
  }

  override copy(): InfPosition {
    return new InfPosition();
  }

  override amountOf(): number {
    return Infinity;
  }

  override buy(): void {}
  override sell(): void {}
}

/** Equal up to 1e-8 + 1e-5 · |b|. */
export function isNear(a: number, b: number): boolean {
  return Math.abs(a - b) <= 1e-8 + 1e-5 * Math.abs(b);
}
