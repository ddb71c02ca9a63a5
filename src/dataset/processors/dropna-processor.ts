import type { ComponentConfig } from "../../config/component-config.js";
import { refuseUnknownOptions } from "../../engine/refuse-unknown-options.js";
import { UnknownNameError } from "../../errors.js";
import { host } from "../../host/host.js";
import { columnsOf, withPanel, type FieldsGroup, type GroupedPanel } from "../grouped-panel.js";
import { eachColumn } from "../map-columns.js";
import { processorConfig, type Processor } from "../processor.js";

export interface DropnaProcessorOptions {
  /** Default null: all columns, labels too. */
  readonly fieldsGroup?: FieldsGroup;
  /** `any` (default): a row goes when one value is missing; `all`: when all are, as on a suspended day. Told how many rows went. */
  readonly how?: "any" | "all";
}

/**
 * Leaves out the rows that miss a value in one of the columns; ±∞ is not missing. Dates that lose all rows disappear. With
 * `{ fieldsGroup: "feature", how: "all" }` the rows of suspended days leave, which have no feature at all.
 *
 * In Qlib: qlib.data.dataset.processor.DropnaProcessor
 */
export class DropnaProcessor implements Processor {
  readonly inferSafe: boolean = true;
  readonly #options: DropnaProcessorOptions;

  constructor(options: DropnaProcessorOptions = {}) {
    refuseUnknownOptions("Cannot make DropnaProcessor", options, ["fieldsGroup", "how"]);
    const { how = "any" } = options;
    if (how !== "any" && how !== "all")
      throw new UnknownNameError("how", how, ["any", "all"], { context: "Cannot make DropnaProcessor" });
    this.#options = options;
  }

  async apply(data: GroupedPanel): Promise<GroupedPanel> {
    const { fieldsGroup = null, how = "any" } = this.#options;
    const columns = columnsOf(data, fieldsGroup);
    if (columns.length === 0) return data;
    const { numRows } = data.panel;
    const keep = new Uint8Array(numRows).fill(how === "any" ? 1 : 0);
    await eachColumn(data.panel, columns, this.config().class, (column) => {
      if (how === "any") for (let row = 0; row < column.length; row++) if (column[row] !== column[row]) keep[row] = 0;
      if (how === "all") for (let row = 0; row < column.length; row++) if (column[row] === column[row]) keep[row] = 1;
    });
    const panel = data.panel.filter(keep);
    const left = numRows - panel.numRows;
    if (how === "all" && left)
      host.notice(
        `DropnaProcessor: ${left} of ${numRows} rows (${((left / numRows) * 100).toFixed(1)} %) left out, all missing`,
      );
    return withPanel(data, panel);
  }

  config(): ComponentConfig {
    return processorConfig("DropnaProcessor", { ...this.#options });
  }
}
