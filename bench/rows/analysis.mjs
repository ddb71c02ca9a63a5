import * as alphabook from "../../dist/index.js";
import { seconds } from "../timing.mjs";

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

export default [
  {
    name: "analysis: IC + Rank IC, 1.25 M rows",
    unit: "s",
    target: 0.5,
    prepare: predLabel,
    measure: (panel) => seconds(() => alphabook.calcIc(panel)),
  },
];
