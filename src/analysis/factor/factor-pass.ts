import { host } from "../../host/host.js";
import { averageRanks } from "../../panel/average-rank.js";
import type { Panel } from "../../panel/panel.js";
import { pearson } from "../pearson.js";
import { upperBorders } from "../quantile-returns.js";
import { average } from "../statistic/series-moments.js";
import { RankMemory } from "./rank-memory.js";

/** Daily figures of one horizon, one value per used date. */
export interface HorizonDays {
  readonly ic: Float64Array;
  readonly rankIc: Float64Array;
  /** Mean return by quantile, lowest scores first. */
  readonly quantiles: readonly Float64Array[];
  readonly average: Float64Array;
  /** Σ w·r with w = (score − mean) / Σ|score − mean| */
  readonly factorReturn: Float64Array;
}

/** Daily figures of one lag. */
export interface LagDays {
  /** Share of a quantile's names that were not in it `lag` dates ago; NaN on the first ones. */
  readonly turnover: readonly Float64Array[];
  readonly rankAutocorrelation: Float64Array;
}

export interface QuantileScores {
  readonly min: number;
  readonly max: number;
  readonly mean: number;
  /** ddof 1 */
  readonly std: number;
  readonly count: number;
}

/** All that one pass over the dates collects. */
export interface FactorPass {
  /** Epoch ms of the dates used. */
  readonly dates: Float64Array;
  readonly horizons: readonly HorizonDays[];
  readonly lags: readonly LagDays[];
  readonly scores: readonly QuantileScores[];
  /** Rows of the panel, those without a score, those with a score but without every return, those used. */
  readonly rows: { readonly all: number; readonly noScore: number; readonly noReturn: number; readonly used: number };
}

/** Reads each date once: ranks, quantiles, returns of all horizons, turnover and rank autocorrelation of all lags. */
export async function factorPass(
  panel: Panel,
  score: string,
  labels: readonly string[],
  lags: readonly number[],
  quantiles: number,
): Promise<FactorPass> {
  const scores = panel.get(score);
  const returns = labels.map((name) => panel.get(name));
  const empty = () => new Float64Array(panel.numDates).fill(NaN);
  const many = () => Array.from({ length: quantiles }, empty);
  const horizons = labels.map(() => ({
    ic: empty(),
    rankIc: empty(),
    quantiles: many(),
    average: empty(),
    factorReturn: empty(),
  }));
  const lagDays = lags.map(() => ({ turnover: many(), rankAutocorrelation: empty() }));
  const memory = new RankMemory(panel.instruments.length, lags, quantiles);
  const moments = Array.from({ length: quantiles }, () => ({ min: NaN, max: NaN, mean: 0, m2: 0, count: 0 }));
  const dates: number[] = [];
  let [noScore, noReturn, used] = [0, 0, 0];
  const rows = new Int32Array(Math.max(0, ...Array.from({ length: panel.numDates }, (_, d) => width(panel, d))));

  for (let d = 0; d < panel.numDates; d++) {
    await host.breathe();
    const [from, to] = panel.rowsOf(d);
    let n = 0;
    for (let row = from; row < to; row++) {
      if (!Number.isFinite(scores[row]!)) noScore++;
      else if (!returns.every((column) => Number.isFinite(column[row]!))) noReturn++;
      else rows[n++] = row;
    }
    if (n === 0) continue;
    used += n;
    const day = dates.push(panel.dates[d]!) - 1;
    const x = Float64Array.from({ length: n }, (_, i) => scores[rows[i]!]!);
    const ranks = averageRanks(x);
    const borders = upperBorders(x.slice().sort(), quantiles);
    const buckets = new Uint8Array(n);
    for (let i = 0; i < n; i++) {
      let bucket = 0;
      while (bucket < quantiles - 1 && x[i]! > borders[bucket]!) bucket++;
      buckets[i] = bucket;
      const one = moments[bucket]!;
      one.count++;
      const off = x[i]! - one.mean;
      one.mean += off / one.count;
      one.m2 += off * (x[i]! - one.mean);
      if (!(x[i]! >= one.min)) one.min = x[i]!;
      if (!(x[i]! <= one.max)) one.max = x[i]!;
    }
    const weights = grossOne(x);
    returns.forEach((column, h) => {
      const y = Float64Array.from({ length: n }, (_, i) => column[rows[i]!]!);
      const to = horizons[h]!;
      to.ic[day] = pearson(x, y);
      to.rankIc[day] = pearson(ranks, averageRanks(y));
      const [sums, counts] = [new Float64Array(quantiles), new Int32Array(quantiles)];
      let portfolio = 0;
      for (let i = 0; i < n; i++) {
        sums[buckets[i]!]! += y[i]!;
        counts[buckets[i]!]!++;
        portfolio += weights[i]! * y[i]!;
      }
      for (let q = 0; q < quantiles; q++) to.quantiles[q]![day] = sums[q]! / counts[q]!;
      to.average[day] = average(y);
      to.factorReturn[day] = portfolio;
    });
    memory.add(rows.subarray(0, n), panel.codes, ranks, buckets);
    lags.forEach((lag, l) => {
      const { turnover, correlation } = memory.against(lag);
      turnover.forEach((value, q) => (lagDays[l]!.turnover[q]![day] = value));
      lagDays[l]!.rankAutocorrelation[day] = correlation;
    });
  }
  const cut = (values: Float64Array) => values.subarray(0, dates.length);
  return {
    dates: Float64Array.from(dates),
    horizons: horizons.map((one) => ({
      ic: cut(one.ic),
      rankIc: cut(one.rankIc),
      quantiles: one.quantiles.map(cut),
      average: cut(one.average),
      factorReturn: cut(one.factorReturn),
    })),
    lags: lagDays.map((one) => ({
      turnover: one.turnover.map(cut),
      rankAutocorrelation: cut(one.rankAutocorrelation),
    })),
    scores: moments.map(({ min, max, mean, m2, count }) => ({
      min,
      max,
      mean: count ? mean : NaN,
      std: count > 1 ? Math.sqrt(m2 / (count - 1)) : NaN,
      count,
    })),
    rows: { all: panel.numRows, noScore, noReturn, used },
  };
}

const width = (panel: Panel, d: number): number => panel.offsets[d + 1]! - panel.offsets[d]!;

/** Weights of a portfolio that follows the score: centred, absolute values add up to 1; NaN when all scores are equal. */
function grossOne(x: Float64Array): Float64Array {
  const center = average(x);
  let gross = 0;
  for (let i = 0; i < x.length; i++) gross += Math.abs(x[i]! - center);
  const level = x.every((value) => value === x[0]) ? NaN : gross;
  return x.map((value) => (value - center) / level);
}
