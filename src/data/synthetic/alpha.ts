import type { Random } from "../../panel/random.js";

/** What a stock's day tells about its next ones. */
export interface DayEvidence {
  /** Log return. */
  readonly logReturn: number;
  /** Log return less the market's part, in units of the stock's usual volatility. */
  readonly surprise: number;
  /** Logarithm of the day's volume. */
  readonly logVolume: number;
}

/**
 * The planted alpha of one stock: what about its next return can be known. All but the last part can be seen in prices and
 * volumes, two parts are not linear:
 *
 * - reversal of the last week's own moves, saturating;
 * - momentum of the last month, strong in calm stocks, weak in wild ones;
 * - recent volatility, which costs;
 * - volume shocks: strong buying or selling goes on, beyond a threshold;
 * - a hidden state that moves slowly.
 */
export class PlantedAlpha {
  #reversal = 0;
  #momentum = 0;
  #wildness = 0;
  #volumeShock = 0;
  #usualVolume = NaN;
  #hidden = 0;

  /** Not standardised; known before the day begins. */
  get score(): number {
    const reversal = -Math.tanh(this.#reversal / 1.5);
    const momentum = Math.tanh(this.#momentum / 1.2) * (this.#wildness < 0 ? 1.3 : 0.3);
    const shock = Math.abs(this.#volumeShock) > 0.6 ? Math.sign(this.#volumeShock) : 0;
    return 0.55 * reversal + 0.4 * momentum - 0.25 * this.#wildness + 0.45 * shock + 0.35 * this.#hidden;
  }

  update({ logReturn, surprise, logVolume }: DayEvidence, random: Random): void {
    if (Number.isNaN(this.#usualVolume)) this.#usualVolume = logVolume;
    this.#reversal = 0.88 * this.#reversal + 0.3 * surprise;
    this.#momentum = 0.95 * this.#momentum + 0.16 * surprise;
    this.#wildness = 0.96 * this.#wildness + 0.08 * (Math.min(3, Math.abs(surprise)) - 0.75);
    this.#volumeShock =
      0.8 * this.#volumeShock + (0.45 * (logVolume - this.#usualVolume) * Math.sign(logReturn)) / 0.35;
    this.#usualVolume = 0.95 * this.#usualVolume + 0.05 * logVolume;
    this.#hidden = 0.985 * this.#hidden + 0.172 * random.normal();
  }
}

/** Scores shifted and scaled to mean 0 and variance 1 over the stocks of a day, in place. */
export function standardise(scores: Float64Array): void {
  let [mean, square] = [0, 0];
  for (const score of scores) mean += score / scores.length;
  for (const score of scores) square += (score - mean) ** 2;
  const deviation = Math.sqrt(square / scores.length) || 1;
  for (let i = 0; i < scores.length; i++) scores[i] = (scores[i]! - mean) / deviation;
}
