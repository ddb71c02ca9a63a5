import type { PanelSource } from "../panel/panel-from.js";
import { refuseUnknownOptions } from "../engine/refuse-unknown-options.js";
import { InvalidArgumentError } from "../errors.js";
import { Random } from "../panel/random.js";
import { oneOf } from "./executor.js";
import type { Direction, Order } from "./order.js";
import { byScore, Signal, type Scores } from "./signal.js";
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
  /** Share of the cash that is put into the buys, or what says it for a step. Default 0.95. */
  readonly riskDegree?: number | ((step: TradeStep) => number);
  /** Which holdings are dropped: the worst (`bottom`, default) or any (`random`). */
  readonly methodSell?: "bottom" | "random";
  /** Which instruments are bought: the best (`top`, default) or any of the best `topk` (`random`). */
  readonly methodBuy?: "top" | "random";
  /** Of the random methods. The same seed draws the same names on the same day. Default 0. */
  readonly seed?: number;
  /**
   * How many are bought: to replace the sells that are `intended` (default, as in Qlib: an unsold name leaves more
   * than `topk` held), or those that are `executed`.
   */
  readonly buySizing?: "intended" | "executed";
  /**
   * Money of each buy: an equal part of the `cash` after the sells (default, as in Qlib), or `riskDegree` · account ÷
   * topk.
   */
  readonly sizing?: "cash" | "equalWeightOfAccount";
}

/**
 * Holds about `topk` of the best scores and replaces at most `nDrop` of the worst each day by better ones, with equal
 * money.
 *
 * A holding without a score ranks last; equal scores rank by instrument. By default buys are sized by the intended
 * sells, so an unsold name can leave up to `nDrop` more than `topk` held, and the part of a buy that is skipped stays
 * in cash. Kept holdings are not rebalanced. A day without any score has no orders.
 *
 * In Qlib: qlib.contrib.strategy.TopkDropoutStrategy
 *
 * @example
 * const signal = { datetime: ["2024-01-02"], instrument: ["A"], score: [1] };
 * new TopkDropoutStrategy({ signal, topk: 50, nDrop: 5 }) instanceof TopkDropoutStrategy // -> true
 */
export class TopkDropoutStrategy implements Strategy {
  readonly #signal: Signal;
  readonly #options: Required<Omit<TopkDropoutOptions, "signal">>;

  /**
   * @throws InvalidArgumentError unless topk ≥ 1 and nDrop ≥ 0 are whole numbers and riskDegree lies in (0, 1];
   * UnknownNameError for another word.
   */
  constructor({ signal, ...options }: TopkDropoutOptions) {
    refuseUnknownOptions("Cannot make a TopkDropoutStrategy", options, ["topk", "nDrop", ...Object.keys(DEFAULTS)]);
    this.#signal = new Signal(signal);
    this.#options = { ...DEFAULTS, ...options };
    const { topk, nDrop, holdThresh, riskDegree, methodSell, methodBuy, buySizing, sizing } = this.#options;
    if (
      !Number.isInteger(topk) ||
      topk < 1 ||
      !Number.isInteger(nDrop) ||
      nDrop < 0 ||
      !(holdThresh >= 0) ||
      !(typeof riskDegree === "function" || (riskDegree > 0 && riskDegree <= 1))
    )
      throw new InvalidArgumentError(
        `Cannot make the strategy: topk ${topk}, nDrop ${nDrop}, holdThresh ${holdThresh}, riskDegree ${String(riskDegree)}\n  whole numbers ≥ 1 and ≥ 0, a number of bars ≥ 0 and a share in (0, 1] expected`,
      );
    oneOf("methodSell", methodSell, ["bottom", "random"]);
    oneOf("methodBuy", methodBuy, ["top", "random"]);
    oneOf("buySizing", buySizing, ["intended", "executed"]);
    oneOf("sizing", sizing, ["cash", "equalWeightOfAccount"]);
  }

  decide(step: TradeStep): Order[] {
    const { exchange, day, position } = step;
    const { topk, holdThresh, forbidAllTradeAtLimit, buySizing, sizing } = this.#options;
    const scores = this.#signal.find(step.previous, step.datetime);
    if (!scores) return [];
    const { held, sell, today } = this.#choose(scores, step);

    const orders: Order[] = [];
    const trial = position.copy();
    const blocked = (name: string, direction: Direction) =>
      !exchange.isTradable(name, day, forbidAllTradeAtLimit ? undefined : direction);
    for (const instrument of sell) {
      const { amount, count } = position.holdings.get(instrument)!;
      if (blocked(instrument, "sell") || count < holdThresh) continue;
      const order: Order = { instrument, direction: "sell", amount };
      exchange.deal(order, day, trial);
      orders.push(order);
    }
    const sold = buySizing === "intended" ? sell.length : held.length - trial.holdings.size;
    const buy = today.slice(0, Math.max(0, sold + topk - held.length));
    const { riskDegree } = this.#options;
    const risk = typeof riskDegree === "number" ? riskDegree : riskDegree(step);
    const cash = Math.max(0, trial.cash);
    const money = sizing === "cash" ? (cash * risk) / buy.length : (risk * Math.max(0, position.value)) / topk;
    for (const instrument of buy) {
      if (blocked(instrument, "buy")) continue;
      const amount = exchange.roundAmount(instrument, day, money / exchange.dealPrice(instrument, day, "buy"));
      orders.push({ instrument, direction: "buy", amount });
    }
    return orders;
  }

  /** That the signal never had a score, if so. */
  notes(): string[] {
    return this.#signal.notes();
  }

  /** Holdings, those of them to sell, and candidates to buy, best first. */
  #choose(
    scores: Scores,
    { exchange, day, position }: TradeStep,
  ): Record<"held" | "sell" | "today", readonly string[]> {
    const { topk, nDrop, onlyTradable, methodSell, methodBuy, seed } = this.#options;
    const counts = (name: string) => !onlyTradable || exchange.isTradable(name, day);
    // A generator for each day: the draws do not depend on which days were traded before.
    const random = new Random(seed + day * 2 ** 32);
    const held = byScore(position.holdings.keys(), scores);
    const wanted = Math.max(0, nDrop + topk - held.length);
    const isNew = (name: string) => !position.holdings.has(name);
    const known = [...scores.keys()].filter((name) => isNew(name) && counts(name));
    const today =
      methodBuy === "top"
        ? byScore(known, scores, wanted)
        : draw(byScore([...scores.keys()].filter(counts), scores, topk).filter(isNew), wanted, random);
    if (nDrop === 0) return { held, sell: [], today };
    if (methodSell === "random") return { held, sell: draw(held.filter(counts), nDrop, random), today };
    const ranked = byScore([...held, ...today], scores).filter(counts);
    const worst = new Set(ranked.slice(Math.max(0, ranked.length - nDrop)));
    return { held, sell: held.filter((name) => worst.has(name)), today };
  }
}

const DEFAULTS = {
  holdThresh: 1,
  onlyTradable: false,
  forbidAllTradeAtLimit: true,
  riskDegree: 0.95,
  methodSell: "bottom",
  methodBuy: "top",
  seed: 0,
  buySizing: "intended",
  sizing: "cash",
} as const;

/** Some of the names without replacement, all when there are not more. */
function draw(names: readonly string[], count: number, random: Random): string[] {
  const drawn = [...names];
  for (let i = 0; i < Math.min(count, drawn.length); i++) {
    const j = i + random.below(drawn.length - i);
    [drawn[i], drawn[j]] = [drawn[j]!, drawn[i]!];
  }
  return drawn.slice(0, count);
}
