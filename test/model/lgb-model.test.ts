import { readdirSync, readFileSync } from "node:fs";
import fc from "fast-check";
import { describe, expect, it, vi } from "vitest";
import type { DatasetH } from "../../src/dataset/dataset-h.js";
import { DataError, InterruptedError, InvalidArgumentError, UnknownNameError } from "../../src/errors.js";
import { host } from "../../src/host/host.js";
import { LGBModel, type LGBFitOptions, type LGBModelOptions } from "../../src/model/lgb-model.js";
import { lgbModelCodec } from "../../src/model/lgb-model-codec.js";
import { VIEW } from "../../src/panel/view.js";
import { datasetOf, datasetOfPanels, formulaPanel } from "./datasets.js";

/** Every value its own bin, every leaf allowed, nothing shrunk: a tree that can be worked out by hand. */
const plain: LGBModelOptions = {
  learningRate: 1,
  minDataInLeaf: 1,
  minDataInBin: 1,
  minSumHessianInLeaf: 0,
  numBoostRound: 1,
  earlyStoppingRounds: 0,
};

async function scoresOf(
  options: LGBModelOptions,
  columns: Record<string, readonly number[]>,
  asked = columns,
  fit: LGBFitOptions = {},
): Promise<number[]> {
  const model = new LGBModel({ ...plain, ...options });
  const dataset = datasetOf(columns, asked);
  await model.fit(dataset, fit);
  return Array.from((await model.predict(dataset)).get("score"), (score) => Number(score.toFixed(6)) + 0);
}

const small = () =>
  datasetOfPanels({
    train: formulaPanel(30_000, 24, 1),
    valid: formulaPanel(10_000, 24, 2_000_000_011),
    test: formulaPanel(2_000, 24, 7_777_777),
  });
const treesOf = (text: string) => text.slice(text.indexOf("Tree=0"), text.indexOf("end of trees"));

async function trained(dataset: DatasetH, options: LGBModelOptions, fit: LGBFitOptions = {}): Promise<LGBModel> {
  const model = new LGBModel({ numBoostRound: 8, numLeaves: 16, earlyStoppingRounds: 0, ...options });
  await model.fit(dataset, fit);
  return model;
}

