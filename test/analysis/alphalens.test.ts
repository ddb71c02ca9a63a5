import { readFileSync } from "node:fs";
import { describe, expect } from "vitest";
import { calcIc } from "../../src/analysis/ic.js";
import { mean, std } from "../../src/analysis/moments.js";
import { monthlyIc } from "../../src/analysis/monthly-ic.js";
import { calcQuantileReturns } from "../../src/analysis/quantile-returns.js";
import { summarizeIc } from "../../src/analysis/summarize-ic.js";
import { getEngine } from "../../src/engine/engine.js";
import { Panel } from "../../src/panel/panel.js";
import { itData, sharedPath } from "../shared.js";
import { values } from "./vectors.js";

const folder = ["golden", "stats", "alphalens-reversal5"];
const csv = (name: string): Record<string, string>[] => {
  const [header, ...lines] = readFileSync(sharedPath(...folder, name), "utf8")
    .trim()
    .split("\n")
    .map((line) => line.split(","));
  return lines.map((line) => Object.fromEntries(header!.map((column, i) => [column || "name", line[i]!])));
};

/** The factor and forward returns of the golden set: five-day reversal on the forward-filled closes of 500 names. */
async function reversal(): Promise<Panel> {
  const input = JSON.parse(readFileSync(sharedPath(...folder, "input.json"), "utf8")) as {
    instruments: string[];
    days: number;
  };
  const { numRows, columns: stored } = await (
    await getEngine()
  ).readParquet(sharedPath("data", "us_stocks_daily.parquet"));
  const named = [
    ["datetime", "date"],
    ["instrument", "instrument"],
    ["close", "close"],
  ] as const;
  const all = Panel.from({ numRows, columns: new Map(named.map(([name, column]) => [name, stored.get(column)!])) });
  const first = all.numDates - input.days;
  const codeOf = new Map(all.instruments.map((name, code) => [name, code]));
  const close = all.get("close");
  const grid = new Map(input.instruments.map((name) => [codeOf.get(name)!, new Float64Array(input.days).fill(NaN)]));
  for (let d = first; d < all.numDates; d++) {
    const [from, to] = all.rowsOf(d);
    for (let row = from; row < to; row++) {
      const column = grid.get(all.codes[row]!);
      if (column) column[d - first] = close[row]!;
    }
  }
  const keys = { datetime: [] as number[], instrument: [] as string[] };
  const columns = { score: [] as number[], r1: [] as number[], r5: [] as number[], r10: [] as number[] };
  for (const [code, raw] of grid) {
    const filled = raw.slice();
    for (let t = 1; t < filled.length; t++) if (Number.isNaN(filled[t]!)) filled[t] = filled[t - 1]!;
    const [r1, r5, r10] = [1, 5, 10].map((period) =>
      withoutWild(filled.map((price, t) => filled[t + period]! / price - 1)),
    ) as [Float64Array, Float64Array, Float64Array];
    for (let t = 0; t < filled.length; t++) {
      // The factor needs both closes as stored; returns are on the forward-filled ones.
      const row = { score: -(raw[t]! / raw[t - 5]! - 1), r1: r1[t]!, r5: r5[t]!, r10: r10[t]! };
      if (Object.values(row).some((value) => !Number.isFinite(value))) continue;
      keys.datetime.push(all.dates[first + t]!);
      keys.instrument.push(all.instruments[code]!);
      for (const [name, value] of Object.entries(row)) columns[name as keyof typeof columns].push(value);
    }
  }
  return Panel.from({ ...keys, ...columns });
}

/** alphalens leaves out returns more than 20 standard deviations from the instrument's mean. */
function withoutWild(returns: Float64Array): Float64Array {
  const [center, deviation] = [mean(returns), std(returns)];
  return returns.map((value) => (Math.abs(value - center) > 20 * deviation ? NaN : value));
}

describe("the five-day reversal of 500 stocks, beside alphalens", () => {
  itData("Rank IC by day and month, its summary, and the mean return by quantile agree to 1e-9", async () => {
    const panel = await reversal();
    expect([panel.numRows, panel.numDates]).toEqual([1_232_911, 2485]);
    for (const [label, period] of [
      ["r1", "1D"],
      ["r5", "5D"],
      ["r10", "10D"],
    ] as const) {
      const ic = calcIc(panel, { label });
      const rankIc = values(ic, "rankIc");
      const worst = (actual: readonly number[], expected: readonly string[]) =>
        Math.max(
          ...actual.map((value, i) => Math.abs(value - Number(expected[i]))),
          actual.length === expected.length ? 0 : Infinity,
        );
      expect(
        worst(
          rankIc,
          csv("ic_daily.csv").map((row) => row[period]!),
        ),
      ).toBeLessThan(1e-9);
      expect(
        worst(
          values(monthlyIc(ic), "rankIc"),
          csv("ic_monthly_mean.csv").map((row) => row[period]!),
        ),
      ).toBeLessThan(1e-9);

      const summary = summarizeIc(rankIc);
      const golden = csv("ic_summary.csv").find((row) => row.name === period)!;
      const columns = ["IC Mean", "IC Std.", "Risk-Adjusted IC", "t-stat(IC)", "IC Skew", "IC Kurtosis"];
      expect(
        worst(
          [summary.mean, summary.std, summary.icir, summary.tStat, summary.skew, summary.kurtosis],
          columns.map((column) => golden[column]!),
        ),
      ).toBeLessThan(1e-9);

      const buckets = calcQuantileReturns(panel, { label });
      const byQuantile = csv("mean_return_by_quantile.csv");
      const daily = [1, 2, 3, 4, 5].map((k) => values(buckets, `Q${k}`));
      const average = values(buckets, "average");
      const demeaned = daily.map((series) => series.map((value, d) => value - average[d]!));
      expect(
        worst(
          daily.map(mean),
          byQuantile.map((row) => row[`mean_raw_${period}`]!),
        ),
      ).toBeLessThan(1e-9);
      expect(
        worst(
          demeaned.map(mean),
          byQuantile.map((row) => row[`mean_demeaned_${period}`]!),
        ),
      ).toBeLessThan(1e-9);
      expect(
        worst(
          daily.map((series) => std(series) / Math.sqrt(series.length)),
          byQuantile.map((row) => row[`stderr_raw_${period}`]!),
        ),
      ).toBeLessThan(1e-9);
    }
  });
});
