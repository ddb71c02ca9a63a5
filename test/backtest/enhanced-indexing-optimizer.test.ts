import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  EnhancedIndexingOptimizer,
  type EnhancedIndexingOptions,
  type EnhancedIndexingProblem,
} from "../../src/backtest/enhanced-indexing-optimizer.js";
import { solveProgram } from "../../src/backtest/quadratic-program.js";
import { DataError, InvalidArgumentError } from "../../src/errors.js";
import { Random } from "../../src/panel/random.js";

const sum = (values: ArrayLike<number>): number => Array.from(values).reduce((total, value) => total + value, 0);

/** Without factors, and nothing held, unless said otherwise. */
const flat = (parts: Partial<EnhancedIndexingProblem> & Pick<EnhancedIndexingProblem, "scores" | "benchmark">) => ({
  exposures: [],
  factorCovariance: [],
  specificRisk: Array.from(parts.benchmark, () => 0.2),
  current: Array.from(parts.benchmark, () => 0),
  ...parts,
});

/** Scores as they are, no limits, unless said otherwise. */
async function optimized(problem: EnhancedIndexingProblem, options: EnhancedIndexingOptions = {}) {
  const optimizer = new EnhancedIndexingOptimizer({ scaleReturn: false, bDev: null, ...options });
  const { weights, ...rest } = await optimizer.optimize(problem);
  return { weights: Array.from(weights, (weight) => Math.round(weight * 1e9) / 1e9), ...rest };
}

describe("worked by hand", () => {
  const two = { scores: [0.01, -0.01], benchmark: [0.5, 0.5] };

  it("moves x from one to the other, where 0.02 x − lamb · 2 · 0.2² · x² is largest", async () => {
    expect(await optimized(flat(two), { lamb: 2 })).toEqual({
      weights: [0.5625, 0.4375],
      outcome: "optimal",
      solverFailed: false,
    });
  });

  it("counts the common risk: 0.02 x − (0.03 · (2x)² + 0.08 x²) is largest at 0.05", async () => {
    const risky = flat({ ...two, exposures: [1, -1], factorCovariance: [0.03] });
    expect((await optimized(risky)).weights).toEqual([0.55, 0.45]);
  });

  it("does not care how the factors are turned: two correlated ones with the same covariance of returns", async () => {
    // Exposures (1, 1) and (-1, -1) on factors with variances 0.01 and covariance 0.005: dᵀFΣFᵀd = 0.03 · (2x)².
    const risky = flat({ ...two, exposures: [1, 1, -1, -1], factorCovariance: [0.01, 0.005, 0.005, 0.01] });
    expect((await optimized(risky)).weights).toEqual([0.55, 0.45]);
  });

  it("stretches scores to the size of the risk: ± 1 becomes ± 0.2", async () => {
    const problem = flat({ ...two, scores: [1, -1] });
    expect((await optimized(problem, { lamb: 10, scaleReturn: true })).weights).toEqual([0.75, 0.25]);
    const risky = flat({ ...problem, specificRisk: [0.1, 0.1], exposures: [1, -1], factorCovariance: [0.03] });
    // √(0.03 + 0.01) = 0.2 again, and 0.4 x − 10 (0.12 + 0.02) x² is largest at 1/7.
    const seventh = Math.round((0.5 + 1 / 7) * 1e9) / 1e9;
    expect((await optimized(risky, { lamb: 10, scaleReturn: true })).weights[0]).toBe(seventh);
  });

  it("takes equal scores for none", async () => {
    expect((await optimized(flat({ ...two, scores: [3, 3] }), { scaleReturn: true })).weights).toEqual([0.5, 0.5]);
  });

  it("stays within the limits of weights, factors and turnover", async () => {
    const three = flat({ scores: [0.03, 0.02, 0.01], benchmark: [0.3, 0.3, 0.4] });
    expect((await optimized(three, { lamb: 0, bDev: 0.01 })).weights).toEqual([0.31, 0.3, 0.39]);
    const held = { ...three, current: [0.2, 0.3, 0.5] };
    expect((await optimized(held, { lamb: 0, delta: 0.2 })).weights).toEqual([0.3, 0.3, 0.4]);
    expect((await optimized(held, { lamb: 0, delta: null })).weights).toEqual([1, 0, 0]);
    const risky = flat({ ...two, exposures: [1, -1], factorCovariance: [0] });
    expect((await optimized(risky, { lamb: 0, fDev: 0.04 })).weights).toEqual([0.52, 0.48]);
    expect((await optimized(risky, { lamb: 0, fDev: [0.06] })).weights).toEqual([0.53, 0.47]);
  });

  it("holds what must be held and sells what must be sold, also when both are asked for", async () => {
    const three = flat({ scores: [3, 2, 1], benchmark: [0.2, 0.2, 0.6], current: [0.5, 0.3, 0.2] });
    const options = { lamb: 0, delta: null };
    const hold = [false, true, false];
    expect((await optimized({ ...three, hold }, options)).weights).toEqual([0.7, 0.3, 0]);
    expect((await optimized({ ...three, hold, sell: [true, false, false] }, options)).weights).toEqual([0, 0.3, 0.7]);
    expect((await optimized({ ...three, hold, sell: [true, true, false] }, options)).weights).toEqual([0, 0, 1]);
  });

  it("drops the turnover limit when nothing meets it, and keeps the weights when nothing meets the others", async () => {
    const far = flat({ ...two, current: [1, 0] });
    expect(await optimized(far, { lamb: 0, bDev: 0.01, delta: 0.2 })).toEqual({
      weights: [0.51, 0.49],
      outcome: "without turnover limit",
      solverFailed: false,
    });
    const stuck = { ...flat({ ...two, current: [0.2, 0.3] }), hold: [true, true] };
    expect(await optimized(stuck)).toEqual({ weights: [0.2, 0.3], outcome: "kept", solverFailed: false });
  });

  it("drops weights below epsilon and stretches the rest", async () => {
    const held = flat({ scores: [0.01, -0.01], benchmark: [0.9, 0.1] });
    expect((await optimized(held, { lamb: 2, epsilon: 0.05 })).weights).toEqual([1, 0]);
    expect((await optimized(held, { lamb: 2, epsilon: 0 })).weights).toEqual([0.9625, 0.0375]);
  });
});

