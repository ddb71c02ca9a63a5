import type { InstProcessorInput } from "./inst-processor.js";
import type { FilterInput } from "./make-filter.js";
import type { ComponentConfig } from "../config/component-config.js";
import type { Market, Universe } from "../data/market.js";
import type { DatetimeInput } from "../engine/datetime.js";
import type { FeatureInput } from "../feature/feature-spec.js";
import type { DataLoader } from "./loader/data-loader.js";
import type { StaticSource } from "./loader/static-source.js";
import type { PanelCache } from "./panel-cache.js";
import type { MarketAddress } from "./market-address.js";
import type { ProcessorInput, ProcessorState } from "./processor.js";

/** `raw`: as loaded; `infer`: what a model forecasts from; `learn`: what it is trained on. */
export type DataKey = "raw" | "infer" | "learn";

export interface DataHandlerLPOptions {
  /** An open market, or its address: it is opened when data are first needed. */
  readonly market?: Market | string | MarketAddress;
  /** Expressions or named ones: what the model sees. Evaluated on the market. */
  readonly features?: readonly FeatureInput[];
  /** What it is to forecast; unnamed ones are called LABEL0, LABEL1 … Default {@link defaultLabel}, tomorrow's close to the next. */
  readonly label?: FeatureInput | readonly FeatureInput[];
  /**
   * Factors of one's own beside the features: a CSV or Parquet file's path, a Panel, a table or an SQL result with the columns
   * `datetime` and `instrument`. Joined by both; rows without a partner are counted and told.
   */
  readonly factors?: StaticSource;
  /** Loads instead of `features` and `label`, e.g. `new StaticDataLoader({ config: "factors.csv" })`; it needs no market then. */
  readonly dataLoader?: DataLoader | ComponentConfig;
  /** Default: the market's own universe. */
  readonly universe?: Universe;
  /** Qlib's word for `universe`. */
  readonly instruments?: Universe;
  /** Takes instruments, or some of their dates, out of the universe, one filter after another. In Qlib: filter_pipe. */
  readonly filterPipe?: readonly FilterInput[];
  /** First and last day to load, both inclusive. Default: the whole calendar. */
  readonly startTime?: DatetimeInput | null;
  readonly endTime?: DatetimeInput | null;
  /** Days that processors learn from, both inclusive, usually the train segment; null = open. No default: a processor that learns needs them. */
  readonly fitStartTime?: DatetimeInput | null;
  readonly fitEndTime?: DatetimeInput | null;
  /** Applied to each instrument's own series when it is loaded, before all others and in the raw view too. In Qlib: inst_processors. */
  readonly instProcessors?: readonly InstProcessorInput[];
  /** Applied to every view but the raw one, before the others. */
  readonly sharedProcessors?: readonly ProcessorInput[];
  readonly inferProcessors?: readonly ProcessorInput[];
  readonly learnProcessors?: readonly ProcessorInput[];
  /** `append` (default): the learn view continues the infer view; `independent`: it starts from the raw data. */
  readonly processType?: "append" | "independent";
  /**
   * What each processor learns from: `fit_seq` (default), what the one before it made; `fit_ind`, the raw data, whatever stands before
   * it. Qlib's `load_state` is the option `state`.
   */
  readonly initType?: "fit_seq" | "fit_ind";
  /** Frees the raw view once both others are made; then there is no raw label to analyse a signal with. Default false. */
  readonly dropRaw?: boolean;
  /** Type of feature columns; labels are always float64. Default `float32`. */
  readonly dtype?: "float32" | "float64";
  /** What processors learnt earlier ({@link DataHandlerLP.fitted}): they are applied as they were, not fitted again. */
  readonly state?: HandlerState;
  /**
   * Keeps the raw and the infer view between sessions, under a key of everything they depend on: data, expressions, processors,
   * fit window, span. `"store"`: in the folder `cache` of the store that runs are kept in. Default: nothing is kept.
   */
  readonly cache?: PanelCache | "store";
}

/** What all processors learnt, plain data. */
export interface HandlerState {
  readonly shared: readonly ProcessorState[];
  readonly infer: readonly ProcessorState[];
  readonly learn: readonly ProcessorState[];
}
