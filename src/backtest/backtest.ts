import type { ColumnTable } from "arquero";
import type { Market } from "../data/market.js";
import { formatDatetime, type DatetimeInput } from "../engine/datetime.js";
import { InvalidArgumentError } from "../errors.js";
import { host } from "../host/host.js";
import { Account } from "./account.js";
import { Exchange, type ExchangeOptions } from "./exchange.js";
import { Position } from "./position.js";
import { SimulatorExecutor } from "./simulator-executor.js";
import type { Strategy } from "./strategy.js";

export interface BacktestOptions {
  readonly strategy: Strategy;
  readonly start: DatetimeInput;
  readonly end: DatetimeInput;
  /** Cash at the start; default 100,000,000. */
  readonly account?: number;
  /** An instrument to compare with, several (their plain mean), or null: `bench` is 0. Default: the market's, if it has one. */
  readonly benchmark?: string | readonly string[] | null;
  /** Prices, limits, lots and costs; or an exchange opened before, with its quotes in memory. */
  readonly exchange?: Exchange | Omit<ExchangeOptions, "start" | "end">;
  readonly executor?: SimulatorExecutor;
}

/** Everything that happened, as long tables; datetimes are trade dates. */
export interface BacktestResult {
  /** `account, return` (before cost)`, total_turnover, turnover, total_cost, cost, value, cash, bench`; one row per day. */
  readonly report: ColumnTable;
  /** `instrument, amount, price, weight, count` after each day. */
  readonly positions: ColumnTable;
  /** `ffr, pa, pos, deal_amount, value, count`; one row per day. */
  readonly indicators: ColumnTable;
  /** `instrument, direction, amount, deal_amount, price, value, cost, ffr, reason`; one row per order. */
  readonly orders: ColumnTable;
}

/**
 * Trades a strategy day by day over [start, end], which move inwards to trading days.
 *
 * On each day the strategy decides with what was known the trading day before, its orders are dealt one by one, and the account
 * is marked to the close. The first day of the calendar has no day before it and is no trade date.
 *
 * In Qlib: qlib.backtest.backtest, qlib.contrib.evaluate.backtest_daily
 *
 * @throws InvalidArgumentError when no trading day lies in the range, or `account` is not > 0.
 */
export async function backtest(market: Market, options: BacktestOptions): Promise<BacktestResult> {
  const { strategy, account: cash = 1e8, executor = new SimulatorExecutor() } = options;
  if (!(cash > 0)) throw new InvalidArgumentError(`Cannot back-test: account is ${cash}, money > 0 expected`);
  const { calendar } = market;
  let [from, to] = calendar.rangeOf(options);
  from = Math.max(from, 1);
  if (from >= to)
    throw new InvalidArgumentError(
      `Cannot back-test: no trading day with one before it in the range\n  ${String(calendar)}`,
    );
  const exchange =
    options.exchange instanceof Exchange
      ? options.exchange
      : await Exchange.open(market, { ...options.exchange, start: calendar.at(from - 1), end: calendar.at(to - 1) });
  const bench = await benchmarkReturns(market, options.benchmark, from, to);
  const account = new Account(new Position(cash));
  const progress = host.progress("Back-test", to - from);
  try {
    for (let day = from; day < to; day++) {
      await host.breathe();
      const { position } = account;
      const step = { day, datetime: calendar.at(day), previous: calendar.at(day - 1), exchange, position };
      const fills = executor.execute(strategy.decide(step), day, exchange, position);
      account.barEnd(day, exchange, fills, bench[day - from]!);
      position.settle();
      progress.update(day - from + 1, formatDatetime(step.datetime));
    }
  } finally {
    progress.end();
  }
  return account.tables();
}

/** Close to close, mean over the codes present; 0 where there is none. */
async function benchmarkReturns(
  market: Market,
  benchmark: BacktestOptions["benchmark"],
  from: number,
  to: number,
): Promise<Float64Array> {
  const codes = benchmark === undefined ? market.benchmark : benchmark;
  const returns = new Float64Array(to - from);
  if (codes == null) return returns;
  const universe = typeof codes === "string" ? [codes] : codes;
  const { instruments } = await market.loadBars({
    fields: ["$close"],
    universe,
    start: market.calendar.at(from - 1),
    end: market.calendar.at(to - 1),
  });
  return returns.map((_, i) => {
    const changes = instruments
      .map(({ first, values }) => {
        const close = values.get("$close")!;
        return (close[from + i - first] ?? NaN) / (close[from + i - 1 - first] ?? NaN) - 1;
      })
      .filter((change) => !Number.isNaN(change));
    return changes.length ? changes.reduce((sum, change) => sum + change, 0) / changes.length : 0;
  });
}
