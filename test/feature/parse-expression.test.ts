import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { ExpressionError, UnknownNameError } from "../../src/errors.js";
import type { Expression } from "../../src/feature/expression.js";
import { lookback } from "../../src/feature/lookback.js";
import { OPERATORS } from "../../src/feature/operators/registry.js";
import { parseExpression } from "../../src/feature/parse-expression.js";
import { printExpression } from "../../src/feature/print-expression.js";
import { Program } from "../../src/feature/program.js";

const printed = (text: string) => printExpression(parseExpression(text));
const valueOf = (text: string) =>
  new Program([parseExpression(text)]).run(new Map([["$x", Float64Array.of(3)]]), 1)[0]![0];
const faultOf = (text: string): string => {
  try {
    parseExpression(text);
  } catch (error) {
    if (error instanceof ExpressionError) return error.message;
    throw error;
  }
  throw new Error(`"${text}" was read`);
};

describe("reading an expression", () => {
  it("binds as Python does", () => {
    expect(valueOf("-$x ** 2")).toBe(-9);
    expect(valueOf("2 ** $x ** 2")).toBe(512);
    expect(valueOf("2 ** -$x")).toBe(0.125);
    expect(valueOf("1 + 2 * $x")).toBe(7);
    expect(valueOf("10 - 4 - $x")).toBe(3);
    expect(valueOf("12 / 2 / $x")).toBe(2);
    expect(valueOf("$x > 1 + 1")).toBe(1);
    // Read as 3 > (1 & 3) > … would be chained; & first: 3 > (1 & 3) = 3 > 1.
    expect(valueOf("$x > 1 & $x")).toBe(1);
    expect(valueOf("$x < 0 | $x")).toBe(0);
    expect(valueOf("- - $x")).toBe(3);
    expect(valueOf("+$x*-2")).toBe(-6);
  });

  it("takes infix signs and operator names for the same thing, and folds constants", () => {
    expect(printed("Add($a,Mul(2, $b))")).toBe("$a + 2 * $b");
    expect(printed("Mean($close, 2*5)")).toBe("Mean($close, 10)");
    expect(printed("Ref($close, -2)/Ref($close, -1) - 1")).toBe("Ref($close, -2) / Ref($close, -1) - 1");
    expect(printed("$CLOSE")).toBe("$close");
    expect(printed("1e-12 + .5 + $a")).toBe("0.500000000001 + $a");
    expect(printed("($a - $b) - ($c - $d)")).toBe("$a - $b - ($c - $d)");
    expect(printed("(-$a) ** 2")).toBe("(-$a) ** 2");
    expect(printed("(0-2) ** $a")).toBe("(-2) ** $a");
    expect(printed("($a > 1) & ($b > 2)")).toBe("($a > 1) & ($b > 2)");
    expect(printed("($a > 1) == ($b > 2)")).toBe("($a > 1) == ($b > 2)");
  });

  it("gives back what was printed", () => {
    const leaf: fc.Arbitrary<Expression> = fc.oneof(
      fc.constantFrom("$close", "$open").map((name) => ({ kind: "field" as const, name, at: 0 })),
      fc.integer({ min: -5, max: 5 }).map((value) => ({ kind: "number" as const, value, at: 0 })),
    );
    const { tree } = fc.letrec<{ tree: Expression }>((tie) => ({
      tree: fc.oneof(
        { maxDepth: 4 },
        leaf,
        fc
          .tuple(
            fc.constantFrom("Add", "Sub", "Mul", "Div", "Power", "Gt", "Eq", "And", "Or", "Greater"),
            tie("tree"),
            tie("tree"),
          )
          .map(([operator, a, b]) => ({ kind: "call" as const, operator, args: [a, b], at: 0 })),
        fc
          .tuple(fc.constantFrom("Neg", "Abs", "Log"), tie("tree"))
          .map(([operator, a]) => ({ kind: "call" as const, operator, args: [a], at: 0 })),
      ),
    }));
    // Reading folds constants, so the tree is compared after one reading.
    fc.assert(
      fc.property(tree, (expression) => {
        const once = parseExpression(printExpression(expression));
        expect(parseExpression(printExpression(once))).toEqual(expect.objectContaining({ kind: once.kind }));
        expect(printExpression(parseExpression(printExpression(once)))).toBe(printExpression(once));
        const run = (e: Expression) =>
          new Program([e]).run(
            new Map([
              ["$close", Float64Array.of(1.5, -2)],
              ["$open", Float64Array.of(0, 3)],
            ]),
            2,
          )[0];
        expect(run(once)).toEqual(run(expression));
      }),
    );
  });

  it("points at the fault", () => {
    expect(faultOf("Mean($close, 5")).toBe(
      'Cannot read expression: "," or ")" expected, the text ends\n  Mean($close, 5\n                ^',
    );
    expect(faultOf("$close + * 2")).toBe(
      'Cannot read expression: a field, a number, an operator call or "(" expected, not "*"\n  $close + * 2\n           ^',
    );
    expect(faultOf("$close = 2")).toContain(
      '"=" is no part of an expression\n  $close = 2\n         ^\n  equality is written ==',
    );
    expect(faultOf("$close $open")).toContain('not "$open"\n  $close $open\n         ^');
    expect(faultOf("1 < $x < 3")).toContain("a comparison of a comparison\n  1 < $x < 3\n         ^");
    expect(faultOf("Mean($close)")).toContain(
      "Mean takes 2 arguments, not 1\n  Mean($close)\n  ^\n  usage: Mean(x, N)",
    );
    expect(faultOf("Mean($close, 2.5)")).toContain(
      "N must be a whole number of days, at least 1, not 2.5\n  Mean($close, 2.5)\n               ^",
    );
    expect(faultOf("Mean($close, $open)")).toContain("not an expression of fields");
    expect(faultOf("Mean($close, 0)")).toContain("at least 1, not 0");
    expect(faultOf("Ref($close, 0)")).toContain("not 0 (negative looks ahead)");
    expect(faultOf("Skew($close, 2)")).toContain("at least 3, not 2");
    expect(faultOf("Quantile($close, 5, 1.5)")).toContain("q must be between 0 and 1, not 1.5");
    expect(faultOf("Std(3, 5)")).toContain("x must contain a field, not be the number 3");
    expect(faultOf("Mean $close")).toContain('"(" expected after Mean');
    expect(faultOf("Mean(close, 5)")).toContain(
      '"close" is neither a field nor an operator call\n  Mean(close, 5)\n       ^\n  a field is written $close',
    );
    expect(faultOf("Mean($close, N)")).toContain('"N" is neither a field nor an operator call');
    expect(faultOf("$close and $open")).toContain("\n  both are true: a & b, comparisons in parentheses");
    expect(faultOf("not $close")).toContain("negation is written Not(x)");
    expect(faultOf("~$close")).toContain("negation is written Not(x)");
    expect(faultOf("$close % 2")).toContain('"%" is no part of an expression');
    expect(faultOf("P($$roe_q)")).toContain("a field is $ and a name");
    expect(faultOf("")).toContain("the text ends");
    expect(faultOf("(".repeat(5000))).toContain("nested deeper");
    expect(faultOf("$close + 中")).toContain('"中" is no part');
  });

  it("names the nearest operator", () => {
    expect(() => parseExpression("Maen($close, 5)")).toThrow(UnknownNameError);
    expect(() => parseExpression("$open / Stdd($close, 5)")).toThrow(
      /Cannot read expression: unknown operator "Stdd"\n {2}\$open \/ Stdd\(\$close, 5\)\n {10}\^\n[^]*did you mean "Std"\?/,
    );
  });
});

