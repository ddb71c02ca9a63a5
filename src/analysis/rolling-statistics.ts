import { CONVENTION_OPTIONS } from "./statistic/conventions.js";
import { refuseUnknownOptions } from "../engine/refuse-unknown-options.js";
import { table, type ColumnTable } from "arquero";
import { InvalidArgumentError } from "../errors.js";
import { ReturnFacts } from "./statistic/return-facts.js";
import { getStatistic } from "./statistic/statistic-registry.js";
import { computeStatistic, returnFacts, type StatisticsOptions } from "./statistics.js";

export interface RollingOptions extends StatisticsOptions {
  /** Periods in a window. Default 126: half a year of trading days. */
  readonly window?: number;
}

const WITHOUT = ["annual_return", "annual_volatility", "sharpe", "sortino", "max_drawdown"];

/**
 * Statistics over a moving window: was it good all along, or once?
 *
 * Each row uses the `window` periods up to and with its own; the first `window` − 1 rows are NaN. Missing returns are left out before (with a
 * benchmark also periods that it lacks), so a window always holds that many returns. A statistic that is a drawdown begins anew in each.
 * pyfolio's rolling beta takes one period more than its window says; quantstats' and this one do not.
 *
 * @param options `ids`: any statistics by id, own ones too. Default annual_return, annual_volatility, sharpe, sortino, max_drawdown, and
 * with a benchmark beta and information_ratio.
 * @returns One row per period with a return: `datetime` where there are dates, then one column per id.
 * @throws InvalidArgumentError unless `window` is a whole number ≥ 2; UnknownNameError for an unknown id.
 * @example
 * rollingStatistics([0.5, 1.5, -0.5], { window: 2, ids: ["mean_return"] }).array("mean_return") // -> [NaN, 1, 0.5]
 */
export function rollingStatistics(
  returns: Parameters<typeof returnFacts>[0],
  options: RollingOptions = {},
): ColumnTable {
  refuseUnknownOptions("Cannot roll", options, [...CONVENTION_OPTIONS, "benchmark", "ids", "trials", "window"]);
  const { window = 126 } = options;
  if (!Number.isInteger(window) || window < 2)
    throw new InvalidArgumentError(`Cannot roll: a window of ${window} periods, a whole number ≥ 2 expected`);
  const facts = returnFacts(returns, options);
  const ids = options.ids ?? (facts.hasBenchmark ? [...WITHOUT, "beta", "information_ratio"] : WITHOUT);
  const chosen = ids.map(getStatistic);
  const own = facts.hasBenchmark ? facts.paired.returns : facts.returns;
  const other = facts.hasBenchmark ? facts.paired.benchmark : undefined;
  const dates = facts.hasBenchmark ? facts.paired.dates : facts.dates;
  for (const { id, needs } of chosen)
    if (needs.some((need) => (need === "dates" ? !dates : need === "benchmark" ? !other : !facts.trials)))
      throw new InvalidArgumentError(`Cannot roll "${id}": it needs ${needs.join(", ")}, which was not given`);
  const columns = chosen.map(() => new Float64Array(own.length).fill(NaN));
  for (let end = window; end <= own.length; end++) {
    const cut = (values: Float64Array) => values.subarray(end - window, end);
    const here = new ReturnFacts(
      { values: cut(own), ...(dates && { dates: cut(dates) }) },
      facts.conventions,
      other && { values: cut(other) },
      facts.trials,
    );
    chosen.forEach((one, s) => (columns[s]![end - 1] = computeStatistic(one, here)));
  }
  return table({
    ...(dates && { datetime: Array.from(dates, (ms) => new Date(ms)) }),
    ...Object.fromEntries(ids.map((id, s) => [id, columns[s]!])),
  });
}
