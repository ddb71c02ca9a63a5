import { execFileSync, spawnSync } from "node:child_process";
import { existsSync } from "node:fs";
import { fileURLToPath } from "node:url";
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

/** u(i, seed) of the formula matrix: the finaliser of MurmurHash3, in [0, 1). */
function uniformAt(i, seed) {
  let x = (i + seed) >>> 0;
  x ^= x >>> 16;
  x = Math.imul(x, 0x85ebca6b);
  x ^= x >>> 13;
  x = Math.imul(x, 0xc2b2ae35);
  x ^= x >>> 16;
  return (x >>> 0) / 2 ** 32;
}

/** The matrix of a formula that any program can make: 4 features matter, 154 are noise. */
async function formulaDataset() {
  const { Panel } = await import("../../dist/index.js");
  const names = Array.from({ length: FEATURES }, (_, f) => `F${f}`);
  const features = names.map((_, c) =>
    Float32Array.from(
      { length: ROWS },
      (_, r) => uniformAt(r * FEATURES + c, 1) + uniformAt(r * FEATURES + c, 1000004) - 1,
    ),
  );
  const [a, b, c, d] = features;
  const label = Float64Array.from(
    { length: ROWS },
    (_, r) =>
      0.1 * a[r] * b[r] + 0.2 * c[r] - 0.1 * Math.abs(d[r]) + uniformAt(r, 2000004) + uniformAt(r, 3000018) - 1,
  );
  const dates = ROWS / 500;
  const panel = new Panel({
    dates: Float64Array.from({ length: dates }, (_, day) => Date.UTC(2015, 0, 1) + day * 86_400_000),
    offsets: Int32Array.from({ length: dates + 1 }, (_, day) => day * 500),
    codes: Int32Array.from({ length: ROWS }, (_, i) => i % 500),
    instruments: Array.from({ length: 500 }, (_, i) => `S${String(i).padStart(3, "0")}`),
    columns: new Map([...names.map((name, f) => [name, features[f]]), ["LABEL0", label]]),
  });
  return {
    has: (segment) => segment === "train",
    prepareGroups: async () => ({ panel, feature: names, label: ["LABEL0"] }),
  };
}

const QLIB = {
  colsampleBytree: 0.8879,
  learningRate: 0.0421,
  subsample: 0.8789,
  lambdaL1: 205.6999,
  lambdaL2: 580.9768,
  maxDepth: 8,
  numLeaves: 210,
  numBoostRound: 100,
  earlyStoppingRounds: 0,
};

async function boost(dataset, options) {
  const { LGBModel } = await import("../../dist/index.js");
  return seconds(() => new LGBModel({ ...QLIB, ...options }).fit(dataset));
}

const own = fileURLToPath(new URL("../../.venv/bin/python", import.meta.url));
const python = process.env.ALPHABOOK_PYTHON ?? (existsSync(own) ? own : "python3");
const PEER = `
import sys, time, lightgbm as lgb, numpy as np
def u(i, s):
    x = ((i + s) & 0xFFFFFFFF).astype(np.uint32); x ^= x >> np.uint32(16); x = x * np.uint32(0x85EBCA6B)
    x ^= x >> np.uint32(13); x = x * np.uint32(0xC2B2AE35); x ^= x >> np.uint32(16); return x / 4294967296.0
n, f = 200000, 158
i, r = np.arange(n * f, dtype=np.uint64), np.arange(n, dtype=np.uint64)
X = (u(i, 1) + u(i, 1000004) - 1).astype(np.float32).reshape(n, f)
y = .1 * X[:, 0] * X[:, 1] + .2 * X[:, 2] - .1 * np.abs(X[:, 3]) + u(r, 2000004) + u(r, 3000018) - 1
threads, l1, l2 = int(sys.argv[1]), float(sys.argv[2]), float(sys.argv[3])
start = time.time()
data = lgb.Dataset(X, y, params=dict(num_threads=threads, verbosity=-1)).construct()
lgb.train(dict(objective="mse", colsample_bytree=.8879, learning_rate=.0421, lambda_l1=l1, lambda_l2=l2, max_depth=8,
               num_leaves=210, num_threads=threads, verbosity=-1), data, 100)
print(time.time() - start)
`;

/** Bins and training by LightGBM on the same matrix, where Python has it. */
function lightGbm({ numThreads, lambdaL1 = QLIB.lambdaL1, lambdaL2 = QLIB.lambdaL2 }) {
  if (spawnSync(python, ["-c", "import lightgbm"]).status !== 0) return undefined;
  const options = [numThreads, lambdaL1, lambdaL2].map(String);
  return Number(execFileSync(python, ["-c", PEER, ...options], { encoding: "utf8" }));
}

/** Targets are LightGBM's totals on a quiet machine. */
const boosting = [
  ["Qlib's setting, 1 thread", { numThreads: 1 }, 8.5],
  ["Qlib's setting, 2 threads", { numThreads: 2 }, 6.5],
  ["without regularisation, 1 thread", { numThreads: 1, lambdaL1: 0, lambdaL2: 0 }, 19.1],
  ["without regularisation, 2 threads", { numThreads: 2, lambdaL1: 0, lambdaL2: 0 }, 11.6],
].map(([setting, options, target]) => ({
  name: `model: GBDT bins + 100 rounds, 200,000 × 158, ${setting}`,
  unit: "s",
  target,
  processes: 3,
  prepare: formulaDataset,
  measure: (dataset) => boost(dataset, options),
  peer: () => lightGbm(options),
}));

export default [
  ...boosting,
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
