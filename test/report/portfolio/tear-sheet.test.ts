import { table } from "arquero";
import { expect, it } from "vitest";
import { InvalidArgumentError } from "../../../src/errors.js";
import { tearSheet } from "../../../src/report/portfolio/tear-sheet.js";
import { dailyReturns } from "./report-tables.js";

const { datetime, return: returns, bench } = dailyReturns(120);
const QUICK = { resamples: 50 };

it("takes columns, an arquero table and another column's name alike", async () => {
  const plain = (await tearSheet({ datetime, return: returns }, undefined, QUICK)).facts;
  expect((await tearSheet(table({ datetime, profit: returns }), undefined, QUICK)).facts).toEqual(plain);
  const two = { datetime, profit: returns, volume: bench };
  expect((await tearSheet(two, undefined, { ...QUICK, column: "profit" })).facts).toEqual(plain);
});

it("compounds, counts 252 days a year, and matches the benchmark by date", async () => {
  const report = await tearSheet(
    { datetime, return: returns },
    { datetime: datetime.slice(10).reverse(), return: bench.slice(10).reverse() },
    QUICK,
  );
  expect(report.notes.join("\n")).toMatch(/10 without a return of the benchmark.*\n.*compounded, 252 days a year/);
  const wealth = returns.reduce((product, value) => product * (1 + value), 1) - 1;
  expect(report.table("performance").get("cum_return", 119)).toBeCloseTo(wealth, 12);
  expect(report.table("performance").get("benchmark", 10)).toBe(bench[10]);
});

it("refuses numbers without dates", async () => {
  await expect(tearSheet(returns)).rejects.toThrow(InvalidArgumentError);
});
