import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { coverage } from "../../src/analysis/coverage.js";
import { calcGroupReturn } from "../../src/analysis/group-return.js";
import { calcIc } from "../../src/analysis/ic.js";
import { joinPredLabel } from "../../src/analysis/join-pred-label.js";
import { calcLongShortReturn } from "../../src/analysis/long-short-return.js";
import { calcQuantileReturns } from "../../src/analysis/quantile-returns.js";
import { UnknownNameError } from "../../src/errors.js";
import { panelOfRows, values, type Row } from "./vectors.js";

const score = fc.oneof(
  { weight: 6, arbitrary: fc.integer({ min: -20, max: 20 }).map((n) => n / 8) },
  { weight: 1, arbitrary: fc.constant(NaN) },
);
const rows = fc
  .uniqueArray(
    fc.record({
      datetime: fc.constantFrom("2020-01-02", "2020-01-03"),
      instrument: fc.constantFrom(..."ABCDEFGHIJ"),
      score,
      label: score,
    }),
    {
      selector: (row) => row.datetime + row.instrument,
      minLength: 1,
    },
  )
  .map((list) => list as Row[]);
const ics = (list: readonly Row[]) => {
  const table = calcIc(panelOfRows(list));
  return { ic: values(table, "ic"), rankIc: values(table, "rankIc") };
};
/** Other names for the instruments, in another order. */
const renamed = (row: Row): Row => ({ ...row, instrument: String.fromCharCode(200 - row.instrument.charCodeAt(0)) });
const close = (a: readonly number[], b: readonly number[]) =>
  expect(a.map((v) => v.toFixed(10))).toEqual(b.map((v) => v.toFixed(10)));

describe("laws of the signal figures", () => {
  it("which instrument is which does not matter", () => {
    fc.assert(
      fc.property(rows, (list) => {
        const [before, after] = [ics(list), ics(list.map(renamed))];
        close(before.ic, after.ic);
        close(before.rankIc, after.rankIc);
        const buckets = (of: readonly Row[]) =>
          ["Q1", "Q2", "Q3", "spread", "average"].flatMap((name) =>
            values(calcQuantileReturns(panelOfRows(of), { quantiles: 3 }), name),
          );
        close(buckets(list), buckets(list.map(renamed)));
      }),
    );
  });

  it("a growing function of the score leaves the Rank IC, a falling one turns its sign", () => {
    fc.assert(
      fc.property(rows, (list) => {
        const { rankIc } = ics(list);
        close(rankIc, ics(list.map((row) => ({ ...row, score: Math.exp(row.score) + row.score }))).rankIc);
        close(
          rankIc,
          ics(list.map((row) => ({ ...row, score: -(row.score ** 3) }))).rankIc.map((value) => -value),
        );
      }),
    );
  });

  it("a score that is the label has IC and Rank IC 1 wherever they are defined", () => {
    fc.assert(
      fc.property(rows, (list) => {
        const perfect = ics(list.map((row) => ({ ...row, score: row.label })));
        for (const value of [...perfect.ic, ...perfect.rankIc])
          if (!Number.isNaN(value)) expect(value).toBeCloseTo(1, 12);
        expect(perfect.ic.map(Number.isNaN)).toEqual(perfect.rankIc.map(Number.isNaN));
      }),
    );
  });

  it("turning all scores turns the sign of a long-short return without ties", () => {
    const distinct = rows.map((list) =>
      list.map((row, i) => ({
        ...row,
        score: i + (row.instrument.charCodeAt(0) % 7) / 10,
        label: Number.isNaN(row.label) ? 0 : row.label,
      })),
    );
    fc.assert(
      fc.property(distinct, (list) => {
        const of = (sign: number) =>
          values(
            calcLongShortReturn(panelOfRows(list.map((row) => ({ ...row, score: sign * row.score }))), {
              quantile: 0.4,
            }),
            "longShort",
          );
        close(
          of(1),
          of(-1).map((value) => -value),
        );
      }),
    );
  });

  it("distinct scores fill buckets whose sizes differ by one at most, in the order of the score", () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 60 }), fc.integer({ min: 2, max: 8 }), (n, quantiles) => {
        const list = Array.from({ length: n }, (_, i) => ({
          datetime: "2020-01-02",
          instrument: `I${i}`,
          score: i,
          label: i,
        }));
        const table = calcQuantileReturns(panelOfRows(list), { quantiles });
        // The mean of consecutive whole numbers from `start` on is start + (size − 1) / 2.
        const means = Array.from({ length: quantiles }, (_, k) => values(table, `Q${k + 1}`)[0]!).filter(
          (value) => !Number.isNaN(value),
        );
        let start = 0;
        const sizes = means.map((value) => {
          const size = 2 * (value - start) + 1;
          start += size;
          return size;
        });
        expect(start).toBe(n);
        expect(Math.max(...sizes) - Math.min(...sizes)).toBeLessThanOrEqual(1);
        expect(values(table, "average")[0]).toBe((n - 1) / 2);
      }),
    );
  });
});

