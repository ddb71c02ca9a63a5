import type { Strategy } from "../backtest/strategy.js";
import { TopkDropoutStrategy, type TopkDropoutOptions } from "../backtest/topk-dropout-strategy.js";
import type { Panel } from "../panel/panel.js";

/** Options of a `TopkDropoutStrategy`, or what makes a strategy of the signal. */
export type StrategyInput = Partial<Omit<TopkDropoutOptions, "signal">> | ((signal: Panel) => Strategy);

/** The strategy that trades a signal. */
export function makeStrategy(given: StrategyInput | undefined, signal: Panel): Strategy {
  if (typeof given === "function") return given(signal);
  return new TopkDropoutStrategy({ topk: 50, nDrop: 5, ...given, signal });
}
