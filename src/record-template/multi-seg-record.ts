import { table } from "arquero";
import { calcIc } from "../analysis/ic.js";
import { joinPredLabel } from "../analysis/join-pred-label.js";
import { mean } from "../analysis/moments.js";
import { pearson } from "../analysis/pearson.js";
import type { DatasetH } from "../dataset/dataset-h.js";
import { columnValues } from "../engine/arquero.js";
import { DataError, InvalidArgumentError } from "../errors.js";
import type { Model } from "../model/model.js";
import { averageRanks } from "../panel/average-rank.js";
import type { Panel } from "../panel/panel.js";
import type { Recorder } from "../tracking/recorder.js";
import { RecordResult } from "./record-result.js";
import { RecordTemp } from "./record-temp.js";

export interface MultiSegRecordOptions {
  readonly recorder: Recorder | undefined;
  /** A fitted model. */
  readonly model: Model;
  readonly dataset: DatasetH;
}

/** Correlations of one segment's prediction and raw label. */
export interface SegmentFigures {
  /** Over all rows of the segment at once. */
  readonly "all-IC": number;
  /** Mean of the daily ones. */
  readonly "mean-IC": number;
  readonly "all-Rank-IC": number;
  readonly "mean-Rank-IC": number;
}

/**
 * How good a model is on each of several segments: a large gap between train and test is overfitting.
 *
 * Needs nothing recorded before. Shows a table with one row per segment; with `save` each segment's figures are
 * written to `results-<name>`. Nothing is logged as a metric.
 *
 * In Qlib: qlib.contrib.workflow.record_temp.MultiSegRecord
 */
export class MultiSegRecord extends RecordTemp {
  static override readonly usage = "await new MultiSegRecord({ recorder, model, dataset }).generate({ segments })";
  readonly #model: Model;
  readonly #dataset: DatasetH;

  constructor({ recorder, model, dataset }: MultiSegRecordOptions) {
    super({ recorder });
    this.#model = model;
    this.#dataset = dataset;
  }

  /**
   * @param options.segments Name of the figures → segment of the dataset: `{ train: "train", unseen: "test" }`.
   * @param options.save Whether they are written. Default false.
   * @throws InvalidArgumentError without segments; DataError when the handler dropped its raw data; UnknownNameError
   *   for another segment.
   */
  async generate(
    options: { readonly segments?: Readonly<Record<string, string>>; readonly save?: boolean } = {},
  ): Promise<RecordResult> {
    const { segments = {}, save = false } = options;
    if (Object.keys(segments).length === 0)
      throw new InvalidArgumentError(
        'Cannot analyse segments: none was named\n  e.g. generate({ segments: { train: "train", test: "test" } })',
      );
    if (this.#dataset.handler.dropRaw)
      throw new DataError("Cannot analyse segments: there is no raw label, the handler dropped its raw data");
    const figures = new Map<string, SegmentFigures>();
    for (const [name, segment] of Object.entries(segments)) {
      const pred = await this.#model.predict(this.#dataset, { segment });
      const label = await this.#dataset.prepare(segment, { colSet: "label", dataKey: "raw" });
      figures.set(name, segmentFigures(joinPredLabel(pred, label)));
    }
    if (save) await this.save(Object.fromEntries([...figures].map(([name, each]) => [`results-${name}`, each])));
    const rows = [...figures.values()];
    const column = (name: keyof SegmentFigures) => Float64Array.from(rows, (row) => row[name]);
    return new RecordResult({
      status: "generated",
      recorder: this.recorder,
      artifacts: save ? [...figures.keys()].map((name) => `results-${name}`) : [],
      view: {
        kind: "table",
        title: `Segments of ${this.#model.constructor.name}`,
        table: table({
          segment: [...figures.keys()],
          "all-IC": column("all-IC"),
          "mean-IC": column("mean-IC"),
          "all-Rank-IC": column("all-Rank-IC"),
          "mean-Rank-IC": column("mean-Rank-IC"),
        }),
      },
    });
  }
}

function segmentFigures(predLabel: Panel): SegmentFigures {
  const [score, label] = [predLabel.get("score"), predLabel.get("label")];
  const rows = Int32Array.from(score.keys()).filter((row) => !Number.isNaN(score[row]! + label[row]!));
  const [x, y] = [score, label].map((values) => Float64Array.from(rows, (row) => values[row]!)) as [
    Float64Array,
    Float64Array,
  ];
  const daily = calcIc(predLabel);
  const meanOf = (name: string) => mean(Float64Array.from(columnValues(daily, name) as ArrayLike<number>));
  return {
    "all-IC": pearson(x, y),
    "mean-IC": meanOf("ic"),
    "all-Rank-IC": pearson(averageRanks(x), averageRanks(y)),
    "mean-Rank-IC": meanOf("rankIc"),
  };
}
