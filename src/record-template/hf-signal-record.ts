import type { ColumnTable } from "arquero";
import { calcIc } from "../analysis/ic.js";
import { joinPredLabel } from "../analysis/join-pred-label.js";
import { calcLongShortPrec } from "../analysis/long-short-prec.js";
import { calcLongShortReturn } from "../analysis/long-short-return.js";
import { mean, std } from "../analysis/moments.js";
import { columnValues } from "../engine/arquero.js";
import { DataError } from "../errors.js";
import type { PanelSource } from "../panel/panel-from.js";
import type { View } from "../panel/view.js";
import { ACRecordTemp } from "./ac-record-temp.js";
import { RecordResult } from "./record-result.js";
import type { RecordClass } from "./record-temp.js";
import { SignalRecord } from "./signal-record.js";

/**
 * The analysis of a signal that is traded often: precision of both ends and returns that are not annualised.
 *
 * Needs `pred` and `label` of {@link SignalRecord}. Writes in the folder `hg_sig_analysis` (Qlib's spelling) the
 * tables `ic` (datetime, ic), `ric` (datetime, rankIc), `long_pre` and `short_pre` (share of the best / worst fifth
 * whose label lies above / below the date's mean), `long_short_r` and `long_avg_r`. Metrics: `IC`, `ICIR`, `Rank IC`,
 * `Rank ICIR`, `Long precision`, `Short precision`, `Long-Short Average Return` (mean over dates) and `Long-Short
 * Average Sharpe` (mean / std).
 *
 * In Qlib: qlib.workflow.record_temp.HFSignalRecord
 */
export class HFSignalRecord extends ACRecordTemp {
  static override readonly artifactPath = "hg_sig_analysis";
  static override readonly dependCls: RecordClass = SignalRecord;
  static override readonly artifacts: readonly string[] = [
    "ic",
    "ric",
    "long_pre",
    "short_pre",
    "long_short_r",
    "long_avg_r",
  ];
  static override readonly usage = "await new HFSignalRecord({ recorder }).generate()";

  protected async compute(): Promise<RecordResult> {
    const label = (await this.load("label")) as PanelSource | null;
    if (label === null)
      throw new DataError(
        `Cannot analyse the signal of run "${this.recorder.name}": its label is empty, the handler dropped its raw data`,
      );
    const predLabel = joinPredLabel((await this.load("pred")) as PanelSource, label);
    const ic = calcIc(predLabel);
    const precision = calcLongShortPrec(predLabel, { isAlpha: true });
    const returns = calcLongShortReturn(predLabel);
    const [ics, ranks] = [column(ic, "ic"), column(ic, "rankIc")];
    const longShort = column(returns, "longShort");
    const metrics = {
      IC: mean(ics),
      ICIR: mean(ics) / std(ics),
      "Rank IC": mean(ranks),
      "Rank ICIR": mean(ranks) / std(ranks),
      "Long precision": mean(column(precision, "longPrecision")),
      "Short precision": mean(column(precision, "shortPrecision")),
      "Long-Short Average Return": mean(longShort),
      "Long-Short Average Sharpe": mean(longShort) / std(longShort),
    };
    this.recorder.logMetrics(metrics);
    const objects = {
      ic: ic.select("datetime", "ic"),
      ric: ic.select("datetime", "rankIc"),
      long_pre: precision.select("datetime", "longPrecision"),
      short_pre: precision.select("datetime", "shortPrecision"),
      long_short_r: returns.select("datetime", "longShort"),
      long_avg_r: returns.select("datetime", "longAvg"),
    };
    await this.save(objects);
    return new RecordResult({
      status: "generated",
      recorder: this.recorder,
      artifacts: Object.keys(objects).map((name) => this.getPath(name)),
      metrics,
      view: this.view(metrics),
    });
  }

  protected view(metrics: Readonly<Record<string, number>>): View {
    return { kind: "facts", title: "Signal analysis, high frequency", facts: metrics };
  }
}

const column = (table: ColumnTable, name: string): Float64Array =>
  Float64Array.from(columnValues(table, name) as ArrayLike<number>);
