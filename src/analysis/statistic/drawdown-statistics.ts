import type { ReturnFacts } from "./return-facts.js";
import { average } from "./series-moments.js";
import { statistic, type Statistic } from "./statistic.js";
import { daysUnderWater } from "../drawdown-table.js";

const convention =
  "the start counts as a high (Qlib's riskAnalysis begins at the first value: a loss on day one is none there)";
const dayCount =
  "calendar days from the first to the last day under water, both included; one that lasts still counts to the last date";

const days = (f: ReturnFacts) => Float64Array.from(f.drawdowns, (one) => daysUnderWater(one, f.dates!));

/** How deep and how long under water. */
export const DRAWDOWN_STATISTICS: readonly Statistic[] = [
  statistic(
    "drawdown",
    "share",
    "max_drawdown",
    "Maximum drawdown",
    { product: "min of wealth / highest wealth so far − 1", sum: "min of Σ r − highest Σ r so far" },
    convention,
    "empyrical, quantstats max_drawdown",
    (f) => f.maxDrawdown,
  ),
  statistic(
    "drawdown",
    "share",
    "avg_drawdown",
    "Average drawdown",
    "mean depth of all drawdowns",
    "every one, however short; 0 when there is none",
    "quantstats drawdown_details",
    (f) => (f.n === 0 ? NaN : f.drawdowns.length ? average(Float64Array.from(f.drawdowns, (one) => one.depth)) : 0),
  ),
  statistic(
    "drawdown",
    "count",
    "drawdowns",
    "Drawdowns",
    "falls below the highest point so far",
    "",
    "",
    (f) => f.drawdowns.length,
  ),
  statistic(
    "drawdown",
    "days",
    "longest_drawdown_days",
    "Longest drawdown",
    "max of days under water",
    dayCount,
    "quantstats drawdown_details",
    (f) => (f.n === 0 ? NaN : days(f).reduce((most, value) => Math.max(most, value), 0)),
    ["dates"],
  ),
  statistic(
    "drawdown",
    "days",
    "avg_drawdown_days",
    "Average drawdown length",
    "mean of days under water",
    dayCount,
    "quantstats drawdown_details (rounds it)",
    (f) => (f.n === 0 ? NaN : f.drawdowns.length ? average(days(f)) : 0),
    ["dates"],
  ),
];
