import type { ComponentConfig } from "../../config/component-config.js";
import { refuseUnknownOptions } from "../../engine/refuse-unknown-options.js";
import type { GroupedPanel } from "../grouped-panel.js";
import { processorConfig, type Processor } from "../processor.js";

/**
 * Changes nothing: panels find the rows of an instrument by its code already. It is here so that a configuration that names it runs.
 *
 * In Qlib: qlib.data.dataset.processor.HashStockFormat
 *
 * @example
 * new HashStockFormat().inferSafe // -> true
 */
export class HashStockFormat implements Processor {
  readonly inferSafe = true;

  constructor(options: Readonly<Record<string, never>> = {}) {
    refuseUnknownOptions("Cannot make HashStockFormat", options, []);
  }

  apply(data: GroupedPanel): GroupedPanel {
    return data;
  }

  config(): ComponentConfig {
    return processorConfig("HashStockFormat", {});
  }
}
