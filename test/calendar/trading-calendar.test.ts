import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { TradingCalendar } from "../../src/calendar/trading-calendar.js";
import { DataError, InvalidArgumentError } from "../../src/errors.js";
import { formatDatetime } from "../../src/engine/datetime.js";

const week = TradingCalendar.from(["2020-01-06", "2020-01-02", "2020-01-03", "2020-01-02", "2020-01-07"]);
const text = (ms: number) => formatDatetime(ms);

describe("a trading calendar", () => {
  it("holds distinct days in order", () => {
    expect([...week.datetimes].map(text)).toEqual(["2020-01-02", "2020-01-03", "2020-01-06", "2020-01-07"]);
    expect([week.length, text(week.first), text(week.last)]).toEqual([4, "2020-01-02", "2020-01-07"]);
    expect(TradingCalendar.from([]).first).toBeNaN();
    expect(() => new TradingCalendar([2, 1])).toThrow(DataError);
    expect(() => new TradingCalendar([1, 1])).toThrow(/entry 1 does not ascend/);
    expect(() => new TradingCalendar([NaN])).toThrow(DataError);
  });

  it("finds days and the nearest ones of others", () => {
    expect(week.indexOf("2020-01-06")).toBe(2);
    expect(week.findIndex("2020-01-05")).toBeUndefined();
    expect(() => week.indexOf("2020-01-05")).toThrow(
      /2020-01-05 in the calendar: no trading day\n {2}around it: 2020-01-03, 2020-01-06/,
    );
    expect([week.firstAtOrAfter("2020-01-04"), week.lastAtOrBefore("2020-01-05")]).toEqual([2, 1]);
    expect([week.firstAtOrAfter("2020-02-01"), week.lastAtOrBefore("2019-01-01")]).toEqual([4, -1]);
    expect(text(week.at(3))).toBe("2020-01-07");
    expect(() => week.at(4)).toThrow(/no index 4\n {2}it has 4 days, 2020-01-02 … 2020-01-07/);
  });

  it("cuts segments with both ends inclusive and open ends", () => {
    expect(week.rangeOf({ start: "2020-01-03", end: "2020-01-06" })).toEqual([1, 3]);
    expect(week.rangeOf({ start: null, end: "2020-01-05" })).toEqual([0, 2]);
    expect(week.rangeOf({})).toEqual([0, 4]);
    expect(week.rangeOf({ start: "2020-01-04", end: "2020-01-05" })).toEqual([2, 2]);
    expect(week.rangeOf({ start: "2021-01-01" })).toEqual([4, 4]);
    expect(() => week.rangeOf({ start: "2020-01-06", end: "2020-01-03" })).toThrow(InvalidArgumentError);
    expect([...week.slice({ start: "2020-01-03", end: "2020-01-06" }).datetimes].map(text)).toEqual([
      "2020-01-03",
      "2020-01-06",
    ]);
  });

  it("includes the whole of an end given as a date, also in minutes", () => {
    const minutes = TradingCalendar.from(["2020-01-02 09:30", "2020-01-02 15:00", "2020-01-03 09:30"]);
    expect(minutes.rangeOf({ start: "2020-01-02", end: "2020-01-02" })).toEqual([0, 2]);
    expect(minutes.rangeOf({ end: "2020-01-02 09:30" })).toEqual([0, 1]);
  });

  it("shifted by n and then −n gives the day back", () => {
    const days = fc.uniqueArray(fc.integer({ min: 0, max: 20_000 }), { minLength: 1, maxLength: 50 });
    fc.assert(
      fc.property(days, fc.nat(49), fc.nat(49), (numbers, i, j) => {
        const calendar = TradingCalendar.from(numbers.map((day) => day * 86_400_000));
        const [from, to] = [i % calendar.length, j % calendar.length];
        const there = calendar.shift(calendar.at(from), to - from);
        expect(there).toBe(calendar.at(to));
        expect(calendar.shift(there, from - to)).toBe(calendar.at(from));
      }),
    );
    expect(() => week.shift("2020-01-06", 2)).toThrow(/by 2 trading days: outside the calendar/);
  });

  it("shows itself in one line", () => {
    expect(String(week)).toBe("TradingCalendar(4 days 2020-01-02 … 2020-01-07)");
  });
});
