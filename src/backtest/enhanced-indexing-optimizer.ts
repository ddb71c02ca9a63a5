import { refuseUnknownOptions } from "../engine/refuse-unknown-options.js";
import { DataError, InvalidArgumentError } from "../errors.js";
import { symmetricEigen } from "../panel/symmetric-eigen.js";
import { solveProgram, type ProgramColumn } from "./quadratic-program.js";

export interface EnhancedIndexingOptions {
  /** Risk aversion, ≥ 0: the larger, the nearer to the benchmark. Default 1. */
  readonly lamb?: number;
  /** Most that Σ|w − w₀| may be, where w₀ holds anything; null: no limit. Default 0.2. */
  readonly delta?: number | null;
  /** Most that an instrument's weight may differ from the benchmark's; null: no limit. Default 0.01. */
  readonly bDev?: number | null;
  /** Most that a factor's exposure may differ from the benchmark's, for all factors or one each; null: no limit. */
  readonly fDev?: number | readonly number[] | null;
  /** Stretch the scores to the size of the instruments' risk, so that `lamb` means the same for any score. Default true. */
  readonly scaleReturn?: boolean;
  /** Weights below become 0. Default 5e-5. */
  readonly epsilon?: number;
}

/** What is known of n instruments and K factors. */
export interface EnhancedIndexingProblem {
  /** Expected returns or scores, n; no missing ones. */
  readonly scores: ArrayLike<number>;
  /** Row-major, n × K. */
  readonly exposures: ArrayLike<number>;
  /** Row-major, K × K, of the factors' returns. */
  readonly factorCovariance: ArrayLike<number>;
  /** Standard deviation of what the factors leave, n, per step, as a decimal. */
  readonly specificRisk: ArrayLike<number>;
  /** Weights now, n; all 0 when nothing is held. */
  readonly current: ArrayLike<number>;
  /** The benchmark's weights, n. */
  readonly benchmark: ArrayLike<number>;
  /** Instruments whose weight cannot change, n. */
  readonly hold?: ArrayLike<boolean>;
  /** Instruments whose weight must be 0, n; goes before `hold`. */
  readonly sell?: ArrayLike<boolean>;
}

/** Within which limits the weights are: all, all but the turnover's, or none could be met and nothing is to change. */
export type EnhancedIndexingOutcome = "optimal" | "without turnover limit" | "kept";

export interface EnhancedIndexingWeights {
  /** n, ≥ 0, in sum 1; of outcome `kept` the weights there were. */
  readonly weights: Float64Array;
  readonly outcome: EnhancedIndexingOutcome;
  /** The solver gave up on the way, so that a better outcome may exist. */
  readonly solverFailed: boolean;
}

/**
 * The weights that lean most to the scores while staying near a benchmark:
 *
 *     maximise  d·r − lamb (vᵀ Σ_b v + Σ σᵢ² dᵢ²)      with d = w − w_b, v = Fᵀ d
 *     subject to  w ≥ 0,  Σ w = 1,  |dᵢ| ≤ bDev,  |vₖ| ≤ fDev,  Σ |w − w₀| ≤ delta
 *
 * With `scaleReturn` the scores r are divided by their standard deviation (ddof 0) and multiplied by the root of the
 * mean variance of the instruments; scores that are all equal count as 0. When no weights meet the limits, the
 * turnover's is dropped; when still none do, the current weights are given back. Weights below `epsilon` become 0 and
 * the rest is stretched to 1, which may pass the limits by as much.
 *
 * The factors enter as K variables of their own, so that the quadratic part is diagonal and the work grows with n · K;
 * it is solved by HiGHS.
 *
 * In Qlib: qlib.contrib.strategy.optimizer.EnhancedIndexingOptimizer
 *
 * @example
 * const optimizer = new EnhancedIndexingOptimizer({ lamb: 2, bDev: null, scaleReturn: false });
 * const flat = { exposures: [], factorCovariance: [], current: [0, 0], benchmark: [0.5, 0.5] };
 * const { weights } = await optimizer.optimize({ ...flat, scores: [0.01, -0.01], specificRisk: [0.2, 0.2] });
 * weights.map((weight) => Math.round(weight * 1e6) / 1e6) // -> Float64Array [0.5625, 0.4375]
 */
export class EnhancedIndexingOptimizer {
  readonly options: Required<EnhancedIndexingOptions>;

