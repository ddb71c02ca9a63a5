import { backtest, type BacktestOptions } from "../backtest/backtest.js";
import type { BacktestResult } from "../backtest/backtest-result.js";
import { makeStrategy, type StrategyInput } from "./trading-strategy.js";
import type { OnlineManager } from "./online-manager.js";
import { DataError } from "../errors.js";
import { Panel } from "../panel/panel.js";

export interface OnlineBacktestOptions extends Partial<Omit<BacktestOptions, "strategy">> {
  /** What trades the signals. Default: `TopkDropoutStrategy` with topk 50 and nDrop 5. */
  readonly strategy?: StrategyInput;
}

/**
 * Trades the signals of a manager over their own dates, from the first day after the first one to the manager's day.
 *
 * @throws DataError when there are no signals; what {@link backtest} throws.
 * @example
 * // (await onlineBacktest(manager, { strategy: { topk: 10, nDrop: 2 }, account: 1e6 })).report
 */
export async function onlineBacktest(
  manager: OnlineManager,
  { strategy, ...options }: OnlineBacktestOptions = {},
): Promise<BacktestResult> {
  const signal = Panel.from((await manager.signals()).select(["datetime", "instrument", "score"]));
  if (signal.numRows === 0)
    throw new DataError(
      `Cannot back-test online manager "${manager.name}": it has no signals\n  a routine issues them: await manager.runRoutine()`,
    );
  const market = await manager.market();
  const first = market.calendar.firstAtOrAfter(signal.dates[0]!);
  return backtest(market, {
    start: market.calendar.at(Math.min(first + 1, market.calendar.length - 1)),
    end: await manager.currentDay(),
    ...options,
    strategy: makeStrategy(strategy, signal),
  });
}
