import { availableParallelism } from "node:os";
import { table, type ColumnTable } from "arquero";
import type { DatasetH } from "../dataset/dataset-h.js";
import type { GroupedPanel } from "../dataset/grouped-panel.js";
import { refuseUnknownOptions } from "../engine/refuse-unknown-options.js";
import { DataError, InvalidArgumentError } from "../errors.js";
import { host } from "../host/host.js";
import { Panel, type PanelColumn } from "../panel/panel.js";
import { VIEW, type View, type Viewable } from "../panel/view.js";
import { fromLightGbmText, outputOf, toLightGbmText, type LightGbmModel } from "./gbdt/lightgbm-text.js";
import { makeMetric, type Metric } from "./gbdt/metric.js";
import { makeObjective, type Objective, type ObjectiveName } from "./gbdt/objective.js";
import { PARAMETERS, parseParameters, type ParameterName, type Parameters } from "./gbdt/parameters.js";
import { addShap } from "./gbdt/tree-shap.js";
import { addTree } from "./gbdt/tree.js";
import { trainGbdt, type BoostingData } from "./gbdt/train-gbdt.js";
import { askedSegment, checkDataset } from "./asked-segment.js";
import type { FitOptions, Model, PredictOptions, Reweighter } from "./model.js";
import { openTrainingWatch, type EvalsResult } from "./training-watch.js";

type Alias = (typeof PARAMETERS)[ParameterName]["aliases"][number];

/**
 * LightGBM's settings in camelCase; its other names (`colsampleBytree`, `regAlpha` …) and snake_case are understood too.
 * Defaults are LightGBM's, but `numBoostRound` 1000 and `earlyStoppingRounds` 50, which are Qlib's.
 */
export interface LGBModelOptions extends Readonly<Partial<Record<ParameterName | Alias, number>>> {
  /** `mse` (default), `binary` (labels 0 and 1), `quantile` and `huber` (both with `alpha`, default 0.9), `mae`; LightGBM's names work. */
  readonly loss?: ObjectiveName | (string & {});
  /** The same as `loss`. */
  readonly objective?: string;
  /** What to watch: `l2`, `rmse`, `l1`, `binary_logloss`, `auc`, `quantile`, `huber`, `ic`, `rank_ic`, or your own. The first one stops training. */
  readonly metric?: string | Metric | readonly (string | Metric)[];
}

export interface LGBFitOptions extends FitOptions {
  /** Rounds at most. Default: the model's. */
  readonly numBoostRound?: number;
  /** Rounds without a better first metric on `valid` after which training ends; 0: never. Default: the model's. */
  readonly earlyStoppingRounds?: number;
  /** Filled with segment → metric → value by round. */
  readonly evalsResult?: EvalsResult;
  /** Its trees come first and new ones correct them. */
  readonly initModel?: LGBModel;
  /** In a notebook: draw the training curve under the cell while it grows. Default true. */
  readonly liveCurve?: boolean;
}

const FIT_OPTIONS = [
  "reweighter",
  "signal",
  "onRound",
  "numBoostRound",
  "earlyStoppingRounds",
  "evalsResult",
  "initModel",
  "liveCurve",
] as const satisfies readonly (keyof LGBFitOptions)[];

/** A row's forecast taken apart; see {@link LGBModel.predictContrib}. */
const EXPECTED = "expected_value";

interface Fitted extends LightGbmModel {
  /** Names of the dataset's columns, spaces and all. */
  readonly names: readonly string[];
  readonly bestIteration: number;
  /** The best round of the last training; 0 for a model from elsewhere. */
  readonly bestRound: number;
  readonly label: string;
  readonly rows: number;
  readonly evals: EvalsResult;
  readonly output: (sum: number) => number;
}

