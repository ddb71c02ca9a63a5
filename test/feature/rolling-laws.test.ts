import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { lookback } from "../../src/feature/lookback.js";
import { parseExpression } from "../../src/feature/parse-expression.js";
import { Program } from "../../src/feature/program.js";

const evaluate = (text: string, x: readonly number[], y: readonly number[] = x): number[] => {
  const fields = new Map([
    ["$x", Float64Array.from(x)],
    ["$y", Float64Array.from(y)],
  ]);
  return [...new Program([parseExpression(text)]).run(fields, x.length)[0]!];
};

/** Prices, holes and an infinity now and then. */
const value = fc.oneof(
  { weight: 12, arbitrary: fc.integer({ min: -8, max: 8 }).map((n) => n / 4) },
  { weight: 12, arbitrary: fc.double({ min: -1e6, max: 1e6, noNaN: true, noDefaultInfinity: true }) },
  { weight: 4, arbitrary: fc.constant(NaN) },
  { weight: 1, arbitrary: fc.constantFrom(Infinity, -Infinity) },
);
const seriesOf = (maxLength = 60) => fc.array(value, { minLength: 1, maxLength });
const rows = fc.integer({ min: 1, max: 25 });

const finite = (values: readonly number[]) => values.filter(Number.isFinite);
const sum = (values: readonly number[]) => values.reduce((a, b) => a + b, 0);
const mean = (values: readonly number[]) => sum(values) / values.length;
const variance = (values: readonly number[]) => {
  if (values.length < 2) return NaN;
  if (values.every((v) => v === values[0])) return 0;
  return sum(values.map((v) => (v - mean(values)) ** 2)) / (values.length - 1);
};
const quantile = (q: number) => (values: readonly number[]) => {
  const sorted = [...values].sort((a, b) => a - b);
  const at = q * (sorted.length - 1);
  const low = Math.floor(at);
  return sorted.length ? sorted[low]! + ((sorted[low + 1] ?? sorted[low]!) - sorted[low]!) * (at - low) : NaN;
};

/** By definition, a window at a time: what the one-pass kernels must equal. */
const DEFINITIONS: Record<string, (window: readonly number[]) => number> = {
  "Mean($x, N)": (w) => mean(finite(w)),
  "Sum($x, N)": (w) => (finite(w).length ? sum(finite(w)) : NaN),
  "Count($x, N)": (w) => finite(w).length,
  "Var($x, N)": (w) => variance(finite(w)),
  "Std($x, N)": (w) => Math.sqrt(variance(finite(w))),
  "Max($x, N)": (w) => (finite(w).length ? Math.max(...finite(w)) : NaN),
  "Min($x, N)": (w) => (finite(w).length ? Math.min(...finite(w)) : NaN),
  "Med($x, N)": (w) => quantile(0.5)(finite(w)),
  "Quantile($x, N, 0.3)": (w) => quantile(0.3)(finite(w)),
  "Mad($x, N)": (w) => mean(finite(w).map((v) => Math.abs(v - mean(finite(w))))),
  "Rank($x, N)": (w) => {
    const [current, values] = [w.at(-1)!, finite(w)];
    if (!Number.isFinite(current)) return NaN;
    return (
      (values.filter((v) => v < current).length + (values.filter((v) => v === current).length + 1) / 2) / values.length
    );
  },
  "IdxMax($x, N)": (w) => {
    if (finite(w).length === 0) return NaN;
    const hole = w.findIndex((v) => !Number.isFinite(v));
    return (hole >= 0 ? hole : w.indexOf(Math.max(...w))) + 1;
  },
  "IdxMin($x, N)": (w) => {
    if (finite(w).length === 0) return NaN;
    const hole = w.findIndex((v) => !Number.isFinite(v));
    return (hole >= 0 ? hole : w.indexOf(Math.min(...w))) + 1;
  },
};

