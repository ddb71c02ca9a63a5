import { seconds } from "../timing.mjs";

const [ROWS, FEATURES] = [200_000, 158];

/** A dataset of random features with a linear signal, prepared as the model asks for it. */
async function randomDataset() {
  const { Panel } = await import("../../dist/index.js");
  let state = 99;
  const uniform = () => (state = (state * 1664525 + 1013904223) >>> 0) / 2 ** 32 - 0.5;
  const names = Array.from({ length: FEATURES }, (_, f) => `F${f}`);
  const columns = new Map(names.map((name) => [name, Float32Array.from({ length: ROWS }, uniform)]));
  const label = Float64Array.from(
    { length: ROWS },
    (_, i) => 0.01 * (columns.get("F0")[i] - columns.get("F7")[i]) + 0.1 * uniform(),
  );
  columns.set("LABEL0", label);
  const dates = ROWS / 500;
  const panel = new Panel({
    dates: Float64Array.from({ length: dates }, (_, d) => Date.UTC(2015, 0, 1) + d * 86_400_000),
    offsets: Int32Array.from({ length: dates + 1 }, (_, d) => d * 500),
    codes: Int32Array.from({ length: ROWS }, (_, i) => i % 500),
    instruments: Array.from({ length: 500 }, (_, i) => `S${String(i).padStart(3, "0")}`),
    columns,
  });
  return {
    has: (segment) => segment === "train",
    prepareGroups: async () => ({ panel, feature: names, label: ["LABEL0"] }),
  };
}

async function fit(dataset, options) {
  const { LinearModel } = await import("../../dist/index.js");
  return seconds(() => new LinearModel(options).fit(dataset));
}

export default [
  {
    name: "model: ridge fit, 200,000 × 158",
    unit: "s",
    target: 1,
    prepare: randomDataset,
    measure: (dataset) => fit(dataset, { estimator: "ridge", alpha: 0.05 }),
  },
  {
    name: "model: OLS fit (minimum norm), 200,000 × 158",
    unit: "s",
    target: 1,
    prepare: randomDataset,
    measure: (dataset) => fit(dataset, { estimator: "ols" }),
  },
];
