import { host } from "../host/host.js";
import { solveCholesky, solveMinimumNorm } from "./solve-symmetric.js";

/**
 * The x ≥ 0 that minimises ½ xᵀA x − bᵀx: least squares without negative coefficients, by Lawson and Hanson's active sets on the
 * normal equations.
 *
 * @param matrix Row-major, symmetric, positive semidefinite. Not changed.
 * @example
 * await solveNonNegative(Float64Array.of(1, 0, 0, 1), Float64Array.of(2, -1)) // -> Float64Array [2, 0]
 */
export async function solveNonNegative(matrix: Float64Array, b: Float64Array): Promise<Float64Array> {
  const n = b.length;
  const x = new Float64Array(n);
  const free = new Set<number>();
  const tolerance = 1e-10 * b.reduce((most, value) => Math.max(most, Math.abs(value)), 0);
  const barred = new Set<number>();
  while (free.size < n) {
    await host.breathe();
    let [next, steepest] = [-1, tolerance];
    for (let i = 0; i < n; i++) {
      if (free.has(i) || barred.has(i)) continue;
      const slope = slopeAt(matrix, b, x, i);
      if (slope > steepest) [next, steepest] = [i, slope];
    }
    if (next < 0) return x;
    free.add(next);
    for (let first = true; ; first = false) {
      const order = [...free].sort((i, j) => i - j);
      const solution = solvePart(matrix, b, order);
      // A column that the others repeat gains nothing: its own coefficient comes out negative or 0.
      if (first && !(solution[order.indexOf(next)]! > 0)) {
        free.delete(next);
        barred.add(next);
        break;
      }
      let step = 1;
      order.forEach((i, k) => {
        if (solution[k]! <= 0) step = Math.min(step, x[i]! / (x[i]! - solution[k]!));
      });
      order.forEach((i, k) => (x[i]! += step * (solution[k]! - x[i]!)));
      if (step === 1) {
        barred.clear();
        break;
      }
      order.forEach((i, k) => {
        if (solution[k]! <= 0 && x[i]! <= 1e-12 * Math.abs(solution[k]!)) {
          x[i] = 0;
          free.delete(i);
        }
      });
    }
  }
  return x;
}

/** Changes of a sweep below this share of the largest coefficient end the descent. */
const SETTLED = 1e-9;
const MAX_SWEEPS = 20_000;

/**
 * The x that minimises ½ xᵀA x − bᵀx + penalty · Σ|x|, by coordinate descent; most of its entries are exactly 0.
 *
 * @param matrix Row-major, symmetric, positive semidefinite. Not changed.
 * @example
 * await solveLasso(Float64Array.of(2, 0, 0, 2), Float64Array.of(5, 1), 2) // -> Float64Array [1.5, 0]
 */
export async function solveLasso(matrix: Float64Array, b: Float64Array, penalty: number): Promise<Float64Array> {
  const n = b.length;
  const x = new Float64Array(n);
  /** b − A x. */
  const rest = b.slice();
  for (let sweep = 0; sweep < MAX_SWEEPS; sweep++) {
    await host.breathe();
    let [change, largest] = [0, 0];
    for (let i = 0; i < n; i++) {
      const curvature = matrix[i * n + i]!;
      if (!(curvature > 0)) continue;
      const wanted = rest[i]! + curvature * x[i]!;
      const value = (Math.sign(wanted) * Math.max(0, Math.abs(wanted) - penalty)) / curvature;
      const step = value - x[i]!;
      largest = Math.max(largest, Math.abs(value));
      if (step === 0) continue;
      change = Math.max(change, Math.abs(step));
      x[i] = value;
      for (let k = 0; k < n; k++) rest[k]! -= step * matrix[i * n + k]!;
    }
    if (change <= SETTLED * largest) return x;
  }
  host.notice(`lasso: coefficients still move after ${MAX_SWEEPS} sweeps; a larger alpha settles sooner`);
  return x;
}

function slopeAt(matrix: Float64Array, b: Float64Array, x: Float64Array, i: number): number {
  const n = b.length;
  let slope = b[i]!;
  for (let k = 0; k < n; k++) slope -= matrix[i * n + k]! * x[k]!;
  return slope;
}

function solvePart(matrix: Float64Array, b: Float64Array, order: readonly number[]): Float64Array {
  const [n, k] = [b.length, order.length];
  const part = Float64Array.from({ length: k * k }, (_, at) => matrix[order[Math.floor(at / k)]! * n + order[at % k]!]!);
  const right = Float64Array.from(order, (i) => b[i]!);
  return solveCholesky(part, right) ?? solveMinimumNorm(part, right).x;
}
