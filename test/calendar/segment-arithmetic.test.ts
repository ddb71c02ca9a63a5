import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { parseRange } from "../../src/calendar/segment.js";
import { TradingCalendar } from "../../src/calendar/trading-calendar.js";
import { formatDatetime } from "../../src/engine/datetime.js";
import {
  CalendarRangeError,
  DataError,
  EmptySegmentError,
  InvalidArgumentError,
  InvalidSegmentError,
  UnknownNameError,
} from "../../src/errors.js";
import { CAL20, day, days, weekdays } from "./cal20.js";

const text = (ms: number | null) => (ms === null ? null : formatDatetime(ms));

describe("a calendar aligns", () => {
  it("a day to its index as a start or an end", () => {
    const both = (date: string) => [CAL20.alignIdx(date), CAL20.alignIdx(date, "end")];
    expect(both("2024-01-06")).toEqual([4, 3]);
    expect(both("2023-12-25")).toEqual([0, -1]);
    expect(both("2024-03-01")).toEqual([20, 19]);
    expect(CAL20.alignIdx(null)).toBeNull();
    expect(() => CAL20.alignIdx("2024-01-06", "middle" as "end")).toThrow(UnknownNameError);
  });

  it("a day to the trading day, and never round the end", () => {
    expect(text(CAL20.alignTime("2024-01-06"))).toBe("2024-01-08");
    expect(text(CAL20.alignTime("2024-01-06", "end"))).toBe("2024-01-05");
    expect(CAL20.alignTime(null)).toBeNull();
    expect(() => CAL20.alignTime("2024-03-01")).toThrow(CalendarRangeError);
    expect(() => CAL20.alignTime("2023-12-25", "end")).toThrow(
      /2023-12-25: it lies before the first trading day, 2024-01-02/,
    );
  });

  it("a segment, or a map of them in its order", () => {
    expect(CAL20.alignSeg(days(["01-06", "01-14"]))).toEqual(days(["01-08", "01-12"]));
    expect(CAL20.alignSeg(days(["01-06", null]))).toEqual(days(["01-08", null]));
    const map = CAL20.alignSeg({ test: days(["01-13", "02-20"]), train: days([null, "01-07"]) });
    expect(Object.entries(map)).toEqual([
      ["test", days(["01-15", "01-29"])],
      ["train", [null, "2024-01-05"]],
    ]);
  });

  it("no segment without a trading day, none outside, none the wrong way round, none of three ends", () => {
    expect(() => CAL20.alignSeg(days(["01-06", "01-07"]))).toThrow(EmptySegmentError);
    expect(() => CAL20.alignSeg({ valid: days(["02-06", "02-07"]) })).toThrow(
      /segment "valid".*start after the last day/,
    );
    expect(() => CAL20.alignSeg(["2023-01-06", "2023-01-07"])).toThrow(CalendarRangeError);
    expect(() => CAL20.alignSeg(days(["01-09", "01-08"]))).toThrow(InvalidSegmentError);
    expect(() => parseRange(["2024-01-02"], 'segment "train"')).toThrow(
      /segment "train": \["2024-01-02"\] is no segment/,
    );
    expect(() => parseRange("2024-01-02")).toThrow(InvalidSegmentError);
    expect(() => parseRange(["soon", null])).toThrow(DataError);
  });

  it("counts trading days between two days, both as starts", () => {
    expect(CAL20.calInterval("2024-01-15", "2024-01-10")).toBe(3);
    expect(CAL20.calInterval("2024-01-13", "2024-01-12")).toBe(1);
  });
});

describe("a calendar truncates", () => {
  it("a segment before a test, its first day included", () => {
    expect(CAL20.truncate(days(["01-03", "01-15"]), "2024-01-16", 3)).toEqual(days(["01-03", "01-11"]));
    expect(CAL20.truncate(days(["01-02", "01-15"]), "2024-01-16", 3)).toEqual(days(["01-02", "01-11"]));
    expect(CAL20.truncate(days(["01-03", "01-07"]), "2024-01-16", 0)).toEqual(days(["01-03", "01-05"]));
  });

  it("nothing down to a day of another segment, and no open end", () => {
    expect(() => CAL20.truncate(days(["01-15", "01-15"]), "2024-01-16", 5)).toThrow(EmptySegmentError);
    expect(() => CAL20.truncate(days(["01-02", "01-03"]), "2024-01-04", 3)).toThrow(CalendarRangeError);
    expect(() => CAL20.truncate(days(["01-03", null]), "2024-01-16", 3)).toThrow(/has an open end/);
    expect(() => CAL20.truncate(days(["01-03", "01-05"]), "2024-01-16", -1)).toThrow(InvalidArgumentError);
  });
});