/**
 * Gradient-boosted trees with LightGBM's settings, results and model files, without LightGBM.
 *
 * Learns from `train` (learn view; missing features are fine, they go to the better side), watches `valid` when the dataset has it,
 * stops early and forecasts with the best round. Trees depend on the data, the settings and `seed`, never on the number of threads.
 *
 * Differences: bins have equal numbers of values (at most 255 of them), rows and features are drawn by another generator, and only the
 * first metric stops training. There are no categorical features.
 *
 * In Qlib: qlib.contrib.model.gbdt.LGBModel
 *
 * @throws UnknownNameError for an unknown setting, loss or metric, with the nearest name; InvalidArgumentError for a value out of range.
 * @example
 * new LGBModel({ loss: "mse", numLeaves: 210, colsampleBytree: 0.8879 }).parameters.featureFraction // -> 0.8879
 */
export class LGBModel implements Model, Viewable {
  readonly parameters: Readonly<Parameters>;
  readonly loss: string;
  readonly metrics: readonly Metric[];
  /** Settings that are taken without effect: name → why. */
  readonly ignored: Readonly<Record<string, string>>;
  readonly #objective: Objective;
  #fitted: Fitted | undefined;

  constructor({ loss, objective, metric, ...rest }: LGBModelOptions = {}) {
    const { parameters, ignored } = parseParameters(rest);
    this.loss = loss ?? objective ?? "mse";
    this.#objective = makeObjective(this.loss, parameters.alpha);
    if (this.loss === "quantile" && parameters.alpha >= 1)
      throw new InvalidArgumentError(
        `Cannot make an LGBModel: alpha is ${parameters.alpha}, a quantile below 1 expected`,
      );
    const wanted = [metric ?? []].flat() as (string | Metric)[];
    this.metrics = (wanted.length ? wanted : [this.#objective.metric]).map((each) =>
      makeMetric(each, parameters.alpha),
    );
    this.parameters = parameters;
    this.ignored = ignored;
  }

  /** Segment → metric → value by round, of the last training. @throws InvalidArgumentError before {@link fit}. */
  get evalsResult(): EvalsResult {
    return this.#needFit("read the training log").evals;
  }
  /** The training log as a table: `round` from 1, then one column per metric and segment, such as `l2.train`. */
  get trainingLog(): ColumnTable {
    const columns = Object.entries(this.evalsResult).flatMap(([segment, metrics]) =>
      Object.entries(metrics).map(([metric, values]) => [`${metric}.${segment}`, values] as const),
    );
    const rounds = columns[0]?.[1].length ?? 0;
    return table({ round: Array.from({ length: rounds }, (_, i) => i + 1), ...Object.fromEntries(columns) });
  }
  /** Trees that forecasts are made with: up to the best round on `valid`. */
  get bestIteration(): number {
    return this.#needFit("read the best iteration").bestIteration;
  }
  /** The best round of the last training, 1 for the first; 0 when nothing was watched. */
  get bestRound(): number {
    return this.#needFit("read the best round").bestRound;
  }
  get featureNames(): readonly string[] {
    return this.#needFit("read feature names").names;
  }

  /**
   * Rows whose label is missing are left out and told: scaling by date makes those of a day missing that has one instrument or equal
   * labels.
   *
   * @throws DataError for labels that are all missing or infinite, no rows or no features; UnknownNameError when the dataset has no `train`;
   * InterruptedError within a second of an interrupt, the model as it was before.
   */
  async fit(dataset: DatasetH, options: LGBFitOptions = {}): Promise<void> {
    checkDataset("Cannot fit an LGBModel", dataset);
    refuseUnknownOptions("Cannot fit an LGBModel", options, FIT_OPTIONS);
    const { reweighter, signal, onRound, evalsResult, initModel, liveCurve = true } = options;
    const train = labelled(await dataset.prepareGroups("train", "learn"), "train");
    const valid = dataset.has("valid") ? labelled(await dataset.prepareGroups("valid", "learn"), "valid") : undefined;
    const names = train.feature;
    const label = train.label[0];
    if (label === undefined) throw new DataError("Cannot fit an LGBModel: the dataset has no label");
    if (names.length === 0) throw new DataError("Cannot fit an LGBModel: the dataset has no features");
    const before = initModel ? initModel.#needFit("go on from a model") : undefined;
    if (before && before.names.join() !== names.join())
      throw new InvalidArgumentError(
        `Cannot go on from a model: it has ${before.names.length} features (${before.names.slice(0, 3).join(", ")} …), the dataset ${names.length} (${names.slice(0, 3).join(", ")} …)`,
      );
    const part = (data: GroupedPanel) => boostingData(data, names, label, reweighter);
    const watch = liveCurve ? openTrainingWatch() : undefined;
    let evals: EvalsResult = {};
    let bestRound = 0;
    try {
      const data = part(train);
      const boosted = await trainGbdt(data, valid && part(valid), this.#settings(options, data.label.length), {
        before: before?.trees.slice(0, before.bestIteration) ?? [],
        signal,
        onRound(progress) {
          evals = progress.evals;
          watch?.round(evals);
          onRound?.({ round: progress.round, metrics: lastOf(evals) });
        },
      });
      bestRound = boosted.bestRound;
      this.#fitted = {
        ...{
          trees: boosted.trees,
          ranges: boosted.ranges,
          bestIteration: boosted.bestIteration,
          bestRound,
          names,
          label,
        },
        ...{ featureNames: names, objective: this.#objective.name, parameters: this.#lightGbmParameters() },
        ...{ rows: data.label.length, evals, output: this.#objective.output },
      };
      if (evalsResult) Object.assign(evalsResult, evals);
    } finally {
      await watch?.end(evals, bestRound);
    }
  }

  /**
   * Trains on from what there is, on `train` alone, by some more rounds.
   * @param options `numBoostRound`: default 10.
   */
  async finetune(dataset: DatasetH, { numBoostRound = 10, ...rest }: LGBFitOptions = {}): Promise<void> {
    await this.fit(dataset, { ...rest, numBoostRound, earlyStoppingRounds: 0, initModel: this });
  }

  async predict(dataset: DatasetH, options: PredictOptions | string = {}): Promise<Panel> {
    const { trees, bestIteration, output } = this.#needFit("predict");
    const { panel, columns } = await this.#columnsOf(dataset, options);
    const score = new Float64Array(panel.numRows);
    for (const tree of trees.slice(0, bestIteration)) {
      const pause = host.breathe();
      if (pause) await pause;
      addTree(tree, columns, score);
    }
    for (let row = 0; row < score.length; row++) score[row] = output(score[row]!);
    return panel.select([]).assign({ score });
  }

  /**
   * SHAP values: what each feature adds to each row's score, one column per feature, and `expected_value`, the score with no feature
   * known. A row's columns sum to its score (before the sigmoid of `binary`). As LightGBM's `pred_contrib`.
   *
   * Takes some milliseconds per thousand rows and tree; choose a short segment.
   */
  async predictContrib(dataset: DatasetH, options: PredictOptions | string = {}): Promise<Panel> {
    const { trees, bestIteration, names } = this.#needFit("explain forecasts");
    const { panel, columns } = await this.#columnsOf(dataset, options);
    const parts = [...names, EXPECTED].map(() => new Float64Array(panel.numRows));
    const sums = new Float64Array(parts.length);
    const kept = trees.slice(0, bestIteration);
    const progress = host.progress("Explaining forecasts", panel.numRows);
    try {
      for (let row = 0; row < panel.numRows; row++) {
        const pause = host.breathe();
        if (pause) await pause;
        sums.fill(0);
        for (const tree of kept) addShap(tree, columns, row, sums);
        parts.forEach((part, i) => (part[row] = sums[i]!));
        progress.update(row + 1);
      }
    } finally {
      progress.end(`${panel.numRows} rows`);
    }
    return panel.select([]).assign(Object.fromEntries([...names, EXPECTED].map((name, i) => [name, parts[i]!])));
  }

  /**
   * How much each feature was used: `split` the number of splits, `gain` the sum of their gains, largest gain first; features never
   * used have 0.
   *
   * In Qlib: LightGBMFInt.get_feature_importance
   */
  getFeatureImportance(): ColumnTable {
    const { trees, bestIteration, names } = this.#needFit("read importances");
    const [gain, split] = [new Float64Array(names.length), new Float64Array(names.length)];
    for (const tree of trees.slice(0, bestIteration)) {
      tree.splitFeature.forEach((feature, i) => {
        gain[feature]! += tree.splitGain[i]!;
        split[feature]!++;
      });
    }
    const order = names.map((_, i) => i).sort((a, b) => gain[b]! - gain[a]! || a - b);
    const pick = <T>(values: ArrayLike<T>) => order.map((i) => values[i]!);
    return table({ feature: pick(names), gain: pick(gain), split: pick(split) });
  }

  /** The model as a LightGBM model file, version 4, trees up to the best. @throws InvalidArgumentError before {@link fit}. */
  toText(): string {
    const fitted = this.#needFit("save");
    const { names, label, rows, evals, bestRound } = fitted;
    const metrics = this.metrics.map(({ name }) => name);
    const own = { names, label, rows, evals, bestRound, loss: this.loss, parameters: this.parameters, metrics };
    return toLightGbmText({
      ...fitted,
      trees: fitted.trees.slice(0, fitted.bestIteration),
      note: JSON.stringify(own),
    });
  }

  /**
   * Reads a model file: ours, or one that LightGBM 3 or 4 wrote (`booster.save_model`). Features of a model trained on bare matrices
   * (`Column_0` …) are taken by position.
   *
   * @throws DataError for a text that is no such file, and for categorical splits, several classes, linear leaves or averaged trees.
   */
  static fromText(text: string): LGBModel {
    const read = fromLightGbmText(text);
    const own = read.note === undefined ? undefined : (JSON.parse(read.note) as OwnNote);
    const model = new LGBModel(
      own ? { ...own.parameters, loss: own.loss, metric: own.metrics.filter(isKnownMetric) } : {},
    );
    model.#fitted = {
      ...read,
      names: own?.names ?? read.featureNames,
      bestIteration: read.trees.length,
      bestRound: own?.bestRound ?? 0,
      label: own?.label ?? "",
      rows: own?.rows ?? read.trees[0]?.leafCount.reduce((sum, count) => sum + count, 0) ?? 0,
      evals: own?.evals ?? {},
      output: outputOf(read.objective),
    };
    return model;
  }

