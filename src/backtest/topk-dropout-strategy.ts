import type { PanelSource } from "../panel/panel-from.js";
import { InvalidArgumentError } from "../errors.js";
import type { Order } from "./order.js";
import { byScore, Signal } from "./signal.js";
import type { Strategy, TradeStep } from "./strategy.js";

export interface TopkDropoutOptions {
  /** Scores by datetime and instrument; those of a day are traded on the next one. */
  readonly signal: PanelSource;
  /** How many instruments to hold. */
  readonly topk: number;
  /** How many at most are replaced each day; 0: none ever. */
  readonly nDrop: number;
  /** Bar ends that must have passed before a holding is sold. Default 1. */
  readonly holdThresh?: number;
  /** Only instruments tradable on the day count as best and worst. Default false. */
  readonly onlyTradable?: boolean;
  /** A limit in either direction forbids both. Default true, as in Qlib; false forbids only the blocked side. */
  readonly forbidAllTradeAtLimit?: boolean;
  /** Share of the cash that is put into the buys. Default 0.95. */
  readonly riskDegree?: number;
}

/**
 * Holds about `topk` of the best scores and replaces at most `nDrop` of the worst each day by better ones, with equal money.
 *
 * A holding without a score ranks last. Buys are sized by the intended sells, so an unsold name can leave up to `nDrop` more
 * than `topk` held. Kept holdings are not rebalanced.
 *
 * In Qlib: qlib.contrib.strategy.TopkDropoutStrategy
 */
export class TopkDropoutStrategy implements Strategy {
  readonly #signal: Signal;
  readonly #options: Required<Omit<TopkDropoutOptions, "signal">>;

  /** @throws InvalidArgumentError unless topk ≥ 1 and nDrop ≥ 0 are whole numbers and riskDegree lies in (0, 1]. */
  constructor({ signal, ...options }: TopkDropoutOptions) {
    this.#signal = new Signal(signal);
    this.#options = { holdThresh: 1, onlyTradable: false, forbidAllTradeAtLimit: true, riskDegree: 0.95, ...options };
    const { topk, nDrop, riskDegree } = this.#options;
    if (
      !Number.isInteger(topk) ||
      topk < 1 ||
      !Number.isInteger(nDrop) ||
      nDrop < 0 ||
      !(riskDegree > 0 && riskDegree <= 1)
    )
      throw new InvalidArgumentError(
        `Cannot make the strategy: topk ${topk}, nDrop ${nDrop}, riskDegree ${riskDegree}\n  whole numbers ≥ 1 and ≥ 0 and a share in (0, 1] expected`,
      );
  }

  decide(step: TradeStep): Order[] {
    const { exchange, day, position } = step;
    const { topk, nDrop, holdThresh, onlyTradable, forbidAllTradeAtLimit, riskDegree } = this.#options;
    const scores = this.#signal.find(step.previous, step.datetime);
    if (!scores) return [];
    const counts = (name: string) => !onlyTradable || exchange.isTradable(name, day);
    const held = byScore(position.holdings.keys(), scores);
    const candidates = byScore(
      [...scores.keys()].filter((name) => !position.holdings.has(name)),
      scores,
    );
    const today = candidates.filter(counts).slice(0, Math.max(0, nDrop + topk - held.length));
    const ranked = byScore([...held, ...today], scores).filter(counts);
    const worst = new Set(ranked.slice(Math.max(0, ranked.length - nDrop)));
    const sell = nDrop === 0 ? [] : held.filter((name) => worst.has(name));
    const buy = today.slice(0, Math.max(0, sell.length + topk - held.length));

    const orders: Order[] = [];
    const trial = position.copy();
    const blocked = (name: string, direction: "buy" | "sell") =>
      !exchange.isTradable(name, day, forbidAllTradeAtLimit ? undefined : direction);
    for (const instrument of sell) {
      const { amount, count } = position.holdings.get(instrument)!;
      if (blocked(instrument, "sell") || count < holdThresh) continue;
      const order: Order = { instrument, direction: "sell", amount };
      exchange.deal(order, day, trial);
      orders.push(order);
    }
    const money = (trial.cash * riskDegree) / buy.length;
    for (const instrument of buy) {
      if (blocked(instrument, "buy")) continue;
      const amount = exchange.roundAmount(instrument, day, money / exchange.dealPrice(instrument, day, "buy"));
      orders.push({ instrument, direction: "buy", amount });
    }
    return orders;
  }
}
