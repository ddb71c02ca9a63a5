import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { optimalBlockLength } from "../../src/analysis/luck/block-length.js";
import { bootstrapIntervals } from "../../src/analysis/luck/bootstrap-intervals.js";
import { combinations } from "../../src/analysis/luck/combinations.js";
import { deflatedSharpe, expectedMaxSharpe } from "../../src/analysis/luck/deflated-sharpe.js";
import { falseDiscovery } from "../../src/analysis/luck/false-discovery.js";
import { explainMethod, METHODS } from "../../src/analysis/luck/methods.js";
import { probabilityOfOverfitting } from "../../src/analysis/luck/overfitting.js";
import { randomSignals } from "../../src/analysis/luck/random-signals.js";
import { minTrackRecordLength, probabilisticSharpe, sharpeFacts } from "../../src/analysis/luck/sharpe-odds.js";
import { calcIc } from "../../src/analysis/ic.js";
import { calcLongShortReturn } from "../../src/analysis/long-short-return.js";
import { mean } from "../../src/analysis/moments.js";
import { InvalidArgumentError, UnknownNameError } from "../../src/errors.js";
import { Panel } from "../../src/panel/panel.js";
import { Random } from "../../src/panel/random.js";
import { coverTruth, searchNoise } from "./luck-noise.js";
import { noise } from "./noise.js";
import { values } from "./vectors.js";

const decimals = fc.array(
  fc.integer({ min: -50, max: 50 }).map((n) => n / 1000),
  { minLength: 12, maxLength: 60 },
);

describe("odds of a Sharpe ratio", () => {
  it("more days of the same returns make surer, and the minimum track record is where 95 % is reached", () => {
    const once = Array.from(noise(new Random(1), 300, { mean: 0.0008 }));
    const twice = [...once, ...once];
    expect(probabilisticSharpe(twice)).toBeGreaterThan(probabilisticSharpe(once));
    const { sharpe, standardError, n } = sharpeFacts(once);
    const needed = minTrackRecordLength(once);
    const errorThen = standardError * Math.sqrt((n - 1) / (needed - 1));
    expect(sharpe / errorThen).toBeCloseTo(1.6448536269514722, 10);
  });

  it("returns in another unit have the same odds", () =>
    fc.assert(
      fc.property(decimals, fc.integer({ min: 1, max: 100 }), (returns, scale) => {
        const [own, scaled] = [probabilisticSharpe(returns), probabilisticSharpe(returns.map((r) => r * scale))];
        if (Number.isNaN(own)) expect(scaled).toBeNaN();
        else expect(scaled).toBeCloseTo(own, 9);
      }),
    ));

  it("one trial is not deflated, more trials deflate more", () => {
    const returns = noise(new Random(2), 250, { mean: 0.001 });
    const deflated = [1, 2, 10, 100].map(
      (count) => deflatedSharpe(returns, { trials: { count, sharpeStd: 0.05 } }).deflated,
    );
    expect(deflated[0]).toBe(probabilisticSharpe(returns));
    expect(deflated).toEqual([...deflated].sort((a, b) => b - a));
    expect(expectedMaxSharpe({ count: 1, sharpeStd: 3 })).toBe(0);
  });

  it("empty, one day and constant returns have none; a losing strategy needs for ever", () => {
    for (const returns of [[], [0.01], [0.01, 0.01, 0.01], [NaN, NaN]]) expect(probabilisticSharpe(returns)).toBeNaN();
    expect(minTrackRecordLength([-0.01, 0, -0.02])).toBe(Infinity);
    expect(() => expectedMaxSharpe({ count: 0, sharpeStd: 1 })).toThrow(InvalidArgumentError);
    expect(() => sharpeFacts([0.1], { moments: "other" as never })).toThrow(/"biased" nor "unbiased"/);
  });
});