  [VIEW](): View {
    const { numLeaves, learningRate, maxDepth } = this.parameters;
    const settings = { loss: this.loss, learningRate, numLeaves, ...(maxDepth > 0 ? { maxDepth } : {}) };
    const notes = Object.entries(this.ignored).map(([name, why]) => `${name} is without effect: ${why}`);
    const fitted = this.#fitted;
    if (!fitted) return { kind: "facts", title: "LGBModel, not fitted", facts: settings, notes };
    const last = Object.entries(fitted.evals).flatMap(([segment, metrics]) =>
      Object.entries(metrics).map(([metric, values]) => [
        `${metric}.${segment}`,
        values[(fitted.bestRound || values.length) - 1],
      ]),
    );
    return {
      kind: "facts",
      title: `LGBModel, ${fitted.bestIteration} trees, ${fitted.names.length} features`,
      facts: { ...settings, label: fitted.label, rows: fitted.rows, ...(Object.fromEntries(last) as object) },
      table: this.getFeatureImportance(),
      notes,
    };
  }

  toString(): string {
    const fitted = this.#fitted;
    return `LGBModel(${this.loss}, ${fitted ? `${fitted.bestIteration} trees, ${fitted.names.length} features` : "not fitted"})`;
  }

  [Symbol.for("nodejs.util.inspect.custom")](): string {
    return this.toString();
  }