/** Equal to 1e-9 of the largest number that went in. */
function expectClose(got: readonly number[], expected: readonly number[], scale: number): void {
  got.forEach((value, row) => {
    if (Number.isNaN(expected[row]!)) expect(value, `row ${row}`).toBeNaN();
    else
      expect(Math.abs(value - expected[row]!), `row ${row}: ${value} for ${expected[row]}`).toBeLessThanOrEqual(
        1e-9 * scale,
      );
  });
}

describe("rolling operators", () => {
  it.each(Object.entries(DEFINITIONS))(
    "%s equals its definition, window by window, with holes and infinities",
    (text, define) => {
      fc.assert(
        fc.property(seriesOf(), rows, (x, n) => {
          const expected = x.map((_, t) => define(x.slice(Math.max(0, t - n + 1), t + 1)));
          const scale = Math.max(1, ...finite(x).map(Math.abs));
          expectClose(
            evaluate(text.replace("N", String(n)), x),
            expected,
            text.startsWith("Var") ? scale * scale : scale * 10,
          );
        }),
      );
    },
  );

  it("Slope, Rsquare and Resi equal the normal equations on whole-number data", () => {
    const small = fc.array(
      fc.oneof({ weight: 5, arbitrary: fc.integer({ min: -50, max: 50 }) }, { weight: 1, arbitrary: fc.constant(NaN) }),
      { minLength: 1, maxLength: 50 },
    );
    fc.assert(
      fc.property(small, rows, (x, n) => {
        const lines = x.map((_, t) => {
          const points = x.slice(Math.max(0, t - n + 1), t + 1).map((v, i) => [i, v] as const);
          const present = points.filter(([, v]) => !Number.isNaN(v));
          const k = present.length;
          if (k < 2) return { slope: NaN, rsquare: NaN, residual: NaN };
          const [sp, sx] = [sum(present.map(([p]) => p)), sum(present.map(([, v]) => v))];
          const spp = k * sum(present.map(([p]) => p * p)) - sp * sp;
          const sxx = k * sum(present.map(([, v]) => v * v)) - sx * sx;
          const spx = k * sum(present.map(([p, v]) => p * v)) - sp * sx;
          const slope = spx / spp;
          const fitted = sx / k + slope * (points.length - 1 - sp / k);
          return { slope, rsquare: sxx === 0 ? NaN : (spx * spx) / (spp * sxx), residual: x[t]! - fitted };
        });
        expectClose(
          evaluate(`Slope($x, ${n})`, x),
          lines.map(({ slope }) => slope),
          10,
        );
        expectClose(
          evaluate(`Rsquare($x, ${n})`, x),
          lines.map(({ rsquare }) => rsquare),
          10,
        );
        expectClose(
          evaluate(`Resi($x, ${n})`, x),
          lines.map(({ residual }) => residual),
          100,
        );
      }),
    );
  });

  it("Corr and Cov use the rows where both sides are present, and a flat side has no correlation", () => {
    const side = fc.oneof(
      { weight: 5, arbitrary: fc.integer({ min: -50, max: 50 }) },
      { weight: 1, arbitrary: fc.constantFrom(NaN, Infinity) },
    );
    fc.assert(
      fc.property(fc.array(fc.tuple(side, side), { minLength: 1, maxLength: 50 }), rows, (pairs, n) => {
        const window = (t: number) => pairs.slice(Math.max(0, t - n + 1), t + 1);
        const complete = (t: number) => window(t).filter(([a, b]) => Number.isFinite(a) && Number.isFinite(b));
        const covariance = pairs.map((_, t) => {
          const both = complete(t);
          const [ma, mb] = [mean(both.map(([a]) => a)), mean(both.map(([, b]) => b))];
          return both.length < 2 ? NaN : sum(both.map(([a, b]) => (a - ma) * (b - mb))) / (both.length - 1);
        });
        const correlation = pairs.map((_, t) => {
          const isFlat = [0, 1].some((i) => variance(finite(window(t).map((pair) => pair[i]!))) === 0);
          const spread = variance(complete(t).map(([a]) => a)) * variance(complete(t).map(([, b]) => b));
          return isFlat || spread === 0 ? NaN : covariance[t]! / Math.sqrt(spread);
        });
        const [a, b] = [pairs.map(([a]) => a), pairs.map(([, b]) => b)];
        expectClose(evaluate(`Cov($x, $y, ${n})`, a, b), covariance, 2500);
        expectClose(evaluate(`Corr($x, $y, ${n})`, a, b), correlation, 1);
      }),
    );
  });

  it("Skew and Kurt equal their bias-corrected definitions", () => {
    // 1 2 3 10: mean 4, deviations -3 -2 -1 6, m2 = 50/4, m3 = 180/4, m4 = 1394/4.
    expect(evaluate("Skew($x, 4)", [1, 2, 3, 10])[3]).toBeCloseTo(((Math.sqrt(12) / 2) * 45) / 12.5 ** 1.5, 12);
    expect(evaluate("Kurt($x, 4)", [1, 2, 3, 10])[3]).toBeCloseTo(((15 * 348.5) / 12.5 ** 2 - 27) / 2, 12);
    const values = fc.array(
      fc.oneof({ weight: 6, arbitrary: fc.integer({ min: -30, max: 30 }) }, { weight: 1, arbitrary: fc.constant(NaN) }),
      { minLength: 1, maxLength: 50 },
    );
    fc.assert(
      fc.property(values, fc.integer({ min: 4, max: 20 }), (x, n) => {
        const moments = x.map((_, t) => {
          const w = finite(x.slice(Math.max(0, t - n + 1), t + 1));
          const power = (p: number) => mean(w.map((v) => (v - mean(w)) ** p));
          return { k: w.length, m2: variance(w) === 0 ? 0 : power(2), m3: power(3), m4: power(4) };
        });
        const skewness = moments.map(({ k, m2, m3 }) =>
          k < 3 || m2 === 0 ? NaN : ((Math.sqrt(k * (k - 1)) / (k - 2)) * m3) / m2 ** 1.5,
        );
        const kurtosis = moments.map(({ k, m2, m4 }) =>
          k < 4 || m2 === 0 ? NaN : (((k * k - 1) * m4) / m2 ** 2 - 3 * (k - 1) ** 2) / ((k - 2) * (k - 3)),
        );
        expectClose(evaluate(`Skew($x, ${n})`, x), skewness, 10);
        expectClose(evaluate(`Kurt($x, ${n})`, x), kurtosis, 100);
      }),
    );
    expect(evaluate("Skew($x, 3)", [1, 2, NaN])).toEqual([NaN, NaN, NaN]);
    expect(evaluate("Kurt($x, 4)", [5, 5, 5, 5])).toEqual([NaN, NaN, NaN, NaN]);
  });

  it("forget a huge value completely once it has left the window", () => {
    const x = [1e15, ...Array.from({ length: 30 }, (_, i) => 0.1 * ((i * 7) % 5))];
    for (const operator of ["Mean", "Sum", "Std", "Var", "Slope"]) {
      expect(evaluate(`${operator}($x, 4)`, x).slice(5)).toEqual(
        evaluate(`${operator}($x, 4)`, [NaN, ...x.slice(1)]).slice(5),
      );
    }
  });

  it("of equal values have a deviation of exactly 0, whatever the value", () => {
    fc.assert(
      fc.property(fc.double({ noNaN: true, noDefaultInfinity: true, min: -1e9, max: 1e9 }), rows, (v, n) => {
        const got = evaluate(
          `Std($x, ${n})`,
          Array.from({ length: 40 }, () => v),
        ).slice(1);
        expect(got).toEqual(got.map(() => (n === 1 ? NaN : 0)));
      }),
    );
  });

  it("an infinity makes a regression missing while it is in the window, and not longer", () => {
    expect(evaluate("Slope($x, 2)", [1, 2, Infinity, 4, 6]).map((v) => (Number.isNaN(v) ? null : v))).toEqual([
      null,
      1,
      null,
      null,
      2,
    ]);
  });
});

