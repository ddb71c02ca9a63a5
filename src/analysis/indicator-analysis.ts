import type { ColumnTable } from "arquero";
import { UnknownNameError } from "../errors.js";

const WEIGHTS = { mean: "count", amount_weighted: "deal_amount", value_weighted: "value" } as const;
export type IndicatorMethod = keyof typeof WEIGHTS;

/** Averages over all steps. */
export interface IndicatorFigures {
  /** Fulfil rate: dealt ÷ ordered amount. */
  readonly ffr: number;
  /** Price advantage as a rate. */
  readonly pa: number;
  /** Share of orders with a positive price advantage; always weighted by the number of orders. */
  readonly pos: number;
}

/**
 * What the trading indicators of all steps amount to, weighted by orders, dealt amount or traded value.
 *
 * A step without a value still counts in the weights' sum.
 *
 * In Qlib: qlib.contrib.evaluate.indicator_analysis
 *
 * @param indicators Columns `ffr`, `pa`, `pos`, `deal_amount`, `value`, `count`, one row per step.
 * @throws UnknownNameError for an unknown method or a missing column.
 */
export function indicatorAnalysis(indicators: ColumnTable, method: IndicatorMethod = "mean"): IndicatorFigures {
  if (!Object.hasOwn(WEIGHTS, method)) throw new UnknownNameError("method", method, Object.keys(WEIGHTS));
  const column = (name: string) => {
    if (!indicators.columnNames().includes(name)) throw new UnknownNameError("column", name, indicators.columnNames());
    return Float64Array.from(indicators.array(name) as ArrayLike<number | null>, (value) => value ?? NaN);
  };
  const average = (name: string, weights: Float64Array) => {
    let [sum, total] = [0, 0];
    column(name).forEach((value, i) => {
      const weight = Math.abs(weights[i]!);
      if (!Number.isNaN(value * weight)) sum += value * weight;
      if (!Number.isNaN(weight)) total += weight;
    });
    return sum / total;
  };
  const weights = column(WEIGHTS[method]);
  return { ffr: average("ffr", weights), pa: average("pa", weights), pos: average("pos", column("count")) };
}
