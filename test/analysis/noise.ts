import { Random } from "../../src/panel/random.js";

/** Daily returns without skill: fat-tailed, 1 % a day, with a first-order autocorrelation if wanted. */
export function noise(random: Random, days: number, { mean = 0, autocorrelation = 0 } = {}): Float64Array {
  const values = new Float64Array(days);
  const fresh = Math.sqrt(1 - autocorrelation ** 2);
  let state = random.fatTailed();
  for (let i = 0; i < days; i++) {
    state = autocorrelation * state + fresh * random.fatTailed();
    values[i] = mean + 0.01 * state;
  }
  return values;
}

/** The best of `tries` strategies without skill, and the Sharpe ratios of all. */
export function bestOfNoise(random: Random, tries: number, days: number): Record<string, Float64Array> {
  return Object.fromEntries(Array.from({ length: tries }, (_, k) => [`s${k}`, noise(random, days)]));
}