describe("the bootstrap", () => {
  it("gives the same interval for the same seed, another for another", async () => {
    const returns = noise(new Random(3), 250);
    const run = async (seed: number) =>
      (await bootstrapIntervals(returns, { resamples: 200, seed, ids: ["sharpe"] })).table.object(0);
    expect(await run(1)).toEqual(await run(1));
    expect(await run(1)).not.toEqual(await run(2));
  });

  it("a benchmark is drawn with the same days: a strategy that is twice the benchmark has beta 2 in every resample", async () => {
    const benchmark = noise(new Random(4), 120);
    const { draws } = await bootstrapIntervals(
      benchmark.map((value) => 2 * value),
      { benchmark, ids: ["beta"], resamples: 100 },
    );
    expect(Math.max(...draws.beta!.map((value) => Math.abs(value - 2)))).toBeLessThan(1e-12);
  });

  it("blocks grow with the autocorrelation; constant returns have blocks of one", () => {
    const length = (autocorrelation: number) => optimalBlockLength(noise(new Random(6), 2000, { autocorrelation }));
    expect(length(0)).toBeLessThan(length(0.4));
    expect(length(0.4)).toBeLessThan(length(0.8));
    expect(optimalBlockLength(new Float64Array(100).fill(0.01))).toBe(1);
  });

  it("a block of an AR(1) series of 0.5 is (2·0.5 / (1 − 0.25))^⅔ · n^⅓ long, as the theory says", () => {
    const n = 20_000;
    const wanted = Math.cbrt((4 / 3) ** 2) * Math.cbrt(n);
    const found = optimalBlockLength(noise(new Random(12), n, { autocorrelation: 0.5 }));
    expect(found / wanted).toBeGreaterThan(0.75);
    expect(found / wanted).toBeLessThan(1.25);
  });

  it("refuses what cannot be drawn anew, and says why", async () => {
    const returns = noise(new Random(7), 50);
    await expect(bootstrapIntervals(returns, { ids: ["best_month"] })).rejects.toThrow(/no dates/);
    await expect(bootstrapIntervals(returns, { ids: ["beta"] })).rejects.toThrow(/benchmark, which was not given/);
    await expect(bootstrapIntervals(returns, { ids: ["sharp"] })).rejects.toThrow(UnknownNameError);
    await expect(bootstrapIntervals([0.01, NaN, 0.02])).rejects.toThrow(/2 periods with a return, at least 10/);
    await expect(bootstrapIntervals(returns, { blockLength: 51 })).rejects.toThrow(InvalidArgumentError);
  });
});

describe("overfitting", () => {
  it("halves of the blocks are chosen in lexicographic order, each once", () => {
    expect([...combinations(4, 2)].map(String)).toHaveLength(6);
    expect(Array.from(combinations(4, 2), (one) => one.join(""))).toEqual(["01", "02", "03", "12", "13", "23"]);
  });

  it("a strategy that is always better is never overfitted, and the order of names does not matter", async () => {
    const random = new Random(8);
    const worse = Object.fromEntries(Array.from({ length: 6 }, (_, k) => [`s${k}`, noise(random, 160)]));
    const good = noise(random, 160).map((value) => value / 10 + 0.01);
    expect((await probabilityOfOverfitting({ ...worse, good }, { splits: 8 })).pbo).toBe(0);
    const [first, second] = [
      await probabilityOfOverfitting(worse, { splits: 8 }),
      await probabilityOfOverfitting(Object.fromEntries(Object.entries(worse).reverse()), { splits: 8 }),
    ];
    expect(second.logits).toEqual(first.logits);
    expect(second.chosen).toEqual(first.chosen);
  });

  it("days that one strategy lacks and days that do not divide are left out and counted", async () => {
    const random = new Random(9);
    const [a, b] = [noise(random, 43), noise(random, 43)];
    a[3] = NaN;
    const found = await probabilityOfOverfitting({ a, b }, { splits: 4 });
    expect([found.days, found.missing, found.remainder]).toEqual([40, 1, 2]);
    expect(found.convention).toContain("2 days at the end left out");
  });

  it("one strategy, an odd number of splits and too few days are errors; constant strategies are never chosen", async () => {
    const a = noise(new Random(10), 40);
    await expect(probabilityOfOverfitting({ a })).rejects.toThrow(/only "a"/);
    await expect(probabilityOfOverfitting({ a, b: a }, { splits: 5 })).rejects.toThrow(/an even number/);
    await expect(probabilityOfOverfitting({ a, b: a }, { splits: 20 })).resolves.toMatchObject({ days: 40 });
    await expect(probabilityOfOverfitting({ a: a.subarray(0, 20), b: a.subarray(20) }, { splits: 12 })).rejects.toThrow(
      /2 days a block/,
    );
    const still = await probabilityOfOverfitting({ flat: new Float64Array(40).fill(0.01), a }, { splits: 4 });
    expect(still.chosen).toEqual({ flat: 0, a: 6 });
  });
});

