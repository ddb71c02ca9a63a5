import type { ColumnTable } from "arquero";
import { coverage } from "../analysis/coverage.js";
import { calcIc } from "../analysis/ic.js";
import { joinPredLabel } from "../analysis/join-pred-label.js";
import { calcLongShortReturn } from "../analysis/long-short-return.js";
import { mean, std } from "../analysis/moments.js";
import { summarizeIc } from "../analysis/summarize-ic.js";
import { refuseUnknownOptions } from "../engine/refuse-unknown-options.js";
import { DataError, InvalidArgumentError } from "../errors.js";
import type { Panel } from "../panel/panel.js";
import type { PanelSource } from "../panel/panel-from.js";
import type { View } from "../panel/view.js";
import { ACRecordTemp, type ACRecordTempOptions } from "./ac-record-temp.js";
import { RecordResult } from "./record-result.js";
import type { RecordClass } from "./record-temp.js";
import { SignalRecord } from "./signal-record.js";

export interface SigAnaRecordOptions extends ACRecordTempOptions {
  /** Long-short and long-average returns too. Default false. */
  readonly anaLongShort?: boolean;
  /** Periods per year of the label's returns. Default 252. */
  readonly annScaler?: number;
  /** Which column of the label, 0-based. Default 0. */
  readonly labelCol?: number;
}

/**
 * How good a recorded prediction is: daily IC and Rank IC, and on request the return of its best against its worst fifth.
 *
 * Needs `pred` and `label` of {@link SignalRecord}. Writes in the folder `sig_analysis` the tables `ic` (datetime, ic), `ric`
 * (datetime, rankIc), with `anaLongShort` also `long_short_r` (datetime, longShort) and `long_avg_r` (datetime, longAvg), and `facts`.
 * Metrics: `IC` = mean, `ICIR` = mean / std (ddof 1, not annualised), `Rank IC`, `Rank ICIR`; `nDates`, `IC t-stat`, `Rank IC t-stat`
 * (ICIR · √n); with `anaLongShort` `Long-Short Ann Return` = mean · annScaler, `Long-Short Ann Sharpe` = mean / std · √annScaler, and
 * the same for `Long-Avg`. A figure that is not defined is logged as NaN, and the result's notes say why.
 *
 * In Qlib: qlib.workflow.record_temp.SigAnaRecord
 */
export class SigAnaRecord extends ACRecordTemp {
  static override readonly artifactPath = "sig_analysis";
  static override readonly dependCls: RecordClass = SignalRecord;
  static override readonly artifacts: readonly string[] = ["ic", "ric"];
  static override readonly usage = "await new SigAnaRecord({ recorder }).generate()";
  readonly #anaLongShort: boolean;
  readonly #annScaler: number;
  readonly #labelCol: number;

