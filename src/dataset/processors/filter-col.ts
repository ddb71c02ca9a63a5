import type { ComponentConfig } from "../../config/component-config.js";
import { refuseUnknownOptions } from "../../engine/refuse-unknown-options.js";
import { columnsOf, withPanel, type FieldsGroup, type GroupedPanel } from "../grouped-panel.js";
import { processorConfig, type Processor } from "../processor.js";
import { listOfNames } from "./drop-col.js";

export interface FilterColOptions {
  /** Default `feature`. */
  readonly fieldsGroup?: FieldsGroup;
  /** Names of the columns to keep. */
  readonly colList: readonly string[];
}

/**
 * Keeps of a group only the columns named, in the order they have; columns of other groups stay. Values are shared, not
 * copied.
 *
 * Names that are not there are no fault, as in Qlib.
 *
 * In Qlib: qlib.data.dataset.processor.FilterCol
 *
 * @throws InvalidArgumentError without a list of names.
 */
export class FilterCol implements Processor {
  readonly inferSafe = true;
  readonly #options: FilterColOptions;
  readonly #names: ReadonlySet<string>;

  constructor(options: FilterColOptions) {
    refuseUnknownOptions("Cannot make FilterCol", options, ["fieldsGroup", "colList"]);
    this.#names = new Set(listOfNames("FilterCol", options));
    this.#options = options;
  }

  apply(data: GroupedPanel): GroupedPanel {
    const { fieldsGroup = "feature" } = this.#options;
    const left = new Set(columnsOf(data, fieldsGroup).filter((name) => !this.#names.has(name)));
    return withPanel(data, data.panel.select(columnsOf(data, null).filter((name) => !left.has(name))));
  }

  config(): ComponentConfig {
    return processorConfig("FilterCol", { ...this.#options });
  }
}
