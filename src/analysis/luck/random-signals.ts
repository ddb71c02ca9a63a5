import { refuseUnknownOptions } from "../../engine/refuse-unknown-options.js";
import { InvalidArgumentError } from "../../errors.js";
import { host } from "../../host/host.js";
import { averageRanks } from "../../panel/average-rank.js";
import { Panel } from "../../panel/panel.js";
import type { PanelSource } from "../../panel/panel-from.js";
import { Random } from "../../panel/random.js";
import { datePairs } from "../date-pairs.js";
import type { ScoreLabelColumns } from "../ic.js";
import { average, deviation, percentileOfSorted, ratio } from "../statistic/series-moments.js";

export type SignalStatistic = "ic" | "rankIc" | "longShort";

export interface RandomSignalsOptions extends ScoreLabelColumns {
  /** What is measured on each date: `rankIc` (default), `ic`, or `longShort` = (mean label of the top fifth − that of the bottom fifth) / 2. */
  readonly statistic?: SignalStatistic;
  /** How many signals without skill. Default 1,000. */
  readonly shuffles?: number;
  /** Default 7. */
  readonly seed?: number;
}

/** One figure of the run among those of the shuffled signals. */
export interface AmongRandom {
  readonly observed: number;
  /** Share of shuffles at least as high: (1 + #) / (shuffles + 1), never 0. */
  readonly pValue: number;
  /** The same for as far from 0, either side. */
  readonly pTwoSided: number;
  /** Share of shuffles below the observed value. */
  readonly percentile: number;
  readonly mean: number;
  /** ddof 1 */
  readonly std: number;
  /** 2.5th and 97.5th percentile of the shuffles. */
  readonly low: number;
  readonly high: number;
  /** All of them, ascending. */
  readonly draws: Float64Array;
}

/** Where a run falls among signals without skill. */
export interface RandomSignals {
  readonly statistic: SignalStatistic;
  /** Of the daily figure, over the dates. */
  readonly mean: AmongRandom;
  /** mean / std (ddof 1) over the dates: the ICIR where the figure is an IC. */
  readonly meanOverStd: AmongRandom;
  /** Dates used; the others have fewer than two pairs or a constant side. */
  readonly dates: number;
  readonly skipped: number;
  readonly shuffles: number;
  readonly seed: number;
}

/**
 * Where does this signal fall among signals that know nothing?
 *
 * On each date the labels are dealt out anew among the instruments that have score and label, so that every shuffle has the same scores,
 * the same labels, the same days, and no relation. (A permutation test: Fisher 1935; Good, "Permutation tests", 2000.)
 * Dates are dealt independently: with labels that overlap over several days the true spread
 * is wider than that of the shuffles, and the Newey–West interval is the one to trust.
 *
 * @param predLabel As {@link calcIc} takes it.
 * @throws InvalidArgumentError when no date can be used, or for options out of range.
 * @example
 * const days = { datetime: Array(4).fill("2020-01-02"), instrument: [..."ABCD"], score: [1, 2, 3, 4], label: [0.1, 0.2, 0.3, 0.4] };
 * (await randomSignals(days, { shuffles: 50 })).mean.observed // -> 1
 */
export async function randomSignals(
  predLabel: PanelSource,
  options: RandomSignalsOptions = {},
): Promise<RandomSignals> {
  refuseUnknownOptions("Cannot shuffle signals", options, ["statistic", "shuffles", "seed", "score", "label"]);
  const { score = "score", label = "label", statistic = "rankIc", shuffles = 1000, seed = 7 } = options;
  if (!["ic", "rankIc", "longShort"].includes(statistic))
    throw new InvalidArgumentError(
      `Cannot shuffle signals: statistic "${String(statistic)}" is none of "ic", "rankIc", "longShort"`,
    );
  if (!(Number.isInteger(shuffles) && shuffles >= 1))
    throw new InvalidArgumentError(`Cannot shuffle signals: ${shuffles} shuffles, a whole number ≥ 1 expected`);
  const panel = Panel.from(predLabel);
  const used = dealt(panel, score, label, statistic);
  const dates = used.length;
  if (dates === 0)
    throw new InvalidArgumentError(
      `Cannot shuffle signals: none of ${panel.numDates} dates has two instruments with different scores and labels`,
    );
  const daily = new Float64Array(dates);
  used.forEach(({ weights, values }, d) => (daily[d] = dot(weights, values)));
  const observed = [average(daily), ratio(average(daily), deviation(daily))] as const;

  const random = new Random(seed);
  const [means, ratios] = [new Float64Array(shuffles), new Float64Array(shuffles)];
  const progress = host.progress("Shuffled signals", shuffles);
  try {
    for (let k = 0; k < shuffles; k++) {
      if (k % 8 === 0) await host.breathe();
      progress.update(k);
      for (let d = 0; d < dates; d++) daily[d] = shuffleAndMeasure(used[d]!.weights, used[d]!.values, random);
      means[k] = average(daily);
      ratios[k] = means[k]! / deviation(daily);
    }
  } finally {
    progress.end();
  }
  return {
    statistic,
    mean: among(observed[0], means),
    meanOverStd: among(observed[1], ratios),
    dates,
    skipped: panel.numDates - dates,
    shuffles,
    seed,
  };
}

