const TWO_PI = 2 * Math.PI;

/**
 * Seeded random numbers by Chris Doty-Humphrey's sfc32 (128 bits of state): the same seed gives the same sequence everywhere.
 */
export class Random {
  #a: number;
  #b = 0x9e3779b9 | 0;
  #c = 0x243f6a88 | 0;
  #counter = 1;
  /** The second number of a Box–Muller pair. */
  #spare = NaN;

  constructor(seed: number) {
    this.#a = seed | 0;
    // What does not fit into 32 bits still makes another sequence.
    this.#b ^= Math.floor(seed / 2 ** 32) | 0;
    for (let i = 0; i < 16; i++) this.uniform();
  }

  /** Uniform in (0, 1), never 0 nor 1. */
  uniform(): number {
    const next = (((this.#a + this.#b) | 0) + this.#counter) | 0;
    this.#counter = (this.#counter + 1) | 0;
    this.#a = this.#b ^ (this.#b >>> 9);
    this.#b = (this.#c + (this.#c << 3)) | 0;
    this.#c = (((this.#c << 21) | (this.#c >>> 11)) + next) | 0;
    return ((next >>> 0) + 0.5) / 2 ** 32;
  }

  /** A whole number in [0, count). */
  below(count: number): number {
    return Math.floor(this.uniform() * count);
  }

  /** Standard normal. */
  normal(): number {
    if (this.#spare === this.#spare) {
      const spare = this.#spare;
      this.#spare = NaN;
      return spare;
    }
    const radius = Math.sqrt(-2 * Math.log(this.uniform()));
    const angle = TWO_PI * this.uniform();
    this.#spare = radius * Math.sin(angle);
    return radius * Math.cos(angle);
  }

  /** Student's t with 5 degrees of freedom, scaled to variance 1: the fat tails of daily returns. By Bailey's polar formula. */
  fatTailed(): number {
    const radius = Math.sqrt(3 * (this.uniform() ** -0.4 - 1));
    return radius * Math.cos(TWO_PI * this.uniform());
  }
}
