import { readFileSync } from "node:fs";
import { describe, expect } from "vitest";
import { statistics } from "../../src/analysis/statistics.js";
import { itGolden, sharedPath } from "../shared.js";
import { csvRows } from "./csv-rows.js";

const folder = ["golden", "stats", "portfolio-ew-spy"];
const csv = (name: string) => csvRows(readFileSync(sharedPath(...folder, name), "utf8"));

/** The golden name and library of each figure, and ours; `sign` where theirs is the negative. */
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
    const rows = csv("returns.csv");
    const returns = { datetime: rows.map((row) => row.date!), return: rows.map((row) => Number(row.strategy)) };
    const benchmark = { datetime: returns.datetime, return: rows.map((row) => Number(row.benchmark)) };
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
});
