import { InvalidArgumentError, UnknownNameError } from "../../errors.js";
import { BENCHMARK_STATISTICS } from "./benchmark-statistics.js";
import { DRAWDOWN_STATISTICS } from "./drawdown-statistics.js";
import { LOOKBACK_STATISTICS } from "./lookback-statistics.js";
import { LUCK_STATISTICS } from "./luck-statistics.js";
import { RATIO_STATISTICS } from "./ratio-statistics.js";
import { RETURN_STATISTICS } from "./return-statistics.js";
import { RISK_STATISTICS } from "./risk-statistics.js";
import type { OwnStatistic, Statistic } from "./statistic.js";

const BUILT_IN: ReadonlyMap<string, Statistic> = new Map(
  [
    RETURN_STATISTICS,
    RISK_STATISTICS,
    RATIO_STATISTICS,
    DRAWDOWN_STATISTICS,
    BENCHMARK_STATISTICS,
    LUCK_STATISTICS,
    LOOKBACK_STATISTICS,
  ].flatMap((family) => family.map((one) => [one.id, one] as const)),
);

/** What users added, in this process. */
const own = new Map<string, Statistic>();

/**
 * Adds a statistic of one's own: from now on it stands in every table of {@link statistics} and in every report.
 *
 * Registering the same id again replaces it, so that a cell can be run twice; a built-in one cannot be replaced.
 *
 * @returns A function that takes it out again.
 * @throws InvalidArgumentError for an empty id or one that is built in.
 * @example
 * const remove = registerStatistic({ id: "big_days", formula: "#(|r| > 2 %)", compute: ({ returns }) => returns.filter((r) => Math.abs(r) > 0.02).length });
 * statistics([0.03, -0.01, -0.05], { ids: ["big_days"] }).get("value", 0) // -> 2
 * remove() // -> true
 */
export function registerStatistic(given: OwnStatistic): () => boolean {
  if (!given.id) throw new InvalidArgumentError("Cannot register a statistic: its id is empty");
  if (BUILT_IN.has(given.id))
    throw new InvalidArgumentError(
      `Cannot register the statistic "${given.id}": that is a built-in one (${BUILT_IN.get(given.id)!.source || "alphabook"})\n  give yours another id`,
    );
  const added: Statistic = {
    label: given.id,
    group: "user",
    unit: "ratio",
    formula: "",
    convention: "",
    source: "own",
    needs: [],
    ...given,
  };
  own.set(given.id, added);
  return () => own.get(given.id) === added && own.delete(given.id);
}

/**
 * All statistics there are: id, label, formula, convention, source; the built-in ones first, then those of the user.
 * @example
 * listStatistics().find(({ id }) => id === "sharpe")?.formula // -> "mean(r − f) / std(r − f) · √N"
 */
export function listStatistics(): Statistic[] {
  return [...BUILT_IN.values(), ...own.values()];
}

/** The statistic of an id. @throws UnknownNameError with the nearest one. */
export function getStatistic(id: string): Statistic {
  const found = BUILT_IN.get(id) ?? own.get(id);
  if (!found) throw new UnknownNameError("statistic", id, [...BUILT_IN.keys(), ...own.keys()]);
  return found;
}
