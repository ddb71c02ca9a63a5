import type { ColumnTable } from "arquero";
import { LongColumns } from "./long-columns.js";
import type { Position } from "./position.js";

const number = "number" as const;

/** The report and the positions of one level, a row at a time. In Qlib: qlib.backtest.report.PortfolioMetrics */
export class PortfolioMetrics {
  readonly #report = new LongColumns({
    datetime: "datetime",
    account: number,
    return: number,
    total_turnover: number,
    turnover: number,
    total_cost: number,
    cost: number,
    value: number,
    cash: number,
    bench: number,
    cash_delay: number,
  });
  readonly #positions = new LongColumns({
    datetime: "datetime",
    instrument: "text",
    amount: number,
    price: number,
    weight: number,
    count: number,
  });
  #last: number;
  #turnover = 0;
  #cost = 0;

  /** @param initial What the account was worth before the first step. */
  constructor(initial: number) {
    this.#last = initial;
  }

  /** Writes the rows of a step; the position is marked already. */
  add(datetime: number, position: Position, traded: number, cost: number, bench: number): void {
    this.#turnover += traded;
    this.#cost += cost;
    const account = position.value;
    const before = this.#last;
    this.#report.add(
      datetime,
      account,
      (account - before + cost) / before,
      this.#turnover,
      traded / before,
      this.#cost,
      cost / before,
      position.stockValue,
      position.cash,
      bench,
      position.cashDelay,
    );
    this.#last = account;
    for (const instrument of position.instruments) {
      const { amount, price, count } = position.holdings.get(instrument)!;
      this.#positions.add(datetime, instrument, amount, price, (amount * price) / account, count);
    }
  }

  tables(): { readonly report: ColumnTable; readonly positions: ColumnTable } {
    return { report: this.#report.toTable(), positions: this.#positions.toTable() };
  }
}