describe("a calendar shifts", () => {
  it("both ends, or the end only", () => {
    expect(CAL20.shift(days(["01-16", "01-18"]), 3)).toEqual(days(["01-19", "01-23"]));
    expect(CAL20.shift(days(["01-16", "01-18"]), 3, { rtype: "expanding" })).toEqual(days(["01-16", "01-23"]));
    expect(CAL20.shift([null, null], 3)).toEqual([null, null]);
    expect(CAL20.shift(days(["01-22", null]), 3)).toEqual(days(["01-25", null]));
    expect(CAL20.shift(days([null, "01-22"]), 3)).toEqual(days([null, "01-25"]));
    expect(() => CAL20.shift(days(["01-16", "01-18"]), 3, { rtype: "rolling" as "sliding" })).toThrow(UnknownNameError);
    expect(() => CAL20.shift(days(["01-16", "01-18"]), 1.5)).toThrow(InvalidArgumentError);
  });

  it("past its end: the end opens or stays on the last day, the start is out of range", () => {
    const shifted = (n: number) => CAL20.shift(days(["01-22", "01-24"]), n);
    expect([3, 4, 5].map(shifted)).toEqual([days(["01-25", "01-29"]), days(["01-26", null]), days(["01-29", null])]);
    expect(() => shifted(6)).toThrow(CalendarRangeError);
    expect(() => shifted(7)).toThrow(/start after the last day/);
    expect(CAL20.shift(days(["01-22", "01-24"]), 5, { pastEnd: "clamp" })).toEqual(days(["01-29", "01-29"]));
  });

  it("back, never round the beginning", () => {
    expect(CAL20.shift(days(["01-05", "01-08"]), -3)).toEqual(days(["01-02", "01-03"]));
    expect(() => CAL20.shift(days(["01-04", "01-08"]), -3)).toThrow(CalendarRangeError);
    expect(() => CAL20.shift(days([null, "01-04"]), -3)).toThrow(CalendarRangeError);
    expect(() => CAL20.shift(days(["01-08", "01-09"]), -2, { rtype: "expanding" })).toThrow(EmptySegmentError);
  });

  const segment = fc.tuple(fc.nat(19), fc.nat(19)).map(([i, j]) => [Math.min(i, j), Math.max(i, j)] as const);
  const at = ([i, j]: readonly [number, number]) => [text(CAL20.at(i)), text(CAL20.at(j))] as const;

  it("by n and then −n gives the segment back", () => {
    fc.assert(
      fc.property(segment, fc.integer({ min: -19, max: 19 }), (range, n) => {
        fc.pre(range[0] + n >= 0 && range[1] + n < 20);
        expect(CAL20.shift(CAL20.shift(at(range), n), -n)).toEqual(at(range));
      }),
    );
  });

  it("by m and then n is by m + n, while the end is known", () => {
    fc.assert(
      fc.property(segment, fc.nat(9), fc.nat(9), (range, m, n) => {
        fc.pre(range[1] + m + n < 20);
        expect(CAL20.shift(CAL20.shift(at(range), m), n)).toEqual(CAL20.shift(at(range), m + n));
      }),
    );
  });

  it("keeps the length sliding, adds n expanding", () => {
    const length = (range: readonly (string | null)[]) => CAL20.indexOf(range[1]!) - CAL20.indexOf(range[0]!);
    fc.assert(
      fc.property(segment, fc.nat(19), (range, n) => {
        fc.pre(range[1] + n < 20);
        expect(length(CAL20.shift(at(range), n))).toBe(length(at(range)));
        expect(length(CAL20.shift(at(range), n, { rtype: "expanding" }))).toBe(length(at(range)) + n);
      }),
    );
  });
});

describe("a calendar answers by index and by shift", () => {
  it("null past the end, an error before the beginning", () => {
    expect([0, 19, 20, null].map((index) => text(CAL20.get(index)))).toEqual([day("01-02"), day("01-29"), null, null]);
    expect(() => CAL20.get(-1)).toThrow(CalendarRangeError);
    expect(text(CAL20.max())).toBe("2024-01-29");
    expect(() => TradingCalendar.from([]).max()).toThrow(CalendarRangeError);
  });

  it("the day a number of days on, clipped unless told otherwise", () => {
    const shifted = (...args: Parameters<TradingCalendar["getDateByShift"]>) => text(CAL20.getDateByShift(...args));
    expect(shifted("2024-01-10", 1)).toBe("2024-01-11");
    expect(shifted("2024-01-29", 1)).toBe("2024-01-29");
    expect(shifted("2024-01-02", -1)).toBe("2024-01-02");
    expect(shifted("2024-01-06", -1, { align: "right" })).toBe("2024-01-05");
    expect(shifted("2024-01-06", -1, { align: "left" })).toBe("2024-01-04");
    expect(() => shifted("2024-01-29", 1, { clipShift: false })).toThrow(CalendarRangeError);
    expect(() => shifted("2024-01-06", 1)).toThrow(/no trading day/);
  });
});

describe("future days", () => {
  const known = CAL20.withFuture(weekdays(30).datetimes);

  it("take segments on, not the latest day", () => {
    expect([known.length, known.futureDays, known.present.length]).toEqual([30, 10, 20]);
    expect(known.shift(days(["01-22", "01-24"]), 5)).toEqual(days(["01-29", "01-31"]));
    expect([null, undefined, -1, "2024-02-05", "2024-01-15"].map((end) => text(known.transformEndDate(end)))).toEqual(
      ["01-29", "01-29", "01-29", "01-29", "01-15"].map(day),
    );
    expect(text(known.getDateByShift("2024-01-29", 1))).toBe("2024-01-29");
    expect(text(known.getDateByShift("2024-01-29", 1, { future: true }))).toBe("2024-01-30");
    expect(String(known)).toBe("TradingCalendar(30 days 2024-01-02 … 2024-02-12, the last 10 to come)");
  });

  it("stay future ones in a slice, and are replaced, not added up", () => {
    expect(known.slice({ start: "2024-01-26", end: "2024-01-31" }).futureDays).toBe(2);
    expect(known.withEnd("2024-01-31").futureDays).toBe(2);
    expect(known.withEnd("2024-01-10").futureDays).toBe(0);
    expect(known.withEnd(null)).toBe(known);
    expect(known.withFuture(["2024-01-30"]).length).toBe(21);
    expect(CAL20.withFuture([]).futureDays).toBe(0);
  });

  it("must not contradict the calendar", () => {
    expect(() => CAL20.withFuture(["2024-01-06", "2024-01-30"])).toThrow(DataError);
    expect(() => new TradingCalendar([1, 2], { futureDays: 3 })).toThrow(/3 future days of 2/);
  });
});
