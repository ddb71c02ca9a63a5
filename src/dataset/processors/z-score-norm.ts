import type { ComponentConfig } from "../../config/component-config.js";
import { refuseUnknownOptions } from "../../engine/refuse-unknown-options.js";
import { columnsOf, type FieldsGroup, type GroupedPanel } from "../grouped-panel.js";
import { eachColumn, mapColumns, standardized } from "../map-columns.js";
import { meanAndStd } from "../mean-and-std.js";
import { processorConfig, type FitWindowOptions, type Processor } from "../processor.js";
import { asState, scaleOf, tellUnscaled, type ScaleState } from "../scale-state.js";

export interface ZScoreNormOptions extends FitWindowOptions {
  /** Default null: all columns, labels too. */
  readonly fieldsGroup?: FieldsGroup;
}

/**
 * Scales columns by mean and standard deviation (divided by n) of the fit window: (x − mean) / std.
 *
 * A column that is constant in the window stays as it is, not scaled. Missing values stay missing and do not count.
 *
 * In Qlib: qlib.data.dataset.processor.ZScoreNorm
 */
export class ZScoreNorm implements Processor {
  readonly inferSafe = true;
  readonly #options: ZScoreNormOptions;

  constructor(options: ZScoreNormOptions = {}) {
    refuseUnknownOptions("Cannot make ZScoreNorm", options, ["fieldsGroup", "fitStartTime", "fitEndTime"]);
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
    await eachColumn(data.panel, this.#columns(data), "Fitting ZScoreNorm", (column, name) => {
      const { mean, std } = meanAndStd(column, 0);
      if (std === 0) constant.push(name);
      scales.set(name, std === 0 ? [0, 1] : [mean, std]);
    });
    tellUnscaled("ZScoreNorm", constant, "constant in the fit window, left as they are");
    return asState(scales);
  }

  apply(data: GroupedPanel, state: ScaleState): Promise<GroupedPanel> {
    return mapColumns(data, this.#columns(data), "ZScoreNorm", (column, name) =>
      standardized(column, ...scaleOf(state, name, "ZScoreNorm")),
    );
  }

  config(): ComponentConfig {
    return processorConfig("ZScoreNorm", { ...this.#options });
  }

  #columns(data: GroupedPanel): readonly string[] {
    return columnsOf(data, this.#options.fieldsGroup ?? null);
  }
}
