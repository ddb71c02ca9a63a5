import type { ComponentConfig } from "../../config/component-config.js";
import { refuseUnknownOptions } from "../../engine/refuse-unknown-options.js";
import { columnsOf, type FieldsGroup, type GroupedPanel } from "../grouped-panel.js";
import { eachColumn, mapColumns, standardized } from "../map-columns.js";
import { processorConfig, type FitWindowOptions, type Processor } from "../processor.js";
import { asState, scaleOf, tellUnscaled, type ScaleState } from "../scale-state.js";

export interface MinMaxNormOptions extends FitWindowOptions {
  /** Default null: all columns, labels too. */
  readonly fieldsGroup?: FieldsGroup;
}

/**
 * Scales columns so that the fit window's smallest value is 0 and its largest 1; other rows may lie outside.
 *
 * A column that is constant in the window stays as it is. Missing values stay missing and do not count.
 *
 * In Qlib: qlib.data.dataset.processor.MinMaxNorm
 */
export class MinMaxNorm implements Processor {
  readonly inferSafe = true;
  readonly #options: MinMaxNormOptions;

  constructor(options: MinMaxNormOptions = {}) {
    refuseUnknownOptions("Cannot make MinMaxNorm", options, ["fieldsGroup", "fitStartTime", "fitEndTime"]);
    this.#options = options;
  }

  get fitStartTime() {
    return this.#options.fitStartTime;
  }
  get fitEndTime() {
    return this.#options.fitEndTime;
  }

  async fit(data: GroupedPanel): Promise<ScaleState> {
    const scales = new Map<string, [number, number]>();
    const constant: string[] = [];
    await eachColumn(data.panel, this.#columns(data), "Fitting MinMaxNorm", (column, name) => {
      let [low, high] = [Infinity, -Infinity];
      for (let row = 0; row < column.length; row++) {
        if (column[row]! < low) low = column[row]!;
        if (column[row]! > high) high = column[row]!;
      }
      if (low === high) constant.push(name);
      scales.set(name, low === high ? [0, 1] : [low, high - low]);
    });
    tellUnscaled("MinMaxNorm", constant, "constant in the fit window, left as they are");
    return asState(scales);
  }

  apply(data: GroupedPanel, state: ScaleState): Promise<GroupedPanel> {
    return mapColumns(data, this.#columns(data), "MinMaxNorm", (column, name) =>
      standardized(column, ...scaleOf(state, name, "MinMaxNorm")),
    );
  }

  config(): ComponentConfig {
    return processorConfig("MinMaxNorm", { ...this.#options });
  }

  #columns(data: GroupedPanel): readonly string[] {
    return columnsOf(data, this.#options.fieldsGroup ?? null);
  }
}