  #settings({ numBoostRound, earlyStoppingRounds }: LGBFitOptions, rows: number) {
    const p = this.parameters;
    const cores = p.numThreads > 0 ? p.numThreads : availableParallelism();
    return {
      ...p,
      numBoostRound: numBoostRound ?? p.numBoostRound,
      earlyStoppingRounds: earlyStoppingRounds ?? p.earlyStoppingRounds,
      boostFromAverage: true,
      objective: this.#objective,
      metrics: this.metrics,
      // Other threads take longer to start than so few rows to learn from.
      threads: rows < ROWS_WORTH_THREADS ? 1 : cores,
    };
  }

  #lightGbmParameters(): Record<string, string> {
    const names = Object.entries(this.parameters)
      .filter(([name]) => name !== "numBoostRound" && name !== "earlyStoppingRounds")
      .map(([name, value]) => [name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`), String(value)]);
    return { boosting: "gbdt", objective: this.#objective.name.split(" ")[0]!, ...Object.fromEntries(names) };
  }

  async #columnsOf(
    dataset: DatasetH,
    options: PredictOptions | string,
  ): Promise<{ panel: Panel; columns: PanelColumn[] }> {
    const { names } = this.#needFit("predict");
    const segment = askedSegment("Cannot predict", options);
    checkDataset("Cannot predict", dataset);
    const { panel, feature } = await dataset.prepareGroups(segment, "infer");
    const byPosition = names.length === feature.length && names.every((name, i) => name === `Column_${i}`);
    return { panel, columns: (byPosition ? feature : names).map((name) => panel.get(name)) };
  }

  #needFit(what: string): Fitted {
    if (!this.#fitted)
      throw new InvalidArgumentError(`Cannot ${what}: the LGBModel is not fitted\n  await model.fit(dataset) first`);
    return this.#fitted;
  }
}

const ROWS_WORTH_THREADS = 20_000;

interface OwnNote {
  readonly names: readonly string[];
  readonly label: string;
  readonly rows: number;
  readonly evals: EvalsResult;
  readonly bestRound: number;
  readonly loss: string;
  readonly parameters: Parameters;
  readonly metrics: readonly string[];
}

/** A metric of the user's own cannot be made again from its name. */
function isKnownMetric(name: string): boolean {
  try {
    makeMetric(name, 0.9);
    return true;
  } catch {
    return false;
  }
}

/** `{ "l2.train": 0.98, "l2.valid": 0.99 }`: names as Qlib logs them. */
function lastOf(evals: EvalsResult): Record<string, number> {
  const last: Record<string, number> = {};
  for (const [segment, metrics] of Object.entries(evals))
    for (const [metric, values] of Object.entries(metrics)) last[`${metric}.${segment}`] = values.at(-1)!;
  return last;
}

/** The rows that have a label, where there are any. */
function labelled(data: GroupedPanel, segment: string): GroupedPanel {
  const label = data.label[0] === undefined ? undefined : data.panel.get(data.label[0]);
  if (!label?.some(Number.isNaN)) return data;
  const keep = Uint8Array.from(label, (value) => (Number.isNaN(value) ? 0 : 1));
  const panel = data.panel.filter(keep);
  if (panel.numRows === 0)
    throw new DataError(
      `Cannot fit an LGBModel: none of the ${label.length} rows of "${segment}" has a label` +
        "\n  CSZScoreNorm makes the labels of a day missing that has one instrument or equal labels",
    );
  host.notice(
    `LGBModel: ${label.length - panel.numRows} of ${label.length} rows of "${segment}" have no label and are left out` +
      "\n  the last days, or days with one instrument or equal labels, which cannot be scaled by date",
  );
  return { ...data, panel };
}

function boostingData(
  data: GroupedPanel,
  names: readonly string[],
  label: string,
  reweighter?: Reweighter,
): BoostingData {
  const { panel } = data;
  const weight = reweighter?.reweight(data);
  if (weight && (weight.length !== panel.numRows || weight.some((w) => !(w >= 0 && w < Infinity))))
    throw new InvalidArgumentError(
      `Cannot fit an LGBModel: ${panel.numRows} finite weights ≥ 0 expected, the reweighter gave ${weight.length}`,
    );
  return {
    columns: names.map((name) => panel.get(name)),
    label: Float64Array.from(panel.get(label)),
    weight,
    offsets: panel.offsets,
  };
}
