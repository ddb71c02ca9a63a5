import type { DatasetH } from "../dataset/dataset-h.js";
import type { Panel } from "../panel/panel.js";
import type { Recorder } from "../tracking/recorder.js";
import { DatasetUpdater, type DatasetUpdaterOptions } from "./dataset-updater.js";

/**
 * Extends the prediction of a run by the days that came since, with the run's own model.
 *
 *     await new PredictionUpdater(run).update()                                        // up to the last day with data
 *     await new PredictionUpdater(run, { fromDate: "2024-05-06", toDate: "2024-05-10" }).update()
 *
 * In Qlib: qlib.workflow.online.update.PredUpdater
 *
 * @example
 * // (await new PredictionUpdater(run).update()).status
 */
export class PredictionUpdater extends DatasetUpdater {
  constructor(recorder: Recorder, options: DatasetUpdaterOptions = {}) {
    super(recorder, "pred", options);
  }

  protected override async makeRows(dataset: DatasetH): Promise<Panel> {
    const prediction = await (await this.loader.getModel()).predict(dataset);
    if (prediction.columns.has("score")) return prediction;
    return prediction.rename({ [prediction.columnNames[0]!]: "score" });
  }
}
