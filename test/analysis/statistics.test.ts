import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { table } from "arquero";
import { drawdownTable } from "../../src/analysis/drawdown-table.js";
import { periodReturns } from "../../src/analysis/period-returns.js";
import { riskAnalysis } from "../../src/analysis/risk-analysis.js";
import { rollingStatistics } from "../../src/analysis/rolling-statistics.js";
import { listStatistics, registerStatistic } from "../../src/analysis/statistic/statistic-registry.js";
import { statistics, type StatisticsOptions } from "../../src/analysis/statistics.js";
import type { ReturnSource } from "../../src/analysis/statistic/return-series.js";
import { DataError, InvalidArgumentError, UnknownNameError } from "../../src/errors.js";

const value = (returns: ReturnSource, id: string, options: StatisticsOptions = {}): number =>
  statistics(returns, { ...options, ids: [id] }).get("value", 0) as number;
const series = fc.array(
  fc.integer({ min: -90, max: 200 }).map((n) => n / 1000),
  { minLength: 2, maxLength: 40 },
);
const day = (i: number) => new Date(Date.UTC(2020, 0, 1 + i));
const dated = (returns: readonly number[]) => ({ datetime: returns.map((_, i) => day(i)), return: returns });

describe("the table of statistics", () => {
  it("says for every figure what it is, how it was computed, from how many periods", () => {
    const found = statistics(dated([0.01, NaN, 0.02]), { benchmark: dated([0.01, 0.01, NaN]), trials: [0.1, 0.2] });
    expect(found.numRows()).toBe(listStatistics().length);
    for (const row of found.objects() as Record<string, string>[]) {
      expect(row.id).toMatch(/^[a-z0-9_]+$/);
      expect(row.label!.length).toBeGreaterThan(0);
      expect(row.formula!.length).toBeGreaterThan(0);
    }
    const sharpe = found.objects().find((row) => (row as { id: string }).id === "sharpe") as Record<string, unknown>;
    expect(sharpe).toMatchObject({
      n: 2,
      missing: 1,
      convention: "252 periods a year, compounded, risk-free 0; ddof 1",
    });
    const beta = found.objects().find((row) => (row as { id: string }).id === "beta") as Record<string, unknown>;
    expect(beta).toMatchObject({ n: 1, missing: 2 });
  });

  it("a mode changes the formula with the figure", () => {
    const both = (["sum", "product"] as const).map((mode) =>
      statistics([0.5, -0.5], { mode, ids: ["cumulative_return", "max_drawdown"] }),
    );
    expect(both.map((one) => Array.from(one.array("value")))).toEqual([
      [0, -0.5],
      [-0.25, -0.5],
    ]);
    expect(both.map((one) => one.get("formula", 0))).toEqual(["Σ r", "Π(1 + r) − 1"]);
  });

  it("added up, it is Qlib's risk analysis, but for a loss on the first day", () => {
    const returns = [0.03, -0.02, 0.01, -0.04, 0.005];
    const qlib = riskAnalysis(returns, { N: 252 });
    const options = { mode: "sum" } as const;
    expect(value(returns, "annual_return", options)).toBeCloseTo(qlib.annualized_return, 12);
    expect(value(returns, "max_drawdown", options)).toBeCloseTo(qlib.max_drawdown, 12);
    expect(value([-0.02, 0.01], "max_drawdown", options)).toBe(-0.02);
    expect(riskAnalysis([-0.02, 0.01]).max_drawdown).toBe(0);
  });

  it("a column of the same table can be the benchmark", () => {
    const report = table({
      datetime: [day(0), day(1), day(2)],
      return: [0.02, 0.04, -0.02],
      bench: [0.01, 0.02, -0.01],
    });
    expect(value(report, "beta", { benchmark: "bench" })).toBeCloseTo(2, 12);
    expect(() => value(report, "beta", { benchmark: "bnch" })).toThrow(/did you mean "bench"/);
  });

  it("a benchmark is matched by date, and its missing days are counted, not filled", () => {
    const benchmark = { datetime: [day(1), day(2), day(5)], return: [0.01, 0.02, 0.5] };
    const found = statistics(dated([0.5, 0.02, 0.04]), { benchmark, ids: ["beta", "matched"] });
    expect(Array.from(found.array("value"))).toEqual([2, 2]);
    expect(found.get("missing", 0)).toBe(1);
    expect(() => statistics([0.1, 0.2], { benchmark: [0.1] })).toThrow(/2 returns and 1 of the benchmark/);
    const elsewhere = { datetime: [day(100)], return: [0.1] };
    expect(() => value(dated([0.1]), "beta", { benchmark: elsewhere })).toThrow(/no date has a return in both/);
  });
});

