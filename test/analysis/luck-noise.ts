import { deflatedSharpe, trialsOf } from "../../src/analysis/luck/deflated-sharpe.js";
import { bootstrapIntervals } from "../../src/analysis/luck/bootstrap-intervals.js";
import { probabilityOfOverfitting } from "../../src/analysis/luck/overfitting.js";
import { sharpeFacts } from "../../src/analysis/luck/sharpe-odds.js";
import { neweyWest } from "../../src/analysis/newey-west.js";
import { Random } from "../../src/panel/random.js";
import { bestOfNoise, noise } from "./noise.js";

export interface Search {
  readonly deflatedAbove95: number;
  readonly meanPbo: number;
}

/** Many searches among strategies without skill: how often the deflated ratio believes the winner, and the mean PBO. */
export async function searchNoise(
  searches: number,
  { tries = 20, days = 504, splits = 8, seed = 11 } = {},
): Promise<Search> {
  const random = new Random(seed);
  let [fooled, pbo] = [0, 0];
  for (let k = 0; k < searches; k++) {
    const strategies = bestOfNoise(random, tries, days);
    const columns = Object.values(strategies);
    const sharpes = columns.map((column) => sharpeFacts(column).sharpe);
    const best = columns[sharpes.indexOf(Math.max(...sharpes))]!;
    if (deflatedSharpe(best, { trials: trialsOf(sharpes) }).deflated > 0.95) fooled++;
    pbo += (await probabilityOfOverfitting(strategies, { splits })).pbo / searches;
  }
  return { deflatedAbove95: fooled / searches, meanPbo: pbo };
}

export interface Coverage {
  readonly bootstrapMean: number;
  readonly bootstrapSharpe: number;
  readonly neweyWest: number;
}

/** How often the 95 % intervals hold the truth, on simulated series of 1,000 days. */
export async function coverTruth(
  series: number,
  { autocorrelation = 0.1, days = 1000, resamples = 500, seed = 5 } = {},
): Promise<Coverage> {
  const random = new Random(seed);
  const [mean, sharpe] = [0.0005, 0.05];
  let [ofMean, ofSharpe, ofNeweyWest] = [0, 0, 0];
  for (let k = 0; k < series; k++) {
    const returns = noise(random, days, { mean, autocorrelation });
    const { table } = await bootstrapIntervals(returns, {
      ids: ["mean_return", "sharpe"],
      resamples,
      periodsPerYear: 1,
      seed: k,
    });
    const holds = (row: number, truth: number) =>
      Number(table.get("low", row)) <= truth && truth <= Number(table.get("high", row));
    if (holds(0, mean)) ofMean++;
    if (holds(1, sharpe)) ofSharpe++;
    const interval = neweyWest(returns);
    if (interval.low <= mean && mean <= interval.high) ofNeweyWest++;
  }
  return { bootstrapMean: ofMean / series, bootstrapSharpe: ofSharpe / series, neweyWest: ofNeweyWest / series };
}
