import { describe, expect, it } from "vitest";
import { analyzeFactor } from "../../src/analysis/factor/analyze-factor.js";
import { eventStudy } from "../../src/analysis/factor/event-study.js";
import { forwardReturns } from "../../src/analysis/factor/forward-returns.js";
import { groupAnalysis } from "../../src/analysis/factor/group-analysis.js";
import { groupRows } from "../../src/analysis/factor/grouping.js";
import { neutralize } from "../../src/analysis/factor/neutralize.js";
import { calcIc } from "../../src/analysis/ic.js";
import { pearson } from "../../src/analysis/pearson.js";
import { InvalidArgumentError, UnknownNameError } from "../../src/errors.js";
import { Panel } from "../../src/panel/panel.js";
import { Random } from "../../src/panel/random.js";
import { values } from "./vectors.js";

/** Dates × names with the given columns, drawn by seed. */
function drawn(days: number, names: number, seed: number, draw: (random: Random) => Record<string, number>): Panel {
  const random = new Random(seed);
  const rows = Array.from({ length: days * names }, () => draw(random));
  return Panel.from({
    datetime: rows.map((_, i) => new Date(Date.UTC(2019, 11, 1 + Math.floor(i / names)))),
    instrument: rows.map((_, i) => `S${i % names}`),
    ...Object.fromEntries(Object.keys(rows[0]!).map((name) => [name, rows.map((row) => row[name]!)])),
  });
}
const scored = (days: number, names: number, seed: number) =>
  drawn(days, names, seed, (random) => {
    const size = random.normal();
    const score = random.normal() + size;
    return { size, beta: random.normal(), score, r1: 0.01 * (score + random.normal()), r5: 0.02 * random.normal() };
  });

describe("forward returns", () => {
  it("count in dates of the panel, skip nothing, and are missing where a price is", () => {
    const prices = {
      datetime: ["2020-01-02", "2020-01-03", "2020-01-06", "2020-01-02", "2020-01-06"],
      instrument: ["A", "A", "A", "B", "B"],
      close: [100, 110, 121, 50, 60],
    };
    const found = forwardReturns(prices, { horizons: [1, 2], delay: 0 });
    expect(Array.from(found.get("r1"), (r) => +r.toFixed(12))).toEqual([0.1, NaN, 0.1, NaN, NaN]);
    expect(Array.from(found.get("r2"), (r) => +r.toFixed(12))).toEqual([0.21, 0.2, NaN, NaN, NaN]);
    expect(
      +forwardReturns(prices, { horizons: [1], delay: 1 })
        .get("r1")[0]!
        .toFixed(12),
    ).toBe(0.1);
    expect(() => forwardReturns(prices, { horizons: [0] })).toThrow(InvalidArgumentError);
  });
});

