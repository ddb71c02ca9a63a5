type Numbers = Float64Array | Float32Array | Int32Array;

const FIRST_ROWS = 2048;
const LARGEST_ROWS = 1 << 18;

/** Rows of one column that come chunk by chunk, their number unknown: written once into blocks, joined once at the end. */
export class Blocks<A extends Numbers> {
  readonly #make: (length: number) => A;
  readonly #full: A[] = [];
  #block: A;
  #used = 0;
  length = 0;

  constructor(make: (length: number) => A) {
    this.#make = make;
    this.#block = make(FIRST_ROWS);
  }

  /** Where the next `rows` values go; write all of them. */
  next(rows: number): A {
    if (this.#used + rows > this.#block.length) {
      if (this.#used) this.#full.push(this.#block.subarray(0, this.#used) as A);
      this.#block = this.#make(Math.max(rows, Math.min(LARGEST_ROWS, this.#block.length * 4)));
      this.#used = 0;
    }
    const place = this.#block.subarray(this.#used, this.#used + rows) as A;
    this.#used += rows;
    this.length += rows;
    return place;
  }

  join(): A {
    if (this.#full.length === 0 && this.#used === this.#block.length) return this.#block;
    const all = this.#make(this.length);
    let at = 0;
    for (const block of this.#full) {
      all.set(block, at);
      at += block.length;
    }
    all.set(this.#block.subarray(0, this.#used), at);
    this.#full.length = 0;
    return all;
  }
}
