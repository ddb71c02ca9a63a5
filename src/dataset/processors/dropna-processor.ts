import type { ComponentConfig } from "../../config/component-config.js";
import { refuseUnknownOptions } from "../../engine/refuse-unknown-options.js";
import { columnsOf, withPanel, type FieldsGroup, type GroupedPanel } from "../grouped-panel.js";
import { eachColumn } from "../map-columns.js";
import { processorConfig, type Processor } from "../processor.js";

export interface DropnaProcessorOptions {
  /** Default null: all columns, labels too. */
  readonly fieldsGroup?: FieldsGroup;
}

/**
 * Leaves out the rows that miss a value in one of the columns; ±∞ is not missing. Dates that lose all rows disappear.
 *
 * In Qlib: qlib.data.dataset.processor.DropnaProcessor
 */
export class DropnaProcessor implements Processor {
  readonly inferSafe: boolean = true;
  readonly #options: DropnaProcessorOptions;

  constructor(options: DropnaProcessorOptions = {}) {
    refuseUnknownOptions("Cannot make DropnaProcessor", options, ["fieldsGroup"]);
    this.#options = options;
  }

  async apply(data: GroupedPanel): Promise<GroupedPanel> {
    const keep = new Uint8Array(data.panel.numRows).fill(1);
    await eachColumn(data.panel, columnsOf(data, this.#options.fieldsGroup ?? null), this.config().class, (column) => {
      for (let row = 0; row < column.length; row++) if (column[row] !== column[row]) keep[row] = 0;
    });
    return withPanel(data, data.panel.filter(keep));
  }

  config(): ComponentConfig {
    return processorConfig("DropnaProcessor", { ...this.#options });
  }
}
