import fc from "fast-check";
import { expect, it } from "vitest";
import { byScore, Signal } from "../../src/backtest/signal.js";

it("the best few are the first of all, whatever is tied or missing", () => {
  const score = fc.constantFrom(NaN, -1, 0, 0, 1, 2, Infinity, -Infinity);
  fc.assert(
    fc.property(fc.array(score, { maxLength: 12 }), fc.nat(14), (values, count) => {
      const names = values.map((_, i) => `S${(i * 7) % 12}-${i}`);
      const scores = new Map(names.map((name, i) => [name, values[i]!]));
      expect(byScore(names, scores, count)).toEqual(byScore(names, scores).slice(0, count));
    }),
  );
});

it("the last score of each instrument in the window counts, a missing one only when there is no other", () => {
  const signal = new Signal({
    datetime: ["2024-01-02", "2024-01-02", "2024-01-03", "2024-01-03", "2024-01-03"],
    instrument: ["A", "B", "A", "B", "C"],
    score: [1, 2, 3, NaN, NaN],
  });
  const at = (day: number) => Date.UTC(2024, 0, day);
  expect(Object.fromEntries(signal.find(at(2), at(4))!)).toEqual({ A: 3, B: 2, C: NaN });
  expect(Object.fromEntries(signal.find(at(2), at(3))!)).toEqual({ A: 1, B: 2 });
  expect(signal.find(at(4), at(9))).toBeUndefined();
});
