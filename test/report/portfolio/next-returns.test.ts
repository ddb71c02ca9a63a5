import { expect, it } from "vitest";
import { nextReturns } from "../../../src/report/portfolio/next-returns.js";

const labels = {
  datetime: ["2020-01-02", "2020-01-02", "2020-01-03", "2020-01-06"],
  instrument: ["A", "B", "A", "A"],
  LABEL0: [0.1, 0.2, 0.3, 0.4],
};

it("dates a label on the day on which its return begins", () => {
  const found = nextReturns(labels, "Ref($close, -2)/Ref($close, -1) - 1")!;
  expect([...found.dates]).toEqual([Date.UTC(2020, 0, 3), Date.UTC(2020, 0, 6)]);
  expect([...found.get("label")]).toEqual([0.1, 0.2, 0.3]);
  expect(found.rowsOf(1)).toEqual([2, 3]);
  expect([...nextReturns(labels, "Ref($close,-1)/$close-1")!.get("label")]).toEqual([0.1, 0.2, 0.3, 0.4]);
});

it("is nothing for labels that are no return of one day", () => {
  for (const other of ["Ref($close, -5)/$close - 1", "Ref($open, -2)/Ref($close, -1) - 1", "Mean($close, 5)", ""])
    expect(nextReturns(labels, other), other).toBeUndefined();
});

it("is empty when no date is late enough", () => {
  expect(nextReturns(labels, "Ref($close, -9)/Ref($close, -8) - 1")!.numRows).toBe(0);
});
