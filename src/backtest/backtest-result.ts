import type { ColumnTable } from "arquero";
import { riskAnalysis } from "../analysis/risk-analysis.js";
import { columnValues } from "../engine/arquero.js";
import { InvalidArgumentError } from "../errors.js";
import { VIEW, type Fact, type View, type Viewable } from "../panel/view.js";
import type { BacktestLevel } from "./account.js";

export interface BacktestParts {
  /** How it was made, as plain data. */
  readonly settings: Readonly<Record<string, unknown>>;
  /** What a reader must know, a sentence each. */
  readonly notes: readonly string[];
}

/**
 * Everything that happened in a back-test, as long tables; datetimes are trade dates.
 *
 * `report`, `positions`, `indicators` and `orders` are those of the outermost level; `levels` has each by its
 * frequency (`1day`). The columns are described at {@link PortAnaRecord}.
 *
 * @example
 * const market = await openMarket("synthetic://?instruments=4&days=30&seed=1");
 * const result = await backtest(market, { strategy: { decide: () => [] }, start: "2015-01-05", end: "2015-01-09" });
 * [...result.levels.keys()] // -> ["1day"]
 */
export class BacktestResult implements Viewable {
  readonly levels: ReadonlyMap<string, BacktestLevel>;
  readonly settings: Readonly<Record<string, unknown>>;
  readonly notes: readonly string[];

  constructor(levels: ReadonlyMap<string, BacktestLevel>, { settings, notes }: BacktestParts) {
    this.levels = levels;
    this.settings = settings;
    this.notes = notes;
  }

  /**
   * `account, return` (before cost)`, total_turnover, turnover, total_cost, cost, value, cash, bench, cash_delay`; one
   * row per step.
   */
  get report(): ColumnTable {
    return this.#kept("report");
  }
  /** `instrument, amount, price, weight, count` after each step. */
  get positions(): ColumnTable {
    return this.#kept("positions");
  }
  /** `ffr, pa, pos, deal_amount, value, count`; one row per step. */
  get indicators(): ColumnTable {
    return this.#outermost.indicators;
  }
  /**
   * `instrument, direction, amount, deal_amount, price, value, cost, ffr, pa, reason, inner_amount, base_price`; one
   * row per order.
   */
  get orders(): ColumnTable {
    return this.#outermost.orders;
  }

  get #outermost(): BacktestLevel {
    return this.levels.values().next().value!;
  }

  #kept(name: "report" | "positions"): ColumnTable {
    const table = this.#outermost[name];
    if (!table)
      throw new InvalidArgumentError(
        `Cannot show the ${name} of the back-test: none was kept\n  the executor has generatePortfolioMetrics: false, or the position is an InfPosition; levels with one: ${[...this.levels].flatMap(([freq, level]) => (level.report ? [freq] : [])).join(", ") || "none"}`,
      );
    return table;
  }

  [VIEW](): View {
    const { report, orders } = this.#outermost;
    return {
      kind: "facts",
      title: `Back-test of ${String(this.settings.strategy)}, ${String(this.settings.start)} to ${String(this.settings.end)}`,
      facts: report ? keyFigures(report) : { orders: orders.numRows() },
      notes: this.notes,
    };
  }

  toString(): string {
    return `Back-test of ${String(this.settings.strategy)}: ${this.indicators.numRows()} steps, ${this.orders.numRows()} orders`;
  }

  [Symbol.for("nodejs.util.inspect.custom")](): string {
    return this.toString();
  }
}

/** The figures at which one looks first; returns are added up, 238 days a year, as in `port_analysis`. */
export function keyFigures(report: ColumnTable, freq = "day"): Record<string, Fact> {
  const column = (name: string) => Float64Array.from(columnValues(report, name) as ArrayLike<number>);
  const [returns, cost, bench] = [column("return"), column("cost"), column("bench")];
  const net = riskAnalysis(
    returns.map((value, i) => value - cost[i]!),
    { freq },
  );
  const excess = riskAnalysis(
    returns.map((value, i) => value - cost[i]! - bench[i]!),
    { freq },
  );
  const mean = (values: Float64Array) => values.reduce((sum, value) => sum + value, 0) / values.length;
  return {
    "annual return after cost": net.annualized_return,
    "annual excess after cost": excess.annualized_return,
    "information ratio": excess.information_ratio,
    "max drawdown of the excess": excess.max_drawdown,
    "turnover per day": mean(column("turnover")),
    "total cost": column("total_cost").at(-1),
    "final account": column("account").at(-1),
  };
}
