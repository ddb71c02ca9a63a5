import { readFileSync } from "node:fs";
import { describe, expect } from "vitest";
import { drawdownTable } from "../../src/analysis/drawdown-table.js";
import { monthlyTable, periodReturns } from "../../src/analysis/period-returns.js";
import { rollingStatistics } from "../../src/analysis/rolling-statistics.js";
import { statistics } from "../../src/analysis/statistics.js";
import { itGolden, sharedPath } from "../shared.js";
import { csvRows } from "./csv-rows.js";

const folder = ["golden", "stats", "portfolio-ew-spy"];
const csv = (name: string) => csvRows(readFileSync(sharedPath(...folder, name), "utf8"));

const series = () => {
  const rows = csv("returns.csv");
  const returns = { datetime: rows.map((row) => row.date!), return: rows.map((row) => Number(row.strategy)) };
  return { returns, benchmark: { ...returns, return: rows.map((row) => Number(row.benchmark)) } };
};

/** The golden name and library of each figure, and ours. */
const SAME: readonly (readonly [stat: string, library: string, id: string, call?: string])[] = [
  ["annual_return", "empyrical", "annual_return"],
  ["annual_return", "quantstats", "annual_return"],
  ["annual_return_benchmark", "empyrical", "benchmark_annual_return"],
  ["cumulative_return", "empyrical", "cumulative_return"],
  ["annual_volatility", "empyrical", "annual_volatility"],
  ["sharpe", "empyrical", "sharpe"],
  ["sharpe", "quantstats", "sharpe"],
  ["smart_sharpe", "quantstats", "smart_sharpe"],
  ["sortino", "empyrical", "sortino"],
  ["sortino", "quantstats", "sortino"],
  ["adjusted_sortino", "quantstats", "adjusted_sortino"],
  ["downside_risk", "empyrical", "downside_risk"],
  ["calmar", "empyrical", "calmar"],
  ["calmar", "quantstats", "calmar"],
  ["max_drawdown", "empyrical", "max_drawdown"],
  ["max_drawdown", "quantstats", "max_drawdown"],
  ["var_95", "quantstats", "var_95_normal"],
  ["var_95", "empyrical", "var_95"],
  ["var_2sigma", "pyfolio", "var_2sigma"],
  ["cvar_95", "quantstats", "cvar_95_normal", "cvar(r)"],
  ["cvar_95", "quantstats", "cvar_95", "cvar(r, method='historical')"],
  ["cvar_95", "empyrical", "cvar_95"],
  ["omega", "empyrical", "omega"],
  ["omega", "quantstats", "omega"],
  ["tail_ratio", "empyrical", "tail_ratio"],
  ["tail_ratio", "quantstats", "tail_ratio"],
  ["stability", "empyrical", "stability"],
  ["skew", "scipy", "skew"],
  ["skew", "quantstats", "skew_unbiased"],
  ["kurtosis", "scipy", "kurtosis"],
  ["kurtosis", "quantstats", "kurtosis_unbiased"],
  ["alpha", "empyrical", "alpha"],
  ["alpha", "quantstats", "alpha_arithmetic"],
  ["beta", "empyrical", "beta"],
  ["beta", "quantstats", "beta"],
  ["up_capture", "empyrical", "up_capture"],
  ["down_capture", "empyrical", "down_capture"],
  ["up_down_capture", "empyrical", "up_down_capture"],
  ["capture", "empyrical", "capture"],
  ["excess_sharpe", "empyrical", "excess_sharpe"],
  ["information_ratio", "quantstats", "excess_sharpe"],
  ["r_squared", "quantstats", "r_squared"],
  ["treynor", "quantstats", "treynor_total"],
  ["batting_average", "empyrical", "batting_average"],
  ["beta_fragility", "empyrical", "beta_fragility"],
  ["probabilistic_sharpe", "quantstats", "probabilistic_sharpe_unbiased"],
  ["probabilistic_sortino", "quantstats", "probabilistic_sortino"],
  ["ulcer_index", "quantstats", "ulcer_index"],
  ["ulcer_performance_index", "quantstats", "ulcer_performance_index"],
  ["serenity_index", "quantstats", "serenity_index"],
  ["gain_to_pain", "quantstats", "gain_to_pain"],
  ["gain_to_pain_monthly", "quantstats", "gain_to_pain_monthly"],
  ["profit_factor", "quantstats", "profit_factor"],
  ["payoff_ratio", "quantstats", "payoff_ratio"],
  ["win_rate", "quantstats", "win_rate"],
  ["common_sense_ratio", "quantstats", "common_sense_ratio"],
  ["cpc_index", "quantstats", "cpc_index"],
  ["recovery_factor", "quantstats", "recovery_factor"],
  ["kelly", "quantstats", "kelly"],
  ["outlier_win_ratio", "quantstats", "outlier_win_ratio"],
  ["outlier_loss_ratio", "quantstats", "outlier_loss_ratio"],
  ["max_consecutive_wins", "quantstats", "max_consecutive_wins"],
  ["max_consecutive_losses", "quantstats", "max_consecutive_losses"],
  ["expected_daily", "quantstats", "expected_daily"],
  ["expected_monthly", "quantstats", "expected_monthly"],
  ["best_day", "quantstats", "best_day"],
  ["worst_day", "quantstats", "worst_day"],
  ["best_month", "quantstats", "best_month"],
  ["worst_month", "quantstats", "worst_month"],
  ["exposure", "quantstats", "exposure"],
];