describe("laws", () => {
  function randomProblem(seed: number, n: number, k: number) {
    const random = new Random(seed);
    const draws = (length: number, draw: () => number) => Array.from({ length }, draw);
    const shares = (values: number[]) => values.map((value) => value / sum(values));
    const root = draws(k * k, () => 0.01 * random.normal());
    const benchmark = shares(draws(n, () => 0.01 + random.uniform()));
    const other = shares(draws(n, () => Math.max(0, random.uniform() - 0.6) + 1e-6));
    return {
      scores: draws(n, () => random.normal()),
      exposures: draws(n * k, () => random.normal()),
      factorCovariance: Array.from({ length: k * k }, (_, at) =>
        sum(Array.from({ length: k }, (_, j) => root[Math.floor(at / k) * k + j]! * root[(at % k) * k + j]!)),
      ),
      specificRisk: draws(n, () => 0.005 + 0.02 * random.uniform()),
      benchmark,
      current: benchmark.map((weight, i) => 0.8 * weight + 0.2 * other[i]!),
    };
  }
  const shapes = fc.record({
    seed: fc.nat(1e6),
    n: fc.integer({ min: 2, max: 40 }),
    k: fc.integer({ min: 0, max: 5 }),
    lamb: fc.constantFrom(0, 0.1, 1, 10, 1000),
    delta: fc.constantFrom(null, 0.05, 0.2, 0.6),
    bDev: fc.constantFrom(null, 0.01, 0.05),
    fDev: fc.constantFrom(null, 0.05, 0.5),
  });
  const deviations = ({ exposures, benchmark }: EnhancedIndexingProblem, weights: ArrayLike<number>) => {
    const n = benchmark.length;
    const k = exposures.length / n;
    const d = Array.from(weights, (weight, i) => weight - benchmark[i]!);
    return { d, v: Array.from({ length: k }, (_, f) => sum(d.map((x, i) => x * exposures[i * k + f]!))) };
  };

  it("weights are ≥ 0 and add up to 1, and what is called optimal is within all limits", async () => {
    await fc.assert(
      fc.asyncProperty(shapes, async ({ seed, n, k, ...options }) => {
        const problem = randomProblem(seed, n, k);
        const optimizer = new EnhancedIndexingOptimizer({ ...options, epsilon: 0 });
        const { weights, outcome, solverFailed } = await optimizer.optimize(problem);
        expect(solverFailed).toBe(false);
        expect(Math.abs(sum(weights) - 1)).toBeLessThan(1e-9);
        expect(Math.min(...weights)).toBeGreaterThanOrEqual(0);
        if (outcome === "kept") return expect(Array.from(weights)).toEqual(problem.current);
        const { d, v } = deviations(problem, weights);
        if (options.bDev !== null) expect(Math.max(...d.map(Math.abs))).toBeLessThan(options.bDev + 1e-8);
        if (options.fDev !== null) expect(Math.max(0, ...v.map(Math.abs))).toBeLessThan(options.fDev + 1e-7);
        const turnover = sum(problem.current.map((weight, i) => Math.abs(weights[i]! - weight)));
        if (options.delta !== null && outcome === "optimal") expect(turnover).toBeLessThan(options.delta + 1e-7);
      }),
      // The solver gives up on this one in every unit, until its variables come in another order.
      { numRuns: 60, examples: [[{ seed: 182827, n: 16, k: 2, lamb: 1000, delta: null, bDev: 0.01, fDev: null }]] },
    );
  });

  it("no allowed step improves: along the gradient nothing within the limits is better", async () => {
    await fc.assert(
      fc.asyncProperty(shapes, async ({ seed, n, k, ...options }) => {
        const problem = randomProblem(seed, n, k);
        const plain = { ...options, epsilon: 0, scaleReturn: false };
        problem.scores = problem.scores.map((score) => 0.01 * score);
        const { weights, outcome } = await new EnhancedIndexingOptimizer(plain).optimize(problem);
        if (outcome === "kept") return;
        const { d, v } = deviations(problem, weights);
        const gradient = d.map((x, i) => {
          let common = 0;
          for (let f = 0; f < k; f++)
            for (let g = 0; g < k; g++)
              common += problem.exposures[i * k + f]! * problem.factorCovariance[f * k + g]! * v[g]!;
          return problem.scores[i]! - 2 * options.lamb * (common + problem.specificRisk[i]! ** 2 * x);
        });
        // A linear programme over the same limits: no quadratic part is involved in this answer.
        const linear = new EnhancedIndexingOptimizer({ ...plain, lamb: 0 });
        const best = await linear.optimize({ ...problem, scores: gradient });
        const gain = sum(gradient.map((slope, i) => slope * (best.weights[i]! - weights[i]!)));
        expect(best.outcome).toBe(outcome);
        expect(gain).toBeLessThan(1e-8);
      }),
      { numRuns: 60 },
    );
  });

  it("more risk aversion ends at the benchmark", async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.nat(1e6),
        fc.integer({ min: 2, max: 30 }),
        fc.integer({ min: 0, max: 4 }),
        async (seed, n, k) => {
          const problem = randomProblem(seed, n, k);
          const tracking = async (lamb: number) => {
            const optimizer = new EnhancedIndexingOptimizer({ lamb, delta: null, bDev: null, epsilon: 0 });
            const { d } = deviations(problem, (await optimizer.optimize(problem)).weights);
            return Math.max(...d.map(Math.abs));
          };
          const [loose, tight] = [await tracking(1e3), await tracking(1e9)];
          expect(tight).toBeLessThan(1e-5);
          expect(tight).toBeLessThanOrEqual(loose + 1e-9);
        },
      ),
      { numRuns: 30 },
    );
  });

  it("500 instruments and 20 factors are solved", async () => {
    const problem = randomProblem(7, 500, 20);
    const { weights, outcome, solverFailed } = await new EnhancedIndexingOptimizer().optimize(problem);
    expect({ outcome, solverFailed }).toEqual({ outcome: "optimal", solverFailed: false });
    expect(sum(problem.current.map((weight, i) => Math.abs(weights[i]! - weight)))).toBeLessThan(0.2 + 0.03);
  });
});

