import type { ComponentConfig } from "../../config/component-config.js";
import { processorConfig } from "../processor.js";
import { DropnaProcessor } from "./dropna-processor.js";

/**
 * Leaves out the rows whose label is missing. Only for learning: on the newest rows, those to forecast, no label is known yet.
 *
 * In Qlib: qlib.data.dataset.processor.DropnaLabel
 */
export class DropnaLabel extends DropnaProcessor {
  override readonly inferSafe = false;

  constructor({ fieldsGroup = "label" }: { readonly fieldsGroup?: "label" } = {}) {
    super({ fieldsGroup });
  }

  override config(): ComponentConfig {
    return processorConfig("DropnaLabel", {});
  }
}