  /** @throws InvalidArgumentError for a number that is negative or none. */
  constructor(options: EnhancedIndexingOptions = {}) {
    refuseUnknownOptions("Cannot make an EnhancedIndexingOptimizer", options, [
      "lamb",
      "delta",
      "bDev",
      "fDev",
      "scaleReturn",
      "epsilon",
    ]);
    this.options = { ...DEFAULTS, ...options };
    const { lamb, delta, bDev, fDev, epsilon } = this.options;
    const limits = [delta, bDev, ...(Array.isArray(fDev) ? (fDev as readonly number[]) : [fDev as number | null])];
    if (![lamb, epsilon].every(isLimit) || !limits.every((limit) => limit === null || isLimit(limit)) || epsilon >= 1)
      throw new InvalidArgumentError(
        `Cannot make the optimizer: ${JSON.stringify(this.options)}\n  numbers ≥ 0 expected, or null for no limit; epsilon below 1`,
      );
  }

  /** @throws DataError for lengths that do not fit, a number that is none, or a covariance that no factors can have. */
  async optimize(problem: EnhancedIndexingProblem): Promise<EnhancedIndexingWeights> {
    check(problem, this.options.fDev);
    const { delta } = this.options;
    const current = Float64Array.from(problem.current);
    const limited = delta !== null && current.some((weight) => weight > 0);
    let solverFailed = false;
    for (const turnover of limited ? [delta, null] : [null]) {
      const solution = await solveProgram(this.#program(problem, turnover));
      if (solution.status === "failed") solverFailed = true;
      if (solution.status !== "optimal") continue;
      const weights = Float64Array.from(problem.benchmark, (weight, i) => weight + solution.values[i]!);
      const outcome = limited && turnover === null ? "without turnover limit" : "optimal";
      return { weights: cleaned(weights, this.options.epsilon), outcome, solverFailed };
    }
    return { weights: current, outcome: "kept", solverFailed };
  }

  /** Variables: n deviations d, K factor moves z, and with a turnover limit n buys and n sales. */
  #program(problem: EnhancedIndexingProblem, turnover: number | null) {
    const { lamb, bDev, fDev, scaleReturn } = this.options;
    const { benchmark, current, exposures, specificRisk, hold, sell } = problem;
    const n = benchmark.length;
    const k = n === 0 ? 0 : exposures.length / n;
    const { loadings, count, meanVariance } = loadingsOf(problem, k);
    const scores = scaleReturn ? scaled(problem.scores, Math.sqrt(meanVariance)) : Array.from(problem.scores);
    // In units of the mean variance, and for a large lamb of it too, the objective's numbers are about 1.
    const size = meanVariance * Math.max(1, lamb);

    const rows = [{ lower: 0, upper: 0 }];
    rows[0]!.lower = rows[0]!.upper = 1 - sum(benchmark);
    const factorRow = rows.length;
    for (let f = 0; f < count; f++) rows.push({ lower: 0, upper: 0 });
    const limitRow = rows.length;
    const limits =
      fDev === null ? [] : Array.from({ length: k }, (_, f) => (typeof fDev === "number" ? fDev : fDev[f]!));
    for (const limit of limits) rows.push({ lower: -limit, upper: limit });
    const tradeRow = rows.length;
    if (turnover !== null) {
      for (let i = 0; i < n; i++) rows.push({ lower: current[i]! - benchmark[i]!, upper: current[i]! - benchmark[i]! });
      rows.push({ lower: 0, upper: turnover });
    }

    const columns: ProgramColumn[] = [];
    for (let i = 0; i < n; i++) {
      const entries: [number, number][] = [[0, 1]];
      for (let f = 0; f < count; f++) entries.push([factorRow + f, -loadings[i * count + f]!]);
      limits.forEach((_, f) => entries.push([limitRow + f, exposures[i * k + f]!]));
      if (turnover !== null) entries.push([tradeRow + i, 1]);
      const [lower, upper] = sell?.[i]
        ? [0, 0]
        : hold?.[i]
          ? [current[i]!, current[i]!]
          : [Math.max(0, benchmark[i]! - (bDev ?? Infinity)), Math.min(1, benchmark[i]! + (bDev ?? Infinity))];
      columns.push({
        cost: -scores[i]! / size,
        curvature: (2 * lamb * specificRisk[i]! ** 2) / size,
        lower: lower - benchmark[i]!,
        upper: upper - benchmark[i]!,
        entries: entries.filter(([, coefficient]) => coefficient !== 0),
      });
    }
    const free = { cost: 0, curvature: (2 * lamb * meanVariance) / size, lower: -Infinity, upper: Infinity };
    for (let f = 0; f < count; f++) columns.push({ ...free, entries: [[factorRow + f, 1]] });
    if (turnover !== null)
      for (const sign of [-1, 1])
        for (let i = 0; i < n; i++)
          columns.push({
            cost: 0,
            curvature: 0,
            lower: 0,
            upper: Infinity,
            entries: [
              [tradeRow + i, sign],
              [tradeRow + n, 1],
            ],
          });
    return { columns, rows };
  }
}

