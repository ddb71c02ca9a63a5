import { camelKeys } from "../config/component-config.js";
import { formatDatetime } from "../engine/datetime.js";
import { DataError, InvalidArgumentError, UnknownNameError } from "../errors.js";
import { Panel } from "../panel/panel.js";
import type { PanelSource } from "../panel/panel-from.js";
import { noDays } from "./enhanced-indexing-days.js";
import { EnhancedIndexingOptimizer, type EnhancedIndexingOptions } from "./enhanced-indexing-optimizer.js";
import type { Order } from "./order.js";
import { ordersToAmounts, withoutInteraction, type DealOrder, type OrderGenerator } from "./order-generator.js";
import { lookUp, riskModelOfTables, type RiskModel, type RiskOfDay, type RiskTables } from "./risk-model.js";
import { Signal, type Scores } from "./signal.js";
import { statisticalRiskModel, type StatisticalRiskModelOptions } from "./statistical-risk-model.js";
import type { Strategy, StrategyNeeds, TradeStep } from "./strategy.js";

export interface EnhancedIndexingStrategyOptions {
  /** Scores by datetime and instrument; those of a day are traded on the next one. */
  readonly signal: PanelSource;
  /**
   * The benchmark's weights: a field of the market (`"$csi500_weight"`), a table of `datetime, instrument` and one
   * column (its last date up to the day before counts), or `equal` over the instruments of the risk model.
   */
  readonly benchmarkWeights?: string | PanelSource;
  /** `csi500` stands for the field `$csi500_weight`, as in Qlib. */
  readonly market?: string;
  /** A function, tables, or settings of {@link statisticalRiskModel}. Default: that model with its defaults. */
  readonly riskModel?: RiskModel | RiskTables | StatisticalRiskModelOptions;
  /** Limits and risk aversion. */
  readonly optimizerKwargs?: EnhancedIndexingOptions;
  /** Default {@link withoutInteraction}. */
  readonly orderGenerator?: OrderGenerator;
  /** Which instrument is dealt first, and so who gets the last of the cash. Default `sorted`. */
  readonly dealOrder?: DealOrder;
  /** Share of the account that is put at risk. Default 0.95. */
  readonly riskDegree?: number;
}

/**
 * Stays near a benchmark and leans to the better scores: each day the weights of {@link EnhancedIndexingOptimizer}.
 *
 * The risk model says who can be held, from what was known the day before. There an instrument without a score has the
 * lowest one, without a benchmark weight 0, without a specific risk the largest. Who had no volume the day before
 * keeps its weight, who is on the blacklist is sold in any case, who is held but unknown to the risk model is sold.
 * Weights now are shares of the account ÷ `riskDegree`. A day without a score or a risk model has no orders, nor has
 * one whose limits nothing can meet even without the turnover limit; the result's notes tell how many there were.
 *
 * In Qlib: qlib.contrib.strategy.EnhancedIndexingStrategy
 *
 * @example
 * const market = await openMarket("synthetic://?instruments=8&days=80&seed=1");
 * const datetime = ["2015-04-01", "2015-04-01"];
 * const signal = { datetime, instrument: ["S0001", "S0002"], score: [1, -1] };
 * const strategy = new EnhancedIndexingStrategy({
 *   signal,
 *   benchmarkWeights: "equal",
 *   riskModel: { factors: 2, windowDays: 40 },
 *   optimizerKwargs: { bDev: 0.5 },
 * });
 * const { notes } = await backtest(market, { strategy, start: "2015-04-02", end: "2015-04-06", account: 1e6 });
 * notes.at(-1) // -> "enhanced indexing: 1 of 2 days without a score had no orders"
 */
export class EnhancedIndexingStrategy implements Strategy {
  readonly needs: StrategyNeeds;
  readonly #signal: Signal;
  readonly #risk: RiskModel;
  readonly #weights: string | Panel;
  readonly #optimizer: EnhancedIndexingOptimizer;
  readonly #trading: Required<Pick<EnhancedIndexingStrategyOptions, "orderGenerator" | "riskDegree">>;
  readonly #dealOrder: DealOrder | undefined;
  #days = noDays();

