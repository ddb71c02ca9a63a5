import type { ColumnTable } from "arquero";
import { describe, expect, it } from "vitest";
import { holdBuySell } from "../../src/analysis/portfolio/hold-buy-sell.js";
import { scoreMemory } from "../../src/analysis/score-memory.js";
import { NEXT_RETURNS, POSITIONS, PRED_LABEL, REPORT } from "../report/worked-example.js";

function expectColumns(found: ColumnTable, expected: Readonly<Record<string, readonly number[]>>, digits: number) {
  for (const [name, values] of Object.entries(expected)) {
    expect(found.numRows(), name).toBe(values.length);
    values.forEach((value, row) => {
      const actual = found.get(name, row) as number;
      if (Number.isNaN(value)) expect(actual, `${name}[${row}]`).toBeNaN();
      else expect(actual, `${name}[${row}]`).toBeCloseTo(value, digits);
    });
  }
}

describe("hold, buy, sell", () => {
  it("has the worked example's means, weights and sums", () => {
    const { returns, unlabelled } = holdBuySell(POSITIONS, NEXT_RETURNS, { report: REPORT });
    // The reference keeps the benchmark in float32.
    expectColumns(
      returns,
      {
        hold_mean: [0, 0.042031932, -0.027435453, -0.010778855],
        hold_weight: [0, 0.469507527, 0.54282818, 1],
        buy_mean: [0.015620781, 0.022334962, 0.026366555, 0],
        buy_weight: [1, 0.530492473, 0.45717182, 0],
        sell_mean: [0, -0.030695341, 0.025785835, 0],
        sell_weight: [0, 0.500529661, 0.469507527, 0],
        cum_hold: [0, 0.042031932, 0.014596478, 0.003817623],
        cum_buy: [0.015620781, 0.037955743, 0.064322298, 0.064322298],
        cum_sell: [0, -0.030695341, -0.004909506, -0.004909506],
        cum_buy_minus_sell: [0.015620781, 0.068651084, 0.069231804, 0.069231804],
      },
      6,
    );
    expect(unlabelled).toBe(0);
  });

  it("has the worked example's ranks", () => {
    expectColumns(
      holdBuySell(POSITIONS, NEXT_RETURNS).ranks,
      { buy: [56.25, 50, 25, 0, 62.5], hold: [0, 25, 100, 62.5, 62.5], sell: [0, 100, 50, 0, 62.5] },
      12,
    );
  });

  it("knows from the report that everything was sold on a day without positions", () => {
    const day = (i: number) => `2020-01-0${i}`;
    const { returns } = holdBuySell(
      { datetime: [day(2), day(6)], instrument: ["A", "A"], weight: [1, 1] },
      { datetime: [day(2), day(3), day(6)], instrument: ["A", "A", "A"], label: [0.25, 0.5, 0.75] },
      { report: { datetime: [day(2), day(3), day(6), day(7)], return: [0, 0, 0, 0], bench: [0, 0, 0, 0] } },
    );
    expectColumns(returns, { buy_weight: [1, 0, 1], sell_mean: [0, 0.5, 0], hold_weight: [0, 0, 0] }, 12);
  });

  it("counts positions without a label and keeps to the dates asked for", () => {
    const labels = { datetime: ["2024-01-04", "2024-01-05"], instrument: ["B", "C"], label: [0.05, -0.02] };
    const { returns, unlabelled } = holdBuySell(POSITIONS, labels, { start: "2024-01-04", end: "2024-01-05" });
    expect(returns.numRows()).toBe(2);
    // 01-04: A (sold) and C; 01-05: D and B (sold).
    expect(unlabelled).toBe(4);
  });
});

describe("the memory of a score", () => {
  it("has the worked example's autocorrelation and turnover", () => {
    expectColumns(
      scoreMemory(PRED_LABEL, { groups: 2 }),
      { autocorr: [NaN, -0.2, 0.2, 0.8, -0.8], top: [NaN, 0.5, 0.5, 0, 1], bottom: [NaN, 0.5, 0.5, 0, 1] },
      12,
    );
  });

  it("compares with the same instrument's earlier row, not with the earlier date", () => {
    const found = scoreMemory(
      {
        datetime: ["2020-01-02", "2020-01-02", "2020-01-03", "2020-01-06", "2020-01-06"],
        instrument: ["A", "B", "A", "A", "B"],
        score: [1, 2, 3, 1, 2],
      },
      { groups: 2 },
    );
    // On 01-06 A is compared with its 3 of 01-03, B with its 2 of 01-02.
    expect(found.get("autocorr", 2)).toBeCloseTo(-1, 12);
  });
});
