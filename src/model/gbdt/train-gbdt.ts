import { DataError, InterruptedError } from "../../errors.js";
import { host } from "../../host/host.js";
import type { PanelColumn } from "../../panel/panel.js";
import { growTree, type GrowRules, type Grown } from "./grow-tree.js";
import { HistogramTeam } from "./histogram-team.js";
import { COUNT_BITS } from "./kernel-code.js";
import type { EvalsResult } from "../training-watch.js";
import type { Metric } from "./metric.js";
import { quantileOf, type Objective } from "./objective.js";
import { drawSorted, randomFrom } from "./random.js";
import { binColumns, type TrainingMemory } from "./training-memory.js";
import { addTree, constantTree, shifted, type Tree } from "./tree.js";

/** Rows to learn from or to watch. */
export interface BoostingData {
  readonly columns: readonly PanelColumn[];
  readonly label: Float64Array;
  /** One weight ≥ 0 a row. */
  readonly weight?: Float64Array | undefined;
  /** Rows of each date, for metrics by date. */
  readonly offsets: Int32Array;
}

export interface BoostingSettings extends GrowRules {
  readonly objective: Objective;
  readonly metrics: readonly Metric[];
  readonly numBoostRound: number;
  /** Rounds without a better value of the first metric on `valid` after which training ends; 0: never. */
  readonly earlyStoppingRounds: number;
  readonly featureFraction: number;
  readonly baggingFraction: number;
  /** Rounds after which rows are drawn anew; 0: all rows, always. */
  readonly baggingFreq: number;
  readonly boostFromAverage: boolean;
  readonly maxBin: number;
  readonly minDataInBin: number;
  readonly binConstructSampleCnt: number;
  readonly seed: number;
  readonly threads: number;
}

export interface BoostingProgress {
  /** 1 for the first round. */
  readonly round: number;
  readonly evals: EvalsResult;
}

export interface Boosted {
  readonly trees: readonly Tree[];
  /** Trees up to the best value on `valid`, those that were there before included; all of them without early stopping. */
  readonly bestIteration: number;
  /** The best round of this training; 0 when it was not watched. */
  readonly bestRound: number;
  readonly evals: EvalsResult;
  /** Smallest and largest value of each feature, NaN without any. */
  readonly ranges: readonly (readonly [number, number])[];
}

/**
 * Gradient boosting: each round adds a tree that goes down the slope of the loss.
 *
 * Gradients are rounded to whole numbers of a unit small enough that sums stay exact; the same seed gives the same trees on any
 * number of threads. Training ends early when a round finds no split.
 *
 * @throws InterruptedError within a fraction of a second of the signal; DataError for a label that is missing or ±∞.
 */
