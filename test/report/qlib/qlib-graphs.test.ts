import { describe, expect, it } from "vitest";
import { table, type ColumnTable } from "arquero";
import { InvalidArgumentError, UnknownNameError } from "../../../src/errors.js";
import { renderPng } from "../../../src/display/render.js";
import { modelPerformanceGraph } from "../../../src/report/qlib/model-performance-graph.js";
import { cumulativeReturnGraph, rankLabelGraph } from "../../../src/report/qlib/position-graphs.js";
import { reportGraph } from "../../../src/report/qlib/report-graph.js";
import { riskAnalysisGraph } from "../../../src/report/qlib/risk-analysis-graph.js";
import { scoreIcGraph } from "../../../src/report/qlib/score-ic-graph.js";
import type { Report } from "../../../src/report/report.js";
import { VEGA_LITE_VERSIONS } from "../../vega-lite-versions.js";
import { dailyReturns } from "../portfolio/report-tables.js";
import { NEXT_RETURNS, POSITIONS, PRED_LABEL, REPORT } from "../worked-example.js";

const ANALYSIS = table({
  kind: ["excess_return_without_cost", "excess_return_with_cost"].flatMap((kind) => Array<string>(5).fill(kind)),
  metric: Array.from({ length: 2 }, () => [
    "mean",
    "std",
    "annualized_return",
    "information_ratio",
    "max_drawdown",
  ]).flat(),
  risk: [0.00487, 0.0174, 1.158, 4.31, -0.01306, 0.00419, 0.01722, 0.997, 3.75, -0.01403],
});

const GRAPHS: Readonly<Record<string, () => Report>> = {
  reportGraph: () => reportGraph(REPORT),
  "reportGraph of a long back-test": () => reportGraph(dailyReturns(5000)),
  scoreIcGraph: () => scoreIcGraph(PRED_LABEL),
  riskAnalysisGraph: () => riskAnalysisGraph({ analysis: ANALYSIS, report: dailyReturns(200) }),
  cumulativeReturnGraph: () => cumulativeReturnGraph(POSITIONS, REPORT, NEXT_RETURNS),
  rankLabelGraph: () => rankLabelGraph(POSITIONS, NEXT_RETURNS),
  modelPerformanceGraph: () =>
    modelPerformanceGraph(PRED_LABEL, {
      N: 2,
      graphNames: ["group_return", "pred_ic", "pred_autocorr", "pred_turnover"],
    }),
};

const column = (from: ColumnTable, name: string) => [...(from.array(name) as Iterable<number>)];
function expectClose(found: readonly number[], expected: readonly number[], digits: number) {
  expect(found.length).toBe(expected.length);
  expected.forEach((value, i) =>
    Number.isNaN(value) ? expect(found[i]).toBeNaN() : expect(found[i]).toBeCloseTo(value, digits),
  );
}

describe.each(Object.entries(GRAPHS))("%s", (_, make) => {
  it("compiles without a warning in both versions of Vega-Lite", () => {
    for (const [name, spec] of Object.entries(make().figures))
      for (const { version, compile } of VEGA_LITE_VERSIONS) expect(compile(spec), `${name} in ${version}`).toEqual([]);
  });

  it("keeps to 150 KB of JSON and 120 KB of PNG, and speaks without NaN", async () => {
    const report = make();
    expect(report.sections.map(({ text }) => text).join("\n")).not.toMatch(/NaN|undefined|null/);
    for (const [name, spec] of Object.entries(report.figures)) {
      expect(JSON.stringify(spec).length, name).toBeLessThan(150_000);
      const { png, width } = await renderPng(spec);
      expect(png.length, name).toBeLessThan(120_000);
      expect(width, name).toBeLessThanOrEqual(1172);
    }
  });
});

describe("reportGraph", () => {
  it("ends where the worked example ends, after a row of zeros", () => {
    const found = reportGraph(REPORT).table("report");
    expect(found.numRows()).toBe(6);
    expect(found.get("date", 0)).toBe("T0");
    const last = {
      cum_return_wo_cost: 0.040298174,
      cum_return_w_cost: 0.036903943,
      return_wo_mdd: -0.009091386,
      return_w_cost_mdd: -0.010069732,
    };
    for (const [name, value] of Object.entries(last)) {
      expect(found.get(name, 0), name).toBe(0);
      expect(found.get(name, 5), name).toBeCloseTo(value, 9);
    }
    // The reference keeps the benchmark in float32.
    const excess = {
      cum_ex_return_wo_cost: 0.024334083,
      cum_ex_return_w_cost: 0.020939852,
      cum_ex_return_wo_cost_mdd: -0.013055631,
      cum_ex_return_w_cost_mdd: -0.014033977,
    };
    for (const [name, value] of Object.entries(excess)) expect(found.get(name, 5), name).toBeCloseTo(value, 6);
  });

  it("shades the deepest falls, both from 01-05 to 01-09", () => {
    const { text, spec } = reportGraph(REPORT).section("report");
    expect(text).toContain("deepest fall 2024-01-05 to 2024-01-09, of the excess 2024-01-05 to 2024-01-09");
    expect((spec as { vconcat: unknown[] }).vconcat.length).toBe(7);
  });

  it("says which column is missing", () => {
    expect(() => reportGraph({ datetime: ["2020-01-02"], return: [0.1] })).toThrow(UnknownNameError);
  });
});

