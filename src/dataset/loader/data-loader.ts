import type { ComponentConfig } from "../../config/component-config.js";
import type { Market, Universe } from "../../data/market.js";
import type { DatetimeInput } from "../../engine/datetime.js";
import type { FeatureSpec } from "../../feature/feature-spec.js";
import type { GroupedPanel } from "../grouped-panel.js";

/** What a handler asks of a loader. */
export interface LoadRequest {
  /** The handler's market. @throws InvalidArgumentError when it has none. */
  readonly market: () => Promise<Market>;
  readonly universe?: Universe | undefined;
  /** First and last day, both inclusive; null = open. */
  readonly start: DatetimeInput | null;
  readonly end: DatetimeInput | null;
  readonly dtype: "float32" | "float64";
}

/**
 * Where a handler's raw columns come from. A class of one's own needs `load`, `config` and `contentKey`.
 *
 * In Qlib: qlib.data.dataset.loader.DataLoader
 */
export interface DataLoader {
  /** Columns known before loading, for titles and look-ahead; a loader that learns them from a file has none. */
  readonly features?: readonly FeatureSpec[];
  readonly labels?: readonly FeatureSpec[];
  /** How many trading days ahead the labels look. Default 0. */
  readonly labelHorizonDays?: number;
  load(request: LoadRequest): Promise<GroupedPanel>;
  /** Text that differs whenever `load` would give something else; kept data are found by it. */
  contentKey(request: LoadRequest): Promise<string>;
  /** Makes an equal loader again. */
  config(): ComponentConfig;
}

/** Whether a value can load, as opposed to being a configuration of something that can. */
export const isDataLoader = (value: unknown): value is DataLoader =>
  typeof value === "object" && value !== null && typeof (value as Partial<DataLoader>).load === "function";