describe("one tree by hand", () => {
  const steps = { x: [1, 2, 3, 4], y: [0, 0, 1, 1] };

  it("splits where the labels change and gives each side its mean", async () => {
    expect(await scoresOf({ numLeaves: 2 }, steps, { x: [-5, 2.4, 2.6, 9], y: [0, 0, 0, 0] })).toEqual([0, 0, 1, 1]);
  });

  it("lambdaL2 2: leaves of two rows move by 1 / (2 + 2) from the mean", async () => {
    expect(await scoresOf({ numLeaves: 2, lambdaL2: 2 }, steps)).toEqual([0.25, 0.25, 0.75, 0.75]);
  });

  it("lambdaL1 0.4: the gradient 1 of a leaf counts as 0.6", async () => {
    expect(await scoresOf({ numLeaves: 2, lambdaL1: 0.4 }, steps)).toEqual([0.2, 0.2, 0.8, 0.8]);
  });

  it("learningRate 0.5 goes half the way", async () => {
    expect(await scoresOf({ numLeaves: 2, learningRate: 0.5 }, steps)).toEqual([0.25, 0.25, 0.75, 0.75]);
  });

  it("missing values go to the side they are like, low or high", async () => {
    const asked = { x: [NaN, 1, 4], y: [0, 0, 0] };
    const like = (label: number) => ({ x: [1, 2, 3, 4, NaN, NaN], y: [0, 0, 1, 1, label, label] });
    expect(await scoresOf({ numLeaves: 2 }, like(0), asked)).toEqual([0, 0, 1]);
    expect(await scoresOf({ numLeaves: 2 }, like(1), asked)).toEqual([1, 0, 1]);
  });

  it("missing against the rest is a split of its own", async () => {
    const columns = { x: [1, 2, 3, NaN, NaN], y: [0, 0, 0, 1, 1] };
    expect(await scoresOf({ numLeaves: 2 }, columns, { x: [NaN, -9, 99], y: [0, 0, 0] })).toEqual([1, 0, 0]);
  });

  it("minDataInLeaf 2 moves the split to where both sides have two rows", async () => {
    const columns = { x: [1, 2, 3, 4], y: [9, 0, 0, 0] };
    expect(await scoresOf({ numLeaves: 2, minDataInLeaf: 2 }, columns)).toEqual([4.5, 4.5, 0, 0]);
  });

  it("maxDepth 1 is two leaves, however many are allowed", async () => {
    const columns = { x: [1, 2, 3, 4], y: [0, 1, 5, 9] };
    expect(new Set(await scoresOf({ numLeaves: 31, maxDepth: 1 }, columns)).size).toBe(2);
    expect(await scoresOf({ numLeaves: 31 }, columns)).toEqual([0, 1, 5, 9]);
  });

  it("minGainToSplit above the best gain leaves the mean", async () => {
    // Gain of the split: 1²/2 + 1²/2 − 0 = 1.
    expect(await scoresOf({ minGainToSplit: 1.01 }, steps)).toEqual([0.5, 0.5, 0.5, 0.5]);
    expect(await scoresOf({ minGainToSplit: 0.99, numLeaves: 2 }, steps)).toEqual([0, 0, 1, 1]);
  });

  it("labels without variance, or features without any value, give the mean", async () => {
    expect(await scoresOf({}, { x: [1, 2, 3], y: [7, 7, 7] })).toEqual([7, 7, 7]);
    expect(await scoresOf({}, { x: [NaN, NaN, NaN], y: [1, 2, 6] })).toEqual([3, 3, 3]);
  });

  it("infinite features are the largest and smallest values", async () => {
    const columns = { x: [-Infinity, 0, 1, Infinity], y: [5, 0, 0, 7] };
    expect(await scoresOf({}, columns)).toEqual([5, 0, 0, 7]);
  });

  it("a weight counts a row as often as it says", async () => {
    const weighted = await scoresOf({ numLeaves: 2, lambdaL2: 1 }, { x: [1, 2, 3], y: [0, 2, 8] }, undefined, {
      reweighter: { reweight: ({ panel }) => Float64Array.of(3, 1, 2).subarray(0, panel.numRows) },
    });
    const repeated = await scoresOf(
      { numLeaves: 2, lambdaL2: 1 },
      { x: [1, 1, 1, 2, 3, 3], y: [0, 0, 0, 2, 8, 8] },
      { x: [1, 2, 3], y: [0, 0, 0] },
    );
    expect(weighted).toEqual(repeated);
  });

  it("binary: the start is the share of ones, a leaf's probability lies between", async () => {
    const columns = { x: [1, 2, 3, 4], y: [0, 0, 0, 1] };
    expect(await scoresOf({ loss: "binary", minGainToSplit: 99 }, columns)).toEqual([0.25, 0.25, 0.25, 0.25]);
    // Leaf of the last row: gradient −0.75, hessian 0.1875: log(1/3) + 4 → 1 / (1 + 3 e⁻⁴).
    const [, , , last] = await scoresOf({ loss: "binary", numLeaves: 2 }, columns);
    expect(last).toBeCloseTo(1 / (1 + 3 * Math.exp(-4)), 5);
  });

  it("mae takes medians, quantile the level asked for, in each leaf", async () => {
    const columns = { x: [1, 1, 1, 2, 2, 2], y: [0, 1, 50, 100, 110, 190] };
    expect(await scoresOf({ loss: "mae", numLeaves: 2 }, columns)).toEqual([1, 1, 1, 110, 110, 110]);
    const high = await scoresOf({ loss: "quantile", alpha: 0.75, numLeaves: 2 }, columns);
    expect(high).toEqual([25.5, 25.5, 25.5, 150, 150, 150]);
  });

  it("huber: a residual beyond the bend pulls no harder than the bend", async () => {
    // Start 25; gradients of the left leaf +1 +1, of the right −1 −1 (bend 1).
    expect(await scoresOf({ loss: "huber", alpha: 1, numLeaves: 2 }, { x: [1, 1, 2, 2], y: [0, 0, 50, 50] })).toEqual([
      24, 24, 26, 26,
    ]);
  });
});