describe("a statistic of one's own", () => {
  it("stands in every table until it is taken out; the last of an id wins; a built-in one stays", () => {
    registerStatistic({ id: "mine", compute: ({ n }) => n });
    const remove = registerStatistic({ id: "mine", formula: "2n", compute: ({ n }) => 2 * n });
    const ids = () => statistics([0.1, 0.2]).array("id") as string[];
    expect(ids().filter((id) => id === "mine")).toHaveLength(1);
    expect(value([0.1, 0.2], "mine")).toBe(4);
    expect(rollingStatistics([0.1, 0.2], { window: 2, ids: ["mine"] }).get("mine", 1)).toBe(4);
    expect(remove()).toBe(true);
    expect(ids()).not.toContain("mine");
    expect(() => registerStatistic({ id: "sharpe", compute: () => 1 })).toThrow(/built-in/);
    expect(() => registerStatistic({ id: "", compute: () => 1 })).toThrow(InvalidArgumentError);
  });
});

describe("laws", () => {
  it("a drawdown is between the worst it can be and nothing, none when nothing falls; its depth is the table's first", () =>
    fc.assert(
      fc.property(series, (returns) => {
        const worst = value(returns, "max_drawdown");
        expect(worst).toBeLessThanOrEqual(0);
        expect(worst).toBeGreaterThanOrEqual(-1);
        const rows = drawdownTable(returns);
        expect(rows.numRows() ? rows.get("depth", 0) : 0).toBe(worst);
        expect(value(returns.map(Math.abs), "max_drawdown")).toBe(0);
        expect(value(returns.map(Math.abs), "calmar")).toBeNaN();
      }),
    ));

  it("twice the returns: twice the volatility, the same Sharpe ratio, skew, beta ratio", () =>
    fc.assert(
      fc.property(series, (returns) => {
        const twice = returns.map((r) => 2 * r);
        const same = (a: number, b: number) => (Number.isNaN(a) ? expect(b).toBeNaN() : expect(b).toBeCloseTo(a, 9));
        for (const id of ["sharpe", "sortino", "skew", "kurtosis", "win_rate", "profit_factor", "tail_ratio"])
          same(value(returns, id), value(twice, id));
        same(2 * value(returns, "annual_volatility"), value(twice, "annual_volatility"));
        same(2 * value(returns, "annual_return", { mode: "sum" }), value(twice, "annual_return", { mode: "sum" }));
      }),
    ));

  it("another order of the days changes the path, not the distribution", () =>
    fc.assert(
      fc.property(series, (returns) => {
        const back = [...returns].reverse();
        for (const id of [
          "cumulative_return",
          "annual_volatility",
          "sharpe",
          "omega",
          "var_95",
          "cvar_95",
          "win_rate",
        ]) {
          const [a, b] = [value(returns, id), value(back, id)];
          if (Number.isFinite(a)) expect(b).toBeCloseTo(a, 9);
          else expect(b).toBe(a);
        }
      }),
    ));

  it("missing days change nothing but the count", () =>
    fc.assert(
      fc.property(series, fc.nat(39), (returns, at) => {
        const holed = [...returns.slice(0, at), NaN, ...returns.slice(at)];
        const [a, b] = [statistics(returns), statistics(holed)];
        const rows = (found: typeof a) =>
          (found.objects() as { id: string; value: number }[])
            .filter(({ id }) => id !== "missing")
            .map(({ value }) => value);
        expect(rows(b)).toEqual(rows(a));
        expect(value(holed, "missing")).toBe(1);
      }),
    ));

  it("months compound to the year, and a window as long as the series is the series", () => {
    const returns = dated(Array.from({ length: 90 }, (_, i) => ((i * 7) % 11) / 500 - 0.01));
    const months = periodReturns(returns).array("return") as Float64Array;
    expect(months.reduce((wealth, r) => wealth * (1 + r), 1) - 1).toBeCloseTo(value(returns, "cumulative_return"), 12);
    const rolled = rollingStatistics(returns, { window: 90, ids: ["sharpe", "max_drawdown"] });
    expect(rolled.get("sharpe", 89)).toBe(value(returns, "sharpe"));
    expect(rolled.get("sharpe", 88)).toBeNaN();
  });
});

