import type { DatasetH } from "../dataset/dataset-h.js";
import type { Panel } from "../panel/panel.js";
import type { Recorder } from "../tracking/recorder.js";
import { DatasetUpdater, type DatasetUpdaterOptions } from "./dataset-updater.js";

/**
 * Extends the labels of a run: days that came since, and days whose label was not known yet.
 *
 * Rows whose label still lies in the future come with NaN.
 *
 * In Qlib: qlib.workflow.online.update.LabelUpdater
 *
 * @example
 * // (await new LabelUpdater(run).update()).rows
 */
export class LabelUpdater extends DatasetUpdater {
  constructor(recorder: Recorder, options: DatasetUpdaterOptions = {}) {
    super(recorder, "label", options);
  }

  protected override makeRows(dataset: DatasetH): Promise<Panel> {
    return dataset.prepare("test", { colSet: "label", dataKey: "raw" });
  }
}
