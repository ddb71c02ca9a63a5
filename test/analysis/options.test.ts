import { table } from "arquero";
import { describe, expect, it } from "vitest";
import { drawdownTable } from "../../src/analysis/drawdown-table.js";
import { calcIc } from "../../src/analysis/ic.js";
import { calcLongShortPrec } from "../../src/analysis/long-short-prec.js";
import { calcLongShortReturn } from "../../src/analysis/long-short-return.js";
import { mean, std } from "../../src/analysis/moments.js";
import { predAutocorr } from "../../src/analysis/pred-autocorr.js";
import { calcQuantileReturns } from "../../src/analysis/quantile-returns.js";
import { riskAnalysis } from "../../src/analysis/risk-analysis.js";
import { rollingStatistics } from "../../src/analysis/rolling-statistics.js";
import { statistics } from "../../src/analysis/statistics.js";
import { InvalidArgumentError, UnknownNameError } from "../../src/errors.js";
import { PortAnaRecord } from "../../src/record-template/port-ana-record.js";
import { SigAnaRecord } from "../../src/record-template/sig-ana-record.js";
import { portfolioReport } from "../../src/report/portfolio/portfolio-report.js";
import { tearSheet } from "../../src/report/portfolio/tear-sheet.js";
import { modelPerformanceGraph } from "../../src/report/qlib/model-performance-graph.js";
import { signalReport } from "../../src/report/signal/signal-report.js";
import { FOUR_DATES } from "./vectors.js";

const RETURNS = { datetime: ["2024-01-02", "2024-01-03", "2024-01-04"], return: [0.01, -0.02, 0.03] };
const PRICES = { datetime: ["2024-01-02"], instrument: ["A"], close: [1] };
const recorder = undefined;

describe("a misspelt option is refused with the nearest name, no longer left unread", () => {
  it.each<[string, (options: never) => unknown, object, string]>([
    ["calcIc", (o) => calcIc(FOUR_DATES, o), { dropNa: true }, "dropna"],
    ["calcLongShortReturn", (o) => calcLongShortReturn(FOUR_DATES, o), { quantiles: 0.4 }, "quantile"],
    ["calcLongShortPrec", (o) => calcLongShortPrec(FOUR_DATES, o), { is_alpha: true }, "isAlpha"],
    ["predAutocorr", (o) => predAutocorr(FOUR_DATES, o), { lags: 5 }, "lag"],
    ["calcQuantileReturns", (o) => calcQuantileReturns(FOUR_DATES, o), { quantile: 3 }, "quantiles"],
    ["riskAnalysis", (o) => riskAnalysis([0.1], o), { frec: "week" }, "freq"],
    ["statistics", (o) => statistics(RETURNS, o), { bencmark: RETURNS }, "benchmark"],
    ["rollingStatistics", (o) => rollingStatistics(RETURNS, o), { windows: 2 }, "window"],
    ["drawdownTable", (o) => drawdownTable(RETURNS, o), { tops: 3 }, "top"],
    ["signalReport", (o) => signalReport(FOUR_DATES, o), { quantle: 3 }, "quantiles"],
    ["signalReport of a factor", (o) => signalReport(FOUR_DATES, PRICES, o), { horizon: [1] }, "horizons"],
    ["portfolioReport", (o) => portfolioReport(RETURNS, o), { sectons: [] }, "sections"],
    ["tearSheet", (o) => tearSheet(RETURNS, undefined, o), { period_per_year: 12 }, "periodsPerYear"],
    ["modelPerformanceGraph", (o) => modelPerformanceGraph(FOUR_DATES, o), { graph_names: [] }, "graphNames"],
    ["SigAnaRecord", (o) => new SigAnaRecord({ recorder, ...(o as object) }), { ana_long_short: true }, "anaLongShort"],
    ["PortAnaRecord", (o) => new PortAnaRecord({ recorder, ...(o as object) }), { configs: {} }, "config"],
  ])("%s", async (_, call, options, nearest) => {
    const failed = await (async () => call(options as never))().catch((error: unknown) => error);
    expect(failed).toBeInstanceOf(UnknownNameError);
    expect((failed as Error).message).toContain(`did you mean "${nearest}"?`);
  });

  it("but every record takes the model and the dataset of a workflow", () => {
    const parts = { recorder, model: {}, dataset: {} } as never;
    expect([new SigAnaRecord(parts).list().length, new PortAnaRecord(parts).list().length]).toEqual([2, 4]);
  });

  it("and a class of one's own that extends a record has options of its own", () => {
    class OwnRecord extends SigAnaRecord {}
    class OwnPortfolio extends PortAnaRecord {}
    expect(new OwnRecord({ recorder, mine: 1 } as never).list()).toEqual(["ic", "ric"]);
    expect(new OwnPortfolio({ recorder, mine: 1 } as never).list()).toContain("report_normal_1day");
  });
});

describe("missing values", () => {
  it("of a table are null: they are left out, not taken as 0", () => {
    const values = [0.01, null, -0.02, undefined] as unknown as number[];
    expect(riskAnalysis(values)).toEqual(riskAnalysis([0.01, NaN, -0.02, NaN]));
    expect(riskAnalysis(values).mean).toBe(-0.005);
    expect([mean(values), std(values)]).toEqual([-0.005, std([0.01, -0.02])]);
    const found = riskAnalysis(table({ return: values }).array("return") as number[]);
    expect(found.max_drawdown).toBe(-0.02);
  });
});

describe("risk analysis", () => {
  it("needs numbers, and the periods of a year", () => {
    expect(() => riskAnalysis(table(RETURNS) as never)).toThrow("returns as numbers expected");
    expect(() => riskAnalysis(RETURNS as never)).toThrow(InvalidArgumentError);
    expect(() => riskAnalysis([0.1], { freq: null })).toThrow("neither N nor freq given");
    expect(riskAnalysis([0.1, 0.2], { freq: null, N: 10 }).annualized_return).toBeCloseTo(1.5, 12);
  });

  it.each<[string, number[], object]>([
    ["nothing", [], { mean: NaN, std: NaN, annualized_return: NaN, information_ratio: NaN, max_drawdown: NaN }],
    ["nothing there", [NaN, NaN], { mean: NaN, std: NaN, max_drawdown: NaN }],
    ["one day", [0.01], { mean: 0.01, std: NaN, information_ratio: NaN, max_drawdown: 0 }],
    ["equal returns", [0.01, 0.01, 0.01], { mean: 0.01, std: 0, information_ratio: Infinity, max_drawdown: 0 }],
    ["zeros", [0, 0], { mean: 0, std: 0, information_ratio: NaN, max_drawdown: 0 }],
    ["a loss on the first day", [-0.1, 0.02], { max_drawdown: 0 }],
    ["a loss on the second", [0, -0.1, 0.02], { max_drawdown: -0.1 }],
  ])("of %s", (_, returns, expected) => {
    const found = riskAnalysis(returns) as unknown as Record<string, number>;
    for (const [name, value] of Object.entries(expected))
      if (Number.isFinite(value)) expect(found[name], name).toBeCloseTo(value as number, 12);
      else expect(found[name], name).toBe(value);
  });
});