describe("the analysis of a factor", () => {
  it("counts the rows it leaves out, by reason, and uses the same rows for every horizon", async () => {
    const panel = Panel.from({
      datetime: Array(5).fill("2020-01-02"),
      instrument: [..."ABCDE"],
      score: [1, 2, 3, NaN, 5],
      r1: [0.1, 0.2, 0.3, 0.4, 0.5],
      r5: [0.1, 0.2, 0.3, 0.4, NaN],
    });
    const found = await analyzeFactor(panel, { quantiles: 3 });
    expect(found.rows).toEqual({ all: 5, noScore: 1, noReturn: 1, used: 3 });
    expect(found.daily.object(0)).toMatchObject({ horizon: "r1", Q1: 0.1, Q2: 0.2, Q3: 0.3 });
    expect(found.quantileScores.array("count")).toEqual([1, 1, 1]);
  });

  it("a factor that is the return has Rank IC 1, and its quantiles rise; a constant one has none", async () => {
    const panel = drawn(20, 30, 1, (random) => ({ r1: 0.01 * random.normal() }));
    const perfect = await analyzeFactor(panel.assign({ score: panel.get("r1") }));
    expect(Math.min(...values(perfect.ic, "rankIc"))).toBe(1);
    const means = values(perfect.quantileReturns, "mean");
    expect(means).toEqual([...means].sort((a, b) => a - b));
    const flat = await analyzeFactor(panel.assign({ score: new Float64Array(600).fill(1) }));
    expect(values(flat.ic, "rankIc").every(Number.isNaN)).toBe(true);
    expect(values(flat.daily, "factorReturn").every(Number.isNaN)).toBe(true);
  });

  it("a factor that does not move has no turnover and rank autocorrelation 1; the first dates have neither", async () => {
    const panel = drawn(6, 10, 2, (random) => ({ r1: random.normal() }));
    const still = panel.assign({ score: Float64Array.from(panel.codes) });
    const { turnover } = await analyzeFactor(still, { lags: [2] });
    expect(values(turnover, "Q1")).toEqual([NaN, NaN, 0, 0, 0, 0]);
    expect(values(turnover, "rankAutocorrelation").slice(2)).toEqual([1, 1, 1, 1]);
  });

  it("the cumulative curve of five steps is that of five staggered portfolios", async () => {
    const panel = drawn(3, 10, 3, () => ({ r5: 0.1 })).assign({
      score: Float64Array.from({ length: 30 }, (_, i) => i % 10),
    });
    const { cumulative } = await analyzeFactor(panel);
    expect(cumulative.get("Q5", 2)).toBeCloseTo(1.1 ** (3 / 5) - 1, 12);
  });

  it("names what is missing: no usable row, a column, a horizon", async () => {
    const day = { datetime: ["2020-01-02"], instrument: ["A"], score: [NaN], r1: [0.1] };
    await expect(analyzeFactor(day)).rejects.toThrow(/1 rows, 1 without "score"/);
    await expect(analyzeFactor({ ...day, score: [1] }, { score: "scor" })).rejects.toThrow(UnknownNameError);
    await expect(analyzeFactor(day, { horizons: { r1: 0 } })).rejects.toThrow(/"r1" has a horizon of 0 steps/);
    await expect(analyzeFactor(day, { quantiles: 1 })).rejects.toThrow(InvalidArgumentError);
  });
});

describe("groups", () => {
  it("a group has the IC that its rows alone have; rows without a group stand apart", () => {
    const panel = scored(40, 12, 4);
    const sectors = Object.fromEntries(panel.instruments.slice(0, 10).map((name, i) => [name, i % 2 ? "odd" : "even"]));
    const found = groupAnalysis(panel, sectors, { label: "r1", quantiles: 2 });
    expect(found.array("group")).toEqual(["even", "odd", "(no group)"]);
    const even = panel.filter(
      Uint8Array.from(panel.codes, (code) => (sectors[panel.instruments[code]!] === "even" ? 1 : 0)),
    );
    const alone = values(calcIc(even, { label: "r1" }), "ic");
    expect(found.get("ic", 0)).toBeCloseTo(alone.reduce((a, b) => a + b) / alone.length, 12);
    expect((found.array("rows") as number[]).reduce((a, b) => a + b)).toBe(panel.numRows);
  });

  it("years are those of the dates, and size classes are cut on each date", () => {
    const panel = scored(40, 12, 5);
    expect(groupAnalysis(panel, "year", { label: "r1" }).array("group")).toEqual(["2019", "2020"]);
    const { names, of } = groupRows(panel, { column: "size", quantiles: 3 });
    expect(names).toEqual(["size 1", "size 2", "size 3"]);
    expect(Array.from(of.slice(0, 12)).sort()).toEqual([0, 0, 0, 0, 1, 1, 1, 1, 2, 2, 2, 2]);
    expect(() => groupRows(panel, { Z: "none here" })).toThrow(/none of 480 rows/);
    expect(() => groupRows(panel, { column: "siz" })).toThrow(UnknownNameError);
  });
});

