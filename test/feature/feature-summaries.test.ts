import { readFileSync } from "node:fs";
import { describe, expect } from "vitest";
import { openMarket } from "../../src/data/open-market.js";
import { alpha158Features } from "../../src/feature/alpha158.js";
import { alpha360Features } from "../../src/feature/alpha360.js";
import { defaultLabel } from "../../src/feature/basic-factors.js";
import type { FeatureSpec } from "../../src/feature/feature-spec.js";
import { queryFeatures } from "../../src/feature/query-features.js";
import type { PanelColumn } from "../../src/panel/panel.js";
import { itData, sharedPath } from "../shared.js";

interface Info {
  readonly instruments_long: string[];
  readonly instruments_short: string[];
  readonly start: string;
  readonly end: string;
}

/**
 * Rows, present, missing, infinite; then mean, standard deviation (ddof 1), least and greatest of the finite values.
 */
function summary(column: PanelColumn): { counts: number[]; moments: number[] } {
  let [missing, infinite] = [0, 0];
  const finite: number[] = [];
  for (const value of column) {
    if (Number.isNaN(value)) missing++;
    else if (Number.isFinite(value)) finite.push(value);
    else infinite++;
  }
  const mean = finite.reduce((sum, value) => sum + value, 0) / finite.length;
  const squares = finite.reduce((sum, value) => sum + (value - mean) ** 2, 0);
  const [low, high] = finite.reduce(
    ([low, high], value) => [Math.min(low, value), Math.max(high, value)],
    [Infinity, -Infinity],
  );
  return {
    counts: [column.length, finite.length, missing, infinite],
    moments: [mean, Math.sqrt(squares / (finite.length - 1)), low, high],
  };
}

describe("Summaries of 63 instruments over eight years against the real Qlib", () => {
  async function expectSummaries(file: string, specs: readonly FeatureSpec[]): Promise<void> {
    const market = await openMarket(sharedPath("data", "us_stocks_daily.parquet"));
    const info = JSON.parse(readFileSync(sharedPath("golden", "alpha158-info.json"), "utf8")) as Info;
    const universe = [...info.instruments_long, ...info.instruments_short];
    const panel = await queryFeatures(market, specs, { universe, start: info.start, end: info.end });
    const golden = readFileSync(sharedPath("golden", file), "utf8")
      .trim()
      .split("\n")
      .slice(1)
      .map((line) => line.split(","));
    expect(golden.map(([name]) => name)).toEqual(specs.map(({ name }) => name));
    for (const [name, ...cells] of golden) {
      const { counts, moments } = summary(panel.get(name!));
      const [goldenCounts, goldenMoments] = [cells.slice(0, 4).map(Number), cells.slice(4).map(Number)];
      expect(counts, name).toEqual(goldenCounts);
      goldenMoments.forEach((value, i) => {
        const tolerance = 1e-4 * Math.abs(value) + 5e-5;
        expect(Math.abs(moments[i]! - value), `${name}: ${moments[i]} for ${value}`).toBeLessThanOrEqual(tolerance);
      });
    }
  }

  itData("Alpha158: equal counts, equal moments", async () => {
    await expectSummaries("alpha158-summary.csv", [...alpha158Features(), defaultLabel]);
  });

  itData("Alpha360: equal counts, equal moments", async () => {
    await expectSummaries("alpha360-summary.csv", [...alpha360Features(), defaultLabel]);
  });
});
