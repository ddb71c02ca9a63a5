/** Ranks and quantiles of the last dates by instrument, so that a date can be held against one `lag` dates before. */
export class RankMemory {
  readonly #depth: number;
  readonly #quantiles: number;
  readonly #ranks: Float64Array[];
  readonly #buckets: Uint8Array[];
  #count = 0;

  constructor(instruments: number, lags: readonly number[], quantiles: number) {
    this.#depth = Math.max(0, ...lags) + 1;
    this.#quantiles = quantiles;
    this.#ranks = Array.from({ length: this.#depth }, () => new Float64Array(instruments));
    this.#buckets = Array.from({ length: this.#depth }, () => new Uint8Array(instruments));
  }

  /** The next date: ranks (from 1) and quantiles (from 0) of the rows that are used. */
  add(rows: Int32Array, codes: Int32Array, ranks: Float64Array, buckets: Uint8Array): void {
    const at = this.#count++ % this.#depth;
    const [rank, bucket] = [this.#ranks[at]!.fill(0), this.#buckets[at]!.fill(0)];
    for (let i = 0; i < rows.length; i++) {
      const code = codes[rows[i]!]!;
      rank[code] = ranks[i]!;
      bucket[code] = buckets[i]! + 1;
    }
  }

  /** Share of new names by quantile, and the correlation of the ranks of the names that both dates have; NaN when there is no such date. */
  against(lag: number): { turnover: Float64Array; correlation: number } {
    const turnover = new Float64Array(this.#quantiles).fill(NaN);
    if (this.#count <= lag) return { turnover, correlation: NaN };
    const [now, then] = [(this.#count - 1) % this.#depth, (this.#count - 1 - lag) % this.#depth];
    const [rank, before] = [this.#ranks[now]!, this.#ranks[then]!];
    const [bucket, was] = [this.#buckets[now]!, this.#buckets[then]!];
    const [members, fresh] = [new Int32Array(this.#quantiles), new Int32Array(this.#quantiles)];
    let [n, x, y] = [0, 0, 0];
    for (let code = 0; code < rank.length; code++) {
      if (bucket[code] === 0) continue;
      const q = bucket[code]! - 1;
      members[q]!++;
      if (was[code] !== bucket[code]) fresh[q]!++;
      if (was[code] === 0) continue;
      n++;
      x += rank[code]!;
      y += before[code]!;
    }
    for (let q = 0; q < this.#quantiles; q++) turnover[q] = fresh[q]! / members[q]!;
    const [meanX, meanY] = [x / n, y / n];
    let [xx, yy, xy] = [0, 0, 0];
    for (let code = 0; code < rank.length; code++) {
      if (bucket[code] === 0 || was[code] === 0) continue;
      const [dx, dy] = [rank[code]! - meanX, before[code]! - meanY];
      xx += dx * dx;
      yy += dy * dy;
      xy += dx * dy;
    }
    return { turnover, correlation: xx > 0 && yy > 0 ? Math.max(-1, Math.min(1, xy / Math.sqrt(xx * yy))) : NaN };
  }
}