/** One date: the daily figure is Σ weights · values, whatever the statistic, so a shuffle is one pass. */
interface DealtDate {
  readonly weights: Float64Array;
  readonly values: Float64Array;
}

function dealt(panel: Panel, score: string, label: string, statistic: SignalStatistic): DealtDate[] {
  const [scores, labels] = [panel.get(score), panel.get(label)];
  const found: DealtDate[] = [];
  for (let d = 0; d < panel.numDates; d++) {
    const { x, y } = datePairs(panel, d, scores, labels);
    if (statistic === "longShort") {
      const weights = fifths(x);
      if (weights && y.every(Number.isFinite)) found.push({ weights, values: y.slice() });
      continue;
    }
    const ranked = statistic === "rankIc";
    const [weights, values] = [unit(ranked ? averageRanks(x) : x), unit(ranked ? averageRanks(y) : y)];
    if (weights && values) found.push({ weights, values });
  }
  return found;
}

/** Centred and of length 1, so that a correlation is a product; undefined where that is not possible. */
function unit(values: Float64Array): Float64Array | undefined {
  const center = average(values);
  const length = deviation(values) * Math.sqrt(values.length - 1);
  return length > 0 && Number.isFinite(length) ? values.map((value) => (value - center) / length) : undefined;
}

/** ±1/(2N) for the N = trunc(n/5) highest and lowest scores, of equal ones the first; undefined when N is 0. */
function fifths(x: Float64Array): Float64Array | undefined {
  const size = Math.trunc(x.length * 0.2);
  if (size === 0) return undefined;
  const order = Uint32Array.from(x.keys()).sort((a, b) => x[b]! - x[a]! || a - b);
  const weights = new Float64Array(x.length);
  for (let i = 0; i < size; i++) {
    weights[order[i]!] = 0.5 / size;
    weights[order[x.length - 1 - i]!] = -0.5 / size;
  }
  return weights;
}

function dot(a: Float64Array, b: Float64Array): number {
  let total = 0;
  for (let i = 0; i < a.length; i++) total += a[i]! * b[i]!;
  return total;
}

/** Deals the values anew (Fisher and Yates) and adds up on the way. */
function shuffleAndMeasure(weights: Float64Array, values: Float64Array, random: Random): number {
  let total = 0;
  for (let i = values.length - 1; i > 0; i--) {
    const j = random.below(i + 1);
    const value = values[j]!;
    values[j] = values[i]!;
    values[i] = value;
    total += weights[i]! * value;
  }
  return total + weights[0]! * values[0]!;
}

function among(observed: number, drawn: Float64Array): AmongRandom {
  const draws = drawn.filter((value) => !Number.isNaN(value)).sort();
  const share = (holds: (value: number) => boolean) => (1 + draws.filter(holds).length) / (draws.length + 1);
  // Sums in another order differ in the last digits: what is equal up to rounding counts as at least as high.
  const rounding = 1e-12 * Math.abs(observed);
  return {
    observed,
    pValue: Number.isNaN(observed) ? NaN : share((value) => value >= observed - rounding),
    pTwoSided: Number.isNaN(observed) ? NaN : share((value) => Math.abs(value) >= Math.abs(observed) - rounding),
    percentile: draws.filter((value) => value < observed - rounding).length / draws.length,
    mean: average(draws),
    std: deviation(draws),
    low: percentileOfSorted(draws, 0.025),
    high: percentileOfSorted(draws, 0.975),
    draws,
  };
}
