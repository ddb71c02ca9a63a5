import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { openMarket } from "../../src/data/open-market.js";
import { DataHandlerLP } from "../../src/dataset/data-handler-lp.js";
import { DatasetH } from "../../src/dataset/dataset-h.js";
import { DataError, InvalidArgumentError, UnknownNameError } from "../../src/errors.js";
import { gram } from "../../src/model/gram.js";
import { LinearModel, type LinearModelOptions } from "../../src/model/linear-model.js";
import { linearModelCodec } from "../../src/model/linear-model-codec.js";
import { solveCholesky, solveMinimumNorm } from "../../src/model/solve-symmetric.js";
import { symmetricEigen } from "../../src/panel/symmetric-eigen.js";
import { VIEW } from "../../src/panel/view.js";
import { datasetOf } from "./datasets.js";

async function fitted(options: LinearModelOptions, columns: Record<string, readonly number[]>): Promise<LinearModel> {
  const model = new LinearModel(options);
  await model.fit(datasetOf(columns));
  return model;
}

const round = (values: ArrayLike<number>, digits = 10) =>
  Array.from(values, (value) => Number(value.toFixed(digits)) + 0);

describe("LinearModel by hand", () => {
  const line = { x: [1, 2, 3], y: [1, 2, 2] };

  it("ols through the origin: Σxy / Σx² = 11/14", async () => {
    expect(round((await fitted({}, line)).coef)).toEqual(round([11 / 14]));
  });

  it("ols with a constant: slope 1/2, intercept 2/3", async () => {
    const model = await fitted({ fitIntercept: true }, line);
    expect(round([...model.coef, model.intercept])).toEqual(round([0.5, 2 / 3]));
  });

  it("ridge: Σxy / (Σx² + 2) = 11/16, and the constant is not penalised", async () => {
    expect(round((await fitted({ estimator: "ridge", alpha: 2 }, line)).coef)).toEqual(round([11 / 16]));
    // About the means: Σxy = 1, Σx² = 2, so 1 / (2 + 2), and 5/3 − 2 · 1/4.
    const model = await fitted({ estimator: "ridge", alpha: 2, fitIntercept: true }, line);
    expect(round([...model.coef, model.intercept])).toEqual(round([0.25, 5 / 3 - 0.5]));
  });

  it("lasso: half the mean square and α · |w|: (Σxy − nα) / Σx² = (11 − 3) / 14", async () => {
    expect(round((await fitted({ estimator: "lasso", alpha: 1 }, line)).coef)).toEqual(round([8 / 14]));
    // About the means: (1 − 3 · 0.2) / 2.
    const model = await fitted({ estimator: "lasso", alpha: 0.2, fitIntercept: true }, line);
    expect(round([...model.coef, model.intercept])).toEqual(round([0.2, 5 / 3 - 0.4]));
    const none = await fitted({ estimator: "lasso", alpha: 9 }, { a: [1, 0, 0], b: [0, 1, 0], y: [1, -3, 0] });
    expect([...none.coef]).toEqual([0, 0]);
    expect(none[VIEW]().notes).toEqual(["0 of 2 features have a coefficient, the others 0"]);
  });

  it("nnls: what would be negative is 0, the constant too", async () => {
    const model = await fitted({ estimator: "nnls" }, { a: [1, 0, 1], b: [0, 1, 1], y: [3, -2, 1] });
    // b's coefficient would be −2: without b, a's is Σay / Σa² = 4/2.
    expect(round(model.coef)).toEqual([2, 0]);
    const falling = await fitted({ estimator: "nnls", fitIntercept: true }, { x: [1, 2, 3], y: [-1, 0, 1] });
    // The free line is y = x − 2; with a constant ≥ 0 it goes through the origin: Σxy / Σx² = 2/14.
    expect(round([...falling.coef, falling.intercept])).toEqual(round([2 / 14, 0]));
    const rising = await fitted({ estimator: "nnls", fitIntercept: true }, line);
    expect(round([...rising.coef, rising.intercept])).toEqual(round([0.5, 2 / 3]));
  });

  it("two equal features share the weight: the smallest of all solutions", async () => {
    const model = await fitted({}, { a: [1, 2, 3], b: [1, 2, 3], y: [1, 2, 2] });
    expect(round(model.coef)).toEqual(round([11 / 28, 11 / 28]));
    expect(model.rank).toBe(1);
    expect(model[VIEW]().notes).toEqual([
      "the 2 features have 1 independent directions: of all equally good solutions this is the smallest",
    ]);
  });

  it("rows with a gap are left out and counted", async () => {
    const model = await fitted({}, { x: [1, NaN, 2, 3, 9], y: [1, 5, 2, 2, NaN] });
    expect(round(model.coef)).toEqual(round([11 / 14]));
    expect(model[VIEW]().facts).toMatchObject({ rows: 3, "rows left out": 2 });
  });

  it("weights count a row as often as they say", async () => {
    const weighted = new LinearModel({ fitIntercept: true });
    const reweighter = { reweight: () => Float64Array.of(2, 1, 1) };
    await weighted.fit(datasetOf(line), { reweighter });
    const repeated = await fitted({ fitIntercept: true }, { x: [1, 1, 2, 3], y: [1, 1, 2, 2] });
    expect(round([...weighted.coef, weighted.intercept])).toEqual(round([...repeated.coef, repeated.intercept]));
  });

  it("weights do not change what alpha of the lasso means: the mean is weighted", async () => {
    const options = { estimator: "lasso", alpha: 0.3 } as const;
    const weighted = new LinearModel(options);
    await weighted.fit(datasetOf(line), { reweighter: { reweight: () => Float64Array.of(2, 2, 2) } });
    expect(round(weighted.coef)).toEqual(round((await fitted(options, line)).coef));
  });

  it("includeValid learns from both segments", async () => {
    const model = new LinearModel({ includeValid: true });
    await model.fit(datasetOf({ x: [1], y: [1] }, { x: [2, 3], y: [2, 2] }));
    expect(round(model.coef)).toEqual(round([11 / 14]));
  });

  it("forecasts every row of the segment, missing where a feature is", async () => {
    const model = new LinearModel({ fitIntercept: true });
    const dataset = datasetOf(line, { x: [2, NaN], y: [NaN, NaN] });
    await model.fit(dataset);
    const prediction = await model.predict(dataset);
    expect(prediction.columnNames).toEqual(["score"]);
    expect(round(prediction.get("score"))).toEqual([round([5 / 3])[0]!, NaN]);
    expect((await model.predict(dataset, { segment: "train" })).numRows).toBe(3);
  });

  it("shows coefficients by size, and tells the training error once", async () => {
    const rounds: unknown[] = [];
    const model = new LinearModel();
    await model.fit(datasetOf({ a: [1, 0, 0], b: [0, 1, 0], y: [1, -3, 0] }), {
      onRound: (report) => rounds.push(report),
    });
    expect(model[VIEW]().table).toEqual([
      { feature: "b", coefficient: -3 },
      { feature: "a", coefficient: 1 },
    ]);
    expect(rounds).toEqual([{ round: 1, metrics: { "train.mse": 0 } }]);
  });

  it("is the same model after its text", async () => {
    const model = await fitted(
      { estimator: "ridge", alpha: 0.3, fitIntercept: true },
      { a: [0.1, 0.7, -2], b: [1 / 3, 1e-9, 5], y: [1, 2, 3] },
    );
    const again = linearModelCodec.fromText(linearModelCodec.toText(model));
    expect([...again.coef, again.intercept, again.alpha, again.fitIntercept]).toEqual([
      ...model.coef,
      model.intercept,
      0.3,
      true,
    ]);
    expect([linearModelCodec.accepts(again), linearModelCodec.accepts({})]).toEqual([true, false]);
    expect(() => LinearModel.fromText("{}")).toThrow(DataError);
    expect(() => LinearModel.fromText("linear")).toThrow("the text is no JSON");
  });

  it("says what is wrong", async () => {
    expect(() => new LinearModel({ estimator: "laso" as "ols" })).toThrow(UnknownNameError);
    expect(() => new LinearModel({ alpha: -1 })).toThrow(InvalidArgumentError);
    await expect(new LinearModel().predict(datasetOf(line))).rejects.toThrow("the LinearModel is not fitted");
    await expect(fitted({}, { x: [NaN, NaN], z: [1, NaN], y: [1, 2] })).rejects.toThrow(
      /none of 2 rows has a value in every column\n {2}most are missing in: x 100 %, z 50 %/,
    );
    await expect(fitted({}, { x: [1, 2], y: [NaN, NaN] })).rejects.toThrow(
      /missing in: y 100 %\n {2}no row has a label: the last days have none, and CSZScoreNorm/,
    );
    await expect(fitted({}, { x: [Infinity, 1], y: [1, 2] })).rejects.toThrow('column "x" holds ±∞');
    await expect(new LinearModel().fit(datasetOf(line), { signal: AbortSignal.abort() })).rejects.toThrow(
      "Interrupted",
    );
  });
});

