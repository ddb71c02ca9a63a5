import type { ComponentConfig } from "../../config/component-config.js";
import { refuseUnknownOptions } from "../../engine/refuse-unknown-options.js";
import { InvalidArgumentError } from "../../errors.js";
import type { PanelColumn } from "../../panel/panel.js";
import { columnsOf, type FieldsGroup, type GroupedPanel } from "../grouped-panel.js";
import { mapColumns, mapDates } from "../map-columns.js";
import { meanAndStd } from "../mean-and-std.js";
import { median } from "../median.js";
import { processorConfig, type Processor } from "../processor.js";

export interface CSZScoreNormOptions {
  /** Default null: all columns, labels too. */
  readonly fieldsGroup?: FieldsGroup;
  /** `zscore` by mean and standard deviation, `robust` by median and median absolute deviation, clipped. Default `zscore`. */
  readonly method?: "zscore" | "robust";
}

/**
 * Cross-sectional z-score: scales every column by its own values of the same date, so that nothing is learnt from other dates.
 *
 * `zscore`: (x − mean) / std, std divided by n − 1. `robust`: (x − m) / MAD / 1.4826 with m the median, clipped to [−3, 3].
 * Missing values stay missing and do not count. A date with one value or equal values becomes missing.
 *
 * In Qlib: qlib.data.dataset.processor.CSZScoreNorm
 */
export class CSZScoreNorm implements Processor {
  readonly inferSafe = true;
  readonly #options: CSZScoreNormOptions;

  /** @throws InvalidArgumentError for an unknown method. */
  constructor(options: CSZScoreNormOptions = {}) {
    refuseUnknownOptions("Cannot make CSZScoreNorm", options, ["fieldsGroup", "method"]);
    const { method = "zscore" } = options;
    if (method !== "zscore" && method !== "robust")
      throw new InvalidArgumentError(
        `Cannot make CSZScoreNorm: method is ${JSON.stringify(method)}, "zscore" or "robust" expected`,
      );
    this.#options = options;
  }

  apply(data: GroupedPanel): Promise<GroupedPanel> {
    const scale = this.#options.method === "robust" ? scaleRobustly : scaleByStd;
    return mapColumns(data, columnsOf(data, this.#options.fieldsGroup ?? null), "CSZScoreNorm", (column) =>
      mapDates(data.panel, column, scale),
    );
  }

  config(): ComponentConfig {
    return processorConfig("CSZScoreNorm", { ...this.#options });
  }
}

function scaleByStd(values: PanelColumn, out: PanelColumn): void {
  const { mean, std } = meanAndStd(values, 1);
  for (let row = 0; row < values.length; row++) out[row] = (values[row]! - mean) / std;
}

function scaleRobustly(values: PanelColumn, out: PanelColumn): void {
  const center = median(values);
  const deviation = median(values.map((value) => Math.abs(value - center)));
  for (let row = 0; row < values.length; row++) {
    const score = (values[row]! - center) / deviation / 1.4826;
    out[row] = score > 3 ? 3 : score < -3 ? -3 : score;
  }
}