const DEFAULTS: Required<EnhancedIndexingOptions> = {
  lamb: 1,
  delta: 0.2,
  bDev: 0.01,
  fDev: null,
  scaleReturn: true,
  epsilon: 5e-5,
};

const isLimit = (value: unknown): value is number => typeof value === "number" && value >= 0 && value < Infinity;

/**
 * What makes dᵀ F Σ_b Fᵀ d a plain sum of squares, in units of the mean variance: n × count, row-major; one column for
 * each direction in which the factors move at all.
 */
function loadingsOf({ exposures, factorCovariance, specificRisk }: EnhancedIndexingProblem, k: number) {
  const n = specificRisk.length;
  const { values, vectors } = symmetricEigen(Float64Array.from(factorCovariance), k);
  const largest = Math.max(0, ...values);
  if (values.some((value) => value < -1e-6 * largest) || (k > 0 && largest === 0 && values.some((value) => value < 0)))
    throw new DataError(
      `Cannot optimize: the factor covariance has the eigenvalue ${Math.min(...values)}, none below 0 expected\n  estimate it from returns that all factors have`,
    );
  const moving = Array.from(values.keys()).filter((f) => values[f]! > 1e-14 * largest);
  const count = moving.length;
  const loadings = new Float64Array(n * count);
  let variance = 0;
  for (let i = 0; i < n; i++) {
    moving.forEach((f, column) => {
      let product = 0;
      for (let g = 0; g < k; g++) product += exposures[i * k + g]! * vectors[f * k + g]!;
      loadings[i * count + column] = product * Math.sqrt(values[f]!);
      variance += product * product * values[f]!;
    });
    variance += specificRisk[i]! ** 2;
  }
  const meanVariance = variance > 0 ? variance / n : 1;
  for (let i = 0; i < loadings.length; i++) loadings[i]! /= Math.sqrt(meanVariance);
  return { loadings, count, meanVariance };
}

/** With this standard deviation; 0 where all are equal. */
function scaled(scores: ArrayLike<number>, deviation: number): number[] {
  const values = Array.from(scores);
  const mean = sum(values) / values.length;
  const std = Math.sqrt(sum(values.map((value) => (value - mean) ** 2)) / values.length);
  return values.map((value) => (std > 1e-12 * Math.abs(mean) ? (value / std) * deviation : 0));
}

/** Without what is too small, in sum 1. */
function cleaned(weights: Float64Array, epsilon: number): Float64Array {
  const kept = weights.map((weight) => (weight < Math.max(epsilon, 1e-12) ? 0 : weight));
  const total = sum(kept);
  return kept.map((weight) => weight / total);
}

function check(problem: EnhancedIndexingProblem, fDev: EnhancedIndexingOptions["fDev"]): void {
  const n = problem.benchmark.length;
  const k = n === 0 ? NaN : problem.exposures.length / n;
  if (typeof fDev === "object" && fDev !== null && fDev.length !== k)
    throw new DataError(
      `Cannot optimize: fDev has ${fDev.length} limits for ${k} factors\n  one limit for each, or one number for all`,
    );
  const shapes: [name: keyof EnhancedIndexingProblem, length: number][] = [
    ["scores", n],
    ["specificRisk", n],
    ["current", n],
    ["benchmark", n],
    ["exposures", Math.round(k) * n],
    ["factorCovariance", k * k],
  ];
  for (const [name, length] of shapes) {
    const values = problem[name] as ArrayLike<number>;
    if (values.length !== length)
      throw new DataError(
        `Cannot optimize: ${name} has ${values.length} values for ${n} instruments and ${k} factors\n  one value per instrument, instruments × factors, factors × factors expected`,
      );
    const bad = Array.from(values).findIndex((value) => !Number.isFinite(value));
    if (bad >= 0)
      throw new DataError(`Cannot optimize: ${name} number ${bad} is ${values[bad]}\n  a finite number expected`);
  }
}

function sum(values: ArrayLike<number>): number {
  let total = 0;
  for (let i = 0; i < values.length; i++) total += values[i]!;
  return total;
}
