import { barBetween } from "./bar.js";
import { emptyColumns, type Columns } from "./columns.js";
import type { Random } from "../../panel/random.js";
import type { Stock } from "./stock.js";

const START = 1000;

/** A capitalisation-weighted index of all stocks that trade: yesterday's capitalisations weight today's returns. */
export class MarketIndex {
  readonly columns: Columns;
  #level = START;
  #day = 0;
  #weights = 0;
  #openReturn = 0;
  #closeReturn = 0;
  #dollars = 0;

  constructor(days: number) {
    this.columns = emptyColumns(days);
  }

  open(day: number): void {
    this.#day = day;
    this.#weights = this.#openReturn = this.#closeReturn = this.#dollars = 0;
  }

  /** @param before Adjusted close of the stock's previous trading day, NaN on its first. */
  add(day: number, { columns, shares }: Stock, before: number): void {
    this.#dollars += columns.close[day]! * columns.volume[day]!;
    if (Number.isNaN(before)) return;
    const weight = before * shares;
    this.#weights += weight;
    this.#openReturn += weight * (columns.open[day]! / before - 1);
    this.#closeReturn += weight * (columns.close[day]! / before - 1);
  }

  /** @param deviation The market's volatility on the day: how far the index swings between its open and close. */
  close(random: Random, deviation: number): void {
    const weights = this.#weights || 1;
    const start = Math.log(this.#level);
    const bar = barBetween(
      random,
      start + Math.log1p(this.#openReturn / weights),
      start + Math.log1p(this.#closeReturn / weights),
      0.6 * deviation,
    );
    const { columns } = this;
    columns.open[this.#day] = bar.open;
    columns.high[this.#day] = bar.high;
    columns.low[this.#day] = bar.low;
    columns.close[this.#day] = bar.close;
    columns.vwap[this.#day] = (bar.high + bar.low + bar.close) / 3;
    columns.volume[this.#day] = Math.round(this.#dollars / bar.close);
    columns.factor[this.#day] = 1;
    this.#level = bar.close;
  }
}