describe("false discoveries", () => {
  it("Benjamini–Hochberg and Benjamini–Yekutieli, worked by hand", () => {
    const p = { a: 0.01, b: 0.04, c: 0.03, d: 0.005, none: NaN };
    const bh = falseDiscovery(p).objects() as { adjusted: number; discovery: number }[];
    expect(bh.map(({ adjusted }) => adjusted)).toEqual([0.02, 0.04, 0.04, 0.02, NaN]);
    expect(bh.map(({ discovery }) => discovery)).toEqual([1, 1, 1, 1, 0]);
    const by = falseDiscovery(p, { method: "by" });
    expect(by.get("adjusted", 0)).toBeCloseTo(0.02 * (1 + 1 / 2 + 1 / 3 + 1 / 4), 12);
  });

  it("adjusted values keep the order and are never smaller than the p-value", () =>
    fc.assert(
      fc.property(fc.array(fc.double({ min: 0, max: 1, noNaN: true }), { minLength: 1, maxLength: 30 }), (p) => {
        const adjusted = falseDiscovery(p).array("adjusted") as Float64Array;
        p.forEach((value, i) => expect(adjusted[i]).toBeGreaterThanOrEqual(value * (1 - 1e-12)));
        p.forEach((value, i) =>
          p.forEach((other, j) => value < other && expect(adjusted[i]).toBeLessThanOrEqual(adjusted[j]!)),
        );
      }),
    ));

  it("a p-value above 1 is named", () => {
    expect(() => falseDiscovery({ momentum: 1.2 })).toThrow(/"momentum" is 1.2/);
  });
});

/** Days × names of a score that knows `skill` of the label. */
function panelOf(days: number, names: number, skill: number, seed: number): Panel {
  const random = new Random(seed);
  const label = Float64Array.from({ length: days * names }, () => random.normal());
  return new Panel({
    dates: Float64Array.from({ length: days }, (_, d) => Date.UTC(2020, 0, 1 + d)),
    offsets: Int32Array.from({ length: days + 1 }, (_, d) => d * names),
    codes: Int32Array.from({ length: days * names }, (_, i) => i % names),
    instruments: Array.from({ length: names }, (_, i) => String.fromCharCode(65 + i)),
    columns: new Map([
      ["label", label],
      ["score", label.map((value) => skill * value + random.normal())],
    ]),
  });
}

describe("random signals", () => {
  it("observe the mean and the ratio that the daily figures have", async () => {
    const panel = panelOf(30, 20, 0.2, 1);
    const ic = calcIc(panel);
    for (const statistic of ["ic", "rankIc"] as const) {
      const found = await randomSignals(panel, { statistic, shuffles: 10 });
      expect(found.mean.observed).toBeCloseTo(mean(values(ic, statistic)), 12);
    }
    const longShort = await randomSignals(panel, { statistic: "longShort", shuffles: 10 });
    expect(longShort.mean.observed).toBeCloseTo(mean(values(calcLongShortReturn(panel), "longShort")), 12);
  });

  it("skill stands out, noise does not; the spread of the shuffles is 1 / √(days · (names − 1))", async () => {
    const skilled = await randomSignals(panelOf(60, 20, 0.5, 2), { shuffles: 400 });
    expect(skilled.mean.pValue).toBe(1 / 401);
    expect(skilled.mean.percentile).toBe(1);
    const none = await randomSignals(panelOf(60, 20, 0, 3), { shuffles: 400 });
    expect(none.mean.pTwoSided).toBeGreaterThan(0.01);
    expect(none.mean.std / (1 / Math.sqrt(60 * 19))).toBeGreaterThan(0.9);
    expect(none.mean.std / (1 / Math.sqrt(60 * 19))).toBeLessThan(1.1);
  });

  it("dates without two different pairs are skipped and counted; none at all is an error", async () => {
    const day = (score: number[]) => ({
      datetime: Array(3).fill("2020-01-02"),
      instrument: [..."ABC"],
      score,
      label: [0.1, 0.2, 0.3],
    });
    await expect(randomSignals(day([1, 1, 1]))).rejects.toThrow(/none of 1 dates/);
    await expect(randomSignals(day([NaN, NaN, 1]))).rejects.toThrow(InvalidArgumentError);
    expect((await randomSignals(day([1, 2, 3]), { shuffles: 20 })).skipped).toBe(0);
  });
});

describe("noise is seen as noise (the long form is a stress test)", () => {
  it("the deflated ratio believes at most 5 % of the winners, and overfitting is a coin", async () => {
    const found = await searchNoise(60);
    expect(found.deflatedAbove95).toBeLessThanOrEqual(0.05);
    expect(Math.abs(found.meanPbo - 0.5)).toBeLessThanOrEqual(0.1);
  });

  it("the 95 % intervals hold the truth about as often as they say", async () => {
    const found = await coverTruth(150, { resamples: 300, days: 500 });
    for (const share of Object.values(found)) {
      expect(share).toBeGreaterThanOrEqual(0.89);
      expect(share).toBeLessThanOrEqual(0.99);
    }
  });
});

describe("the notes that reports print", () => {
  it("every method has a sentence, a paper and a convention; an unknown one names the nearest", () => {
    for (const one of METHODS) for (const text of Object.values(one)) expect(text.length).toBeGreaterThan(2);
    expect(() => explainMethod("pb")).toThrow(UnknownNameError);
  });
});