describe("shifts", () => {
  it("by n and back by n give the values that did not leave the range", () => {
    fc.assert(
      fc.property(seriesOf(), fc.integer({ min: 1, max: 20 }), (x, n) => {
        const there = evaluate(`Ref(Ref($x, ${n}), ${-n})`, x);
        expect(there).toEqual(x.map((v, t) => (t + n < x.length ? v : NaN)));
      }),
    );
  });

  it("commute with rolling operators inside the range", () => {
    fc.assert(
      fc.property(seriesOf(), rows, fc.integer({ min: 1, max: 9 }), (x, n, shift) => {
        const [inside, outside] = [
          evaluate(`Max(Ref($x, ${shift}), ${n})`, x),
          evaluate(`Ref(Max($x, ${n}), ${shift})`, x),
        ];
        expect(inside).toEqual(outside);
      }),
    );
  });

  it("Delta(x, n) is x − Ref(x, n)", () => {
    fc.assert(
      fc.property(
        seriesOf(),
        fc.integer({ min: -9, max: 9 }).filter((n) => n !== 0),
        (x, n) => {
          expect(evaluate(`Delta($x, ${n})`, x)).toEqual(evaluate(`$x - Ref($x, ${n})`, x));
        },
      ),
    );
  });
});

describe("missing values", () => {
  it("make arithmetic missing, also to the power 0, and comparisons false", () => {
    const x = [NaN, -1, 0, 2];
    expect(evaluate("$x ** 0", x)).toEqual([NaN, 1, 1, 1]);
    expect(evaluate("$x / 0", x)).toEqual([NaN, -Infinity, NaN, Infinity]);
    expect(evaluate("Log($x)", x)).toEqual([NaN, NaN, -Infinity, Math.log(2)]);
    expect(evaluate("Less($x, 1)", x)).toEqual([NaN, -1, 0, 1]);
    expect(evaluate("$x >= 0", x)).toEqual([0, 0, 1, 1]);
    expect(evaluate("$x == $x", x)).toEqual([0, 1, 1, 1]);
    expect(evaluate("$x != $x", x)).toEqual([1, 0, 0, 0]);
    expect(evaluate("If($x, 10, 20)", x)).toEqual([20, 10, 20, 10]);
    expect(evaluate("Not($x)", x)).toEqual([1, 0, 1, 0]);
    expect(evaluate("($x > 0) | ($x < 0)", x)).toEqual([0, 1, 0, 1]);
    expect(evaluate("And($x > -2, $x < 2)", x)).toEqual([0, 1, 1, 0]);
    expect(evaluate("Sign($x) + Abs($x)", x)).toEqual([NaN, 0, 0, 3]);
  });

  it("leave an exponential mean where it was, while old weights go on decaying", () => {
    expect(evaluate("EMA($x, 0.5)", [NaN, 4, NaN, 8])).toEqual([NaN, 4, 4, (0.25 * 4 + 8) / 1.25]);
    expect(evaluate("EMA($x, 3)", [4, NaN, 8])).toEqual(evaluate("EMA($x, 0.5)", [4, NaN, 8]));
  });

  it.each(["Mean", "Sum", "Std", "Var", "Max", "Min", "Med", "Count"])(
    "%s with a weight for a window is the exponential mean, over all of history",
    (operator) => {
      const x = [NaN, 4, NaN, 8, Infinity, 2];
      expect(evaluate(`${operator}($x, 0.5)`, x)).toEqual(evaluate("EMA($x, 0.5)", x));
      expect(lookback(parseExpression(`${operator}(Ref($x, -1), 0.5)`))).toEqual({ left: Infinity, right: 1 });
      expect(() => parseExpression(`${operator}($x, 1.5)`)).toThrow("at least 1, not 1.5");
    },
  );
});
