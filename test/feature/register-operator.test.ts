import { describe, expect, it } from "vitest";
import { synthetic } from "../../src/data/synthetic/synthetic.js";
import { listOperators } from "../../src/feature/list-operators.js";
import { lookback } from "../../src/feature/lookback.js";
import { parseExpression } from "../../src/feature/parse-expression.js";
import { queryFeatures } from "../../src/feature/query-features.js";
import { registerOperator } from "../../src/feature/register-operator.js";

const market = synthetic({ instruments: 3, days: 60, seed: 5 });

/** (x − mean) / std of the last N days, the plain way. */
const zScore = {
  name: "TestZScore",
  args: { x: "series", N: "window" },
  doc: "distance from the window's mean in standard deviations",
  compute(x: Float64Array, n: number) {
    return x.map((value, t) => {
      const window = [...x.subarray(Math.max(0, t - n + 1), t + 1)].filter((v) => !Number.isNaN(v));
      const mean = window.reduce((a, b) => a + b, 0) / window.length;
      const variance = window.reduce((sum, v) => sum + (v - mean) ** 2, 0) / (window.length - 1);
      return (value - mean) / Math.sqrt(variance);
    });
  },
} as const;

describe("an operator of one's own", () => {
  it("works in every expression like those of the language", async () => {
    registerOperator(zScore);
    const panel = await queryFeatures(
      market,
      [
        { name: "own", expression: "TestZScore($close, 10) * 2" },
        { name: "same", expression: "($close - Mean($close, 10)) / Std($close, 10) * 2" },
      ],
      { start: market.calendar.at(30) },
    );
    expect(panel.numRows).toBeGreaterThan(60);
    panel.get("own").forEach((value, row) => expect(value).toBeCloseTo(panel.get("same")[row]!, 9));
  });

  it("is listed with its usage and meaning", () => {
    registerOperator(zScore);
    const row = listOperators()
      .objects()
      .find(({ name }: { name?: string }) => name === "TestZScore");
    expect(row).toEqual({ name: "TestZScore", usage: "TestZScore(x, N)", sign: null, meaning: zScore.doc });
  });

  it("has the reach of its window unless it says another", () => {
    registerOperator(zScore);
    registerOperator({
      name: "TestAhead",
      args: { x: "value", days: "number" },
      lookback: () => 3,
      lookahead: (days) => days,
      compute: (x: Float64Array) => x.slice(),
    });
    const of = (text: string) => lookback(parseExpression(text));
    expect(of("TestZScore(Mean($close, 5), 10)")).toEqual({ left: 13, right: 0 });
    expect(of("TestAhead($close, 4)")).toEqual({ left: 3, right: 4 });
  });

  it("is replaced when its cell runs again, and given numbers as series where it takes either", async () => {
    const define = (add: number) =>
      registerOperator({
        name: "TestPlus",
        args: { a: "value", b: "value" },
        compute: (a: Float64Array, b: Float64Array) => a.map((value, t) => value + b[t]! + add),
      });
    const first = async () =>
      (await queryFeatures(market, [{ name: "f", expression: "TestPlus($close, 2) - $close" }])).get("f")[0];
    define(0);
    expect(await first()).toBeCloseTo(2, 9);
    define(1);
    expect(await first()).toBeCloseTo(3, 9);
  });

  it("is checked as the language's own are, with a caret and the nearest name", () => {
    registerOperator(zScore);
    expect(() => parseExpression("TestZScore($close, 0)")).toThrow(
      /N must be a whole number of days, at least 1, not 0/,
    );
    expect(() => parseExpression("TestZScre($close, 5)")).toThrow(/\^[^]*did you mean "TestZScore"/);
  });

  it("cannot take a name of the language, have no series, an unknown kind of argument, or give a wrong result", async () => {
    const compute = (x: Float64Array) => x.slice();
    expect(() => registerOperator({ name: "Mean", args: { x: "series" }, compute })).toThrow(
      /has one of this name\n.*MyMean/,
    );
    expect(() => registerOperator({ name: "Mask", args: { x: "series" }, compute })).toThrow(/has one of this name/);
    expect(() => registerOperator({ name: "1x", args: { x: "series" }, compute })).toThrow(/letters, digits/);
    expect(() => registerOperator({ name: "TestNone", args: { N: "window" }, compute })).toThrow(/no series argument/);
    expect(() => registerOperator({ name: "TestKind", args: { x: "serie" as "series" }, compute })).toThrow(
      /did you mean "series"/,
    );
    registerOperator({ name: "TestShort", args: { x: "series" }, compute: (x: Float64Array) => x.subarray(1) });
    await expect(queryFeatures(market, ["TestShort($close)"])).rejects.toThrow(
      /TestShort: compute returned a Float64Array of \d+ values\n.*one per trading day/,
    );
  });
});