it("scoreIcGraph has the worked example's figures", () => {
  const found = scoreIcGraph(PRED_LABEL).table("score-ic");
  expectClose(column(found, "ic").slice(0, 4), [0.584264809, 0.93523637, 0.469905047, -0.334787392], 9);
  expectClose(column(found, "rankIc").slice(0, 4), [0.632455532, 1, 0.4, 0.2], 9);
});

it("scoreIcGraph drops dates without a complete row, and keeps NaN for a single one", () => {
  const found = scoreIcGraph({
    datetime: ["2020-01-02", "2020-01-03", "2020-01-06", "2020-01-06"],
    instrument: ["A", "A", "A", "B"],
    score: [NaN, 1, 1, 2],
    label: [1, 1, 1, 2],
  }).table("score-ic");
  expect(found.numRows()).toBe(2);
  expectClose(column(found, "ic"), [NaN, 1], 12);
});

describe("riskAnalysisGraph", () => {
  it("needs an analysis or a report", () => {
    expect(() => riskAnalysisGraph({})).toThrow(InvalidArgumentError);
    expect(riskAnalysisGraph({ analysis: ANALYSIS }).sections.map(({ name }) => name)).toEqual(["risk"]);
  });

  it("leaves out months with fewer than three days", () => {
    const found = riskAnalysisGraph({
      report: {
        datetime: ["2020-01-30", "2020-01-31", "2020-02-03", "2020-02-04", "2020-02-05"],
        return: [1, 1, 0.01, 0.02, 0.03],
        cost: [0, 0, 0, 0, 0],
        bench: [0, 0, 0, 0, 0],
      },
    }).table("monthly-risk");
    expect(found.numRows()).toBe(1);
    expect(found.get("excess_return_with_cost_annualized_return", 0)).toBeCloseTo(0.02 * 238, 12);
  });
});

it("cumulativeReturnGraph has a section for each decision, and the worked example's sums", () => {
  const report = cumulativeReturnGraph(POSITIONS, REPORT, NEXT_RETURNS);
  expect(report.sections.map(({ name }) => name)).toEqual(["buy", "sell", "buy-minus-sell", "hold"]);
  expectClose(
    column(report.table("buy-minus-sell"), "cum_buy_minus_sell"),
    [0.015620781, 0.068651084, 0.069231804, 0.069231804],
    6,
  );
});

it("rankLabelGraph has the worked example's ranks", () => {
  expectClose(column(rankLabelGraph(POSITIONS, NEXT_RETURNS).table("rank-label"), "buy"), [56.25, 50, 25, 0, 62.5], 12);
});

describe("modelPerformanceGraph", () => {
  it("has the worked example's groups", () => {
    const found = modelPerformanceGraph(PRED_LABEL, { N: 2 }).table("group-return");
    const cumulative = (name: string) =>
      column(found, name).reduce<number[]>((sums, value) => [...sums, (sums.at(-1) ?? 0) + value], []);
    expectClose(cumulative("Group1").slice(0, 4), [0.011614402, 0.051765917, 0.049255157, 0.046008403], 9);
    expectClose(cumulative("Group2").slice(0, 4), [0.003429878, 0.004566242, 0.004843097, 0.004566242], 9);
    expectClose(cumulative("longAverage").slice(0, 4), [0.004092262, 0.023599838, 0.02220603, 0.020721081], 9);
  });

  it("has the worked example's autocorrelation, and names the graphs that exist", () => {
    const found = modelPerformanceGraph(PRED_LABEL).table("autocorrelation");
    expectClose(column(found, "autocorr"), [NaN, -0.2, 0.2, 0.8, -0.8], 12);
    expect(() => modelPerformanceGraph(PRED_LABEL, { graphNames: ["pred_icc" as "pred_ic"] })).toThrow(
      'did you mean "pred_ic"?',
    );
  });
});
