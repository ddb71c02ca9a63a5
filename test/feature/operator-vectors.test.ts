import { describe, expect, it } from "vitest";
import { parseExpression } from "../../src/feature/parse-expression.js";
import { Program } from "../../src/feature/program.js";

/** The reference vector: N = 3, the first row is the listing date, `-` is missing. Printed to six decimals. */
const VECTOR = `
$x | - | 3 | 5 | 5 | - | 2 | 2 | 2 | 8 | 1 | 4 | 4
$y | 1 | 2 | 1 | 4 | 3 | - | 6 | 5 | 7 | 7 | 7 | 7
Ref($x, 1) | - | - | 3 | 5 | 5 | - | 2 | 2 | 2 | 8 | 1 | 4
Mean($x, 3) | - | 3 | 4 | 4.333333 | 5 | 3.5 | 2 | 2 | 4 | 3.666667 | 4.333333 | 3
Sum($x, 3) | - | 3 | 8 | 13 | 10 | 7 | 4 | 6 | 12 | 11 | 13 | 9
Std($x, 3) | - | - | 1.414214 | 1.154701 | 0 | 2.121320 | 0 | 0 | 3.464102 | 3.785939 | 3.511885 | 1.732051
Max($x, 3) | - | 3 | 5 | 5 | 5 | 5 | 2 | 2 | 8 | 8 | 8 | 4
Min($x, 3) | - | 3 | 3 | 3 | 5 | 2 | 2 | 2 | 2 | 1 | 1 | 1
Quantile($x, 3, 0.8) | - | 3 | 4.6 | 5 | 5 | 4.4 | 2 | 2 | 5.6 | 5.6 | 6.4 | 4
Quantile($x, 3, 0.2) | - | 3 | 3.4 | 3.8 | 5 | 2.6 | 2 | 2 | 2 | 1.4 | 2.2 | 2.2
Rank($x, 3) | - | 1 | 1 | .833333 | - | .5 | .75 | .666667 | 1 | .333333 | .666667 | .833333
IdxMax($x, 3) | - | 1 | 1 | 2 | 3 | 2 | 1 | 1 | 3 | 2 | 1 | 2
IdxMin($x, 3) | - | 1 | 1 | 1 | 3 | 2 | 1 | 1 | 1 | 3 | 2 | 1
Slope($x, 3) | - | - | 2 | 1 | 0 | -1.5 | 0 | 0 | 3 | -.5 | -2 | 1.5
Rsquare($x, 3) | - | - | 1 | .75 | - | 1 | - | - | .75 | .017442 | .324324 | .75
Resi($x, 3) | - | - | 0 | -.333333 | - | 0 | 0 | 0 | 1 | -2.166667 | 1.666667 | -.5
Corr($x, $y, 3) | - | - | -1 | .188982 | - | - | - | - | .866025 | .381246 | - | -
$x > Ref($x, 1) | 0 | 0 | 1 | 0 | 0 | 0 | 0 | 0 | 1 | 0 | 1 | 0
Mean($x > Ref($x, 1), 3) | 0 | 0 | .333333 | .333333 | .333333 | 0 | 0 | 0 | .333333 | .333333 | .666667 | .333333
Greater($x, $y) | - | 3 | 5 | 5 | - | - | 6 | 5 | 8 | 7 | 7 | 7
Greater($x - Ref($x, 1), 0) | - | - | 2 | 0 | - | - | 0 | 0 | 6 | 0 | 3 | 0
Count($x, 3) | 0 | 1 | 2 | 3 | 2 | 2 | 2 | 3 | 3 | 3 | 3 | 3
Med($x, 3) | - | 3 | 4 | 5 | 5 | 3.5 | 2 | 2 | 2 | 2 | 4 | 4
Mad($x, 3) | - | 0 | 1 | .888889 | 0 | 1.5 | 0 | 0 | 2.666667 | 2.888889 | 2.444444 | 1.333333
Delta($x, 2) | - | - | - | 2 | - | -3 | - | 0 | 6 | -1 | -4 | 3
EMA($x, 3) | - | 3 | 4.333333 | 4.714286 | 4.714286 | 2.826087 | 2.345455 | 2.159664 | 5.186235 | 3.055666 | 3.532020 | 3.767043
WMA($x, 3) | - | 2 | 1.75 | 1.555556 | 1.25 | .916667 | .833333 | .666667 | 1.666667 | 1.166667 | 1.222222 | 1.166667
Log($x - 2) | - | 0 | 1.098612 | 1.098612 | - | -Infinity | -Infinity | -Infinity | 1.791759 | - | .693147 | .693147
`;

