import type { DatasetH } from "../dataset/dataset-h.js";
import { InvalidArgumentError } from "../errors.js";
import type { Model } from "../model/model.js";
import type { Panel, PanelColumn } from "../panel/panel.js";
import type { Recorder } from "../tracking/recorder.js";
import { RecordResult } from "./record-result.js";
import { RecordTemp } from "./record-temp.js";
import { trialTags } from "./trial-facts.js";

export interface SignalRecordOptions {
  readonly recorder: Recorder | undefined;
  /** A fitted model. */
  readonly model: Model;
  readonly dataset: DatasetH;
}

/**
 * Forecasts the segment `test` and keeps what a later analysis needs.
 *
 * Writes `pred` (datetime, instrument, score), `label` (the raw labels of the same days; null when the handler dropped its raw data)
 * and `dataset` (its configuration, the data's fingerprint, and the leak check). Sets the tags `label`, `test`, `universe`, `data`,
 * `features`, by which runs are counted as trials.
 *
 * In Qlib: qlib.workflow.record_temp.SignalRecord
 */
export class SignalRecord extends RecordTemp {
  static override readonly artifacts: readonly string[] = ["pred", "label"];
  static override readonly usage = "await new SignalRecord({ recorder, model, dataset }).generate()";
  readonly #model: Model;
  readonly #dataset: DatasetH;

  constructor({ recorder, model, dataset }: SignalRecordOptions) {
    super({ recorder });
    this.#model = model;
    this.#dataset = dataset;
  }

  /** @throws InvalidArgumentError when the prediction has several columns and none is called `score`; else what model and dataset throw. */
  async generate(): Promise<RecordResult> {
    const pred = scored(await this.#model.predict(this.#dataset), this.#model);
    await this.save({ pred });
    // From here on the run is a trial, even if what follows fails.
    const tags = await trialTags(this.#dataset, pred);
    this.recorder.setTags({ ...tags });

    const { handler } = this.#dataset;
    const label = handler.dropRaw ? null : await this.#dataset.prepare("test", { colSet: "label", dataKey: "raw" });
    const leakCheck = await this.#dataset.leakCheck();
    const dataset = { ...this.#dataset.config(), data: tags.data, leakCheck };
    await this.save({ label, dataset });

    const notes = [...leakCheck.findings.map((finding) => `leak check: ${finding}`)];
    if (label === null)
      notes.push("the label is empty: the handler dropped its raw data, so that the signal cannot be analysed");
    return new RecordResult({
      status: "generated",
      recorder: this.recorder,
      artifacts: ["pred", "label", "dataset"],
      notes,
      view: {
        kind: "facts",
        title: `Prediction of ${this.#model.constructor.name}`,
        facts: {
          run: this.recorder.name,
          "test days": tags.test.replace("/", " to "),
          dates: pred.numDates,
          rows: pred.numRows,
          "missing scores": missingIn(pred.get("score")),
        },
        table: pred.toTable().slice(0, 5),
      },
    });
  }
}

function missingIn(values: PanelColumn): number {
  let missing = 0;
  for (const value of values) if (Number.isNaN(value)) missing++;
  return missing;
}

function scored(prediction: Panel, model: Model): Panel {
  if (prediction.columns.has("score")) return prediction;
  const [only, ...others] = prediction.columnNames;
  if (only !== undefined && others.length === 0) return prediction.rename({ [only]: "score" });
  throw new InvalidArgumentError(
    `Cannot record the prediction of ${model.constructor.name}: no column "score" among ${prediction.columnNames.join(", ") || "none"}`,
  );
}
