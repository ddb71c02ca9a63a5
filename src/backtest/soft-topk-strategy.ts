import { refuseUnknownOptions } from "../engine/refuse-unknown-options.js";
import { InvalidArgumentError } from "../errors.js";
import type { PanelSource } from "../panel/panel-from.js";
import { withInteraction, type TargetWeights } from "./order-generator.js";
import { byScore, type Scores } from "./signal.js";
import type { TradeStep } from "./strategy.js";
import { WeightStrategy } from "./weight-strategy.js";

export interface SoftTopkOptions {
  /** Scores by datetime and instrument; those of a day are traded on the next one. */
  readonly signal: PanelSource;
  /** How many instruments are ideally held, in equal parts. */
  readonly topk: number;
  /** By how much the weight of one instrument may change in a step. Default 1: freely. */
  readonly tradeImpactLimit?: number;
  /** Another name of `tradeImpactLimit`. */
  readonly maxSoldWeight?: number;
  /** Share of the account that is put at risk. Default 0.95. */
  readonly riskDegree?: number;
}

/**
 * Moves the weights towards equal parts of the `topk` best scores, each by no more than a limit per step.
 *
 * In Qlib: qlib.contrib.strategy.SoftTopkStrategy
 */
export class SoftTopkStrategy extends WeightStrategy {
  /** @throws InvalidArgumentError unless topk ≥ 1 is whole and the limit > 0. */
  constructor({ signal, topk, tradeImpactLimit, maxSoldWeight, riskDegree = 0.95, ...others }: SoftTopkOptions) {
    refuseUnknownOptions("Cannot make a SoftTopkStrategy", others, [
      "signal",
      "topk",
      "tradeImpactLimit",
      "maxSoldWeight",
      "riskDegree",
    ]);
    const limit = tradeImpactLimit ?? maxSoldWeight ?? 1;
    if (!Number.isInteger(topk) || topk < 1 || !(limit > 0))
      throw new InvalidArgumentError(
        `Cannot make the strategy: topk ${topk}, tradeImpactLimit ${limit}\n  a whole number ≥ 1 and a weight > 0 expected`,
      );
    super({
      signal,
      riskDegree,
      orderGenerator: withInteraction,
      weights: (scores, step) => softWeights(scores, stockWeights(step), { topk, limit, riskDegree }),
    });
  }
}

/** What each holding is of all stock, at the last prices. */
function stockWeights({ position }: TradeStep): TargetWeights {
  const total = position.stockValue;
  return new Map([...position.holdings].map(([name, { amount, price }]) => [name, (amount * price) / total]));
}

/**
 * The next weights of {@link SoftTopkStrategy}: what falls out shrinks, what is released and the budget left go to the
 * shortfalls of the best, in proportion.
 *
 * @param held Weights now.
 * @example
 * softWeights(new Map([["C", 0.9], ["D", 0.8], ["A", 0.1], ["B", 0.1]]), new Map([["A", 0.8], ["B", 0.2]]), { topk: 2, limit: 0.1, riskDegree: 0.95 }).get("B") // -> 0.1
 */
export function softWeights(
  scores: Scores,
  held: TargetWeights,
  { topk, limit, riskDegree }: { readonly topk: number; readonly limit: number; readonly riskDegree: number },
): TargetWeights {
  const best = byScore(scores.keys(), scores).slice(0, topk);
  const ideal = riskDegree / topk;
  if (held.size === 0) return new Map(best.map((name) => [name, Math.min(ideal, limit)]));
  const isBest = new Set(best);
  const weights = new Map<string, number>();
  let [old, released] = [0, 0];
  for (const [name, weight] of held) {
    const surplus = isBest.has(name) ? weight - ideal : weight;
    const sold = surplus > 0 ? Math.min(surplus, limit) : 0;
    weights.set(name, weight - sold);
    old += weight;
    released += sold;
  }
  const shortfalls = best.map((name) => Math.max(0, ideal - (weights.get(name) ?? 0)));
  const shortfall = shortfalls.reduce((sum, each) => sum + each, 0);
  const budget = Math.min(released + riskDegree - old, shortfall);
  if (budget > 0)
    best.forEach((name, i) => {
      const share = (budget * shortfalls[i]!) / shortfall;
      weights.set(name, (weights.get(name) ?? 0) + Math.min(share, shortfalls[i]!, limit));
    });
  return new Map([...weights].filter(([, weight]) => weight > 1e-8));
}