/** The same for the operators that let a missing value stay missing; by hand. */
const STRICT = `
StrictGt($x, Ref($x, 1)) | - | - | 1 | 0 | - | - | 0 | 0 | 1 | 0 | 1 | 0
StrictGe($x, Ref($x, 1)) | - | - | 1 | 1 | - | - | 1 | 1 | 1 | 0 | 1 | 1
StrictLt($x, Ref($x, 1)) | - | - | 0 | 0 | - | - | 0 | 0 | 0 | 1 | 0 | 0
StrictLe($x, Ref($x, 1)) | - | - | 0 | 1 | - | - | 1 | 1 | 0 | 1 | 0 | 1
StrictEq($x, Ref($x, 1)) | - | - | 0 | 1 | - | - | 1 | 1 | 0 | 0 | 0 | 1
StrictNe($x, Ref($x, 1)) | - | - | 1 | 0 | - | - | 0 | 0 | 1 | 1 | 1 | 0
StrictIdxMax($x, 3) | - | 2 | 3 | 2 | 1 | 1 | 2 | 1 | 3 | 2 | 1 | 2
StrictIdxMin($x, 3) | - | 2 | 2 | 1 | 1 | 3 | 2 | 1 | 1 | 3 | 2 | 1
StrictWMA($x, 3) | - | 3 | 4.2 | 4.666667 | 5 | 2.75 | 2 | 2 | 5 | 3.5 | 3.666667 | 3.5
`;

const rows = (VECTOR.trim() + STRICT.trimEnd())
  .split("\n")
  .map((line) => line.split(" | ").map((cell) => cell.trim()))
  .map(([expression, ...cells]) => ({
    expression: expression!,
    cells: cells.map((cell) => (cell === "-" ? NaN : Number(cell))),
  }));
const fields = new Map(rows.slice(0, 2).map(({ expression, cells }) => [expression, Float64Array.from(cells)]));

/** Printed with six decimals: half a unit of the last place; without a long fraction: exact. */
const toleranceOf = (value: number) => (Number.isInteger(value * 1000) ? 1e-9 : 5.1e-7);

describe("the reference vector of the operators", () => {
  it.each(rows)("$expression", ({ expression, cells }) => {
    const [values] = new Program([parseExpression(expression)]).run(fields, 12);
    cells.forEach((expected, row) => {
      const got = values![row]!;
      if (Number.isFinite(expected))
        expect(Math.abs(got - expected), `row ${row}: ${got} for ${expected}`).toBeLessThanOrEqual(
          toleranceOf(expected),
        );
      else expect(got, `row ${row}`).toBe(expected);
    });
  });

  it("is what all expressions together give, with every common part computed once", () => {
    const program = new Program(rows.map(({ expression }) => parseExpression(expression)));
    const together = program.run(fields, 12).map((values) => [...values]);
    rows.forEach(({ expression }, i) =>
      expect(together[i]).toEqual([...new Program([parseExpression(expression)]).run(fields, 12)[0]!]),
    );
    expect(
      new Program([parseExpression("Mean($x, 3) + Mean($x,3)"), parseExpression("Add(Mean($x, 3), Mean($x, 3))")])
        .numSteps,
    ).toBe(2);
  });
});
