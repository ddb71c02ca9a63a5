import type { ComponentConfig } from "../../config/component-config.js";
import { refuseUnknownOptions } from "../../engine/refuse-unknown-options.js";
import { columnsOf, type GroupedPanel } from "../grouped-panel.js";
import { mapColumns } from "../map-columns.js";
import { processorConfig, type Processor } from "../processor.js";

/**
 * x → tanh(x − 1) on every column whose name does not contain `LABEL`: ratios near 1, such as prices over the close,
 * become values in (−1, 1) around 0. Missing values stay missing, ±∞ becomes ±1.
 *
 * In Qlib: qlib.data.dataset.processor.TanhProcess
 */
export class TanhProcess implements Processor {
  readonly inferSafe = true;

  constructor(options: Readonly<Record<string, never>> = {}) {
    refuseUnknownOptions("Cannot make TanhProcess", options, []);
  }

  apply(data: GroupedPanel): Promise<GroupedPanel> {
    const names = columnsOf(data, null).filter((name) => !name.includes("LABEL"));
    return mapColumns(data, names, "TanhProcess", (column) => column.map((value: number) => Math.tanh(value - 1)));
  }

  config(): ComponentConfig {
    return processorConfig("TanhProcess", {});
  }
}
