import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { riskAnalysis } from "../../../src/analysis/risk-analysis.js";
import { renderPng } from "../../../src/display/render.js";
import { DataError, InvalidArgumentError, UnknownNameError } from "../../../src/errors.js";
import { reportToHtml } from "../../../src/notebook/report-page.js";
import { portfolioReport, type PortfolioReportOptions } from "../../../src/report/portfolio/portfolio-report.js";
import type { Report } from "../../../src/report/report.js";
import { itGolden, sharedPath } from "../../shared.js";
import { VEGA_LITE_VERSIONS } from "../../vega-lite-versions.js";
import { REPORT } from "../worked-example.js";
import { dailyReturns, minuteReturns, type ReportColumns } from "./report-tables.js";

/** Small draws: these tests look at the report, not at the bootstrap. */
const QUICK: PortfolioReportOptions = { resamples: 50 };

const words = (report: Report): string =>
  [
    ...Object.values(report.facts),
    ...report.notes,
    ...report.sections.flatMap(({ meaning, text }) => [meaning, text]),
  ].join("\n");

const CASES: Readonly<Record<string, ReportColumns>> = {
  "an ordinary back-test": dailyReturns(300),
  "one day": dailyReturns(1),
  "two days": dailyReturns(2),
  "constant returns": { ...dailyReturns(90), return: new Array<number>(90).fill(0.001) },
  "nothing earned": { ...dailyReturns(90), return: new Array<number>(90).fill(0), cost: new Array<number>(90).fill(0) },
  "missing days of the benchmark": {
    ...dailyReturns(200),
    bench: dailyReturns(200).bench!.map((value, i) => (i % 3 === 0 ? NaN : value)),
  },
  "a benchmark that is all missing": { ...dailyReturns(60), bench: new Array<number>(60).fill(NaN) },
  "missing days of the strategy": {
    ...dailyReturns(200),
    return: dailyReturns(200).return.map((value, i) => (i % 5 === 0 ? NaN : value)),
  },
  "bare returns": { datetime: dailyReturns(200).datetime, return: dailyReturns(200).return },
  "a total loss": { ...dailyReturns(60), return: dailyReturns(60).return.map((value, i) => (i === 30 ? -1 : value)) },
  "twenty years of days": dailyReturns(5000),
};

describe.each(Object.entries(CASES))("the portfolio report of %s", (_, columns) => {
  it.each(["sum", "product"] as const)("compiles without a warning in both versions of Vega-Lite, mode %s", async (mode) => {
    const { figures } = await portfolioReport(columns, { ...QUICK, mode });
    for (const { compile, version } of VEGA_LITE_VERSIONS)
      for (const [name, spec] of Object.entries(figures)) expect(compile(spec), `${name} in ${version}`).toEqual([]);
  });

  it("says everything in words, without NaN, undefined, an infinity of nothing or a negative zero", async () => {
    expect(words(await portfolioReport(columns, QUICK))).not.toMatch(/NaN|undefined|null|Infinity|−0(\.0+)?(?![.\d])/);
  });

  it("stays within 150 KB of JSON and 120 KB of PNG a figure", async () => {
    for (const [name, spec] of Object.entries((await portfolioReport(columns, QUICK)).figures)) {
      expect(JSON.stringify(spec).length, name).toBeLessThan(150_000);
      const { png, width } = await renderPng(spec);
      expect(png.length, name).toBeLessThan(120_000);
      expect(width, name).toBeLessThanOrEqual(1172);
    }
  }, 60_000);
});

