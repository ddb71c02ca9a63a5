import type { ComponentConfig } from "../config/component-config.js";
import { alpha158Features, type Alpha158FeatureConfig } from "../feature/alpha158.js";
import { handlerOptions, type AlphaHandlerOptions } from "./alpha-handler-options.js";
import { DataHandlerLP } from "./data-handler-lp.js";
import type { ProcessorInput } from "./processor.js";

/** Rows whose label is known, and the label against that of other instruments of the same day. */
export const DEFAULT_LEARN_PROCESSORS: readonly ProcessorInput[] = [
  { class: "DropnaLabel" },
  { class: "CSZScoreNorm", kwargs: { fieldsGroup: "label" } },
];

export interface Alpha158Options extends AlphaHandlerOptions {
  /** Sections of the feature set to make instead of all; see {@link alpha158Features}. */
  readonly featureConfig?: Alpha158FeatureConfig;
}

/**
 * A handler with the 158 features of Qlib's best known set: shapes of the day's bar, prices over the close, and 29
 * rolling statistics of price and volume over 5, 10, 20, 30 and 60 days.
 *
 * Where nothing else is said: the label is the return from tomorrow's close to the next, features reach the model as
 * they are (no infer processor), and for learning rows without label are left out and labels scaled by date
 * (DropnaLabel, CSZScoreNorm). Linear models need scaled features: give `inferProcessors` and the fit window, which
 * every processor that learns is handed.
 *
 * In Qlib: qlib.contrib.data.handler.Alpha158
 *
 * @throws UnknownNameError for an option, section or family that does not exist.
 * @example
 * new Alpha158({ market: "synthetic://" }).features.length // -> 158
 */
export class Alpha158 extends DataHandlerLP {
  readonly #featureConfig: Alpha158FeatureConfig | undefined;

  constructor(options: Alpha158Options) {
    super({
      learnProcessors: DEFAULT_LEARN_PROCESSORS,
      ...handlerOptions("Alpha158", options, ["featureConfig"]),
      features: alpha158Features(options.featureConfig),
    });
    this.#featureConfig = options.featureConfig;
  }

  override config(): ComponentConfig {
    const { features: _made, ...kwargs } = super.config().kwargs!;
    return {
      class: "Alpha158",
      kwargs: { ...kwargs, ...(this.#featureConfig ? { featureConfig: this.#featureConfig } : {}) },
    };
  }
}
