import type { ComponentConfig } from "../config/component-config.js";
import { alpha360Features } from "../feature/alpha360.js";
import { handlerOptions, type AlphaHandlerOptions } from "./alpha-handler-options.js";
import { DEFAULT_LEARN_PROCESSORS } from "./alpha158.js";
import { DataHandlerLP } from "./data-handler-lp.js";
import type { ProcessorInput } from "./processor.js";

/** As in Qlib these work on all columns, the label too. */
const DEFAULT_INFER_PROCESSORS: readonly ProcessorInput[] = [
  { class: "ProcessInf" },
  { class: "ZScoreNorm" },
  { class: "Fillna" },
];

export type Alpha360Options = AlphaHandlerOptions;

/**
 * A handler with the 360 features of Qlib's raw set: the last 60 days of close, open, high, low and vwap over today's
 * close, and of volume over today's.
 *
 * Where nothing else is said, ±∞ is replaced, columns are scaled by the fit window (which must be given) and gaps
 * filled with 0. As in Qlib that touches the label too: a missing one becomes 0, its mean, and is not left out for
 * learning. To prevent it, give `inferProcessors` with `fieldsGroup: "feature"`.
 *
 * In Qlib: qlib.contrib.data.handler.Alpha360
 *
 * @throws UnknownNameError for an option that does not exist.
 * @example
 * new Alpha360({ market: "synthetic://", fitStartTime: null, fitEndTime: "2017-12-31" }).features.length // -> 360
 */
export class Alpha360 extends DataHandlerLP {
  constructor(options: Alpha360Options) {
    super({
      inferProcessors: DEFAULT_INFER_PROCESSORS,
      learnProcessors: DEFAULT_LEARN_PROCESSORS,
      ...handlerOptions("Alpha360", options),
      features: alpha360Features(),
    });
  }

  override config(): ComponentConfig {
    const { features: _made, ...kwargs } = super.config().kwargs!;
    return { class: "Alpha360", kwargs };
  }
}
