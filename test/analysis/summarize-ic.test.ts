import { table } from "arquero";
import { describe, expect, it } from "vitest";
import { mean, std } from "../../src/analysis/moments.js";
import { monthlyIc } from "../../src/analysis/monthly-ic.js";
import { neweyWest } from "../../src/analysis/newey-west.js";
import { normalQuantile } from "../../src/analysis/normal-quantile.js";
import { summarizeIc } from "../../src/analysis/summarize-ic.js";

describe("summarizeIc", () => {
  it("1, 2, 3, 6 by hand", () => {
    // mean 3; squares 4 1 0 9 → m2 = 3.5; cubes −8 −1 0 27 → m3 = 4.5; fourth 16 1 0 81 → m4 = 24.5
    const summary = summarizeIc([1, 2, NaN, 3, 6]);
    expect(summary).toMatchObject({ n: 4, mean: 3, positiveShare: 1 });
    expect(summary.std).toBeCloseTo(Math.sqrt(14 / 3), 14);
    expect(summary.icir).toBeCloseTo(3 / Math.sqrt(14 / 3), 14);
    expect(summary.tStat).toBeCloseTo((3 / Math.sqrt(14 / 3)) * 2, 14);
    expect(summary.skew).toBeCloseTo(4.5 / 3.5 ** 1.5, 14);
    expect(summary.kurtosis).toBeCloseTo(24.5 / 3.5 ** 2 - 3, 14);
  });

  it("Newey–West with one lag by hand", () => {
    // deviations −2 −1 0 3: γ0 = 14/4, γ1 = (2 + 0 + 0)/4; error² = (3.5 + 2 · ½ · 0.5) / 4 = 1
    const error = neweyWest(Float64Array.of(1, 2, 3, 6), { lags: 1 });
    expect(error).toMatchObject({ lags: 1, standardError: 1, tStat: 3 });
    expect([error.low, error.high]).toEqual([3 - normalQuantile(0.975), 3 + normalQuantile(0.975)]);
  });

  it.each([
    [100, 4],
    [99, 3],
    [713, 6],
    [2485, 8],
  ])("of %d dates the lag is %d", (n, lags) => {
    expect(neweyWest(Float64Array.from({ length: n }, (_, t) => Math.sin(t))).lags).toBe(lags);
  });

  it("without lags the error is the plain one, but for ddof", () => {
    const values = Float64Array.of(0.3, -0.1, 0.2, 0.05, 0.4);
    expect(neweyWest(values, { lags: 0 }).standardError).toBeCloseTo(
      (std(values) * Math.sqrt(4 / 5)) / Math.sqrt(5),
      15,
    );
  });

  it("a trending series has a wider interval than independent values", () => {
    const slow = summarizeIc(Float64Array.from({ length: 400 }, (_, t) => Math.sin(t / 40)));
    expect(slow.neweyWest.standardError).toBeGreaterThan(2 * (slow.std / Math.sqrt(400)));
  });

  it("says NaN, not 0, of nothing, one value and equal values", () => {
    expect(summarizeIc([])).toMatchObject({ n: 0, mean: NaN, std: NaN, icir: NaN, neweyWest: { standardError: NaN } });
    expect(summarizeIc([0.1])).toMatchObject({ n: 1, mean: 0.1, std: NaN, tStat: NaN, skew: NaN });
    expect(summarizeIc([0.1, 0.1, 0.1])).toMatchObject({ std: 0, skew: NaN, kurtosis: NaN });
    expect([mean([NaN]), std([1])]).toEqual([NaN, NaN]);
  });
});

describe("monthlyIc", () => {
  it("averages what there is of each month, whatever the order", () => {
    const dates = ["2020-12-31", "2021-01-04", "2020-12-30", "2021-01-05"].map((text) => new Date(text));
    const months = monthlyIc(table({ datetime: dates, ic: [0.5, NaN, 0.25, NaN], rankIc: [1, 0.5, 0, NaN] }));
    expect(months.objects()).toEqual([
      { year: 2020, month: 12, ic: 0.375, rankIc: 0.5, n: 2 },
      { year: 2021, month: 1, ic: NaN, rankIc: 0.5, n: 0 },
    ]);
  });
});
