import type { ColumnTable } from "arquero";
import type { Exchange } from "./exchange.js";
import type { Executor } from "./executor.js";
import { Indicator } from "./indicator.js";
import type { Fill } from "./order.js";
import { PortfolioMetrics } from "./portfolio-metrics.js";
import type { Position } from "./position.js";

/** What happened at one level of trading, as long tables. */
export interface BacktestLevel {
  /** Absent when the level keeps none. */
  readonly report?: ColumnTable;
  readonly positions?: ColumnTable;
  readonly indicators: ColumnTable;
  readonly orders: ColumnTable;
}

/** Books every step of one level; the position is shared by all. In Qlib: qlib.backtest.account.Account */
export class Account {
  readonly position: Position;
  /** Worth of the account before the first step, money. */
  readonly initial: number;
  readonly #metrics: PortfolioMetrics | undefined;
  readonly #indicator: Indicator;
  readonly #isOutermost: boolean;

  constructor(position: Position, executor: Executor, { isOutermost = true }: { readonly isOutermost?: boolean } = {}) {
    this.position = position;
    this.initial = position.value;
    this.#metrics =
      executor.generatePortfolioMetrics && !position.isInfinite ? new PortfolioMetrics(position.value) : undefined;
    this.#indicator = new Indicator(executor.indicatorConfig);
    this.#isOutermost = isOutermost;
  }

  /**
   * Marks the position to the step's close, counts the bar (at the outermost level) and writes the rows of the step.
   */
  barEnd(step: number, exchange: Exchange, fills: readonly Fill[], bench: number): void {
    const datetime = exchange.calendar.at(step);
    for (const [instrument, holding] of this.position.holdings) {
      const close = exchange.close(instrument, step);
      if (!Number.isNaN(close)) holding.price = close;
      if (this.#isOutermost) holding.count++;
    }
    let [traded, cost] = [0, 0];
    for (const fill of fills) {
      traded += fill.value;
      cost += fill.cost;
    }
    this.#metrics?.add(datetime, this.position, traded, cost, bench);
    this.#indicator.add(datetime, fills);
  }

  tables(): BacktestLevel {
    return { ...this.#metrics?.tables(), ...this.#indicator.tables() };
  }
}