export async function trainGbdt(
  train: BoostingData,
  valid: BoostingData | undefined,
  settings: BoostingSettings,
  { before = [], signal, onRound }: BoostingOptions = {},
): Promise<Boosted> {
  const { objective } = settings;
  const n = train.label.length;
  checkLabel(train.label, "train");
  if (valid) checkLabel(valid.label, "valid");
  const pair = !objective.constantHessian || train.weight !== undefined;
  const deepest = settings.maxDepth > 0 ? 2 ** Math.min(settings.maxDepth, 30) : Infinity;
  const store = await binColumns(
    { columns: train.columns, rows: n, pair, histograms: Math.min(settings.numLeaves, deepest) + 2 },
    { maxBin: settings.maxBin, minDataInBin: settings.minDataInBin, sampleSize: settings.binConstructSampleCnt },
  );
  const team = new HistogramTeam(store.kernel, store.layout, settings.threads);
  const progress = host.progress("Boosting", settings.numBoostRound);
  const evals: EvalsResult = {};
  const trees: Tree[] = [...before];
  try {
    await team.ready();
    const fromAverage = before.length === 0 && settings.boostFromAverage;
    const start = fromAverage ? objective.start(train.label, train.weight) : 0;
    const sets = Object.entries({ train, ...(valid ? { valid } : {}) }).map(([name, data]) => {
      const score = new Float64Array(data.label.length).fill(start);
      for (const tree of before) addTree(tree, data.columns, score);
      return { name, data, score };
    });
    const score = sets[0]!.score;
    const gradients = new GradientStore(store, objective, train);
    const stop = new EarlyStop(settings.metrics[0], valid ? settings.earlyStoppingRounds : 0);
    let sample: Int32Array | undefined;
    for (let round = 1; round <= settings.numBoostRound; round++) {
      await host.breathe();
      if (signal?.aborted) throw new InterruptedError();
      const bagging = settings.baggingFreq > 0 && settings.baggingFraction < 1;
      if (bagging && (round - 1) % settings.baggingFreq === 0) {
        const size = Math.max(1, Math.floor(settings.baggingFraction * n));
        sample = drawSorted(randomFrom(settings.seed, 2 * round), n, size);
      }
      const rows = new Int32Array(store.memory.buffer, store.address.rows, n);
      if (sample) rows.set(sample);
      else for (let row = 0; row < n; row++) rows[row] = row;
      const used = rows.subarray(0, sample?.length ?? n);
      const sums = gradients.fill(score, used);
      const grown = await growTree(store, team, settings, {
        features: drawFeatures(store.features, settings, round),
        count: used.length,
        inOrder: !sample,
        ...sums,
      });
      if (!grown && trees.length) break;
      let tree = grown?.tree ?? constantTree(start, n);
      if (grown) {
        if (objective.leafQuantile !== undefined)
          tree = withLeafQuantiles(grown, used, score, train, objective.leafQuantile);
        addLeaves(tree, grown, used, score);
        if (sample) addOutside(tree, train.columns, score, sample);
        if (sets[1]) addTree(tree, sets[1].data.columns, sets[1].score);
        if (trees.length === 0 && start !== 0) tree = shifted(tree, start);
      }
      trees.push(tree);
      const best = evaluate(round);
      onRound?.({ round, evals });
      progress.update(round, noteOf(evals));
      if (best === "stop" || !grown) break;
    }
    const kept = stop.best ? before.length + stop.best : trees.length;
    progress.end(`${trees.length - before.length} rounds${stop.best ? `, best ${stop.best}` : ""}`);
    return {
      trees,
      bestIteration: kept,
      bestRound: stop.best,
      evals,
      ranges: store.bounds.map(({ min, max }) => [min, max]),
    };

    function evaluate(round: number): "stop" | "go on" {
      for (const { name, data, score: scores } of sets) {
        const input = {
          prediction: objective.constantHessian ? scores : scores.map(objective.output),
          label: data.label,
          offsets: data.offsets,
          ...(data.weight ? { weight: data.weight } : {}),
        };
        for (const metric of settings.metrics) ((evals[name] ??= {})[metric.name] ??= []).push(metric.evaluate(input));
      }
      const watched = evals.valid?.[settings.metrics[0]?.name ?? ""];
      return watched ? stop.see(watched.at(-1)!, round) : "go on";
    }
  } finally {
    progress.end();
    await team.close();
  }
}

export interface BoostingOptions {
  /** Trees to go on from. */
  readonly before?: readonly Tree[];
  readonly signal?: AbortSignal | undefined;
  readonly onRound?: ((progress: BoostingProgress) => void) | undefined;
}

function checkLabel(label: Float64Array, segment: string): void {
  let bad = 0;
  for (let i = 0; i < label.length; i++) if (!Number.isFinite(label[i]!)) bad++;
  if (bad)
    throw new DataError(
      `Cannot fit an LGBModel: ${bad} of ${label.length} labels of "${segment}" are missing or ±∞\n  add "ProcessInf" to learnProcessors, before "DropnaLabel"`,
    );
}

function drawFeatures(features: number, { featureFraction, seed }: BoostingSettings, round: number): Int32Array {
  const count = Math.max(1, Math.round(features * featureFraction));
  return drawSorted(randomFrom(seed, 2 * round + 1), features, count);
}

const noteOf = (evals: EvalsResult): string =>
  Object.entries(evals)
    .map(([name, metrics]) => {
      const [metric, values] = Object.entries(metrics)[0] ?? [];
      return values ? `${metric}.${name} ${values.at(-1)!.toPrecision(6)}` : "";
    })
    .join(", ");

/** Remembers the best round of a metric. */
class EarlyStop {
  best = 0;
  #value = NaN;
  readonly #sign: number;
  readonly #patience: number;

  constructor(metric: Metric | undefined, patience: number) {
    this.#sign = metric?.higherIsBetter ? 1 : -1;
    this.#patience = patience;
  }

  see(value: number, round: number): "stop" | "go on" {
    if (this.#patience <= 0) return "go on";
    if (this.best === 0 || this.#sign * value > this.#sign * this.#value || Number.isNaN(this.#value)) {
      this.best = round;
      this.#value = value;
    }
    return round - this.best >= this.#patience ? "stop" : "go on";
  }
}

/** Derivatives as whole numbers in the kernel's memory, one cell a row. */
class GradientStore {
  readonly #objective: Objective;
  readonly #data: BoostingData;
  readonly #gradient: Float64Array;
  readonly #hessian: Float64Array;
  readonly #words: Int32Array;
  readonly #pair: boolean;