  /** @throws InvalidArgumentError without benchmark weights or for a bad number; UnknownNameError for another option. */
  constructor(options: EnhancedIndexingStrategyOptions) {
    const { signal, market, riskModel = {}, orderGenerator = withoutInteraction, riskDegree = 0.95 } = options;
    checkNames("an EnhancedIndexingStrategy", options, OPTIONS);
    const weights = options.benchmarkWeights ?? (market === undefined ? undefined : `$${market}_weight`);
    if (weights === undefined || !(riskDegree > 0 && riskDegree <= 1))
      throw new InvalidArgumentError(
        `Cannot make the strategy: ${weights === undefined ? "benchmarkWeights is missing" : `riskDegree ${riskDegree}`}\n  benchmarkWeights: a field of the market, a table or "equal"; riskDegree: a share in (0, 1]`,
      );
    const optimizerKwargs = camelKeys({ ...options.optimizerKwargs }) as EnhancedIndexingOptions;
    checkNames("an EnhancedIndexingOptimizer", optimizerKwargs, OPTIMIZER);
    this.#optimizer = new EnhancedIndexingOptimizer(optimizerKwargs);
    this.#signal = new Signal(signal);
    this.#risk = riskModelOf(riskModel);
    this.#weights = typeof weights === "string" ? weights : Panel.from(weights);
    this.#trading = { orderGenerator, riskDegree };
    this.#dealOrder = options.dealOrder;
    const field = typeof weights === "string" && weights !== "equal" ? [weights] : [];
    this.needs = { fields: ["$close", ...field], steps: this.#risk.historyDays ?? 0 };
  }

  async decide(step: TradeStep): Promise<Order[]> {
    if (step.day <= this.#days.last) this.#days = noDays();
    const days = this.#days;
    days.last = step.day;
    days.count++;
    const scores = this.#signal.find(step.previous, step.datetime);
    if (!scores) return days.without("a score");
    const benchmark = this.#benchmark(step);
    const risk = await this.#risk({
      datetime: step.previous,
      day: step.day - 1,
      instruments: [
        ...new Set([...scores.keys(), ...(benchmark?.keys() ?? []), ...step.position.holdings.keys()]),
      ].sort(),
      close: (instrument, day) => (day < step.day ? historyOf(step).value(instrument, day, "$close") : NaN),
    });
    if (!risk || risk.instruments.length === 0) return days.without("a risk model");
    if (risk.made !== undefined && risk.made !== step.previous) days.stale++;
    const { weights, outcome, solverFailed } = await this.#optimizer.optimize(
      this.#problem(step, scores, risk, benchmark),
    );
    days.outcomes[outcome]++;
    if (solverFailed) days.failures++;
    if (outcome === "kept") return [];
    const { orderGenerator, riskDegree } = this.#trading;
    const targets = new Map(risk.instruments.map((name, i) => [name, weights[i]!] as const).filter(([, w]) => w > 0));
    return ordersToAmounts(orderGenerator(targets, step, riskDegree), step, this.#dealOrder);
  }

  notes(): readonly string[] {
    return this.#days.notes(this.#optimizer.options.delta);
  }

  /** By instrument, as of the day before; undefined: equal. */
  #benchmark(step: TradeStep): ReadonlyMap<string, number> | undefined {
    const weights = this.#weights;
    if (weights === "equal") return undefined;
    if (typeof weights !== "string") return lookUp(weights, weights.columnNames[0] ?? "weight", step.previous);
    const history = historyOf(step);
    return new Map(
      [...history.instruments]
        .map((name) => [name, history.value(name, step.day - 1, weights)] as const)
        .filter(([, weight]) => weight > 0),
    );
  }

  #problem(
    step: TradeStep,
    scores: Scores,
    { instruments, exposures, factorCovariance, specificRisk, blacklist = [] }: RiskOfDay,
    benchmark: ReadonlyMap<string, number> | undefined,
  ) {
    const { exchange, day, position } = step;
    const lowest = Math.min(...[...scores.values()].filter(Number.isFinite));
    const largest = Math.max(0, ...Array.from(specificRisk).filter(Number.isFinite));
    const value = position.value * this.#trading.riskDegree;
    const weights = instruments.map((name) => finiteOr(benchmark ? benchmark.get(name) : 1 / instruments.length, 0));
    const total = weights.reduce((sum, weight) => sum + weight, 0);
    if (!(total > 0 && total < 1.5))
      throw new DataError(
        `Cannot follow the benchmark on ${formatDatetime(step.datetime)}: the weights of the ${instruments.length} instruments in the risk model add up to ${total} the day before\n  shares of 1 expected, from ${typeof this.#weights === "string" ? this.#weights : "the table"}`,
      );
    this.#days.uncovered += Math.max(0, 1 - total);
    const banned = new Set(blacklist);
    const traded = instruments.map((name) => exchange.quote(name, day - 1, "$volume") > 0);
    return {
      scores: instruments.map((name) => finiteOr(scores.get(name), finiteOr(lowest, 0))),
      exposures,
      factorCovariance,
      specificRisk: Array.from(specificRisk, (risk) => finiteOr(risk, largest)),
      current: instruments.map((name) => {
        const held = position.holdings.get(name);
        return held ? (held.amount * held.price) / value : 0;
      }),
      benchmark: weights,
      // Where nobody has a volume the market does not tell it.
      hold: traded.map((has) => !has && traded.includes(true)),
      sell: instruments.map((name) => banned.has(name)),
    };
  }
}

const finiteOr = (value: number | undefined, otherwise: number): number =>
  value !== undefined && Number.isFinite(value) ? value : otherwise;

const OPTIONS = [
  "signal",
  "benchmarkWeights",
  "market",
  "riskModel",
  "optimizerKwargs",
  "orderGenerator",
  "dealOrder",
  "riskDegree",
];
const OPTIMIZER = ["lamb", "delta", "bDev", "fDev", "scaleReturn", "epsilon"];

function checkNames(what: string, options: object, known: readonly string[]): void {
  for (const key of Object.keys(options))
    if (!known.includes(key)) throw new UnknownNameError("option", key, known, { context: `Cannot make ${what}` });
}

function riskModelOf(given: RiskModel | RiskTables | StatisticalRiskModelOptions): RiskModel {
  if (typeof given === "function") return given;
  if ("exposures" in given) return riskModelOfTables(given);
  const settings = camelKeys({ ...given }) as StatisticalRiskModelOptions;
  checkNames("a risk model", settings, ["factors", "windowDays", "refitDays"]);
  return statisticalRiskModel(settings);
}

function historyOf({ history }: TradeStep) {
  if (history) return history;
  throw new InvalidArgumentError(
    "Cannot decide: the step has no history\n  an EnhancedIndexingStrategy decides at the outermost level of a back-test, not inside a NestedExecutor",
  );
}
