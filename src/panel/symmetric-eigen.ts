/** Eigenvalues, ascending, and the matrix whose row `i` is the unit eigenvector of value `i`. */
export interface Eigen {
  readonly values: Float64Array;
  /** Row-major, n × n. */
  readonly vectors: Float64Array;
}

/** Sweeps after which a symmetric matrix has always become diagonal; ten are the usual number. */
const MAX_SWEEPS = 60;

/**
 * Eigen-decomposition of a symmetric matrix by cyclic Jacobi rotations (Golub and Van Loan, Matrix Computations, section 8.5).
 *
 * Slower than tridiagonal methods, but small eigenvalues come out with small errors, on which the rank of a Gram matrix depends.
 * 158 × 158 takes about a tenth of a second.
 *
 * @param matrix Row-major, n × n; only finite values. Not changed.
 * @example
 * symmetricEigen(Float64Array.of(2, 1, 1, 2), 2).values // -> Float64Array [1, 3]
 */
export function symmetricEigen(matrix: Float64Array, n: number): Eigen {
  const a = matrix.slice();
  // Rows of `v` turn together with rows of `a`, so that every inner loop runs along memory.
  const v = new Float64Array(n * n);
  for (let i = 0; i < n; i++) v[i * n + i] = 1;
  for (let sweep = 0; sweep < MAX_SWEEPS; sweep++) {
    let rotations = 0;
    for (let p = 0; p < n - 1; p++) {
      for (let q = p + 1; q < n; q++) {
        const apq = a[p * n + q]!;
        const scale = Math.sqrt(Math.abs(a[p * n + p]! * a[q * n + q]!));
        if (Math.abs(apq) <= Number.EPSILON * scale * 0.01 || Math.abs(apq) < 1e-300) continue;
        rotate(a, v, n, p, q);
        rotations++;
      }
    }
    if (rotations === 0) break;
  }
  const order = Int32Array.from({ length: n }, (_, i) => i).sort((i, j) => a[i * n + i]! - a[j * n + j]!);
  const vectors = new Float64Array(n * n);
  order.forEach((from, to) => vectors.set(v.subarray(from * n, (from + 1) * n), to * n));
  return { values: Float64Array.from(order, (i) => a[i * n + i]!), vectors };
}

/** Makes a[p, q] zero. */
function rotate(a: Float64Array, v: Float64Array, n: number, p: number, q: number): void {
  const [pp, qq, pq] = [a[p * n + p]!, a[q * n + q]!, a[p * n + q]!];
  const theta = (qq - pp) / (2 * pq);
  const t =
    Math.abs(theta) > 1e150
      ? 1 / (2 * theta)
      : Math.sign(theta || 1) / (Math.abs(theta) + Math.sqrt(theta * theta + 1));
  const c = 1 / Math.sqrt(t * t + 1);
  const s = t * c;
  turn(a, n, p, q, c, s);
  for (let i = 0; i < n; i++) {
    a[i * n + p] = a[p * n + i]!;
    a[i * n + q] = a[q * n + i]!;
  }
  a[p * n + p] = pp - t * pq;
  a[q * n + q] = qq + t * pq;
  a[p * n + q] = a[q * n + p] = 0;
  turn(v, n, p, q, c, s);
}

function turn(m: Float64Array, n: number, p: number, q: number, c: number, s: number): void {
  const [rowP, rowQ] = [p * n, q * n];
  for (let i = 0; i < n; i++) {
    const [x, y] = [m[rowP + i]!, m[rowQ + i]!];
    m[rowP + i] = c * x - s * y;
    m[rowQ + i] = s * x + c * y;
  }
}
