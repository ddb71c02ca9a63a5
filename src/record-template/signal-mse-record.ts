import { mean } from "../analysis/moments.js";
import { joinPredLabel } from "../analysis/join-pred-label.js";
import { DataError } from "../errors.js";
import type { PanelSource } from "../panel/panel-from.js";
import type { View } from "../panel/view.js";
import { ACRecordTemp } from "./ac-record-temp.js";
import { RecordResult } from "./record-result.js";
import type { RecordClass } from "./record-temp.js";
import { SignalRecord } from "./signal-record.js";

/**
 * How far a recorded prediction lies from its label, for models that forecast the return itself.
 *
 * Needs `pred` and `label` of {@link SignalRecord}. `MSE` is the mean squared difference over the rows where both are
 * there, `RMSE` its root, NaN when there are none. Both are logged and written to `sig_analysis/mse` and
 * `sig_analysis/rmse`.
 *
 * In Qlib: qlib.contrib.workflow.record_temp.SignalMseRecord
 */
export class SignalMseRecord extends ACRecordTemp {
  static override readonly artifactPath = "sig_analysis";
  static override readonly dependCls: RecordClass = SignalRecord;
  static override readonly artifacts: readonly string[] = ["mse", "rmse"];
  static override readonly usage = "await new SignalMseRecord({ recorder }).generate()";

  protected async compute(): Promise<RecordResult> {
    const label = (await this.load("label")) as PanelSource | null;
    if (label === null)
      throw new DataError(
        `Cannot compare run "${this.recorder.name}" with its label: it is empty, the handler dropped its raw data`,
      );
    const predLabel = joinPredLabel((await this.load("pred")) as PanelSource, label);
    const labels = predLabel.get("label");
    const squares = Float64Array.from(predLabel.get("score"), (score, row) => (score - labels[row]!) ** 2);
    const mse = mean(squares);
    const metrics = { MSE: mse, RMSE: Math.sqrt(mse) };
    this.recorder.logMetrics(metrics);
    await this.save({ mse, rmse: metrics.RMSE });
    return new RecordResult({
      status: "generated",
      recorder: this.recorder,
      artifacts: ["sig_analysis/mse", "sig_analysis/rmse"],
      metrics,
      view: this.view(metrics),
    });
  }

  protected view(metrics: Readonly<Record<string, number>>): View {
    return { kind: "facts", title: "Distance from the label", facts: metrics };
  }
}
