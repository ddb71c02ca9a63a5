import { expect, it } from "vitest";
import { mersenneShuffle } from "../../src/backtest/mersenne-shuffle.js";

// Printed by CPython 3.11: random.seed(seed); random.shuffle(items).
it("brings items into the order of Python's seeded shuffle", () => {
  expect(mersenneShuffle([0, 1, 2, 3, 4], 0)).toEqual([2, 1, 0, 4, 3]);
  expect(mersenneShuffle([..."abcde"], 7)).toEqual(["e", "a", "d", "b", "c"]);
  expect(
    mersenneShuffle(
      Array.from({ length: 50 }, (_, i) => i),
      0,
    ),
  ).toEqual([
    43, 1, 28, 14, 36, 12, 0, 27, 47, 7, 33, 34, 20, 49, 5, 38, 11, 23, 40, 15, 10, 21, 46, 3, 9, 4, 41, 42, 39, 17, 29,
    45, 6, 35, 18, 8, 44, 13, 37, 22, 30, 19, 25, 31, 32, 16, 2, 26, 48, 24,
  ]);
});

it("leaves the items given alone, and nothing and one as they are", () => {
  const items = ["a", "b", "c"];
  mersenneShuffle(items, 0);
  expect(items).toEqual(["a", "b", "c"]);
  expect(mersenneShuffle([], 0)).toEqual([]);
  expect(mersenneShuffle(["a"], 0)).toEqual(["a"]);
});
