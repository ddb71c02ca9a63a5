import { rollingMeanAbsoluteDeviation } from "../kernels/rolling-deviation.js";
import { rollingExtreme, rollingExtremePosition } from "../kernels/rolling-extreme.js";
import { RANK, rollingOrder } from "../kernels/rolling-order.js";
import { rollingCorrelation, rollingCovariance } from "../kernels/rolling-pair.js";
import { rollingRegression } from "../kernels/rolling-regression.js";
import { rollingKurtosis, rollingSkewness } from "../kernels/rolling-shape.js";
import { rollingCount, rollingSum } from "../kernels/rolling-sum.js";
import { rollingVariance } from "../kernels/rolling-variance.js";
import { exponentialMean, rollingWeighted } from "../kernels/weighted-mean.js";
import {
  fraction,
  jointly,
  orWeight,
  rolling,
  series,
  usageOf,
  widest,
  window,
  windowOrWeight,
  type Operator,
} from "./operator.js";

const x = series("x");
const xN = [x, window()];
const pair = [series("a"), series("b"), window()];

/** Those that Qlib makes an exponential mean of when N is no window but a weight. */
const WEIGHTED: ReadonlySet<string> = new Set(["Mean", "Sum", "Std", "Var", "Max", "Min", "Med", "Count"]);

/**
 * Statistics of the last N rows, the current one included; fewer after the instrument's first stored day, never because the query
 * starts there. *Values* are the finite ones: NaN and ±∞ count as missing, except in Slope, Rsquare and Resi (only NaN).
 * One value is enough unless said otherwise; none gives missing.
 *
 * With 0 < N < 1 the plain ones (Mean, Sum, Std, Var, Max, Min, Med, Count) are all the exponential mean with weight N on the newest
 * value: Qlib's rule.
 */
const BY_WINDOW: readonly Operator[] = [
  rolling("Mean", xN, "Mean of the values", (out, [v], [n]) => rollingSum(out, v!, n!, true)),
  rolling("Sum", xN, "Sum of the values", (out, [v], [n]) => rollingSum(out, v!, n!, false)),
  rolling("Count", xN, "Number of values, 0 possible", (out, [v], [n]) => rollingCount(out, v!, n!)),
  rolling("Std", xN, "Standard deviation, ddof 1; one value gives missing, equal values 0", (out, [v], [n]) =>
    rollingVariance(out, v!, n!, true),
  ),
  rolling("Var", xN, "Variance, ddof 1; one value gives missing, equal values 0", (out, [v], [n]) =>
    rollingVariance(out, v!, n!, false),
  ),
  rolling("Max", xN, "Largest value", (out, [v], [n]) => rollingExtreme(out, v!, n!, 1)),
  rolling("Min", xN, "Smallest value", (out, [v], [n]) => rollingExtreme(out, v!, n!, -1)),
  jointly("Med", xN, "Median of the values", { kernel: rollingOrder, statistic: () => 0.5 }),
  rolling("Mad", xN, "Mean absolute deviation from the mean", (out, [v], [n]) =>
    rollingMeanAbsoluteDeviation(out, v!, n!),
  ),
  jointly("Quantile", [x, window(), fraction("q")], "Quantile, linear between values", {
    kernel: rollingOrder,
    statistic: ([, q]) => q!,
  }),
  jointly("Rank", xN, "Percentile of the current value among the values, ties averaged; missing when it is", {
    kernel: rollingOrder,
    statistic: () => RANK,
  }),
  rolling(
    "IdxMax",
    xN,
    "Position of the largest value, 1 = oldest row, ties: the earliest; with a missing row: the first missing one",
    (out, [v], [n]) => rollingExtremePosition(out, v!, n!, 1),
  ),
  rolling(
    "IdxMin",
    xN,
    "Position of the smallest value, 1 = oldest row, ties: the earliest; with a missing row: the first missing one",
    (out, [v], [n]) => rollingExtremePosition(out, v!, n!, -1),
  ),
  rolling("Skew", [x, window(3)], "Skewness, bias-corrected; 3 values needed", (out, [v], [n]) =>
    rollingSkewness(out, v!, n!),
  ),
  rolling("Kurt", [x, window(4)], "Excess kurtosis, bias-corrected; 4 values needed", (out, [v], [n]) =>
    rollingKurtosis(out, v!, n!),
  ),
  rolling("Slope", xN, "Least-squares slope on the row position; 2 values needed", (out, [v], [n]) =>
    rollingRegression(out, v!, n!, "slope"),
  ),
  rolling("Rsquare", xN, "Squared correlation with the row position; missing when Std(x, N) ≤ 2e-5", (out, [v], [n]) =>
    rollingRegression(out, v!, n!, "rsquare"),
  ),
  rolling("Resi", xN, "Current value minus the least-squares line; missing when it is missing", (out, [v], [n]) =>
    rollingRegression(out, v!, n!, "residual"),
  ),
  rolling(
    "WMA",
    xN,
    "Σ j·x / Σ j over the rows (oldest j = 1), divided by the number of values as in Qlib",
    (out, [v], [n]) => rollingWeighted(out, v!, n!),
  ),
  rolling(
    "Corr",
    pair,
    "Correlation of a and b where both have values; missing when a side's Std ≤ 2e-5",
    (out, [a, b], [n]) => rollingCorrelation(out, a!, b!, n!),
  ),
  rolling("Cov", pair, "Covariance of a and b where both have values, ddof 1", (out, [a, b], [n]) =>
    rollingCovariance(out, a!, b!, n!),
  ),
  {
    name: "EMA",
    usage: usageOf("EMA", [x, windowOrWeight()]),
    doc: "Exponential mean, weight 2/(N+1) on the newest value (0 < N < 1: weight N), over the instrument's whole history",
    parameters: [x, windowOrWeight()],
    elementWise: false,
    reach: (inputs) => ({ left: Infinity, right: widest(inputs).right }),
    compute: (out, [input], [n]) => exponentialMean(out, input!.values, n! < 1 ? n! : 2 / (n! + 1)),
  },
];

/** The operators over windows, as they are registered. */
export const ROLLING: readonly Operator[] = BY_WINDOW.map((operator) =>
  WEIGHTED.has(operator.name) ? orWeighted(operator) : operator,
);

/** The same operator, which takes a weight too: then it is the exponential mean. */
function orWeighted(operator: Operator): Operator {
  return {
    ...operator,
    parameters: [x, orWeight(operator.parameters[1]!)],
    reach: (inputs, numbers) =>
      numbers[0]! < 1 ? { left: Infinity, right: widest(inputs).right } : operator.reach(inputs, numbers),
    compute: (out, inputs, numbers) =>
      numbers[0]! < 1 ? exponentialMean(out, inputs[0]!.values, numbers[0]!) : operator.compute(out, inputs, numbers),
  };
}