describe("an equally weighted portfolio beside SPY, as empyrical, quantstats and pyfolio see it", () => {
  itGolden("every figure of the same convention agrees to 1e-9", () => {
    const { returns, benchmark } = series();
    const ours = new Map(
      (statistics(returns, { benchmark }).objects() as { id: string; value: number }[]).map(({ id, value }) => [
        id,
        value,
      ]),
    );
    const golden = csv("stats.csv");
    const off = SAME.filter(([stat, library, id, call]) => {
      const row = golden.find((one) => one.stat === stat && one.library === library && (!call || one.call === call));
      return !(Math.abs(ours.get(id)! - Number(row!.value)) <= 1e-9 * Math.max(1, Math.abs(Number(row!.value))));
    });
    expect(off.map(([stat, library, id]) => `${stat} (${library}) is not ${id} ${ours.get(id)}`)).toEqual([]);
  });

  itGolden("the printed sheet of quantstats agrees to its last printed digit", () => {
    const { returns, benchmark } = series();
    const ours = new Map(
      (statistics(returns, { benchmark }).objects() as { id: string; value: number }[]).map(({ id, value }) => [
        id,
        value,
      ]),
    );
    const sheet = new Map(csv("quantstats_metrics_full.csv").map((row) => [row.name!, row.Strategy!]));
    // Left out: its 3M, 6M and 5Y begin a day or a month earlier than ours, which are dated as ffn dates them.
    const printed: Record<string, string> = {
      "Cumulative Return": "cumulative_return",
      "CAGR﹪": "annual_return",
      Sharpe: "sharpe",
      "Prob. Sharpe Ratio": "probabilistic_sharpe_unbiased",
      "Smart Sharpe": "smart_sharpe",
      Sortino: "sortino",
      "Smart Sortino": "smart_sortino",
      "Sortino/√2": "adjusted_sortino",
      "Smart Sortino/√2": "smart_adjusted_sortino",
      Omega: "omega",
      "Max Drawdown": "max_drawdown",
      "Longest DD Days": "longest_drawdown_days",
      "Volatility (ann.)": "annual_volatility",
      "R^2": "r_squared",
      "Information Ratio": "excess_sharpe",
      Calmar: "calmar",
      Skew: "skew_unbiased",
      Kurtosis: "kurtosis_unbiased",
      "Ulcer Performance Index": "ulcer_performance_index",
      "Risk-Adjusted Return": "risk_adjusted_return",
      "Risk-Return Ratio": "risk_return_ratio",
      "Avg. Win": "avg_win",
      "Avg. Loss": "avg_loss",
      "Win/Loss Ratio": "payoff_ratio",
      "Profit Ratio": "profit_ratio",
      "Expected Daily": "expected_daily",
      "Expected Monthly": "expected_monthly",
      "Kelly Criterion": "kelly",
      "Risk of Ruin": "risk_of_ruin",
      "Daily Value-at-Risk": "var_95_normal",
      "Expected Shortfall (cVaR)": "cvar_95_normal",
      "Max Consecutive Wins": "max_consecutive_wins",
      "Max Consecutive Losses": "max_consecutive_losses",
      "Gain/Pain Ratio": "gain_to_pain",
      "Gain/Pain (1M)": "gain_to_pain_monthly",
      "Payoff Ratio": "payoff_ratio",
      "Profit Factor": "profit_factor",
      "Common Sense Ratio": "common_sense_ratio",
      "CPC Index": "cpc_index",
      "Tail Ratio": "tail_ratio",
      "Outlier Win Ratio": "outlier_win_ratio",
      "Outlier Loss Ratio": "outlier_loss_ratio",
      MTD: "mtd",
      YTD: "ytd",
      "1Y": "return_1y",
      "3Y (ann.)": "return_3y",
      "10Y (ann.)": "return_10y",
      "All-time (ann.)": "annual_return",
      "Best Day": "best_day",
      "Worst Day": "worst_day",
      "Best Month": "best_month",
      "Worst Month": "worst_month",
      "Best Year": "best_year",
      "Worst Year": "worst_year",
      "Avg. Drawdown": "avg_drawdown",
      "Recovery Factor": "recovery_factor",
      "Ulcer Index": "ulcer_index",
      "Serenity Index": "serenity_index",
      "Avg. Up Month": "avg_up_month",
      "Avg. Down Month": "avg_down_month",
      "Win Days": "win_rate",
      "Win Month": "win_month",
      "Win Quarter": "win_quarter",
      "Win Year": "win_year",
      Beta: "beta",
      Alpha: "alpha_arithmetic",
    };
    const off = Object.entries(printed).filter(
      ([name, id]) => Math.abs(ours.get(id)! - Number(sheet.get(name))) > 0.00501,
    );
    expect(off.map(([name, id]) => `${name} ${sheet.get(name)} is not ${id} ${ours.get(id)}`)).toEqual([]);
    expect(Math.round(ours.get("avg_drawdown_days")!)).toBe(Number(sheet.get("Avg. Drawdown Days")));
  });

  itGolden("the five worst drawdowns are those of pyfolio and of quantstats, each with its own count of days", () => {
    const { returns } = series();
    const worst = drawdownTable(returns).objects() as Record<string, Date | number>[];
    const day = (value: unknown) => (value as Date).toISOString().slice(0, 10);
    csv("pyfolio_drawdowns_top5.csv").forEach((golden, i) => {
      expect([day(worst[i]!.peak), day(worst[i]!.valley), day(worst[i]!.recovery), worst[i]!.businessDays]).toEqual([
        golden["Peak date"],
        golden["Valley date"],
        golden["Recovery date"],
        Number(golden.Duration),
      ]);
      expect(Math.abs(Number(worst[i]!.depth) * -100 - Number(golden["Net drawdown in %"]))).toBeLessThan(1e-9);
    });
    csv("quantstats_drawdowns_top5.csv").forEach((golden, i) => {
      expect([day(worst[i]!.start), day(worst[i]!.valley), day(worst[i]!.end), worst[i]!.days]).toEqual([
        golden.start,
        golden.valley,
        golden.end,
        Number(golden.days),
      ]);
      expect(Math.abs(Number(worst[i]!.depth) * 100 - Number(golden["max drawdown"]))).toBeLessThan(1e-9);
    });
    const others = drawdownTable(series().benchmark).objects() as Record<string, Date | number>[];
    csv("pyfolio_drawdowns_top5_benchmark.csv").forEach((golden, i) => {
      const { depth, peak, valley, recovery, businessDays } = others[i]!;
      expect(Math.abs(Number(depth) * -100 - Number(golden["Net drawdown in %"]))).toBeLessThan(1e-9);
      expect([day(peak), day(valley), recovery ? day(recovery) : "", businessDays]).toEqual([
        golden["Peak date"],
        golden["Valley date"],
        golden["Recovery date"],
        golden.Duration === "" ? NaN : Number(golden.Duration),
      ]);
    });
  });

  itGolden("pyfolio's own table, and the benchmark by itself, agree to 1e-9", () => {
    const { returns, benchmark } = series();
    const of = (table: ReturnType<typeof statistics>) =>
      new Map((table.objects() as { id: string; value: number }[]).map(({ id, value }) => [id, value]));
    const [ours, alone] = [of(statistics(returns, { benchmark })), of(statistics(benchmark))];
    const sheet: Record<string, string> = {
      "Annual return": "annual_return",
      "Cumulative returns": "cumulative_return",
      "Annual volatility": "annual_volatility",
      "Sharpe ratio": "sharpe",
      "Calmar ratio": "calmar",
      Stability: "stability",
      "Max drawdown": "max_drawdown",
      "Omega ratio": "omega",
      "Sortino ratio": "sortino",
      Skew: "skew",
      Kurtosis: "kurtosis",
      "Tail ratio": "tail_ratio",
      "Daily value at risk": "var_2sigma",
      Alpha: "alpha",
      Beta: "beta",
    };
    const golden = csv("pyfolio_perf_stats.csv");
    expect(golden.map(({ stat }) => stat)).toEqual(Object.keys(sheet));
    for (const { stat, value } of golden)
      expect(Math.abs(ours.get(sheet[stat!]!)! - Number(value)), stat).toBeLessThan(1e-9);
    for (const [stat, id] of [
      ["annual_return_benchmark", "annual_return"],
      ["annual_volatility_benchmark", "annual_volatility"],
      ["max_drawdown_benchmark", "max_drawdown"],
    ] as const) {
      const { value } = csv("stats.csv").find((row) => row.stat === stat)!;
      expect(Math.abs(alone.get(id)! - Number(value)), stat).toBeLessThan(1e-9);
    }
  });

  itGolden("months, years and the last window agree to 1e-9; pyfolio's rolling beta takes one day more", () => {
    const { returns, benchmark } = series();
    const worst = (actual: ArrayLike<unknown>, golden: readonly (string | undefined)[]) =>
      Math.max(...golden.map((value, i) => Math.abs(Number(actual[i]) - Number(value))), actual.length - golden.length);
    expect(
      worst(
        periodReturns(returns).array("return"),
        csv("monthly_returns.csv").map((row) => row.return),
      ),
    ).toBeLessThan(1e-9);
    expect(
      worst(
        periodReturns(returns, "year").array("return"),
        csv("yearly_returns.csv").map((row) => row.return),
      ),
    ).toBeLessThan(1e-9);
    const grid = monthlyTable(returns);
    const months = grid.columnNames().filter((name) => name !== "year" && name !== "whole");
    expect(months.length).toBe(12);
    const years = csv("quantstats_monthly_table.csv");
    expect(grid.numRows()).toBe(years.length);
    years.forEach((golden, i) => {
      const ours = grid.object(i) as Record<string, number>;
      expect(ours.year).toBe(Number(golden.name));
      expect(Math.abs(ours.whole! - Number(golden.EOY))).toBeLessThan(1e-9);
      for (const month of months) {
        // quantstats writes 0 for the month after the last day; there is none.
        if (golden.name === "2017" && month === "Dec") expect(ours[month]).toBeNaN();
        else expect(Math.abs(ours[month]! - Number(golden[month.toUpperCase()]))).toBeLessThan(1e-9);
      }
    });

    const rolling = rollingStatistics(returns, { benchmark, ids: ["sharpe", "annual_volatility", "sortino", "beta"] });
    const last = rolling.object(rolling.numRows() - 1) as Record<string, number>;
    const golden = (stat: string, library: string) =>
      Number(csv("stats.csv").find((row) => row.stat === stat && row.library === library)!.value);
    expect(Math.abs(last.sharpe! - golden("rolling_sharpe_126_last", "quantstats"))).toBeLessThan(1e-9);
    expect(Math.abs(last.annual_volatility! - golden("rolling_volatility_126_last", "quantstats"))).toBeLessThan(1e-9);
    expect(Math.abs(last.sortino! - golden("rolling_sortino_126_last", "quantstats"))).toBeLessThan(1e-9);
    expect(Math.abs(last.beta! - golden("rolling_beta_126_last", "quantstats"))).toBeLessThan(1e-9);
    const more = rollingStatistics(returns, { benchmark, ids: ["beta"], window: 127 });
    expect(
      Math.abs(Number(more.get("beta", more.numRows() - 1)) - golden("rolling_beta_126_last", "pyfolio")),
    ).toBeLessThan(1e-9);
  });

  itGolden("a risk-free rate is per year and compounded: quantstats' Sharpe ratio over 2 %", () => {
    const { returns } = series();
    const golden = csv("stats.csv").find((row) => row.stat === "sharpe_annual_rf_0.02")!;
    const found = Number(statistics(returns, { ids: ["sharpe"], riskFree: 0.02 }).get("value", 0));
    expect(Math.abs(found - Number(golden.value))).toBeLessThan(1e-9);
  });
});