describe("the portfolio report", () => {
  it("has the vectors of the worked example: risk of the excess, mode sum, 238 days", async () => {
    const report = await portfolioReport(REPORT, { ...QUICK, mode: "sum", periodsPerYear: 238 });
    const risk = Object.fromEntries(
      (report.table("risk").objects() as { kind: string; metric: string; risk: number }[]).map(({ kind, metric, risk }) => [
        `${kind}.${metric}`,
        risk,
      ]),
    );
    const expected = {
      "excess_return_without_cost.mean": 0.0048667981558975,
      "excess_return_without_cost.std": 0.0174043881595441,
      "excess_return_without_cost.annualized_return": 1.1582979611036153,
      "excess_return_without_cost.information_ratio": 4.313929593431395,
      "excess_return_without_cost.max_drawdown": -0.0130556950842853,
      "excess_return_with_cost.mean": 0.0041879520193017,
      "excess_return_with_cost.std": 0.0172211274819351,
      "excess_return_with_cost.annualized_return": 0.9967325805938004,
      "excess_return_with_cost.information_ratio": 3.7517042412257857,
      "excess_return_with_cost.max_drawdown": -0.0140340413793083,
    };
    expect(Object.keys(risk)).toEqual(Object.keys(expected));
    for (const [name, value] of Object.entries(expected)) expect(risk[name], name).toBeCloseTo(value, 11);
  });

  it("accumulates the worked example as Qlib's report graph does", async () => {
    const path = (await portfolioReport(REPORT, { ...QUICK, mode: "sum" })).table("performance");
    const last = (name: string) => path.get(name, 4) as number;
    expect(last("cum_return_before_cost")).toBeCloseTo(0.040298174, 9);
    expect(last("cum_return")).toBeCloseTo(0.036903943, 9);
    // The reference keeps the benchmark in float32: the last two digits differ.
    expect(last("cum_excess_before_cost")).toBeCloseTo(0.024334083, 6);
    expect(last("cum_excess")).toBeCloseTo(0.020939852, 6);
    expect(last("drawdown")).toBeCloseTo(-0.010069732, 9);
  });

  itGolden("has the reference's figures of a golden back-test of 713 days", async () => {
    const read = (name: string) => readFileSync(sharedPath("golden", "backtest", name), "utf8");
    const [header, ...lines] = read("topk50-limit-report.csv").trim().split("\n");
    const names = header!.trim().split(",");
    const rows = lines.map((line) => line.trim().split(","));
    const columns = Object.fromEntries(
      names.map((name, j) => [name, rows.map((row) => (name === "datetime" ? row[j]! : Number(row[j])))]),
    );
    const { port_analysis } = (
      JSON.parse(read("backtest.json")) as {
        variants: Record<string, { port_analysis: Record<string, Record<string, number>> }>;
      }
    ).variants["topk50-limit"]!;
    const report = await portfolioReport(columns, { ...QUICK, mode: "sum", periodsPerYear: 238 });
    const risk = report.table("risk").objects() as { kind: string; metric: string; risk: number }[];
    expect(risk.length).toBe(10);
    for (const { kind, metric, risk: value } of risk) {
      const expected = port_analysis[kind]![metric]!;
      expect(Math.abs(value - expected), `${kind}.${metric}`).toBeLessThan(1e-8 * Math.max(1, Math.abs(expected)));
    }
    expect(report.facts.Days).toBe(713);
    const months = report.table("calendar");
    expect((months.array("n") as number[]).reduce((sum, n) => sum + n, 0)).toBe(713);
    const monthSum = Array.from(months.array("return") as ArrayLike<number>).reduce((sum, value) => sum + value, 0);
    expect(monthSum).toBeCloseTo(report.table("performance").get("cum_return", 712) as number, 12);
  });

  it("leaves the excess to days on which both sides have a return, and says how many lack it", async () => {
    const report = await portfolioReport(CASES["missing days of the benchmark"]!, QUICK);
    expect(report.notes.join("\n")).toContain("67 without a return of the benchmark: no excess there");
    const own = CASES["missing days of the benchmark"] as ReturnType<typeof dailyReturns>;
    const excess = own.return.flatMap((value, i) =>
      Number.isNaN(own.bench[i]) ? [] : [value - own.cost[i]! - own.bench[i]!],
    );
    const with_cost = riskAnalysis(excess, { N: 252 }).annualized_return;
    const found = (report.table("risk").objects() as { kind: string; metric: string; risk: number }[]).find(
      ({ kind, metric }) => kind === "excess_return_with_cost" && metric === "annualized_return",
    );
    expect(found!.risk).toBeCloseTo(with_cost, 12);
  });

  it("leaves out a benchmark that never meets the dates, and says so", async () => {
    const { facts, notes } = await portfolioReport(CASES["bare returns"]!, {
      ...QUICK,
      benchmark: { datetime: ["1999-01-04", "1999-01-05"], return: [0.1, 0.2] },
    });
    expect(notes.join("\n")).toContain("the benchmark has a return on none of them and is left out");
    expect(Object.keys(facts)).not.toContain("Annual excess");
  });

  it("counts rows without a return", async () => {
    const { notes, facts } = await portfolioReport(CASES["missing days of the strategy"]!, QUICK);
    expect(notes.join("\n")).toContain("160 days with a return; 40 without one left out");
    expect(facts.Days).toBe(160);
  });

  it("refuses what it cannot report on, and says what to do", async () => {
    const day = { datetime: ["2020-01-02"], return: [0.01] };
    const refused = async (source: Parameters<typeof portfolioReport>[0], options: PortfolioReportOptions = {}) =>
      portfolioReport(source, { ...QUICK, ...options }).then(
        () => undefined,
        (error: unknown) => error,
      );
    expect(await refused({ datetime: [], return: [] })).toMatchObject({
      name: InvalidArgumentError.name,
      message: expect.stringContaining("none of its 0 rows has a return") as unknown,
    });
    expect(await refused({ datetime: ["2020-01-02", "2020-01-03"], return: [NaN, NaN] })).toBeInstanceOf(
      InvalidArgumentError,
    );
    expect(await refused([0.01, 0.02])).toBeInstanceOf(InvalidArgumentError);
    expect(await refused({ return: [0.01] })).toBeInstanceOf(UnknownNameError);
    expect(await refused({ datetime: ["2020-01-02"], profit: [0.01], loss: [1] })).toBeInstanceOf(UnknownNameError);
    for (const column of ["return", "cost", "bench"])
      expect(String(await refused({ ...day, [column]: [-Infinity] })), column).toContain(
        `"${column}" is -Infinity on 2020-01-02`,
      );
    expect(String(await refused({ datetime: ["2020-01-02", "2020-01-02"], return: [0, 0] }))).toContain("occurs twice");
    expect(await refused({ datetime: ["2020-01-02", "2020-01-02"], return: [0, 0] })).toBeInstanceOf(DataError);
    expect(String(await refused(day, { sections: ["drawdown"] }))).toContain('did you mean "drawdowns"?');
  });

  it("makes the sections asked for, in that order", async () => {
    const { sections } = await portfolioReport(dailyReturns(60), { ...QUICK, sections: ["statistics", "performance"] });
    expect(sections.map(({ name }) => name)).toEqual(["statistics", "performance"]);
  });

  it("compounds a day's minutes, and adds up what they cost and turned over", async () => {
    const at = (day: number, minute: number) => new Date(Date.UTC(2020, 0, day, 9, 30 + minute));
    const report = await portfolioReport(
      {
        datetime: [at(2, 0), at(2, 1), at(3, 0)],
        return: [0.5, 0.5, -0.5],
        cost: [0, 0.25, 0],
        turnover: [1, 0.5, 0],
      },
      { ...QUICK, sections: ["performance"] },
    );
    const path = report.table("performance");
    expect([...path.array("return")]).toEqual([1.5 * 1.25 - 1, -0.5]);
    expect([...path.array("cost")]).toEqual([0.25, 0]);
    expect([...path.array("turnover")]).toEqual([1.5, 0]);
    expect(report.notes.join("\n")).toContain("2 days with a return; 3 rows within the days put together");
  });

  it("draws seven years of minutes in under two seconds", async () => {
    const minutes = minuteReturns(7 * 252, 240);
    // The first picture loads the renderer.
    await renderPng((await portfolioReport(dailyReturns(30), QUICK)).spec("performance"));
    const tries: number[] = [];
    for (let i = 0; i < 3; i++) {
      const started = performance.now();
      const report = await portfolioReport(minutes, { ...QUICK, sections: ["performance", "drawdowns"] });
      await renderPng(report.spec("performance"));
      tries.push(performance.now() - started);
      expect(report.facts.Days).toBe(7 * 252);
    }
    expect(Math.min(...tries)).toBeLessThan(2_000);
  }, 60_000);

  it("escapes odd names in the page, which stays under 1,000 KB", async () => {
    const odd = `<script>alert("1")</script> & <img src=x onerror=alert(2)>`;
    const report = await portfolioReport(dailyReturns(1000), {
      ...QUICK,
      title: odd,
      notes: [odd],
      positions: { datetime: ["2020-01-02"], instrument: [odd], weight: [1] },
      fills: {
        datetime: ["2020-01-02", "2020-01-03"],
        instrument: [odd, odd],
        amount: [1, -1],
        price: [1, 2],
        cost: [0, 0],
      },
    });
    const page = await reportToHtml(report, { footer: odd });
    expect(page).not.toMatch(/<script|<img/i);
    expect(page).toContain("&#60;script&#62;");
    expect(Buffer.byteLength(page)).toBeLessThan(1_000 * 1024);
  }, 60_000);
});