describe("lookback", () => {
  it("adds up windows and takes the farthest of several inputs", () => {
    const of = (text: string) => lookback(parseExpression(text));
    expect(of("$close")).toEqual({ left: 0, right: 0 });
    expect(of("Mean($close, 5)")).toEqual({ left: 4, right: 0 });
    expect(of("Mean(Ref($close, 5), 10) / Ref($close, -2)")).toEqual({ left: 14, right: 2 });
    expect(of("Ref(Mean($close, 10), -20)")).toEqual({ left: 9, right: 20 });
    expect(of("Corr($close/Ref($close, 1), Log($volume), 20)")).toEqual({ left: 20, right: 0 });
    expect(of("Delta($close, -3)")).toEqual({ left: 0, right: 3 });
    expect(of("EMA($close, 10)")).toEqual({ left: Infinity, right: 0 });
  });
});

describe("the operators", () => {
  it("have a usage, a meaning, and a name of their own", () => {
    expect(new Set(OPERATORS.map(({ name }) => name)).size).toBe(OPERATORS.length);
    for (const { name, usage, doc } of OPERATORS) {
      expect(usage.startsWith(`${name}(`)).toBe(true);
      expect(doc.length).toBeGreaterThanOrEqual(2);
    }
    expect(OPERATORS.map(({ name }) => name)).toEqual(
      expect.arrayContaining(
        "Ref Delta Mean Sum Std Var Max Min Med Mad Quantile Rank IdxMax IdxMin Count Slope Rsquare Resi WMA EMA Skew Kurt Corr Cov Greater Less And Or Not If Abs Sign Log Power".split(
          " ",
        ),
      ),
    );
  });
});