describe("single cases", () => {
  const day = (scores: readonly number[], labels: readonly number[]) =>
    panelOfRows(
      scores.map((value, i) => ({
        datetime: "2020-01-02",
        instrument: "ABCDEFGHIJ"[i]!,
        score: value,
        label: labels[i]!,
      })),
    );

  it("an infinite score makes the IC missing, the Rank IC ranks it last", () => {
    const table = calcIc(day([1, 2, Infinity], [0.1, 0.2, 0.3]));
    expect([values(table, "ic"), values(table, "rankIc")]).toEqual([[NaN], [1]]);
    expect(values(coverage(day([1, 2, Infinity], [0.1, 0.2, 0.3])), "infinite")).toEqual([1]);
  });

  it("one pair, or a constant that rounding blurs, has no IC", () => {
    expect(values(calcIc(day([1, NaN], [0.1, 0.2])), "ic")).toEqual([NaN]);
    expect(values(calcIc(day([0.1, 0.1, 0.1], [1, 2, 3])), "ic")).toEqual([NaN]);
  });

  it("minus zero ties with zero", () => {
    expect(values(calcIc(day([-0, 0, 1], [1, 1, 2])), "rankIc")).toEqual([1]);
  });

  it("equal scores share a bucket, and a bucket can be empty", () => {
    const table = calcQuantileReturns(day([1, 1, 1, 1, 5], [1, 2, 3, 4, 10]), { quantiles: 5 });
    expect(["Q1", "Q2", "Q3", "Q4", "Q5", "spread"].map((name) => values(table, name)[0])).toEqual([
      2.5,
      NaN,
      NaN,
      NaN,
      10,
      7.5,
    ]);
  });

  it("of seven rows in five groups the two worst belong to none", () => {
    const table = calcGroupReturn(day([7, 6, 5, 4, 3, 2, 1], [1, 2, 3, 4, 5, 60, 70]));
    expect(["Group1", "Group5", "longShort"].map((name) => values(table, name)[0])).toEqual([1, 5, -4]);
    expect(values(calcGroupReturn(day([1, 2], [3, 4]), { groups: 1, reverse: true }), "Group1")).toEqual([3.5]);
  });

  it("counts what a date rests on", () => {
    expect(coverage(day([1, 1, 3, NaN], [0.1, NaN, 0.3, 0.2])).object()).toEqual({
      datetime: new Date("2020-01-02"),
      rows: 4,
      scored: 3,
      labelled: 3,
      pairs: 2,
      infinite: 0,
      tiedShare: 2 / 3,
    });
  });

  it("joins by name: other instruments, other dates, another column", () => {
    const joined = joinPredLabel(
      { instrument: ["B", "C"], datetime: ["2020-01-02", "2020-01-03"], prediction: [1, 2] },
      {
        datetime: ["2020-01-02", "2020-01-02", "2020-01-06"],
        instrument: ["A", "B", "B"],
        LABEL0: [0, 0, 0],
        LABEL1: [0.1, 0.2, 0.3],
      },
      { labelCol: 1 },
    );
    expect(
      joined
        .toTable()
        .objects()
        .map((row) => Object.values(row as object).map((cell) => (cell instanceof Date ? cell.getUTCDate() : cell))),
    ).toEqual([
      [2, "A", NaN, 0.1],
      [2, "B", 1, 0.2],
      [3, "C", 2, NaN],
      [6, "B", NaN, 0.3],
    ]);
  });

  it("names the label columns when labelCol is none of them, and the nearest name of a column", () => {
    const one = { datetime: ["2020-01-02"], instrument: ["A"], LABEL0: [1] };
    expect(() => joinPredLabel(one, one, { labelCol: 1 })).toThrow("labelCol is 1, the labels have 1 columns (LABEL0)");
    expect(() => calcIc(one, { score: "LABEL", label: "LABEL0" })).toThrow(UnknownNameError);
    expect(() => calcIc(one, { score: "LABEL", label: "LABEL0" })).toThrow('did you mean "LABEL0"?');
  });

  it("an empty panel gives an empty table", () => {
    const empty = day([], []);
    expect(
      [calcIc(empty), calcLongShortReturn(empty), calcQuantileReturns(empty), coverage(empty)].map((table) =>
        table.numRows(),
      ),
    ).toEqual([0, 0, 0, 0]);
  });
});
