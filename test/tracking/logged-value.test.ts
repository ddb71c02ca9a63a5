import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { InvalidArgumentError } from "../../src/errors.js";
import {
  canonicalText,
  checkName,
  toLoggedJson,
  toLoggedMetric,
  toStep,
  type JsonValue,
} from "../../src/tracking/logged-value.js";

const circular: Record<string, unknown> = { name: "a" };
circular.self = { back: circular };

describe("a param's value", () => {
  it("any JSON value is kept as it is", () => {
    fc.assert(
      fc.property(fc.jsonValue(), (value) => {
        const plain: unknown = JSON.parse(JSON.stringify(value));
        expect(toLoggedJson("param", "p", plain)).toEqual(plain);
      }),
    );
  });

  it("what JSON cannot say but a reader would write as text becomes text", () => {
    expect(
      toLoggedJson("param", "p", {
        seed: 2n ** 70n,
        from: new Date(Date.UTC(2020, 0, 2, 9, 30)),
        c: -Infinity,
        w: Float32Array.of(0.5, NaN),
      }),
    ).toEqual({
      seed: "1180591620717411303424",
      from: "2020-01-02 09:30",
      c: "-Infinity",
      w: [0.5, "NaN"],
    });
  });

  it("an object that says its JSON is that", () => {
    expect(toLoggedJson("param", "at", new URL("https://example.org/a"))).toBe("https://example.org/a");
  });

  it("one object in two places is no circle", () => {
    const shared = { a: 1 };
    expect(toLoggedJson("param", "p", [shared, shared])).toEqual([{ a: 1 }, { a: 1 }]);
  });

  it.each([
    [{ kwargs: { loss: () => 0 } }, '"model.kwargs.loss": a function cannot be kept'],
    [[1, undefined], '"model[1]": a undefined cannot be kept'],
    [Symbol("x"), '"model": a symbol cannot be kept: Symbol(x)'],
    [circular, '"model.self.back": it contains itself'],
    [new Map([["a", 1]]), '"model": an object of class Map cannot be kept'],
    [new Date(NaN), '"model": it is an invalid date'],
  ])("%o is refused by key, path and value", (value, message) => {
    expect(() => toLoggedJson("param", "model", value)).toThrow(InvalidArgumentError);
    expect(() => toLoggedJson("param", "model", value)).toThrow(message);
  });
});

describe("equal values", () => {
  it("have one canonical text, whatever the order of their keys", () => {
    const reversed = (value: JsonValue): JsonValue =>
      Array.isArray(value)
        ? value.map(reversed)
        : typeof value === "object" && value !== null
          ? Object.fromEntries(
              Object.entries(value)
                .reverse()
                .map(([key, item]) => [key, reversed(item as JsonValue)]),
            )
          : value;
    fc.assert(
      fc.property(fc.jsonValue(), (value) => {
        expect(canonicalText(reversed(value as JsonValue))).toBe(canonicalText(value as JsonValue));
      }),
    );
    expect(canonicalText([1, 2])).not.toBe(canonicalText([2, 1]));
  });
});

describe("names, metrics and steps", () => {
  it("a name has 1 to 250 characters", () => {
    expect(checkName("param", "x".repeat(250))).toHaveLength(250);
    expect(() => checkName("param", "")).toThrow("Cannot log a param: its name is empty");
    expect(() => checkName("metric", "x".repeat(251))).toThrow("its name has 251 characters");
  });

  it("NaN and ±∞ are values, booleans are 1 and 0", () => {
    expect([NaN, Infinity, -Infinity, true, false, -0.5].map((value) => toLoggedMetric("m", value))).toEqual([
      NaN,
      Infinity,
      -Infinity,
      1,
      0,
      -0.5,
    ]);
  });

  it.each([
    ["0.5", "'0.5'"],
    [null, "null"],
    [undefined, "undefined"],
    [5n, "5n"],
    [[1], "[ 1 ]"],
  ])("%o is no metric", (value, shown) => {
    expect(() => toLoggedMetric("IC", value)).toThrow(`Cannot log metric "IC": ${shown} is no number`);
  });

  it("a step is a whole number, 0 when there is none", () => {
    expect([toStep(undefined), toStep(7), toStep(-1)]).toEqual([0, 7, -1]);
    expect(() => toStep(1.5)).toThrow("step 1.5 is no whole number");
  });
});
