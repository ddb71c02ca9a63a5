import { compile, type TopLevelSpec } from "vega-lite";
import { describe, expect, it } from "vitest";
import { synthetic } from "../../../src/data/synthetic/synthetic.js";
import { basicFactors } from "../../../src/feature/basic-factors.js";
import { queryFeatures } from "../../../src/feature/query-features.js";
import { featureReport } from "../../../src/report/feature/feature-report.js";

const market = synthetic({ instruments: 20, days: 300, seed: 6 });
const panel = await queryFeatures(market, [
  ...basicFactors(),
  { name: "LABEL0", expression: "Ref($close, -2)/Ref($close, -1) - 1" },
]);

describe("the feature report", () => {
  it("has a figure and a table for each question, drawn from what the tables say", async () => {
    const report = await featureReport(panel, { label: "LABEL0" });
    expect(Object.keys(report.facts)).toHaveLength(8);
    expect(report.table("distribution").numRows()).toBe(basicFactors().length);
    expect(report.table("autocorrelation").numRows()).toBe(6 * panel.numDates);
    for (const { name, spec, text } of report.sections) {
      expect(text.length, name).toBeGreaterThan(10);
      expect((spec!["concat"] as unknown[]).length).toBe(6);
      expect(JSON.stringify(spec).length, name).toBeLessThan(150_000);
      expect(compile(spec as unknown as TopLevelSpec).spec.marks?.length ?? 0, name).toBeGreaterThan(0);
    }
  });

  it("counts every finite value in a bin", async () => {
    const [name] = panel.columnNames;
    const report = await featureReport(panel, { features: [name!] });
    const [view] = report.spec("distribution")["concat"] as { data: { values: string } }[];
    const rows = view!.data.values
      .split("\n")
      .slice(1)
      .filter(Boolean)
      .map((line) => Number(line.split(",")[2]));
    expect(rows.reduce((a, b) => a + b, 0)).toBe(panel.get(name!).filter(Number.isFinite).length);
  });

  it("refuses nothing to draw, too much, or a column that is not there", async () => {
    await expect(featureReport({ datetime: ["2020-01-02"], instrument: ["A"] })).rejects.toThrow(
      /1 rows and 0 columns/,
    );
    await expect(featureReport(panel, { features: panel.columnNames.slice(0, 13) })).rejects.toThrow(
      /13 to draw, at most 12/,
    );
    await expect(featureReport(panel, { features: ["nope"] })).rejects.toThrow(
      /unknown column "nope"|Unknown column "nope"/,
    );
  });
});
