import { UnknownNameError } from "../../errors.js";
import { averageRanks } from "../../panel/average-rank.js";

/** What a metric is computed from. */
export interface MetricInput {
  /** Forecasts, one per row. */
  readonly prediction: Float64Array;
  readonly label: Float64Array;
  readonly weight?: Float64Array;
  /** Rows of date d are offsets[d] … offsets[d + 1] − 1. */
  readonly offsets: Int32Array;
}

/** A number to watch while training; one of yours is `{ name, higherIsBetter, evaluate }`. */
export interface Metric {
  readonly name: string;
  readonly higherIsBetter: boolean;
  evaluate(input: MetricInput): number;
}

export const METRICS = ["l2", "rmse", "l1", "binary_logloss", "auc", "quantile", "huber", "ic", "rank_ic"] as const;
export type MetricName = (typeof METRICS)[number];
const ALIASES: Readonly<Record<string, MetricName>> = {
  mse: "l2",
  mean_squared_error: "l2",
  mae: "l1",
  mean_absolute_error: "l1",
  logloss: "binary_logloss",
  binary: "binary_logloss",
  rankic: "rank_ic",
};

/** @param alpha Level of `quantile`, or the bend of `huber`. @throws UnknownNameError for a metric that is not there. */
export function makeMetric(metric: string | Metric, alpha: number): Metric {
  if (typeof metric !== "string") return metric;
  const name = ALIASES[metric.toLowerCase()] ?? metric;
  switch (name) {
    case "l2":
      return loss("l2", (p, y) => (p - y) ** 2);
    case "rmse":
      return { ...loss("rmse", (p, y) => (p - y) ** 2), evaluate: (input) => Math.sqrt(squares(input)) };
    case "l1":
      return loss("l1", (p, y) => Math.abs(p - y));
    case "binary_logloss":
      return loss("binary_logloss", (p, y) => -Math.log(Math.max(1e-15, y > 0.5 ? p : 1 - p)));
    case "quantile":
      return loss("quantile", (p, y) => (y >= p ? alpha * (y - p) : (1 - alpha) * (p - y)));
    case "huber":
      return loss("huber", (p, y) => {
        const d = Math.abs(p - y);
        return d <= alpha ? 0.5 * d * d : alpha * (d - 0.5 * alpha);
      });
    case "auc":
      return { name: "auc", higherIsBetter: true, evaluate: auc };
    case "ic":
      return { name: "ic", higherIsBetter: true, evaluate: (input) => meanByDate(input, false) };
    case "rank_ic":
      return { name: "rank_ic", higherIsBetter: true, evaluate: (input) => meanByDate(input, true) };
    default:
      throw new UnknownNameError("metric", metric, METRICS, { context: "Cannot make an LGBModel" });
  }
}

function loss(name: MetricName, of: (prediction: number, label: number) => number): Metric {
  return {
    name,
    higherIsBetter: false,
    evaluate({ prediction, label, weight }) {
      let [sum, total] = [0, 0];
      for (let i = 0; i < label.length; i++) {
        const w = weight ? weight[i]! : 1;
        sum += w * of(prediction[i]!, label[i]!);
        total += w;
      }
      return sum / total;
    },
  };
}

const squares = loss("l2", (p, y) => (p - y) ** 2).evaluate;

/** Chance that a row labelled 1 is ranked above one labelled 0. */
function auc({ prediction, label }: MetricInput): number {
  const ranks = averageRanks(prediction);
  let [positives, sum] = [0, 0];
  for (let i = 0; i < label.length; i++) {
    if (label[i]! <= 0.5) continue;
    positives++;
    sum += ranks[i]!;
  }
  const negatives = label.length - positives;
  return (sum - (positives * (positives + 1)) / 2) / (positives * negatives);
}

/** Mean over the dates of the correlation of forecast and label; dates without one are left out. */
function meanByDate({ prediction, label, offsets }: MetricInput, ranked: boolean): number {
  let [sum, dates] = [0, 0];
  for (let d = 0; d + 1 < offsets.length; d++) {
    const [from, to] = [offsets[d]!, offsets[d + 1]!];
    const part = (values: Float64Array) => {
      const slice = values.subarray(from, to);
      return ranked ? averageRanks(slice) : slice;
    };
    const ic = correlation(part(prediction), part(label));
    if (ic !== ic) continue;
    sum += ic;
    dates++;
  }
  return dates ? sum / dates : NaN;
}

function correlation(x: ArrayLike<number>, y: ArrayLike<number>): number {
  const n = x.length;
  let [meanX, meanY] = [0, 0];
  for (let i = 0; i < n; i++) {
    meanX += x[i]! / n;
    meanY += y[i]! / n;
  }
  let [xy, xx, yy] = [0, 0, 0];
  for (let i = 0; i < n; i++) {
    const [dx, dy] = [x[i]! - meanX, y[i]! - meanY];
    xy += dx * dy;
    xx += dx * dx;
    yy += dy * dy;
  }
  return xx > 0 && yy > 0 ? xy / Math.sqrt(xx * yy) : NaN;
}
