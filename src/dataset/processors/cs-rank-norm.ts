import type { ComponentConfig } from "../../config/component-config.js";
import { refuseUnknownOptions } from "../../engine/refuse-unknown-options.js";
import { averageRanks } from "../../panel/average-rank.js";
import { columnsOf, type FieldsGroup, type GroupedPanel } from "../grouped-panel.js";
import { mapColumns, mapDates } from "../map-columns.js";
import { processorConfig, type Processor } from "../processor.js";

export interface CSRankNormOptions {
  /** Default null: all columns, labels too. */
  readonly fieldsGroup?: FieldsGroup;
}

/** The spread of a uniform variable of unit variance, as Qlib rounds √12. */
const UNIFORM_TO_UNIT = 3.46;

/**
 * Cross-sectional rank, centered and scaled to about unit variance: per date and column, (average rank / count − 0.5) · 3.46.
 *
 * Ranks are ascending, equal values share their average rank; missing values stay missing and do not count; ±∞ ranks at the ends.
 *
 * In Qlib: qlib.data.dataset.processor.CSRankNorm
 */
export class CSRankNorm implements Processor {
  readonly inferSafe = true;
  readonly #options: CSRankNormOptions;

  constructor(options: CSRankNormOptions = {}) {
    refuseUnknownOptions("Cannot make CSRankNorm", options, ["fieldsGroup"]);
    this.#options = options;
  }

  apply(data: GroupedPanel): Promise<GroupedPanel> {
    return mapColumns(data, columnsOf(data, this.#options.fieldsGroup ?? null), "CSRankNorm", (column) =>
      mapDates(data.panel, column, (values, out) => {
        const present = Float64Array.from(values).filter((value) => value === value);
        const ranks = averageRanks(present);
        for (let row = 0, next = 0; row < values.length; row++) {
          if (values[row] === values[row]) out[row] = (ranks[next++]! / present.length - 0.5) * UNIFORM_TO_UNIT;
        }
      }),
    );
  }

  config(): ComponentConfig {
    return processorConfig("CSRankNorm", { ...this.#options });
  }
}
