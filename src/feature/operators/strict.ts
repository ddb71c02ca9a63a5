import { rollingExtremePosition } from "../kernels/rolling-extreme.js";
import { rollingWeighted } from "../kernels/weighted-mean.js";
import { anyValue, elementWise, rolling, series, window, type Operator } from "./operator.js";

const ab = [anyValue("a"), anyValue("b")];
const xN = [series("x"), window()];

const compare = (name: string, sign: string, holds: (a: number, b: number) => boolean): Operator =>
  elementWise(
    name,
    ab,
    `1 if a ${sign} b, else 0; missing if either is`,
    (out, { values: l, step: m }, { values: r, step: n }) => {
      for (let i = 0; i < out.length; i++) {
        const [a, b] = [l[i * m]!, r[i * n]!];
        out[i] = a === a && b === b ? Number(holds(a, b)) : NaN;
      }
    },
  );

/**
 * What Qlib's operators would be if a missing value stayed missing and counted nowhere else. Only the names differ, so that nobody's
 * numbers change who does not ask for it.
 */
export const STRICT: readonly Operator[] = [
  compare("StrictGt", ">", (a, b) => a > b),
  compare("StrictGe", "≥", (a, b) => a >= b),
  compare("StrictLt", "<", (a, b) => a < b),
  compare("StrictLe", "≤", (a, b) => a <= b),
  compare("StrictEq", "=", (a, b) => a === b),
  compare("StrictNe", "≠", (a, b) => a !== b),
  rolling(
    "StrictIdxMax",
    xN,
    "Position of the largest value, 1 = oldest row, ties: the earliest; missing rows are passed over",
    (out, [v], [n]) => rollingExtremePosition(out, v!, n!, 1, { skipsMissing: true }),
  ),
  rolling(
    "StrictIdxMin",
    xN,
    "Position of the smallest value, 1 = oldest row, ties: the earliest; missing rows are passed over",
    (out, [v], [n]) => rollingExtremePosition(out, v!, n!, -1, { skipsMissing: true }),
  ),
  rolling("StrictWMA", xN, "Σ j·x / Σ j over the values, j = 1 for the oldest row: a weighted mean", (out, [v], [n]) =>
    rollingWeighted(out, v!, n!, { isMean: true }),
  ),
];
