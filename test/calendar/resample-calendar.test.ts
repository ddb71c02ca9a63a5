import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { resampleCalendar } from "../../src/calendar/resample-calendar.js";
import { minuteCalendar } from "../../src/calendar/sessions.js";
import { TradingCalendar } from "../../src/calendar/trading-calendar.js";
import { formatDatetime } from "../../src/engine/datetime.js";
import { DataError, InvalidArgumentError } from "../../src/errors.js";

const texts = ({ datetimes }: TradingCalendar) => [...datetimes].map(formatDatetime);
// Friday; Monday and Tuesday; (a week without trading); Wednesday of the next month.
const DAYS = TradingCalendar.from(["2024-01-26", "2024-01-29", "2024-01-30", "2024-02-07", "2024-02-08", "2024-02-09"]);

describe("a resampled calendar", () => {
  it("names weeks and months by their first trading day", () => {
    const weeks = resampleCalendar(DAYS, "week");
    expect([texts(weeks.calendar), [...weeks.starts]]).toEqual([
      ["2024-01-26", "2024-01-29", "2024-02-07"],
      [0, 1, 3, 6],
    ]);
    expect(texts(resampleCalendar(DAYS, "month").calendar)).toEqual(["2024-01-26", "2024-02-07"]);
    expect(texts(resampleCalendar(DAYS, "2week").calendar)).toEqual(["2024-01-26", "2024-02-07"]);
    expect([...resampleCalendar(DAYS, "4day").starts]).toEqual([0, 4, 6]);
  });

  it("counts slots in trading minutes, over a lunch break", () => {
    const day = [Date.UTC(2024, 0, 2)];
    const minutes = minuteCalendar(day, { region: "cn", minutes: 1 });
    const slots = resampleCalendar(minutes, "90min", { region: "cn" });
    expect(texts(slots.calendar)).toEqual(["2024-01-02 09:30", "2024-01-02 11:00", "2024-01-02 14:00"]);
    expect([...slots.starts]).toEqual([0, 90, 180, 240]);
    expect(texts(resampleCalendar(minutes, "day", { region: "cn" }).calendar)).toEqual(["2024-01-02"]);
  });

  it("names a slot by its first minute also where that is missing", () => {
    const gappy = TradingCalendar.from(["2024-01-02 09:33", "2024-01-02 09:34", "2024-01-02 09:37"]);
    const { calendar, starts } = resampleCalendar(gappy, "5min");
    expect([texts(calendar), [...starts]]).toEqual([
      ["2024-01-02 09:30", "2024-01-02 09:35"],
      [0, 2, 3],
    ]);
  });

  it("refuses what is finer, no multiple, or outside the sessions", () => {
    expect(() => resampleCalendar(DAYS, "5min")).toThrow(
      /Cannot make bars of 5min from bars of 1day: the data are not finer/,
    );
    const minutes = minuteCalendar([Date.UTC(2024, 0, 2)], { region: "us", minutes: 30 });
    expect(() => resampleCalendar(minutes, "45min")).toThrow(InvalidArgumentError);
    expect(() => resampleCalendar(minutes, "60min", { region: "cn" })).toThrow(DataError);
    expect(() => resampleCalendar(minutes, "60min", { region: "cn" })).toThrow(
      /2024-01-02 11:30 lies outside the trading sessions/,
    );
  });

  it("puts every entry into exactly one longer one, in order", () => {
    const day = fc.integer({ min: 0, max: 2000 }).map((n) => Date.UTC(2015, 0, 1) + n * 86_400_000);
    const days = fc.uniqueArray(day, { minLength: 1, maxLength: 80 });
    fc.assert(
      fc.property(days, fc.constantFrom("2day", "week", "3week", "month"), (ms, freq) => {
        const fine = TradingCalendar.from(ms);
        const { calendar, starts } = resampleCalendar(fine, freq, { from: "day" });
        expect([starts[0], starts.at(-1)]).toEqual([0, fine.length]);
        for (let i = 0; i < calendar.length; i++) {
          expect(starts[i + 1]).toBeGreaterThan(starts[i]!);
          expect(calendar.at(i)).toBe(fine.at(starts[i]!));
        }
      }),
    );
  });
});