describe("the first split is the best of all", () => {
  it("on random data with gaps, against a search through every threshold", async () => {
    const value = fc.oneof({ weight: 4, arbitrary: fc.integer({ min: -9, max: 9 }) }, fc.constant(NaN));
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.tuple(value, value, fc.integer({ min: -20, max: 20 })), { minLength: 4, maxLength: 40 }),
        async (rows) => {
          const columns = { a: rows.map((r) => r[0]), b: rows.map((r) => r[1]), y: rows.map((r) => r[2]) };
          const model = new LGBModel({ ...plain, numLeaves: 2 });
          await model.fit(datasetOf(columns));
          const found = model.getFeatureImportance().array("gain") as number[];
          const best = bestGain([columns.a, columns.b], columns.y);
          expect(Math.max(...found)).toBeCloseTo(best, 4);
        },
      ),
      { numRuns: 60, seed: 3 },
    );
  });

  /** Largest fall of the sum of squares by one threshold, missing values on either side. */
  function bestGain(columns: readonly (readonly number[])[], y: readonly number[]): number {
    const squares = (part: readonly number[]) => part.reduce((sum, v) => sum + v, 0) ** 2 / part.length;
    const mean = y.reduce((sum, v) => sum + v, 0) / y.length;
    const centered = y.map((v) => v - mean);
    let best = 0;
    for (const column of columns) {
      for (const threshold of [-Infinity, ...column.filter((v) => v === v)]) {
        for (const missingLeft of [true, false]) {
          const goesLeft = column.map((v) => (v === v ? v <= threshold : missingLeft));
          const [left, right] = [true, false].map((side) => centered.filter((_, i) => goesLeft[i] === side));
          if (left!.length && right!.length) best = Math.max(best, squares(left!) + squares(right!));
        }
      }
    }
    return best;
  }
});

