import { describe, expect, it } from "vitest";
import { worstSpans } from "../../../src/analysis/portfolio/worst-spans.js";
import { renderPng } from "../../../src/display/render.js";
import { InvalidArgumentError } from "../../../src/errors.js";
import { compareReports } from "../../../src/report/portfolio/compare-reports.js";
import { portfolioReport } from "../../../src/report/portfolio/portfolio-report.js";
import type { Report } from "../../../src/report/report.js";
import { VEGA_LITE_VERSIONS } from "../../vega-lite-versions.js";
import { dailyReturns } from "./report-tables.js";

const columns = dailyReturns(400);
const QUICK = { resamples: 50 };

async function drawsWithin(report: Report): Promise<void> {
  for (const [name, spec] of Object.entries(report.figures)) {
    for (const { version, compile } of VEGA_LITE_VERSIONS) expect(compile(spec), `${name} in ${version}`).toEqual([]);
    expect(JSON.stringify(spec).length, name).toBeLessThan(150_000);
    const { png, width } = await renderPng(spec);
    expect(png.length, name).toBeLessThan(120_000);
    expect(width, name).toBeLessThanOrEqual(1172);
  }
}

describe("in sample and out of sample", () => {
  it("has the statistics of both parts, as if each stood alone", async () => {
    const split = columns.datetime[250]!;
    const report = await portfolioReport(columns, { ...QUICK, split, sections: ["performance", "statistics"] });
    const alone = async (from: number, to: number) => {
      const part = Object.fromEntries(Object.entries(columns).map(([name, values]) => [name, values.slice(from, to)]));
      return (await portfolioReport(part, { ...QUICK, sections: ["statistics"] })).table("statistics");
    };
    const found = report.table("statistics");
    const value = (from: typeof found, column: string) => from.get(column, (from.array("id") as string[]).indexOf("sharpe"));
    expect(value(found, "in sample")).toBe(value(await alone(0, 250), "strategy"));
    expect(value(found, "out of sample")).toBe(value(await alone(250, 400), "strategy"));
    expect(JSON.stringify(report.spec("performance"))).toContain("out of sample");
    await drawsWithin(report);
  });

  it("refuses a day outside the report", async () => {
    await expect(portfolioReport(columns, { ...QUICK, split: "1990-01-01" })).rejects.toThrow(InvalidArgumentError);
  });
});

describe("stress periods", () => {
  it("finds the worst spans, none overlapping another", () => {
    const returns = Float64Array.of(-0.1, -0.3, -0.2, 0.1, -0.25, -0.01);
    expect(worstSpans(returns, { periods: 2, top: 5, mode: "sum" })).toEqual([
      { from: 1, to: 2, total: expect.closeTo(-0.5, 12) as number },
      { from: 4, to: 5, total: expect.closeTo(-0.26, 12) as number },
    ]);
    expect(worstSpans(Float64Array.of(0.1, 0.2), { periods: 1 })).toEqual([]);
    expect(worstSpans(Float64Array.of(-0.5, -0.5), { periods: 2 })[0]!.total).toBeCloseTo(-0.75, 12);
    expect(() => worstSpans(returns, { periods: 0 })).toThrow(InvalidArgumentError);
  });

  it("shows the spans that a reader names first, and says which have no day", async () => {
    const report = await portfolioReport(columns, {
      ...QUICK,
      mode: "sum",
      stress: { spring: ["2004-03-01", "2004-03-12"], "before all": ["1990-01-01", "1990-02-01"] },
      sections: ["stress"],
    });
    const found = report.table("stress");
    expect(found.get("span", 0)).toBe("spring");
    expect(found.get("days", 0)).toBe(10);
    const from = columns.datetime.findIndex((day) => Number(day) === Date.UTC(2004, 2, 1));
    const net = columns.return.slice(from, from + 10).reduce((sum, value, i) => sum + value - columns.cost[from + i]!, 0);
    expect(found.get("return", 0)).toBeCloseTo(net, 12);
    expect(found.get("span", 1)).toBe("Worst 1");
    expect(report.section("stress").meaning).toContain("No day lies in: before all");
    await drawsWithin(report);
  });
});

describe("several side by side", () => {
  const other = { datetime: columns.datetime.slice(100), return: columns.bench.slice(100) };
  const report = compareReports({ mine: columns, theirs: other });

  it("has the statistics that each has alone", async () => {
    const found = report.table("statistics");
    const alone = (await portfolioReport(other, { ...QUICK, sections: ["statistics"] })).table("statistics");
    const value = (from: typeof found, column: string) => from.get(column, (from.array("id") as string[]).indexOf("sortino"));
    expect(value(found, "theirs")).toBe(value(alone, "strategy"));
  });

  it("begins a path on its own first day, and draws within bounds", async () => {
    const paths = report.table("performance");
    expect(paths.get("theirs", 99)).toBeNaN();
    expect(paths.get("theirs", 100)).toBeCloseTo(other.return[0]!, 12);
    await drawsWithin(report);
    await drawsWithin(compareReports(Object.fromEntries(Array.from({ length: 10 }, (_, i) => [`run ${i}`, dailyReturns(3000)]))));
  }, 30_000);

  it("needs at least one", () => {
    expect(() => compareReports({})).toThrow(InvalidArgumentError);
  });
});
