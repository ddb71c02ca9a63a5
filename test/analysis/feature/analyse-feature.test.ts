import { describe, expect, it } from "vitest";
import { analyseFeature } from "../../../src/analysis/feature/analyse-feature.js";
import { summarizeFeatures } from "../../../src/analysis/feature/summarize-features.js";
import { UnknownNameError } from "../../../src/errors.js";

const DATES = ["2020-01-02", "2020-01-03", "2020-01-06"];
const source = {
  datetime: DATES.flatMap((date) => Array<string>(5).fill(date)),
  instrument: DATES.flatMap(() => [..."ABCDE"]),
  f: [1, 2, 3, 4, 10, 2, 4, 6, 8, 20, 7, 7, NaN, Infinity, 7],
  y: [1, 2, 3, 4, 10, -2, -4, -6, -8, -20, 1, 2, 3, 4, 5],
};

describe("a feature by date", () => {
  it("has counts, moments and memory as worked by hand", () => {
    const [first, second, third] = analyseFeature(source, "f").objects() as Record<string, number>[];
    expect(first).toMatchObject({
      rows: 5,
      missing: 0,
      missingShare: 0,
      infinite: 0,
      distinct: 5,
      distinctShare: 1,
      mean: 4,
    });
    // Deviations −3 −2 −1 0 6: squares sum to 50, cubes to 180, fourth powers to 1394.
    expect(first!["std"]).toBeCloseTo(Math.sqrt(12.5), 12);
    expect(first!["skew"]).toBeCloseTo((36 / 10 ** 1.5) * (Math.sqrt(20) / 3), 12);
    expect(first!["kurtosis"]).toBeCloseTo(((6 * (278.8 / 100 - 3) + 6) * 4) / 6, 12);
    expect(first!["autocorr"]).toBeNaN();
    expect(second!["autocorr"]).toBeCloseTo(1, 12);
    expect(third).toMatchObject({
      missing: 1,
      missingShare: 0.2,
      infinite: 1,
      distinct: 2,
      distinctShare: 0.5,
      mean: 7,
      std: 0,
    });
    expect([third!["skew"], third!["kurtosis"]]).toEqual([NaN, NaN]);
  });

  it("of all features together: gaps, range, and the relation to a label", async () => {
    const summary = await summarizeFeatures(source, { label: "y" });
    expect(summary.objects()).toEqual([
      expect.objectContaining({ feature: "f", infinite: 1, constantDates: 1, min: 1, max: 20 }),
    ]);
    expect(summary.get("missingShare", 0)).toBeCloseTo(1 / 15, 12);
    // +1 on the first date, −1 on the second; the third is constant and has none.
    expect(summary.get("ic", 0)).toBeCloseTo(0, 12);
    await expect(summarizeFeatures(source, { features: ["g"] })).rejects.toThrow(UnknownNameError);
  });
});
