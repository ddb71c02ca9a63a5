import type { Random } from "../../panel/random.js";

/** Parameters of a GJR-GARCH(1,1) variance: v' = omega + (shock + leverage·[e < 0])·v·e² + persistence·v. */
export interface VarianceRule {
  readonly omega: number;
  readonly shock: number;
  /** Extra weight of a falling day: falls raise volatility more than rises. */
  readonly leverage: number;
  readonly persistence: number;
  /** Standard deviation of the first day. */
  readonly start: number;
}

export const MARKET_VARIANCE: VarianceRule = {
  omega: 1.75e-6,
  shock: 0.05,
  leverage: 0.08,
  persistence: 0.895,
  start: 0.0108,
};
export const SECTOR_VARIANCE: VarianceRule = {
  omega: 1.5e-6,
  shock: 0.06,
  leverage: 0,
  persistence: 0.91,
  start: 0.007,
};

/** A source of daily moves whose volatility comes in clusters. */
export class Volatility {
  readonly #rule: VarianceRule;
  #variance: number;

  constructor(rule: VarianceRule) {
    this.#rule = rule;
    this.#variance = rule.start ** 2;
  }

  /** Standard deviation of the next move. */
  get deviation(): number {
    return Math.sqrt(this.#variance);
  }

  /** The next day's move, a log return without drift. */
  next(random: Random): number {
    const { omega, shock, leverage, persistence } = this.#rule;
    const e = random.fatTailed();
    const move = this.deviation * e;
    this.#variance = omega + (shock + (e < 0 ? leverage : 0)) * move * move + persistence * this.#variance;
    return move;
  }
}
