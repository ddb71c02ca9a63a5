import { table, type ColumnTable } from "arquero";
import { refuseUnknownOptions } from "../../engine/refuse-unknown-options.js";
import { InvalidArgumentError } from "../../errors.js";
import { host } from "../../host/host.js";
import { Random } from "../../panel/random.js";
import { ReturnFacts } from "../statistic/return-facts.js";
import type { ReturnSource } from "../statistic/return-series.js";
import { percentileOfSorted } from "../statistic/series-moments.js";
import { getStatistic } from "../statistic/statistic-registry.js";
import { computeStatistic, returnFacts, STATISTICS_OPTIONS, type StatisticsOptions } from "../statistics.js";
import { optimalBlockLength } from "./block-length.js";
import { resample } from "./stationary-bootstrap.js";

export interface BootstrapOptions extends Omit<StatisticsOptions, "ids"> {
  /** Statistics by id; those that need dates have no resample. Default annual_return, annual_volatility, sharpe, max_drawdown. */
  readonly ids?: readonly string[];
  /** Default 2,000. */
  readonly resamples?: number;
  /** Coverage of the interval. Default 0.95. */
  readonly level?: number;
  /** Mean length of a block in periods. Default: {@link optimalBlockLength} of the returns. */
  readonly blockLength?: number;
  /** Default 7: the same seed gives the same interval. */
  readonly seed?: number;
}

export interface BootstrapIntervals {
  /** One row per statistic: `id, label, value, low, high, p5, p25, p50, p75, p95, n, resamples, blockLength, level, seed`. */
  readonly table: ColumnTable;
  /** The statistic of each resample, by id, ascending; NaN ones left out. */
  readonly draws: Readonly<Record<string, Float64Array>>;
  readonly blockLength: number;
}

const HEADLINES = ["annual_return", "annual_volatility", "sharpe", "max_drawdown"];

/**
 * How far the headline figures could have come out otherwise: intervals by the stationary block bootstrap.
 *
 * The periods are drawn anew in blocks, so that autocorrelation and clustered volatility stay; a benchmark is drawn with the same
 * periods. `low` and `high` are the percentiles (1 ∓ level)/2 of the resamples. (Politis and Romano 1994; block length by Politis and
 * White 2004.) Of a maximum drawdown the interval tells how deep such returns fall in another order, not how well it is estimated.
 *
 * @param returns As {@link statistics} takes them; periods with a missing return are left out first, with a benchmark also those it lacks.
 * @throws InvalidArgumentError for fewer than 10 periods, a statistic that needs dates, or options out of range.
 * @example
 * const found = await bootstrapIntervals(Array.from({ length: 60 }, (_, i) => ((i * 29) % 13) / 100 - 0.05), { ids: ["sharpe"], resamples: 200 });
 * found.table.get("low", 0) < found.table.get("value", 0) // -> true
 */
export async function bootstrapIntervals(
  returns: ReturnSource,
  options: BootstrapOptions = {},
): Promise<BootstrapIntervals> {
  refuseUnknownOptions("Cannot draw bootstrap samples", options, [
    ...STATISTICS_OPTIONS,
    ...["resamples", "level", "blockLength", "seed"],
  ]);
  const { ids = HEADLINES, resamples = 2000, level = 0.95, seed = 7 } = options;
  if (!(Number.isInteger(resamples) && resamples >= 1) || !(level > 0 && level < 1))
    throw new InvalidArgumentError(
      `Cannot bootstrap: ${resamples} resamples at level ${level}, a whole number ≥ 1 and a level between 0 and 1 expected`,
    );
  const facts = returnFacts(returns, options);
  const chosen = ids.map(getStatistic);
  const refused = chosen.find(({ needs }) =>
    needs.some(
      (need) =>
        need === "dates" || (need === "benchmark" && !facts.hasBenchmark) || (need === "trials" && !facts.trials),
    ),
  );
  if (refused)
    throw new InvalidArgumentError(
      `Cannot bootstrap "${refused.id}": it needs ${refused.needs.join(", ")}${refused.needs.includes("dates") ? ", and periods drawn anew have no dates" : ", which was not given"}`,
    );
  const own = facts.hasBenchmark ? facts.paired.returns : facts.returns;
  const other = facts.hasBenchmark ? facts.paired.benchmark : undefined;
  const n = own.length;
  if (n < 10) throw new InvalidArgumentError(`Cannot bootstrap: ${n} periods with a return, at least 10 expected`);
  const blockLength = options.blockLength ?? optimalBlockLength(own);
  if (!(blockLength >= 1 && blockLength <= n))
    throw new InvalidArgumentError(
      `Cannot bootstrap: a block of ${blockLength} periods, between 1 and the ${n} there are expected`,
    );

  const random = new Random(seed);
  const positions = new Int32Array(n);
  const [drawn, drawnOther] = [new Float64Array(n), other && new Float64Array(n)];
  const draws = chosen.map(() => new Float64Array(resamples));
  for (let k = 0; k < resamples; k++) {
    if (k % 32 === 0) await host.breathe();
    resample(positions, blockLength, random);
    for (let i = 0; i < n; i++) drawn[i] = own[positions[i]!]!;
    if (drawnOther) for (let i = 0; i < n; i++) drawnOther[i] = other![positions[i]!]!;
    const again = new ReturnFacts(
      { values: drawn },
      facts.conventions,
      drawnOther && { values: drawnOther },
      facts.trials,
    );
    for (let s = 0; s < chosen.length; s++) draws[s]![k] = computeStatistic(chosen[s]!, again);
  }
  const sorted = draws.map((values) => values.filter((value) => !Number.isNaN(value)).sort());
  const at = (q: number) => Float64Array.from(sorted, (values) => percentileOfSorted(values, q));
  const paired = new ReturnFacts({ values: own }, facts.conventions, other && { values: other }, facts.trials);
  return {
    table: table({
      id: chosen.map(({ id }) => id),
      label: chosen.map(({ label }) => label),
      value: Float64Array.from(chosen, (one) => computeStatistic(one, paired)),
      low: at((1 - level) / 2),
      high: at((1 + level) / 2),
      p5: at(0.05),
      p25: at(0.25),
      p50: at(0.5),
      p75: at(0.75),
      p95: at(0.95),
      n: chosen.map(() => n),
      resamples: sorted.map((values) => values.length),
      blockLength: chosen.map(() => blockLength),
      level: chosen.map(() => level),
      seed: chosen.map(() => seed),
    }),
    draws: Object.fromEntries(chosen.map(({ id }, s) => [id, sorted[s]!])),
    blockLength,
  };
}
