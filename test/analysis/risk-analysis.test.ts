import { table } from "arquero";
import { describe, expect, it } from "vitest";
import { indicatorAnalysis } from "../../src/analysis/indicator-analysis.js";
import { riskAnalysis, type RiskAnalysisOptions } from "../../src/analysis/risk-analysis.js";
import { InvalidArgumentError, UnknownNameError } from "../../src/errors.js";

const FIRST = [-0.02, 0.01, 0.03, -0.04, 0.005];
const SECOND = [0.01, -0.02, 0.015, 0, -0.01];

describe("risk analysis", () => {
  it.each<[string, number[], RiskAnalysisOptions, number[]]>([
    ["sum, day", FIRST, {}, [-0.003, 0.027294688127912362, -0.714, -1.6956319722259605, -0.04]],
    ["sum, week", FIRST, { freq: "week" }, [-0.003, 0.027294688127912362, -0.15, -0.7771916402262599, -0.04]],
    ["sum, N 252", FIRST, { N: 252 }, [-0.003, 0.027294688127912362, -0.756, -1.7447909049549244, -0.04]],
    ["product, day", FIRST, { mode: "product" }, [-0.0033001479478227402, 0.02746614701363833, -0.54467056827597, -1.8536346889263642, -0.04]],
    ["day", SECOND, {}, [-0.001, 0.014317821063276353, -0.238, -1.077485781695563, -0.02]],
    ["week", SECOND, { freq: "week" }, [-0.001, 0.014317821063276353, -0.05, -0.493864798324795, -0.02]],
    ["month", SECOND, { freq: "month" }, [-0.001, 0.014317821063276353, -0.012, -0.24194335156365362, -0.02]],
    ["a minute", SECOND, { freq: "1min" }, [-0.001, 0.014317821063276353, -57.12, -16.69233795312878, -0.02]],
    ["five minutes", SECOND, { freq: "5min" }, [-0.001, 0.014317821063276353, -11.424, -7.465040473319132, -0.02]],
    ["product", SECOND, { mode: "product" }, [-0.0010822339268260484, 0.01435249111148511, -0.22718157278427975, -1.1632748437217313, -0.02]],
    ["with a missing value", [0.01, NaN, -0.02], {}, [-0.005, 0.021213203435596427, -1.19, -3.636237371545238, -0.02]],
  ])("gives the reference's figures: %s", (_, returns, options, expected) => {
    const figures = riskAnalysis(returns, options);
    expect(Object.keys(figures)).toEqual(["mean", "std", "annualized_return", "information_ratio", "max_drawdown"]);
    Object.values(figures).forEach((value, i) => expect(Math.abs(value - expected[i]!)).toBeLessThan(1e-12));
  });

  it("measures the drawdown from the first value, and nothing of nothing", () => {
    expect(riskAnalysis([-0.05, 0.01]).max_drawdown).toBe(0);
    expect(riskAnalysis([]).max_drawdown).toBeNaN();
  });

  it("gives excess returns their figures", () => {
    const bench = [0.005, -0.01, 0.01, 0.001, -0.012];
    const cost = [0.001, 0.0005, 0, 0.0002, 0.001];
    const without = riskAnalysis(SECOND.map((value, i) => value - bench[i]!));
    const withCost = riskAnalysis(SECOND.map((value, i) => value - bench[i]! - cost[i]!));
    [0.0002, 0.006220932405998317, 0.0476, 0.4959786608729686, -0.01].forEach((value, i) =>
      expect(Object.values(without)[i]).toBeCloseTo(value, 12),
    );
    [-0.00034, 0.006186921690146078, -0.08092, -0.847798759007773, -0.0105].forEach((value, i) =>
      expect(Object.values(withCost)[i]).toBeCloseTo(value, 12),
    );
  });

  it("refuses a frequency, a number of periods and a mode that make no sense", () => {
    expect(() => riskAnalysis(FIRST, { freq: "fortnight" })).toThrow(InvalidArgumentError);
    expect(() => riskAnalysis(FIRST, { freq: "0day" })).toThrow(InvalidArgumentError);
    expect(() => riskAnalysis(FIRST, { N: 0 })).toThrow(InvalidArgumentError);
  });
});

describe("indicator analysis", () => {
  const first = table({ ffr: [1, NaN, 0.5], pa: [0.01, NaN, -0.02], pos: [1, NaN, 0], deal_amount: [100, 0, 300], value: [1000, 0, 600], count: [2, 0, 4] });
  const second = table({ ffr: [1, 0.5, NaN], pa: [0.1, -0.2, 0.3], pos: [1, 0, 0.5], deal_amount: [10, -20, 30], value: [100, 300, -100], count: [2, 3, 5] });
  it.each([
    [first, "mean", [2 / 3, -0.01, 1 / 3]],
    [first, "amount_weighted", [0.625, -0.0125, 1 / 3]],
    [first, "value_weighted", [0.8125, -0.00125, 1 / 3]],
    [second, "mean", [0.35, 0.11, 0.45]],
    [second, "amount_weighted", [1 / 3, 0.1, 0.45]],
    [second, "value_weighted", [0.5, -0.04, 0.45]],
  ] as const)("gives the reference's figures", (indicators, method, expected) => {
    Object.values(indicatorAnalysis(indicators, method)).forEach((value, i) => expect(value).toBeCloseTo(expected[i]!, 12));
  });

  it("names what it does not know", () => {
    expect(() => indicatorAnalysis(first, "median" as "mean")).toThrow(UnknownNameError);
    expect(() => indicatorAnalysis(table({ ffr: [1] }))).toThrow(UnknownNameError);
  });
});
