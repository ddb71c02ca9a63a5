import type { ComponentConfig } from "../../config/component-config.js";
import { refuseUnknownOptions } from "../../engine/refuse-unknown-options.js";
import { InvalidArgumentError } from "../../errors.js";
import { columnsOf, withPanel, type GroupedPanel } from "../grouped-panel.js";
import { processorConfig, type Processor } from "../processor.js";

export interface DropColOptions {
  /** Names of columns, of whatever group. */
  readonly colList: readonly string[];
}

/**
 * Leaves out columns by name; names that are not there are no fault. Values are shared, not copied.
 *
 * In Qlib: qlib.data.dataset.processor.DropCol
 *
 * @throws InvalidArgumentError without a list of names.
 */
export class DropCol implements Processor {
  readonly inferSafe = true;
  readonly #names: ReadonlySet<string>;

  constructor(options: DropColOptions) {
    refuseUnknownOptions("Cannot make DropCol", options, ["colList"]);
    this.#names = new Set(listOfNames("DropCol", options));
  }

  apply(data: GroupedPanel): GroupedPanel {
    return withPanel(data, data.panel.select(columnsOf(data, null).filter((name) => !this.#names.has(name))));
  }

  config(): ComponentConfig {
    return processorConfig("DropCol", { colList: [...this.#names] });
  }
}

/** The names that a processor was given. @throws InvalidArgumentError for anything but a list of texts. */
export function listOfNames(processor: string, options: { readonly colList: readonly string[] }): readonly string[] {
  const names: unknown = (options as Partial<DropColOptions> | undefined)?.colList;
  if (Array.isArray(names) && names.every((name) => typeof name === "string")) return names;
  throw new InvalidArgumentError(
    `Cannot make ${processor}: colList is ${JSON.stringify(names)}, names of columns expected\n  e.g. colList: ["VWAP0"]`,
  );
}
