import { table } from "arquero";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { DataError, UnknownNameError } from "../../src/errors.js";
import { Panel } from "../../src/panel/panel.js";

const day = (n: number) => Date.UTC(2020, 0, n);
const small = () =>
  Panel.from({
    datetime: ["2020-01-03", "2020-01-02", "2020-01-02", "2020-01-05"],
    instrument: ["A", "B", "A", "B"],
    score: [3, 2, 1, null],
  });

describe("Panel", () => {
  it("sorts rows by date, then instrument", () => {
    const panel = small();
    expect([...panel.dates]).toEqual([day(2), day(3), day(5)]);
    expect([...panel.offsets]).toEqual([0, 2, 3, 4]);
    expect([...panel.codes].map((code) => panel.instruments[code])).toEqual(["A", "B", "A", "B"]);
    expect([...panel.get("score")]).toEqual([1, 2, 3, NaN]);
  });

  it("an end without a time of day includes the whole day, both ends are inclusive", () => {
    const panel = Panel.from({
      datetime: ["2020-01-02 09:30", "2020-01-02 15:00", "2020-01-03 09:30"],
      instrument: ["A", "A", "A"],
      x: [1, 2, 3],
    });
    expect([...panel.between("2020-01-02", "2020-01-02").get("x")]).toEqual([1, 2]);
    expect([...panel.between("2020-01-02 15:00", null).get("x")]).toEqual([2, 3]);
    expect(panel.between("2021-01-01", null).numRows).toBe(0);
    expect(panel.between("2020-01-03", "2020-01-02").numRows).toBe(0);
  });

  it("a slice shares its columns", () => {
    const panel = small();
    expect(panel.between("2020-01-03").get("score").buffer).toBe(panel.get("score").buffer);
  });

  it("filter drops rows and dates that become empty", () => {
    const kept = small().filter(Uint8Array.of(0, 1, 0, 1));
    expect([...kept.dates]).toEqual([day(2), day(5)]);
    expect([...kept.offsets]).toEqual([0, 1, 2]);
    expect([...kept.get("score")]).toEqual([2, NaN]);
  });

  it("becomes an arquero table with dates, names and the same values, and comes back", () => {
    const panel = small();
    const rows = panel.toTable().objects();
    expect(rows[1]).toEqual({ datetime: new Date(day(2)), instrument: "B", score: 2 });
    expect(
      panel
        .toTable()
        .filter((d: { score: number }) => d.score > 1)
        .array("instrument"),
    ).toEqual(["B", "A"]);
    expect(Panel.from(panel.toTable()).toTable().objects()).toEqual(rows);
  });

  it("names duplicate keys and counts them", () => {
    expect(() =>
      Panel.from({ datetime: ["2020-01-02", "2020-01-02", "2020-01-02"], instrument: ["A", "A", "A"] }),
    ).toThrow(
      new DataError(
        "Cannot make a panel: 2 duplicate keys, first (2020-01-02, A), (2020-01-02, A)\n  each (datetime, instrument) may occur once",
      ),
    );
  });

  it.each([
    [{ date: ["2020-01-02"], instrument: ["A"] }, UnknownNameError, 'unknown column "datetime"'],
    [{ datetime: ["soon"], instrument: ["A"] }, DataError, '"soon" is no date'],
    [{ datetime: ["2020-01-02"], instrument: [null] }, DataError, "row 0 has no instrument"],
    [
      { datetime: ["2020-01-02"], instrument: ["A"], x: ["high"] },
      DataError,
      'column "x" holds "high", numbers expected',
    ],
  ])("refuses %j", (columns, kind, message) => {
    expect(() => Panel.from(columns)).toThrow(kind);
    expect(() => Panel.from(columns)).toThrow(message);
  });

  it("an unknown column names the nearest", () => {
    expect(() => small().get("scor")).toThrow('did you mean "score"?');
  });

  it("takes text columns as codes of any order", () => {
    const panel = Panel.from({
      numRows: 3,
      columns: new Map([
        ["datetime", { type: "datetime", values: Float64Array.of(day(2), day(2), day(2)) }],
        ["instrument", { type: "text", codes: Int32Array.of(0, 1, 2), dictionary: ["C", "A", "B"] }],
        ["x", { type: "float32", values: Float32Array.of(3, 1, 2) }],
      ]),
    });
    expect(panel.instruments).toEqual(["A", "B", "C"]);
    expect(panel.get("x")).toEqual(Float32Array.of(1, 2, 3));
  });

  it("any order of the same rows gives the same panel", () => {
    const rows = fc.uniqueArray(
      fc.record({ d: fc.integer({ min: 1, max: 28 }), i: fc.constantFrom("A", "B", "C", "AA", "b") }),
      { selector: ({ d, i }) => `${d}${i}`, minLength: 1 },
    );
    fc.assert(
      fc.property(rows, fc.infiniteStream(fc.nat()), (keys, noise) => {
        const make = (list: typeof keys) =>
          Panel.from({
            datetime: list.map(({ d }) => day(d)),
            instrument: list.map(({ i }) => i),
            x: list.map(({ d }) => d),
          });
        const shuffled = keys
          .map((key) => ({ key, at: noise.next().value }))
          .sort((a, b) => a.at - b.at)
          .map(({ key }) => key);
        expect(make(shuffled)).toEqual(make(keys));
      }),
    );
  });

  it("an empty table gives an empty panel", () => {
    expect(Panel.from(table({ datetime: [], instrument: [], x: [] })).numRows).toBe(0);
  });
});