  constructor(store: TrainingMemory, objective: Objective, data: BoostingData) {
    const n = data.label.length;
    this.#objective = objective;
    this.#data = data;
    this.#pair = store.layout.pair;
    this.#gradient = new Float64Array(n);
    this.#hessian = new Float64Array(this.#pair ? n : 0).fill(1);
    this.#words = new Int32Array(store.memory.buffer, store.address.gradients, n * (this.#pair ? 4 : 2));
  }

  /** Derivatives at these scores; sums over the used rows, in units. */
  fill(
    score: Float64Array,
    used: Int32Array,
  ): { gradient: number; hessian: number; gradientUnit: number; hessianUnit: number } {
    const [gradient, hessian, words] = [this.#gradient, this.#hessian, this.#words];
    const { label, weight } = this.#data;
    const n = gradient.length;
    this.#objective.derive(score, label, gradient, hessian);
    if (weight) {
      const constant = this.#objective.constantHessian;
      for (let i = 0; i < n; i++) {
        gradient[i]! *= weight[i]!;
        hessian[i] = weight[i]! * (constant ? 1 : hessian[i]!);
      }
    }
    let [most, mostHessian] = [0, 0];
    for (let i = 0; i < n; i++) most = Math.max(most, Math.abs(gradient[i]!));
    // |sum| < 2^(63 − 24) and a single one fits into 31 bits.
    const scale = most ? Math.min(2 ** 30, Math.floor(2 ** (62 - COUNT_BITS) / n)) / most : 1;
    if (!this.#pair) {
      for (let i = 0; i < n; i++) {
        const g = Math.round(gradient[i]! * scale);
        words[2 * i] = (g << COUNT_BITS) | 1;
        words[2 * i + 1] = g >> (32 - COUNT_BITS);
      }
      return { gradient: this.#sum(used), hessian: used.length, gradientUnit: 1 / scale, hessianUnit: 1 };
    }
    for (let i = 0; i < n; i++) mostHessian = Math.max(mostHessian, hessian[i]!);
    const hessianScale = mostHessian ? Math.min(2 ** 30, Math.floor(2 ** 52 / n)) / mostHessian : 1;
    for (let i = 0; i < n; i++) {
      const g = Math.round(gradient[i]! * scale);
      words[4 * i] = (g << COUNT_BITS) | 1;
      words[4 * i + 1] = g >> (32 - COUNT_BITS);
      words[4 * i + 2] = Math.round(hessian[i]! * hessianScale);
      words[4 * i + 3] = 0;
    }
    let sum = 0;
    for (let i = 0; i < used.length; i++) sum += words[4 * used[i]! + 2]!;
    return { gradient: this.#sum(used), hessian: sum, gradientUnit: 1 / scale, hessianUnit: 1 / hessianScale };
  }

  /** Whole gradients of the rows, from the words of their cells. */
  #sum(used: Int32Array): number {
    const words = this.#words;
    const width = this.#pair ? 4 : 2;
    let [high, low] = [0, 0];
    for (let i = 0; i < used.length; i++) {
      const at = width * used[i]!;
      high += words[at + 1]!;
      low += words[at]! >>> COUNT_BITS;
    }
    return high * 2 ** (32 - COUNT_BITS) + low;
  }
}

function addLeaves(tree: Tree, { starts, ends }: Grown, rows: Int32Array, score: Float64Array): void {
  for (let leaf = 0; leaf < starts.length; leaf++) {
    const value = tree.leafValue[leaf]!;
    for (let i = starts[leaf]!; i < ends[leaf]!; i++) score[rows[i]!]! += value;
  }
}

/** Rows that were not drawn find their leaf from the root. */
function addOutside(tree: Tree, columns: readonly PanelColumn[], score: Float64Array, sample: Int32Array): void {
  let next = 0;
  for (let i = 0; i <= sample.length; i++) {
    const row = i < sample.length ? sample[i]! : score.length;
    if (row > next) addTree(tree, columns, score, next, row);
    next = row + 1;
  }
}

function withLeafQuantiles(
  { tree, starts, ends }: Grown,
  rows: Int32Array,
  score: Float64Array,
  { label, weight }: BoostingData,
  level: number,
): Tree {
  const leafValue = tree.leafValue.map((_, leaf) => {
    const list = rows.subarray(starts[leaf]!, ends[leaf]!);
    const residuals = Float64Array.from(list, (row) => label[row]! - score[row]!);
    return tree.shrinkage * quantileOf(residuals, level, weight && Float64Array.from(list, (row) => weight[row]!));
  });
  return { ...tree, leafValue };
}
