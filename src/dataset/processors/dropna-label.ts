import type { ComponentConfig } from "../../config/component-config.js";
import { refuseUnknownOptions } from "../../engine/refuse-unknown-options.js";
import { processorConfig } from "../processor.js";
import { DropnaProcessor } from "./dropna-processor.js";

/**
 * Leaves out the rows whose label is missing. Only for learning: on the newest rows, those to forecast, no label is known yet.
 *
 * In Qlib: qlib.data.dataset.processor.DropnaLabel
 */
export class DropnaLabel extends DropnaProcessor {
  override readonly inferSafe = false;

  constructor(options: { readonly fieldsGroup?: "label" } = {}) {
    refuseUnknownOptions("Cannot make DropnaLabel", options, ["fieldsGroup"]);
    super({ fieldsGroup: options.fieldsGroup ?? "label" });
  }

  override config(): ComponentConfig {
    return processorConfig("DropnaLabel", {});
  }
}