describe("a neutralised factor", () => {
  const panel = scored(10, 30, 6);
  const sectors = Object.fromEntries(panel.instruments.map((name, i) => [name, `s${i % 4}`]));

  it("is uncorrelated with what was taken out, and has no mean in any sector", () => {
    const {
      panel: after,
      effect,
      lost,
    } = neutralize(panel, { groups: sectors, factors: ["size", "beta"], label: "r1" });
    expect(lost).toBe(0);
    expect(effect.array("against")).toEqual(["size", "beta", "groups", "IC", "Rank IC"]);
    for (const row of [0, 1, 2]) expect(Math.abs(effect.get("after", row) as number)).toBeLessThan(1e-12);
    expect(effect.get("before", 0)).toBeGreaterThan(0.5);
    const [from, to] = after.rowsOf(0);
    const sums: Record<string, number> = {};
    for (let row = from; row < to; row++) {
      const sector = sectors[after.instruments[after.codes[row]!]!]!;
      sums[sector] = (sums[sector] ?? 0) + after.get("score")[row]!;
    }
    for (const sum of Object.values(sums)) expect(Math.abs(sum)).toBeLessThan(1e-12);
  });

  it("neutralising twice changes nothing more, and a factor given twice counts once", () => {
    const once = neutralize(panel, { factors: ["size"] }).panel.get("score");
    const twice = neutralize(panel.assign({ score: once }), { factors: ["size"] }).panel.get("score");
    const doubled = neutralize(panel.assign({ copy: panel.get("size") }), { factors: ["size", "copy"] }).panel.get(
      "score",
    );
    for (const other of [twice, doubled])
      expect(Math.max(...other.map((value, i) => Math.abs(value - once[i]!)))).toBeLessThan(1e-12);
    expect(
      pearson(Float64Array.from(once.subarray(0, 30)), Float64Array.from(panel.get("size").subarray(0, 30))),
    ).toBeCloseTo(0, 12);
  });

  it("rows without the factor lose their score and are counted; nothing to take out is an error", () => {
    const size = Float64Array.from(panel.get("size"));
    size[3] = NaN;
    const found = neutralize(panel.assign({ size }), { factors: ["size"] });
    expect([found.lost, found.panel.get("score")[3]]).toEqual([1, NaN]);
    expect(() => neutralize(panel, {})).toThrow(/neither groups nor factors/);
    expect(
      neutralize(panel.filter(Uint8Array.from({ length: 300 }, (_, i) => (i < 2 ? 1 : 0))), { factors: ["size"] })
        .thinDates,
    ).toBe(1);
  });
});

describe("an event study", () => {
  const prices = {
    datetime: ["2020-01-02", "2020-01-03", "2020-01-06"].flatMap((date) => [date, date]),
    instrument: Array(3).fill(["A", "B"]).flat() as string[],
    close: [100, 100, 110, 90, 121, 90],
  };

  it("takes returns from the event's price, both ways", () => {
    const { path, used, unmatched } = eventStudy(
      prices,
      { datetime: ["2020-01-03", "2020-01-03", "2020-01-03", "1999-01-01"], instrument: ["A", "B", "C", "A"] },
      { before: 1, after: 1 },
    );
    expect([used, unmatched]).toEqual([2, 2]);
    expect(path.array("step")).toEqual([-1, 0, 1]);
    expect((path.array("mean") as number[])[2]).toBeCloseTo((0.1 + 0) / 2, 12);
    expect((path.array("mean") as number[])[0]).toBeCloseTo((100 / 110 - 1 + (100 / 90 - 1)) / 2, 12);
  });

  it("demeaned, an event of every name is no event; none that meets the prices is an error", () => {
    const all = { datetime: ["2020-01-02", "2020-01-02"], instrument: ["A", "B"] };
    const { path } = eventStudy(prices, all, { before: 0, after: 2, demeaned: true });
    for (const value of path.array("mean") as number[]) expect(value).toBeCloseTo(0, 12);
    expect(() => eventStudy(prices, { datetime: ["2021-01-01"], instrument: ["A"] })).toThrow(
      /from 2020-01-02 to 2020-01-06/,
    );
  });
});
