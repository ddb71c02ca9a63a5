import type { ComponentConfig } from "../../config/component-config.js";
import { refuseUnknownOptions } from "../../engine/refuse-unknown-options.js";
import type { PanelColumn } from "../../panel/panel.js";
import { columnsOf, type FieldsGroup, type GroupedPanel } from "../grouped-panel.js";
import { eachColumn, mapColumns, standardized } from "../map-columns.js";
import { median } from "../median.js";
import { processorConfig, type FitWindowOptions, type Processor } from "../processor.js";
import { asState, scaleOf, tellUnscaled, type ScaleState } from "../scale-state.js";

export interface RobustZScoreNormOptions extends FitWindowOptions {
  /** Default null: all columns, labels too. */
  readonly fieldsGroup?: FieldsGroup;
  /** Clip to [−3, 3]. Default true. */
  readonly clipOutlier?: boolean;
}

/** Makes the median absolute deviation comparable to a standard deviation of normal data. */
const MAD_TO_STD = 1.4826;
const TINY = 1e-12;

/**
 * Scales columns by median and median absolute deviation of the fit window: (x − m) / ((MAD + 1e-12) · 1.4826), clipped to ±3.
 *
 * Missing values stay missing, ±∞ becomes ±3 when clipping. A column that is constant in the window becomes 0, or ±3 where it
 * differs from that constant. A column without a value in the window becomes missing altogether.
 *
 * In Qlib: qlib.data.dataset.processor.RobustZScoreNorm
 */
export class RobustZScoreNorm implements Processor {
  readonly inferSafe = true;
  readonly #options: RobustZScoreNormOptions;

  constructor(options: RobustZScoreNormOptions = {}) {
    refuseUnknownOptions("Cannot make RobustZScoreNorm", options, [
      "fieldsGroup",
      "clipOutlier",
      "fitStartTime",
      "fitEndTime",
    ]);
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
    await eachColumn(data.panel, this.#columns(data), "Fitting RobustZScoreNorm", (column, name) => {
      const center = median(column);
      scales.set(name, [center, (median(distances(column, center)) + TINY) * MAD_TO_STD]);
    });
    tellUnscaled(
      "RobustZScoreNorm",
      [...scales.keys()].filter((name) => Number.isNaN(scales.get(name)![0])),
      "without a value in the fit window, now missing altogether",
    );
    return asState(scales);
  }

  apply(data: GroupedPanel, state: ScaleState): Promise<GroupedPanel> {
    const limit = (this.#options.clipOutlier ?? true) ? 3 : Infinity;
    return mapColumns(data, this.#columns(data), "RobustZScoreNorm", (column, name) =>
      standardized(column, ...scaleOf(state, name, "RobustZScoreNorm"), limit),
    );
  }

  config(): ComponentConfig {
    return processorConfig("RobustZScoreNorm", { ...this.#options });
  }

  #columns(data: GroupedPanel): readonly string[] {
    return columnsOf(data, this.#options.fieldsGroup ?? null);
  }
}

function distances(column: PanelColumn, center: number): PanelColumn {
  const found = column.slice();
  for (let row = 0; row < found.length; row++) found[row] = Math.abs(found[row]! - center);
  return found;
}
