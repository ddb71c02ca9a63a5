import { table, type ColumnTable } from "arquero";
import type { Exchange } from "./exchange.js";
import type { Fill } from "./order.js";
import type { Position } from "./position.js";

type Columns = Record<string, (number | string | Date)[]>;

/** Books every step: report, positions, indicators and orders as long tables. In Qlib: qlib.backtest.account.Account */
export class Account {
  readonly #report = columns("datetime account return total_turnover turnover total_cost cost value cash bench");
  readonly #positions = columns("datetime instrument amount price weight count");
  readonly #indicators = columns("datetime ffr pa pos deal_amount value count");
  readonly #orders = columns("datetime instrument direction amount deal_amount price value cost ffr reason");
  #last: number;
  #turnover = 0;
  #cost = 0;

  constructor(readonly position: Position) {
    this.#last = position.value;
  }

  /** Marks the position to the day's close, counts the bar and writes the rows of the step. */
  barEnd(day: number, exchange: Exchange, fills: readonly Fill[], bench: number): void {
    const datetime = new Date(exchange.calendar.at(day));
    const { position } = this;
    for (const [instrument, holding] of position.holdings) {
      const close = exchange.close(instrument, day);
      if (!Number.isNaN(close)) holding.price = close;
      holding.count++;
    }
    const traded = sum(fills, ({ value }) => value);
    const cost = sum(fills, (fill) => fill.cost);
    this.#turnover += traded;
    this.#cost += cost;
    const account = position.value;
    add(this.#report, [
      datetime,
      account,
      (account - this.#last + cost) / this.#last,
      this.#turnover,
      traded / this.#last,
      this.#cost,
      cost / this.#last,
      position.stockValue,
      position.cash,
      bench,
    ]);
    this.#last = account;
    for (const instrument of position.instruments) {
      const { amount, price, count } = position.holdings.get(instrument)!;
      add(this.#positions, [datetime, instrument, amount, price, (amount * price) / account, count]);
    }
    const rates = fills.map(({ dealAmount, amount }) => dealAmount / amount);
    fills.forEach((fill, i) =>
      add(this.#orders, [
        datetime,
        fill.instrument,
        fill.direction,
        fill.amount,
        fill.dealAmount,
        fill.price,
        fill.value,
        fill.cost,
        rates[i]!,
        fill.reason,
      ]),
    );
    const filled = rates.filter((rate) => !Number.isNaN(rate));
    const none = fills.length === 0 ? NaN : 0;
    add(this.#indicators, [
      datetime,
      sum(filled, (rate) => rate) / filled.length,
      none,
      none,
      sum(fills, ({ dealAmount }) => dealAmount),
      traded,
      fills.length,
    ]);
  }

  tables(): { report: ColumnTable; positions: ColumnTable; indicators: ColumnTable; orders: ColumnTable } {
    const typed = (source: Columns) =>
      table(
        Object.fromEntries(
          Object.entries(source).map(([name, values]) => [
            name,
            typeof values[0] === "number" ? Float64Array.from(values as number[]) : values,
          ]),
        ),
      );
    return {
      report: typed(this.#report),
      positions: typed(this.#positions),
      indicators: typed(this.#indicators),
      orders: typed(this.#orders),
    };
  }
}

function columns(names: string): Columns {
  return Object.fromEntries(names.split(" ").map((name) => [name, []]));
}

function add(target: Columns, row: readonly (number | string | Date)[]): void {
  let i = 0;
  for (const name in target) target[name]!.push(row[i++]!);
}

function sum<T>(items: readonly T[], value: (item: T) => number): number {
  let total = 0;
  for (const item of items) total += value(item);
  return total;
}
