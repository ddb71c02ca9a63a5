/**
 * Counts, means, squared deviations and co-deviation of pairs, for a growing set of pairs. Two such sets merge by their means
 * (Chan, Golub and LeVeque), which loses no digits to large means and gives exactly 0 for constants.
 */
export class PairMoments {
  n = 0;
  meanA = 0;
  meanB = 0;
  squareA = 0;
  squareB = 0;
  product = 0;

  clear(): void {
    this.n = this.meanA = this.meanB = this.squareA = this.squareB = this.product = 0;
  }

  add(a: number, b: number): void {
    const n = ++this.n;
    const stepA = a - this.meanA;
    const stepB = b - this.meanB;
    this.meanA += stepA / n;
    this.meanB += stepB / n;
    const restB = b - this.meanB;
    this.squareA += stepA * (a - this.meanA);
    this.squareB += stepB * restB;
    this.product += stepA * restB;
  }

  /** Becomes `start` and entry `place` of `ends` together. */
  merge(start: PairMoments, ends: PairMomentsArray, place: number): void {
    const m = ends.n[place]!;
    const n = start.n + m;
    this.n = n;
    if (n === 0) return;
    const share = m / n;
    const gapA = ends.meanA[place]! - start.meanA;
    const gapB = ends.meanB[place]! - start.meanB;
    this.meanA = start.meanA + gapA * share;
    this.meanB = start.meanB + gapB * share;
    this.squareA = start.squareA + ends.squareA[place]! + gapA * gapA * start.n * share;
    this.squareB = start.squareB + ends.squareB[place]! + gapB * gapB * start.n * share;
    this.product = start.product + ends.product[place]! + gapA * gapB * start.n * share;
  }
}

/** Moments by place, one typed array each. */
export class PairMomentsArray {
  readonly n: Float64Array;
  readonly meanA: Float64Array;
  readonly meanB: Float64Array;
  readonly squareA: Float64Array;
  readonly squareB: Float64Array;
  readonly product: Float64Array;

  constructor(length: number) {
    this.n = new Float64Array(length);
    this.meanA = new Float64Array(length);
    this.meanB = new Float64Array(length);
    this.squareA = new Float64Array(length);
    this.squareB = new Float64Array(length);
    this.product = new Float64Array(length);
  }

  set(place: number, moments: PairMoments): void {
    this.n[place] = moments.n;
    this.meanA[place] = moments.meanA;
    this.meanB[place] = moments.meanB;
    this.squareA[place] = moments.squareA;
    this.squareB[place] = moments.squareB;
    this.product[place] = moments.product;
  }
}
