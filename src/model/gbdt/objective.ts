import { DataError, UnknownNameError } from "../../errors.js";

/** A loss to boost: first and second derivatives by the score, where to start, and what a score means. */
export interface Objective {
  /** As LightGBM's model files call it. */
  readonly name: string;
  /** The second derivative is 1 everywhere (before weights). */
  readonly constantHessian: boolean;
  /** LightGBM's name of the metric that is watched when none is asked for. */
  readonly metric: string;
  start(label: Float64Array, weight?: Float64Array): number;
  /** Fills derivatives per row, without weights. */
  derive(score: Float64Array, label: Float64Array, gradient: Float64Array, hessian: Float64Array): void;
  /** A score as a forecast. */
  output(score: number): number;
  /** Level of the residuals' quantile that a leaf's value becomes, for losses whose derivative tells only the side. */
  readonly leafQuantile?: number;
}

export const OBJECTIVES = ["mse", "binary", "quantile", "huber", "mae"] as const;
export type ObjectiveName = (typeof OBJECTIVES)[number];

/** Other names that LightGBM takes. */
const ALIASES: Readonly<Record<string, ObjectiveName>> = {
  regression: "mse",
  regression_l2: "mse",
  l2: "mse",
  mean_squared_error: "mse",
  rmse: "mse",
  logloss: "binary",
  binary_logloss: "binary",
  regression_l1: "mae",
  l1: "mae",
  mean_absolute_error: "mae",
};

/** @param alpha Level of `quantile`, or the bend of `huber`. @throws UnknownNameError for a loss that is not there. */
export function makeObjective(name: string, alpha = 0.9): Objective {
  const known = ALIASES[name] ?? name;
  switch (known) {
    case "mse":
      return mse;
    case "binary":
      return binary;
    case "huber":
      return huber(alpha);
    case "quantile":
      return quantile(`quantile alpha:${alpha}`, "quantile", alpha);
    case "mae":
      return quantile("regression_l1", "l1", 0.5);
    default:
      throw new UnknownNameError("loss", name, [...OBJECTIVES, ...Object.keys(ALIASES)], {
        context: "Cannot make an LGBModel",
      });
  }
}

const same = (score: number) => score;

const mse: Objective = {
  name: "regression",
  constantHessian: true,
  metric: "l2",
  start: weightedMean,
  derive(score, label, gradient) {
    for (let i = 0; i < score.length; i++) gradient[i] = score[i]! - label[i]!;
  },
  output: same,
};

const binary: Objective = {
  name: "binary sigmoid:1",
  constantHessian: false,
  metric: "binary_logloss",
  start(label, weight) {
    for (let i = 0; i < label.length; i++) {
      if (label[i] !== 0 && label[i] !== 1)
        throw new DataError(`Cannot fit with loss "binary": label ${label[i]} in row ${i}, 0 or 1 expected`);
    }
    const share = Math.min(1 - 1e-15, Math.max(1e-15, weightedMean(label, weight)));
    return Math.log(share / (1 - share));
  },
  derive(score, label, gradient, hessian) {
    for (let i = 0; i < score.length; i++) {
      const p = sigmoid(score[i]!);
      gradient[i] = p - label[i]!;
      hessian[i] = p * (1 - p);
    }
  },
  output: sigmoid,
};

const huber = (bend: number): Objective => ({
  name: "huber",
  constantHessian: true,
  metric: "huber",
  start: weightedMean,
  derive(score, label, gradient) {
    for (let i = 0; i < score.length; i++) gradient[i] = Math.max(-bend, Math.min(bend, score[i]! - label[i]!));
  },
  output: same,
});

const quantile = (name: string, metric: string, level: number): Objective => ({
  name,
  constantHessian: true,
  metric,
  leafQuantile: level,
  start: (label, weight) => quantileOf(Float64Array.from(label), level, weight),
  derive(score, label, gradient) {
    for (let i = 0; i < score.length; i++) gradient[i] = score[i]! >= label[i]! ? 1 - level : -level;
  },
  output: same,
});

export function sigmoid(x: number): number {
  return 1 / (1 + Math.exp(-x));
}

function weightedMean(label: Float64Array, weight?: Float64Array): number {
  let [sum, total] = [0, 0];
  for (let i = 0; i < label.length; i++) {
    const w = weight ? weight[i]! : 1;
    sum += w * label[i]!;
    total += w;
  }
  return total ? sum / total : 0;
}

/**
 * Quantile of some values: linear between neighbours without weights; with them the first value at which the weights so far reach the level.
 *
 * @example
 * quantileOf(Float64Array.of(4, 1, 2), 0.5) // -> 2
 */
export function quantileOf(values: Float64Array, level: number, weight?: Float64Array): number {
  const n = values.length;
  if (n === 0) return 0;
  if (!weight) {
    const sorted = values.slice().sort();
    const at = level * (n - 1);
    const low = Math.floor(at);
    const next = sorted[Math.min(n - 1, low + 1)]!;
    return sorted[low]! + (at - low) * (next - sorted[low]!);
  }
  const order = Int32Array.from({ length: n }, (_, i) => i).sort((a, b) => values[a]! - values[b]!);
  const total = weight.reduce((sum, w) => sum + w, 0);
  let sum = 0;
  for (const i of order) if ((sum += weight[i]!) >= level * total) return values[i]!;
  return values[order[n - 1]!]!;
}
