import type { ComponentConfig } from "../../config/component-config.js";
import { refuseUnknownOptions } from "../../engine/refuse-unknown-options.js";
import { columnsOf, type FieldsGroup, type GroupedPanel } from "../grouped-panel.js";
import { mapColumns, mapDates } from "../map-columns.js";
import { meanAndStd } from "../mean-and-std.js";
import { processorConfig, type Processor } from "../processor.js";

export interface CSZFillnaOptions {
  /** Default null: all columns, labels too. */
  readonly fieldsGroup?: FieldsGroup;
}

/**
 * Puts the date's mean of the column where a value is missing; a date without any value stays missing.
 *
 * In Qlib: qlib.data.dataset.processor.CSZFillna
 */
export class CSZFillna implements Processor {
  readonly inferSafe = true;
  readonly #options: CSZFillnaOptions;

  constructor(options: CSZFillnaOptions = {}) {
    refuseUnknownOptions("Cannot make CSZFillna", options, ["fieldsGroup"]);
    this.#options = options;
  }

  apply(data: GroupedPanel): Promise<GroupedPanel> {
    return mapColumns(data, columnsOf(data, this.#options.fieldsGroup ?? null), "CSZFillna", (column) =>
      mapDates(data.panel, column, (values, out) => {
        const { mean } = meanAndStd(values, 0);
        for (let row = 0; row < values.length; row++) if (values[row] !== values[row]) out[row] = mean;
      }),
    );
  }

  config(): ComponentConfig {
    return processorConfig("CSZFillna", { ...this.#options });
  }
}