describe("bad input", () => {
  it("is refused with the number that is wrong", async () => {
    for (const options of [{ lamb: -1 }, { delta: NaN }, { bDev: -0.1 }, { fDev: [0.1, -1] }, { epsilon: 1 }])
      expect(() => new EnhancedIndexingOptimizer(options)).toThrow(InvalidArgumentError);
    const optimizer = new EnhancedIndexingOptimizer();
    const good = flat({ scores: [1, 2], benchmark: [0.5, 0.5] });
    const wrong: [Partial<EnhancedIndexingProblem>, string][] = [
      [{ scores: [1] }, "scores has 1 values for 2 instruments"],
      [{ scores: [1, NaN] }, "scores number 1 is NaN"],
      [{ exposures: [1, 2], factorCovariance: [] }, "factorCovariance has 0 values for 2 instruments and 1 factors"],
      [{ exposures: [1, 2, 3] }, "exposures has 3 values"],
      [{ exposures: [1, 2], factorCovariance: [-0.1] }, "eigenvalue -0.1"],
    ];
    for (const [parts, message] of wrong) {
      const attempt = optimizer.optimize({ ...good, ...parts });
      await expect(attempt).rejects.toThrow(DataError);
      await expect(attempt).rejects.toThrow(message);
    }
  });

  it("a list of factor limits must name each factor", async () => {
    const optimizer = new EnhancedIndexingOptimizer({ fDev: [0.1, 0.1] });
    const one = flat({ scores: [1, 2], benchmark: [0.5, 0.5], exposures: [1, -1], factorCovariance: [0.01] });
    await expect(optimizer.optimize(one)).rejects.toThrow("fDev has 2 limits for 1 factors");
  });
});

it("a programme that cannot be met is infeasible, not an error", async () => {
  const column = { cost: 1, curvature: 0, lower: 0, upper: 1, entries: [[0, 1]] } as const;
  expect(await solveProgram({ columns: [column], rows: [{ lower: 2, upper: 3 }] })).toEqual({ status: "infeasible" });
});