describe("training", () => {
  it("gives the same trees on 1, 2 and 3 threads, and for the same seed", async () => {
    const dataset = small();
    const options = { featureFraction: 0.8, baggingFraction: 0.7, baggingFreq: 1, lambdaL2: 1 };
    const texts: string[] = [];
    for (const numThreads of [1, 2, 3])
      texts.push(treesOf((await trained(dataset, { ...options, numThreads })).toText()));
    expect(texts[1]).toBe(texts[0]);
    expect(texts[2]).toBe(texts[0]);
    expect(treesOf((await trained(dataset, { ...options, seed: 1 })).toText())).not.toBe(texts[0]);
    // Hessians that differ are summed in cells of their own.
    const weights = {
      reweight: ({ panel }: { panel: { numRows: number } }) =>
        Float64Array.from({ length: panel.numRows }, (_, i) => 1 + (i % 3)),
    };
    const weighted = [1, 2].map(async (numThreads) =>
      (await trained(dataset, { numThreads }, { reweighter: weights })).toText(),
    );
    expect(treesOf((await weighted[1])!)).toBe(treesOf((await weighted[0])!));
  }, 60_000);

  it.runIf(process.platform === "linux")(
    "two threads share the work",
    async () => {
      const dataset = datasetOfPanels({ train: formulaPanel(150_000, 64, 1) });
      /** CPU time of each thread of this process, in clock ticks. */
      const ticks = () =>
        new Map(
          readdirSync("/proc/self/task").map((id) => {
            const fields = readFileSync(`/proc/self/task/${id}/stat`, "utf8").split(") ")[1]!.split(" ");
            return [id, Number(fields[11]) + Number(fields[12])] as const;
          }),
        );
      await dataset.prepareGroups("train", "learn");
      let before = ticks();
      let during = before;
      await trained(
        dataset,
        { numThreads: 2, numLeaves: 127, numBoostRound: 20 },
        { onRound: ({ round }) => (round === 1 ? (before = ticks()) : (during = ticks())) },
      );
      const spent = [...during].map(([id, t]) => t - (before.get(id) ?? 0)).sort((a, b) => b - a);
      const [first, second] = spent as [number, number];
      expect(second, `CPU ticks by thread: ${spent.join(", ")}`).toBeGreaterThan(0.25 * first);
    },
    60_000,
  );

  it("is the same model after its text, settings, log and forecasts included", async () => {
    const dataset = small();
    const model = await trained(dataset, {
      metric: ["l2", "ic"],
      numLeaves: 7,
      earlyStoppingRounds: 3,
      numBoostRound: 6,
    });
    expect(lgbModelCodec.accepts(model)).toBe(true);
    const again = lgbModelCodec.fromText(lgbModelCodec.toText(model));
    expect((await again.predict(dataset)).get("score")).toEqual((await model.predict(dataset)).get("score"));
    expect(again.parameters).toEqual(model.parameters);
    expect(again.evalsResult).toEqual(model.evalsResult);
    expect([again.bestRound, again.bestIteration]).toEqual([model.bestRound, model.bestIteration]);
    expect(again.getFeatureImportance().objects()).toEqual(model.getFeatureImportance().objects());
    expect(lgbModelCodec.toText(again)).toBe(lgbModelCodec.toText(model));
  });

  it("watches train and valid, stops after the best round of the first metric and forecasts with it", async () => {
    const dataset = small();
    const reports: Record<string, number>[] = [];
    const evalsResult = {};
    const model = await trained(
      dataset,
      { metric: ["ic", "l2"], learningRate: 0.9, numLeaves: 64, numBoostRound: 60, earlyStoppingRounds: 5 },
      { evalsResult, onRound: ({ metrics }) => reports.push({ ...metrics }) },
    );
    const ic = model.evalsResult.valid!.ic!;
    expect(ic.length).toBeLessThan(60);
    expect(ic.indexOf(Math.max(...ic)) + 1).toBe(model.bestRound);
    expect(ic.length - model.bestRound).toBe(5);
    expect(model.bestIteration).toBe(model.bestRound);
    expect(evalsResult).toEqual(model.evalsResult);
    expect(reports.map((report) => report["ic.valid"])).toEqual(ic);
    const log = model.trainingLog;
    expect(log.columnNames()).toEqual(["round", "ic.train", "l2.train", "ic.valid", "l2.valid"]);
    expect(log.get("l2.train", 0)).toBe(model.evalsResult.train!.l2![0]);
  });

  it("goes on from a model: 3 rounds and 5 more are 8 rounds", async () => {
    const dataset = small();
    const [first, whole] = [await trained(dataset, { numBoostRound: 3 }), await trained(dataset, { numBoostRound: 8 })];
    const more = await trained(dataset, { numBoostRound: 5 }, { initModel: first });
    const [a, b] = [(await more.predict(dataset)).get("score"), (await whole.predict(dataset)).get("score")];
    expect(Math.max(...a.map((score, i) => Math.abs(score - b[i]!)))).toBeLessThan(1e-9);
    expect(more.bestIteration).toBe(8);
    await first.finetune(dataset, { numBoostRound: 2 });
    expect(first.bestIteration).toBe(5);
    const other = datasetOf({ x: [1, 2, 3], y: [1, 2, 3] });
    await expect(trained(other, {}, { initModel: first })).rejects.toThrow("it has 24 features");
  });

  it("takes a metric of one's own, and forgets only its code in the text", async () => {
    const worst = {
      name: "worst",
      higherIsBetter: false,
      evaluate: ({ prediction, label }: { prediction: Float64Array; label: Float64Array }) =>
        Math.max(...prediction.map((p, i) => Math.abs(p - label[i]!))),
    };
    const model = await trained(datasetOf({ x: [1, 2, 3], y: [1, 2, 4] }), { ...plain, metric: worst });
    expect(model.evalsResult.train!.worst![0]).toBeLessThan(1e-8);
    const again = LGBModel.fromText(model.toText());
    expect(again.evalsResult).toEqual(model.evalsResult);
    expect(again.metrics.map(({ name }) => name)).toEqual(["l2"]);
  });

  it("stops within a second of an interrupt and keeps the model it was", async () => {
    const dataset = datasetOfPanels({ train: formulaPanel(60_000, 40, 1) });
    const model = await trained(dataset, { numBoostRound: 2 });
    const before = model.toText();
    const stop = new AbortController();
    let asked = 0;
    const training = model.fit(dataset, {
      numBoostRound: 100_000,
      signal: stop.signal,
      onRound: ({ round }) => {
        if (round === 3) asked = (stop.abort(), performance.now());
      },
    });
    await expect(training).rejects.toThrow(InterruptedError);
    expect(performance.now() - asked).toBeLessThan(1000);
    expect(model.toText()).toBe(before);
  }, 60_000);

  it("adds SHAP values up to the score", async () => {
    const dataset = small();
    const model = await trained(dataset, { numBoostRound: 4 });
    const asked = datasetOfPanels({ test: formulaPanel(40, 24, 99) });
    const [score, parts] = [(await model.predict(asked)).get("score"), await model.predictContrib(asked)];
    const sums = score.map((_, row) => parts.columnNames.reduce((sum, name) => sum + parts.get(name)[row]!, 0));
    expect(Math.max(...sums.map((sum, i) => Math.abs(sum - score[i]!)))).toBeLessThan(1e-12);
  });
});

