import { describe, expect } from "vitest";
import { analyzeFactor } from "../../src/analysis/factor/analyze-factor.js";
import { calcIc } from "../../src/analysis/ic.js";
import { mean, std } from "../../src/analysis/moments.js";
import { monthlyIc } from "../../src/analysis/monthly-ic.js";
import { calcQuantileReturns } from "../../src/analysis/quantile-returns.js";
import { summarizeIc } from "../../src/analysis/summarize-ic.js";
import { itData } from "../shared.js";
import { csv, reversal } from "./reversal.js";
import { values } from "./vectors.js";

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

  itData("the whole analysis of three horizons agrees to 1e-9, from one pass", async () => {
    const panel = await reversal();
    const found = await analyzeFactor(panel);
    expect(found.rows).toEqual({ all: 1_232_911, noScore: 0, noReturn: 0, used: 1_232_911 });
    const periods = ["1D", "5D", "10D"];
    const near = (actual: unknown, expected: string | undefined, tolerance = 1e-9) =>
      expect(Math.abs(Number(actual) - Number(expected))).toBeLessThanOrEqual(
        tolerance * Math.max(1, Math.abs(Number(expected))),
      );
    const row = (name: string, key: string) => csv(name).find((one) => one.name === key)!;
    type Rows = Record<string, number | string>[];
    const day = (value: unknown) => new Date(value as Date).toISOString().slice(0, 10);
    const described = (series: readonly number[], name: string, column: string) => {
      const present = series.filter((value) => !Number.isNaN(value));
      const figures = {
        count: present.length,
        mean: mean(present),
        std: std(present),
        min: Math.min(...present),
        max: Math.max(...present),
      };
      for (const [figure, value] of Object.entries(figures)) near(value, row(name, figure)[column]);
    };

    const summary = (found.icSummary.objects() as Rows).filter((one) => one.figure === "rankIc");
    const returns = found.quantileReturns.objects() as Rows;
    const daily = found.daily.objects() as Rows;
    const days = csv("daily_series.csv");
    expect(daily.length).toBe(3 * days.length);
    periods.forEach((period, h) => {
      near(summary[h]!.mean, row("ic_summary.csv", period)["IC Mean"]);
      near(summary[h]!.pValue, row("ic_summary.csv", period)["p-value(IC)"]);
      csv("mean_return_by_quantile.csv").forEach((golden, q) => {
        near(returns[h * 5 + q]!.mean, golden[`mean_raw_${period}`]);
        near(returns[h * 5 + q]!.error, golden[`stderr_raw_${period}`]);
        near(returns[h * 5 + q]!.meanDemeaned, golden[`mean_demeaned_${period}`]);
        near(returns[h * 5 + q]!.errorDemeaned, golden[`stderr_demeaned_${period}`]);
      });
      near(found.alphaBeta.get("alpha", h), row("alpha_beta.csv", "Ann. alpha")[period]);
      near(found.alphaBeta.get("beta", h), row("alpha_beta.csv", "beta")[period]);
      days.forEach((golden, d) => {
        near(daily[h * days.length + d]!.factorReturn, golden[`factor_return_${period}`]);
        // The file holds half of top minus bottom; its own mean_return_by_quantile gives the whole.
        near(Number(daily[h * days.length + d]!.spread) / 2, golden[`spread_${period}`]);
        expect(day(daily[h * days.length + d]!.datetime)).toBe(golden.date ?? golden.name);
      });
      described(
        days.map((_, d) => Number(daily[h * days.length + d]!.factorReturn)),
        "factor_returns_describe.csv",
        period,
      );
    });
    const turnover = found.turnoverSummary.objects() as Rows;
    [1, 5, 10].forEach((lag, l) => {
      csv("turnover_mean.csv").forEach((golden, q) => near(turnover[l * 6 + q]!.mean, golden[`lag_${lag}`]));
      const ofLag = (found.turnover.objects() as Rows).filter((one) => one.lag === lag);
      const series = (name: string) => ofLag.map((one) => Number(one[name]));
      described(series("rankAutocorrelation"), "rank_autocorrelation_describe.csv", `lag_${lag}`);
      described(series("Q1"), "turnover_top_bottom_describe.csv", `lag_${lag}_q1`);
      described(series("Q5"), "turnover_top_bottom_describe.csv", `lag_${lag}_q5`);
      near(turnover[l * 6 + 5]!.mean, row("rank_autocorrelation_describe.csv", "mean")[`lag_${lag}`]);
      expect(turnover[l * 6 + 5]!.n).toBe(Number(row("rank_autocorrelation_describe.csv", "count")[`lag_${lag}`]));
    });
    const first = new Map(
      (found.turnover.objects() as Rows).filter(({ lag }) => lag === 1).map((one) => [day(one.datetime), one]),
    );
    for (const golden of days) {
      const ours = first.get((golden.date ?? golden.name)!);
      if (golden.rank_autocorrelation_lag_1 === "") expect(ours?.rankAutocorrelation ?? NaN).toBeNaN();
      else {
        near(ours!.rankAutocorrelation, golden.rank_autocorrelation_lag_1);
        near(ours!.Q5, golden.turnover_q5_lag_1);
      }
    }
    csv("quantile_statistics.csv").forEach((golden, q) => {
      const ours = found.quantileScores.object(q) as Record<string, number>;
      for (const name of ["min", "max", "mean", "std", "count"]) near(ours[name], golden[name]);
      near(ours.share! * 100, golden["count %"]);
    });
  });
});