  /** @throws InvalidArgumentError unless annScaler > 0. */
  constructor({ anaLongShort = false, annScaler = 252, labelCol = 0, ...options }: SigAnaRecordOptions) {
    super(options);
    // A class of one's own that extends this one has options of its own.
    if (new.target === SigAnaRecord) refuseUnknownOptions("Cannot make a SigAnaRecord", options, OPTIONS);
    if (!(annScaler > 0 && annScaler < Infinity))
      throw new InvalidArgumentError(
        `Cannot make a SigAnaRecord: annScaler is ${annScaler}, a number of periods per year > 0 expected`,
      );
    [this.#anaLongShort, this.#annScaler, this.#labelCol] = [anaLongShort, annScaler, labelCol];
  }

  override list(): readonly string[] {
    return this.#anaLongShort ? ["ic", "ric", "long_short_r", "long_avg_r"] : ["ic", "ric"];
  }

  /**
   * @param options.label Labels to hold the prediction against, instead of the recorded ones.
   * @throws MissingArtifactError when `pred` or `label` is not there; DataError when the label is empty; unless `lenient`.
   */
  override generate(options: { readonly label?: PanelSource } = {}): Promise<RecordResult> {
    return super.generate({ ...options });
  }

  protected async compute({ label: given }: { readonly label?: PanelSource }): Promise<RecordResult> {
    const pred = (await this.load("pred")) as PanelSource;
    const label = given ?? ((await this.load("label")) as PanelSource | null);
    const empty = emptiness(label);
    if (empty !== undefined) return this.#withoutLabel(empty);

    const predLabel = joinPredLabel(pred, label!, { labelCol: this.#labelCol });
    const ic = calcIc(predLabel);
    const [icValues, rankIcValues] = [column(ic, "ic"), column(ic, "rankIc")];
    const [ics, ranks] = [summarizeIc(icValues), summarizeIc(rankIcValues)];
    const metrics: Record<string, number> = {
      IC: ics.mean,
      ICIR: ics.icir,
      "Rank IC": ranks.mean,
      "Rank ICIR": ranks.icir,
      nDates: ics.n,
      "IC t-stat": ics.tStat,
      "Rank IC t-stat": ranks.tStat,
    };
    const objects: Record<string, unknown> = { ic: ic.select("datetime", "ic"), ric: ic.select("datetime", "rankIc") };
    if (this.#anaLongShort) {
      const both = calcLongShortReturn(predLabel);
      for (const [name, metric, artifact] of [
        ["longShort", "Long-Short", "long_short_r"],
        ["longAvg", "Long-Avg", "long_avg_r"],
      ] as const) {
        const returns = column(both, name);
        metrics[`${metric} Ann Return`] = mean(returns) * this.#annScaler;
        metrics[`${metric} Ann Sharpe`] = (mean(returns) / std(returns)) * Math.sqrt(this.#annScaler);
        objects[artifact] = both.select("datetime", name);
      }
    }
    const notes = notesOn(predLabel, metrics, icValues);
    this.recorder.logMetrics(metrics);
    const settings = { annScaler: this.#annScaler, labelCol: this.#labelCol, quantile: 0.2 };
    await this.save({ ...objects, facts: { settings, ic: ics, rankIc: ranks, notes } });
    return new RecordResult({
      status: "generated",
      recorder: this.recorder,
      artifacts: [...Object.keys(objects), "facts"].map((name) => this.getPath(name)),
      metrics,
      notes,
      view: this.view(metrics),
    });
  }

  protected view(metrics: Readonly<Record<string, number>>): View {
    return { kind: "signal-report", title: "Signal analysis", facts: metrics, ref: this.recorder };
  }

  #withoutLabel(why: string): RecordResult {
    const message = `Cannot analyse the signal of run "${this.recorder.name}": its label ${why}\n  record it again with a handler that keeps its raw data, or pass generate({ label })`;
    if (!this.lenient) throw new DataError(message);
    return new RecordResult({
      status: "empty",
      recorder: this.recorder,
      notes: [message],
      view: { kind: "facts", title: "Signal analysis", facts: { label: why } },
    });
  }
}

/** A workflow gives its model and its dataset to every record. */
const OPTIONS = ["recorder", "model", "dataset", "skipExisting", "lenient", "anaLongShort", "annScaler", "labelCol"];

const column = (table: ColumnTable, name: string): Float64Array =>
  Float64Array.from(table.array(name) as ArrayLike<number>);

/** Why there is nothing to compare with; undefined when there is. */
function emptiness(label: PanelSource | null): string | undefined {
  if (label === null) return "is empty, the handler dropped its raw data";
  const table = label as { numRows?: number | (() => number) };
  const rows = typeof table.numRows === "function" ? table.numRows() : table.numRows;
  return rows === 0 ? "has no rows" : undefined;
}

/** What a reader must know: why figures are not numbers, and what the figures leave out. */
function notesOn(predLabel: Panel, metrics: Readonly<Record<string, number>>, ic: Float64Array): string[] {
  const counts = coverage(predLabel);
  const total = (name: string) => column(counts, name).reduce((sum, value) => sum + value, 0);
  const [rows, scored, pairs, infinite] = [total("rows"), total("scored"), total("pairs"), total("infinite")];
  const scoredByDate = column(counts, "scored");
  const tied =
    column(counts, "tiedShare").reduce(
      (sum, share, d) => sum + (Number.isNaN(share) ? 0 : share * scoredByDate[d]!),
      0,
    ) / scored;
  const defined = ic.filter((value) => !Number.isNaN(value)).length;
  const notes: string[] = [];
  const undefinedMetrics = Object.keys(metrics).filter((key) => Number.isNaN(metrics[key]));
  if (undefinedMetrics.length) {
    const why =
      pairs === 0
        ? "no row has both score and label"
        : defined === 0
          ? "on no date do scores and labels both vary"
          : defined === 1
            ? "only one date has an IC"
            : "the daily figures do not vary, or hold ±∞";
    notes.push(`${undefinedMetrics.join(", ")} ${undefinedMetrics.length === 1 ? "is" : "are"} NaN: ${why}`);
  }
  if (defined < ic.length)
    notes.push(`${ic.length - defined} of ${ic.length} dates have no IC (fewer than two pairs, equal scores, or ±∞)`);
  if (pairs < rows)
    notes.push(`${rows - pairs} of ${rows} rows lack ${scored === rows ? "a label" : "a score or a label"}`);
  if (infinite) notes.push(`${infinite} rows hold ±∞`);
  if (tied > 0.01)
    notes.push(
      `${(100 * tied).toFixed(0)} % of the scores are tied within their date; long and short sets take ties in instrument order`,
    );
  return notes;
}
