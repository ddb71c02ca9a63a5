import * as alphabook from "../../dist/index.js";
import { milliseconds, seconds } from "../timing.mjs";

const [DATES, INSTRUMENTS] = [2500, 500];

/** 1.25 M rows of score and label with a small common part, ties and missing values as real ones have. */
export function predLabel() {
  const rows = DATES * INSTRUMENTS;
  const [score, label] = [new Float64Array(rows), new Float64Array(rows)];
  let state = 12345;
  const uniform = () => (state = (state * 1664525 + 1013904223) >>> 0) / 2 ** 32;
  for (let i = 0; i < rows; i++) {
    const common = uniform() + uniform() - 1;
    score[i] = Math.round(1e4 * (0.1 * common + uniform())) / 1e4;
    label[i] = 0.02 * (0.1 * common + uniform() + uniform() - 1);
    if (i % 199 === 0) label[i] = NaN;
  }
  return new alphabook.Panel({
    dates: Float64Array.from({ length: DATES }, (_, d) => Date.UTC(2010, 0, 1) + d * 86_400_000),
    offsets: Int32Array.from({ length: DATES + 1 }, (_, d) => d * INSTRUMENTS),
    codes: Int32Array.from({ length: rows }, (_, i) => i % INSTRUMENTS),
    instruments: Array.from({ length: INSTRUMENTS }, (_, i) => `S${String(i).padStart(4, "0")}`),
    columns: new Map([
      ["score", score],
      ["label", label],
    ]),
  });
}

/** Normal numbers from a seed, the same in every process. */
function normals(count, seed) {
  let state = seed;
  const uniform = () => ((state = (state * 1664525 + 1013904223) >>> 0) + 0.5) / 2 ** 32;
  return Float64Array.from(
    { length: count },
    () => Math.sqrt(-2 * Math.log(uniform())) * Math.cos(2 * Math.PI * uniform()),
  );
}

/** 50 strategies over four years. */
const strategies = () =>
  Object.fromEntries(
    Array.from({ length: 50 }, (_, k) => [`s${k}`, normals(1024, k + 1).map((value) => 0.01 * value)]),
  );

/** Three horizons beside the score. */
function factor() {
  const panel = predLabel();
  const label = panel.get("label");
  return panel.assign({ r1: label, r5: label.map((value) => value * 2), r10: label.map((value) => 0.01 - value) });
}

export default [
  {
    name: "analysis: IC + Rank IC, 1.25 M rows",
    unit: "s",
    target: 0.5,
    prepare: predLabel,
    measure: (panel) => seconds(() => alphabook.calcIc(panel)),
  },
  {
    name: "analysis: all numbers of a factor, 1.25 M rows × 3 horizons",
    unit: "s",
    target: 2,
    prepare: factor,
    measure: (panel) => seconds(() => alphabook.analyzeFactor(panel)),
  },
  {
    name: "analysis: every statistic of 10 years with a benchmark",
    unit: "ms",
    target: 50,
    prepare: () => [normals(2520, 1), normals(2520, 2)].map((values) => values.map((value) => 0.01 * value)),
    measure: ([returns, benchmark]) => milliseconds(() => alphabook.statistics(returns, { benchmark })),
  },
  {
    name: "analysis: block bootstrap of 4 statistics, 2,000 resamples of 10 years",
    unit: "s",
    target: 0.5,
    prepare: () => normals(2520, 1).map((value) => 0.01 * value),
    measure: (returns) => seconds(() => alphabook.bootstrapIntervals(returns, { resamples: 2000 })),
  },
  {
    name: "analysis: probability of overfitting, 50 runs × 1,024 days, 12,870 splits",
    unit: "s",
    target: 0.3,
    prepare: strategies,
    measure: (runs) => seconds(() => alphabook.probabilityOfOverfitting(runs)),
  },
  {
    name: "analysis: 1,000 random signals, 1 year × 300",
    unit: "s",
    target: 2,
    prepare: () =>
      predLabel().filter(
        Uint8Array.from({ length: DATES * INSTRUMENTS }, (_, i) =>
          i < 252 * INSTRUMENTS && i % INSTRUMENTS < 300 ? 1 : 0,
        ),
      ),
    measure: (panel) => seconds(() => alphabook.randomSignals(panel)),
  },
];
