import { symmetricEigen } from "../panel/symmetric-eigen.js";

/** Eigenvalues below this share of the largest count as 0. */
const CUTOFF = 1e-12;

/**
 * Solves A x = b for a positive definite A by Cholesky's method; undefined when A is not (numerically) positive definite.
 *
 * @param matrix Row-major, symmetric. Not changed.
 * @example
 * solveCholesky(Float64Array.of(4, 2, 2, 5), Float64Array.of(8, 12)) // -> Float64Array [1, 2]
 */
export function solveCholesky(matrix: Float64Array, b: Float64Array): Float64Array | undefined {
  const n = b.length;
  const l = matrix.slice();
  for (let j = 0; j < n; j++) {
    for (let i = j; i < n; i++) {
      let sum = l[i * n + j]!;
      for (let k = 0; k < j; k++) sum -= l[i * n + k]! * l[j * n + k]!;
      if (i > j) l[i * n + j] = sum / l[j * n + j]!;
      else if (sum > CUTOFF * matrix[j * n + j]!) l[j * n + j] = Math.sqrt(sum);
      else return undefined;
    }
  }
  const x = b.slice();
  for (let i = 0; i < n; i++) {
    for (let k = 0; k < i; k++) x[i]! -= l[i * n + k]! * x[k]!;
    x[i]! /= l[i * n + i]!;
  }
  for (let i = n - 1; i >= 0; i--) {
    for (let k = i + 1; k < n; k++) x[i]! -= l[k * n + i]! * x[k]!;
    x[i]! /= l[i * n + i]!;
  }
  return x;
}

/** A solution and the number of directions it uses. */
export interface MinimumNormSolution {
  readonly x: Float64Array;
  readonly rank: number;
}

/**
 * The smallest x (in Euclidean norm) that minimises |A x − b| for a symmetric positive semidefinite A of any rank: directions whose
 * eigenvalue is at most 1e-12 of the largest are left out. Needed where features repeat each other, as Alpha158's do.
 *
 * @example
 * solveMinimumNorm(Float64Array.of(1, 1, 1, 1), Float64Array.of(2, 2)).rank // -> 1
 */
export function solveMinimumNorm(matrix: Float64Array, b: Float64Array): MinimumNormSolution {
  const n = b.length;
  const { values, vectors } = symmetricEigen(matrix, n);
  const x = new Float64Array(n);
  let rank = 0;
  for (let i = 0; i < n; i++) {
    if (!(values[i]! > CUTOFF * values[n - 1]!)) continue;
    rank++;
    let along = 0;
    for (let k = 0; k < n; k++) along += vectors[i * n + k]! * b[k]!;
    for (let k = 0; k < n; k++) x[k]! += (along / values[i]!) * vectors[i * n + k]!;
  }
  return { x, rank };
}
