import { refuseUnknownOptions } from "../engine/refuse-unknown-options.js";
import { InvalidArgumentError } from "../errors.js";
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

const OPTIONS = ["signal", "weights", "orderGenerator", "dealOrder", "riskDegree"];

/** Trades towards target weights every day. In Qlib: qlib.contrib.strategy.WeightStrategyBase */
export class WeightStrategy implements Strategy {
  readonly #signal: Signal;
  readonly #options: WeightStrategyOptions;

  /** @throws UnknownNameError for an option that does not exist; InvalidArgumentError for a riskDegree outside (0, 1]. */
  constructor(options: WeightStrategyOptions) {
    refuseUnknownOptions("Cannot make a WeightStrategy", options, OPTIONS);
    const { riskDegree = 0.95, weights } = options;
    if (!(riskDegree > 0 && riskDegree <= 1) || typeof weights !== "function")
      throw new InvalidArgumentError(
        `Cannot make the strategy: riskDegree ${riskDegree}, weights ${typeof weights}\n  a share in (0, 1] and a function of the scores expected`,
      );
    this.#signal = new Signal(options.signal);
    this.#options = options;
  }

  decide(step: TradeStep): Order[] {
    const { weights, orderGenerator = withoutInteraction, riskDegree = 0.95, dealOrder } = this.#options;
    const scores = this.#signal.find(step.previous, step.datetime);
    const targets = scores && weights(scores, step);
    return targets ? ordersToAmounts(orderGenerator(targets, step, riskDegree), step, dealOrder) : [];
  }

  /** That the signal never had a score, if so. */
  notes(): string[] {
    return this.#signal.notes();
  }
}