describe("the extreme-value tail", () => {
  it("of exponential losses has shape 0, value at risk −ln 0.01 and a shortfall of one more", () => {
    const n = 20_000;
    const losses = Array.from({ length: n }, (_, i) => Math.log(1 - (i + 0.5) / n));
    expect(value(losses, "gpd_var_99")).toBeCloseTo(Math.log(0.01), 1);
    expect(value(losses, "gpd_es_99")).toBeCloseTo(Math.log(0.01) - 1, 1);
    expect(value(losses.slice(0, 50), "gpd_var_99")).toBeNaN();
  });
});

describe("bad input", () => {
  it.each([
    ["no returns", []],
    ["only missing ones", [NaN, NaN]],
  ])("%s: no figure, no error, the counts are right", (_, returns) => {
    const found = statistics(dated(returns)).objects() as { id: string; unit: string; value: number }[];
    for (const { id, unit, value } of found)
      if (!["count", "periods"].includes(unit)) expect([id, value]).toEqual([id, NaN]);
    expect(value(returns, "periods")).toBe(0);
    expect(value(returns, "missing")).toBe(returns.length);
    expect(drawdownTable(dated(returns)).numRows()).toBe(0);
    expect(periodReturns(dated(returns)).numRows()).toBe(0);
  });

  it("one day has a return and no deviation", () => {
    expect(value([0.01], "cumulative_return")).toBeCloseTo(0.01, 15);
    for (const id of ["sharpe", "annual_volatility", "skew", "probabilistic_sharpe"])
      expect(value([0.01], id)).toBeNaN();
  });

  it("constant returns have no deviation to divide by: undefined, not infinite", () => {
    const constant = Array(20).fill(0.1) as number[];
    for (const id of ["sharpe", "skew", "kurtosis", "risk_return_ratio", "calmar", "profit_factor"])
      expect([id, value(constant, id)]).toEqual([id, NaN]);
    expect(value(constant, "volatility")).toBe(0);
    expect(value([0.1, 0.2, 0.1], "beta", { benchmark: [0.1, 0.1, 0.1] })).toBeNaN();
  });

  it("names what is wrong: an unknown id, what an id needs, an infinite return, a date twice, a wrong option", () => {
    expect(() => statistics([0.1], { ids: ["sharp"] })).toThrow(/did you mean "sharpe"/);
    expect(() => statistics([0.1], { ids: ["best_month"] })).toThrow(/it needs dates/);
    expect(() => statistics([0.1], { ids: ["deflated_sharpe"] })).toThrow(/it needs trials/);
    expect(() => statistics([0.1, Infinity])).toThrow(/return number 1 is Infinity/);
    expect(() => statistics({ datetime: [day(0), day(0)], return: [0, 0] })).toThrow(DataError);
    expect(() => statistics({ datetime: [day(0)], a: [0], b: [0] })).toThrow(UnknownNameError);
    expect(() => statistics([0.1], { periodsPerYear: 0 })).toThrow(InvalidArgumentError);
    expect(() => statistics([0.1], { mode: "log" as never })).toThrow(/neither "product" nor "sum"/);
    expect(() => rollingStatistics([0.1], { window: 1 })).toThrow(InvalidArgumentError);
    expect(() => periodReturns([0.1])).toThrow(/no dates/);
    expect(() => drawdownTable([0.1], { top: 0 })).toThrow(InvalidArgumentError);
  });
});
