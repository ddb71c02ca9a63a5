import { freqKey } from "../calendar/frequency.js";
import { refuseUnknownOptions } from "../engine/refuse-unknown-options.js";
import { UnknownNameError } from "../errors.js";

/** How the indicators of a level are averaged over its orders. */
export interface IndicatorConfig {
  /** `mean` (default): every order the same; else by dealt amount or traded value. */
  readonly ffrWeight?: IndicatorWeight;
  readonly paWeight?: IndicatorWeight;
  /**
   * What a nested level's price is held against: the plain mean of the inner bars' deal prices (`twap`, default), or
   * by volume.
   */
  readonly basePrice?: "twap" | "vwap";
}
export type IndicatorWeight = "mean" | "amount_weighted" | "value_weighted";

export interface ExecutorOptions {
  /** How long a step is: `day` (default), `week`, `30min` …; a multiple of the market's bars. */
  readonly timePerStep?: string;
  /** Whether report and positions of this level are kept. Default true (in Qlib false). */
  readonly generatePortfolioMetrics?: boolean;
  /** `cash`: proceeds of sales can be spent from the next step on. Default `none`: at once. */
  readonly settleType?: "none" | "cash";
  readonly indicatorConfig?: IndicatorConfig;
}

/** The options that every level has. */
export const EXECUTOR_OPTIONS: readonly string[] = [
  "timePerStep",
  "generatePortfolioMetrics",
  "settleType",
  "indicatorConfig",
];

const INDICATOR_OPTIONS = ["ffrWeight", "paWeight", "basePrice"];

/** A level of trading: {@link SimulatorExecutor} deals, {@link NestedExecutor} hands its orders to a finer level. */
export abstract class Executor {
  /** As in artifact names and metric keys: `1day`. */
  readonly freq: string;
  readonly generatePortfolioMetrics: boolean;
  readonly settleType: "none" | "cash";
  readonly indicatorConfig: Required<IndicatorConfig>;

  /** @throws InvalidArgumentError for a text that is no frequency; UnknownNameError for another word. */
  constructor(options: ExecutorOptions = {}) {
    refuseUnknownOptions("Cannot read indicatorConfig", options.indicatorConfig ?? {}, INDICATOR_OPTIONS);
    const { timePerStep = "day", generatePortfolioMetrics = true, settleType = "none", indicatorConfig } = options;
    this.freq = freqKey(timePerStep);
    this.generatePortfolioMetrics = generatePortfolioMetrics;
    this.settleType = oneOf("settleType", settleType, ["none", "cash"]);
    const weights = ["mean", "amount_weighted", "value_weighted"] as const;
    this.indicatorConfig = {
      ffrWeight: oneOf("ffrWeight", indicatorConfig?.ffrWeight ?? "mean", weights),
      paWeight: oneOf("paWeight", indicatorConfig?.paWeight ?? "mean", weights),
      basePrice: oneOf("basePrice", indicatorConfig?.basePrice ?? "twap", ["twap", "vwap"]),
    };
  }

  /** What it was made with, as plain data. */
  facts(): Record<string, unknown> {
    return {
      class: this.constructor.name,
      timePerStep: this.freq,
      generatePortfolioMetrics: this.generatePortfolioMetrics,
      settleType: this.settleType,
    };
  }
}

/** @throws UnknownNameError unless the value is one of the words. */
export function oneOf<T extends string>(what: string, value: T, known: readonly T[]): T {
  if (!known.includes(value)) throw new UnknownNameError(what, String(value), known);
  return value;
}