describe("what it says", () => {
  it("names the nearest setting, and shows what is taken without effect", () => {
    expect(() => new LGBModel({ numLeafs: 3 } as LGBModelOptions)).toThrow(UnknownNameError);
    expect(() => new LGBModel({ numLeafs: 3 } as LGBModelOptions)).toThrow('did you mean "numLeaves"?');
    expect(() => new LGBModel({ loss: "mes" })).toThrow('unknown loss "mes"');
    expect(() => new LGBModel({ metric: "rank_ci" })).toThrow('did you mean "rank_ic"?');
    expect(() => new LGBModel({ maxBin: 1000 })).toThrow("maxBin is 1000, a whole number from 2 to 255 expected");
    expect(() => new LGBModel({ featureFraction: 0.5, colsampleBytree: 0.6 })).toThrow("are the same setting");
    const model = new LGBModel({ colsample_bytree: 0.5, lambda_l1: 2, verbosity: -1 } as LGBModelOptions);
    expect(model.parameters).toMatchObject({ featureFraction: 0.5, lambdaL1: 2, numLeaves: 31, learningRate: 0.1 });
    expect(model[VIEW]().notes).toEqual(["verbosity is without effect: training shows one progress bar"]);
  });

  it("shows facts and the importance of features", async () => {
    const model = await trained(datasetOf({ a: [1, 2, 3, 4], b: [0, 0, 0, 0], y: [1, 2, 3, 9] }), plain);
    expect(String(model)).toBe("LGBModel(mse, 1 trees, 2 features)");
    const { title, facts } = model[VIEW]();
    expect(title).toBe("LGBModel, 1 trees, 2 features");
    expect(facts).toMatchObject({ loss: "mse", label: "y", rows: 4 });
    expect(facts!["l2.train"]).toBeLessThan(1e-15);
    expect(model.getFeatureImportance().array("feature")).toEqual(["a", "b"]);
    expect(model.getFeatureImportance().get("split", 0)).toBe(3);
  });

  it("leaves rows without a label out of train and valid, tells how many, and refuses when that is all of them", async () => {
    const told = vi.spyOn(host, "notice");
    const whole = await trained(datasetOf({ x: [1, 2, 3, 4], y: [0, 0, 1, 1] }), plain);
    const holes = await trained(
      datasetOf({ x: [1, 9, 2, 3, 9, 4], y: [0, NaN, 0, 1, NaN, 1] }, { x: [1, 2], y: [NaN, 1] }),
      plain,
      { reweighter: { reweight: ({ panel }) => new Float64Array(panel.numRows).fill(1) } },
    );
    expect(told.mock.calls.map(([text]) => text.split("\n")[0])).toEqual([
      'LGBModel: 2 of 6 rows of "train" have no label and are left out',
      'LGBModel: 1 of 2 rows of "valid" have no label and are left out',
    ]);
    told.mockRestore();
    const scores = async (model: LGBModel) => [
      ...(await model.predict(datasetOf({ x: [1, 2, 3, 4], y: [0, 0, 1, 1] }), { segment: "train" })).get("score"),
    ];
    expect(await scores(holes)).toEqual(await scores(whole));
    await expect(trained(datasetOf({ x: [1, 2], y: [NaN, NaN] }), plain)).rejects.toThrow(
      /none of the 2 rows of "train" has a label/,
    );
  });

  it("refuses labels that are infinite, weights that do not fit and questions before fit", async () => {
    expect(() => new LGBModel().toText()).toThrow(InvalidArgumentError);
    expect(() => new LGBModel().bestIteration).toThrow("the LGBModel is not fitted");
    await expect(trained(datasetOf({ x: [1, 2], y: [1, Infinity] }), plain)).rejects.toThrow(DataError);
    await expect(trained(datasetOf({ x: [1, 2], y: [1, 2] }), { ...plain, loss: "binary" })).rejects.toThrow(
      "label 2 in row 1, 0 or 1 expected",
    );
    const reweighter = { reweight: () => Float64Array.of(1) };
    await expect(trained(datasetOf({ x: [1, 2], y: [1, 2] }), plain, { reweighter })).rejects.toThrow(
      "2 finite weights ≥ 0 expected",
    );
  });
});
