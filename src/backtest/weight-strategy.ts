import type { PanelSource } from "../panel/panel-from.js";
import type { Order } from "./order.js";
import {
  ordersToAmounts,
  withoutInteraction,
  type DealOrder,
  type OrderGenerator,
  type TargetWeights,
} from "./order-generator.js";
import { Signal, type Scores } from "./signal.js";
import type { Strategy, TradeStep } from "./strategy.js";

export interface WeightStrategyOptions {
  /** Scores by datetime and instrument; those of a day are traded on the next one. */
  readonly signal: PanelSource;
  /** What to hold, as shares of the money put at risk; undefined: no orders today. */
  readonly weights: (scores: Scores, step: TradeStep) => TargetWeights | undefined;
  /** Default {@link withoutInteraction}. */
  readonly orderGenerator?: OrderGenerator;
  /**
   * Which instrument is dealt first, and so who gets the last of the cash. Default `sorted`; the reference's is
   * `shuffled`.
   */
  readonly dealOrder?: DealOrder;
  /** Share of the account that is put at risk. Default 0.95. */
  readonly riskDegree?: number;
}

/** Trades towards target weights every day. In Qlib: qlib.contrib.strategy.WeightStrategyBase */
export class WeightStrategy implements Strategy {
  readonly #signal: Signal;
  readonly #options: WeightStrategyOptions;

  constructor(options: WeightStrategyOptions) {
    this.#signal = new Signal(options.signal);
    this.#options = options;
  }

  decide(step: TradeStep): Order[] {
    const { weights, orderGenerator = withoutInteraction, riskDegree = 0.95, dealOrder } = this.#options;
    const scores = this.#signal.find(step.previous, step.datetime);
    const targets = scores && weights(scores, step);
    return targets ? ordersToAmounts(orderGenerator(targets, step, riskDegree), step, dealOrder) : [];
  }
}