describe("laws of least squares", () => {
  const matrix = fc
    .record({
      rows: fc.integer({ min: 1, max: 30 }),
      width: fc.integer({ min: 1, max: 7 }),
      seed: fc.integer({ min: 1, max: 1e6 }),
    })
    .map(({ rows, width, seed }) => {
      let state = seed;
      const next = () => (state = (state * 48271) % 2147483647) / 2147483647 - 0.5;
      const x = Array.from({ length: width }, () => Array.from({ length: rows }, next));
      // Some repeated columns, so that the rank is often short.
      if (width > 2) x[2] = x[0]!.map((value, row) => value - x[1]![row]!);
      return { x, y: Array.from({ length: rows }, next) };
    });
  const dot = (a: readonly number[], b: readonly number[]) => a.reduce((sum, value, i) => sum + value * b[i]!, 0);

  it("the residual is orthogonal to every feature, and to the constant when there is one", async () => {
    await fc.assert(
      fc.asyncProperty(matrix, fc.boolean(), async ({ x, y }, fitIntercept) => {
        const model = await fitted(
          { fitIntercept },
          { ...Object.fromEntries(x.map((column, i) => [`x${i}`, column])), y },
        );
        const residual = y.map(
          (value, row) =>
            value - model.intercept - x.reduce((sum, column, i) => sum + model.coef[i]! * column[row]!, 0),
        );
        for (const column of fitIntercept ? [...x, y.map(() => 1)] : x)
          expect(Math.abs(dot(column, residual))).toBeLessThan(1e-7);
      }),
      { numRuns: 40 },
    );
  });

  it("the ridge coefficients satisfy (XᵀX + αI) w = Xᵀy", async () => {
    await fc.assert(
      fc.asyncProperty(matrix, fc.double({ min: 0.001, max: 10, noNaN: true }), async ({ x, y }, alpha) => {
        const { coef } = await fitted(
          { estimator: "ridge", alpha },
          { ...Object.fromEntries(x.map((column, i) => [`x${i}`, column])), y },
        );
        x.forEach((row, i) =>
          expect(x.reduce((sum, column, j) => sum + dot(row, column) * coef[j]!, alpha * coef[i]!)).toBeCloseTo(
            dot(row, y),
            9,
          ),
        );
      }),
      { numRuns: 40 },
    );
  });

  const both = async (estimator: "lasso" | "nnls", x: readonly (readonly number[])[], y: readonly number[]) => {
    const options = { estimator, ...(estimator === "lasso" ? { alpha: 0.1 } : {}) } as const;
    const columns = Object.fromEntries(x.map((column, i) => [`x${i}`, column]));
    const { coef } = await fitted(options, { ...columns, y });
    const residual = y.map((value, row) => value - x.reduce((sum, column, i) => sum + coef[i]! * column[row]!, 0));
    return x.map((column, i) => ({ coef: coef[i]!, slope: dot(column, residual) }));
  };

  it("lasso: the slope of the squares is ±nα where a coefficient is, and no larger where none is", async () => {
    await fc.assert(
      fc.asyncProperty(matrix, async ({ x, y }) => {
        for (const { coef, slope } of await both("lasso", x, y)) {
          const most = 0.1 * y.length;
          if (coef !== 0) expect(slope).toBeCloseTo(Math.sign(coef) * most, 4);
          else expect(Math.abs(slope)).toBeLessThan(most + 1e-4);
        }
      }),
      { numRuns: 40 },
    );
  });

  it("nnls: no coefficient is negative, more of any feature does not help", async () => {
    await fc.assert(
      fc.asyncProperty(matrix, async ({ x, y }) => {
        for (const { coef, slope } of await both("nnls", x, y)) {
          expect(coef).toBeGreaterThanOrEqual(0);
          if (coef > 0) expect(slope).toBeCloseTo(0, 5);
          else expect(slope).toBeLessThan(1e-5);
        }
      }),
      { numRuns: 40 },
    );
  });

  it("eigenvectors rebuild the matrix and are orthonormal", () => {
    fc.assert(
      fc.property(
        fc.array(fc.double({ min: -5, max: 5, noNaN: true }), { minLength: 36, maxLength: 36 }),
        fc.integer({ min: 1, max: 6 }),
        (noise, n) => {
          const a = Float64Array.from(
            { length: n * n },
            (_, at) => noise[Math.min(Math.floor(at / n), at % n) * 6 + Math.max(Math.floor(at / n), at % n)]!,
          );
          const { values, vectors } = symmetricEigen(a, n);
          for (let i = 0; i < n; i++) {
            for (let j = 0; j < n; j++) {
              let [rebuilt, product] = [0, 0];
              for (let k = 0; k < n; k++) {
                rebuilt += values[k]! * vectors[k * n + i]! * vectors[k * n + j]!;
                product += vectors[i * n + k]! * vectors[j * n + k]!;
              }
              expect(Math.abs(rebuilt - a[i * n + j]!)).toBeLessThan(1e-12);
              expect(Math.abs(product - Number(i === j))).toBeLessThan(1e-12);
            }
          }
        },
      ),
    );
  });

  it.each([1, 2, 3, 4, 5, 9, 158])(
    "the products of %d columns equal the plain sums, with any rows left out",
    async (k) => {
      const columns = Array.from({ length: k }, (_, c) =>
        Float32Array.from({ length: 1100 }, (_, row) => Math.sin(row * (c + 1))),
      );
      const rows = Int32Array.from({ length: 1099 }, (_, i) => i + 1);
      const products = await gram({ columns, rows });
      let worst = 0;
      for (let a = 0; a < k; a++) {
        for (let b = 0; b < k; b++) {
          let sum = 0;
          for (const row of rows) sum += columns[a]![row]! * columns[b]![row]!;
          worst = Math.max(worst, Math.abs(products[a * k + b]! - sum));
        }
      }
      expect(worst).toBeLessThan(1e-9);
    },
  );

  it("the product of no rows is 0", async () => {
    expect([...(await gram({ columns: [new Float64Array(0), new Float64Array(0)] }))]).toEqual([0, 0, 0, 0]);
  });

  it("Cholesky refuses what is not positive definite, the minimum-norm solution does not need it", () => {
    const singular = Float64Array.of(1, 1, 1, 1);
    expect(solveCholesky(singular, Float64Array.of(2, 2))).toBeUndefined();
    expect(solveMinimumNorm(singular, Float64Array.of(2, 2))).toMatchObject({ rank: 1 });
    expect([...solveMinimumNorm(new Float64Array(4), Float64Array.of(1, 1)).x]).toEqual([0, 0]);
  });
});

describe("LinearModel on a market", () => {
  it("is fitted and asked through handler and dataset", async () => {
    const market = await openMarket("synthetic://?instruments=30&days=120&seed=5&start=2020-01-02");
    const handler = new DataHandlerLP({
      market,
      features: ["$close/Ref($close, 1) - 1", "$volume/Mean($volume, 5) - 1"],
      inferProcessors: ["ProcessInf", { class: "Fillna", kwargs: { fields_group: "feature" } }],
      learnProcessors: ["DropnaLabel"],
    });
    const dataset = new DatasetH({
      handler,
      segments: { train: ["2020-01-02", "2020-03-31"], test: ["2020-04-01", null] },
    });
    const model = new LinearModel({ estimator: "ridge", alpha: 1 });
    await model.fit(dataset);
    const prediction = await model.predict(dataset);
    expect(prediction.numRows).toBe((await dataset.prepare("test")).numRows);
    expect(prediction.get("score").some(Number.isNaN)).toBe(false);
  });
});
