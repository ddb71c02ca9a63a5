import { describe, expect, it } from "vitest";
import { canResample, freqKey, parseFreq } from "../../src/calendar/frequency.js";
import { inferFrequency } from "../../src/calendar/infer-frequency.js";
import { minuteCalendar, sessionSlots, sessionsOf, tradingMinutes } from "../../src/calendar/sessions.js";
import { TradingCalendar } from "../../src/calendar/trading-calendar.js";
import { InvalidArgumentError, UnknownNameError } from "../../src/errors.js";
import { formatDatetime } from "../../src/engine/datetime.js";

describe("a frequency", () => {
  it("is read in every accepted spelling and written with its count", () => {
    const pairs = ["day d Day 1day", "w week 1WEEK", "mon month 1month", "min minute 1min"].map((line) =>
      line.split(" "),
    );
    for (const spellings of pairs) for (const text of spellings) expect(freqKey(text)).toBe(freqKey(spellings[0]!));
    expect([freqKey("2mon"), freqKey("30minute"), freqKey("d")]).toEqual(["2month", "30min", "1day"]);
    for (const text of ["5m", "", "0day", "day5", "constructor", "1.5day"])
      expect(() => parseFreq(text)).toThrow(InvalidArgumentError);
  });

  it("can be made of a finer one, or of one it is a multiple of", () => {
    const can = (fine: string, coarse: string) => canResample(parseFreq(fine), parseFreq(coarse));
    expect([can("1min", "day"), can("day", "week"), can("5min", "30min"), can("day", "month")]).toEqual(
      Array(4).fill(true),
    );
    expect([can("day", "5min"), can("30min", "45min"), can("week", "month"), can("week", "day")]).toEqual(
      Array(4).fill(false),
    );
  });

  it("is inferred from a calendar", () => {
    const infer = (...texts: string[]) => freqKey(inferFrequency(TradingCalendar.from(texts)));
    expect(infer("2024-01-02 09:30", "2024-01-02 10:00", "2024-01-03 09:30")).toBe("30min");
    expect(infer("2024-01-02", "2024-01-09")).toBe("1day");
    expect(infer("2024-01-02", "2024-01-08", "2024-01-16", "2024-01-22", "2024-01-29")).toBe("1week");
    expect(infer("2024-01-02", "2024-02-01", "2024-03-01", "2024-04-01", "2024-05-02")).toBe("1month");
    expect(infer("2024-01-02", "2024-01-03", "2024-01-04", "2024-01-05", "2024-01-08")).toBe("1day");
  });
});

describe("trading sessions", () => {
  it("have 390 minutes in the US, 240 around a lunch break in China", () => {
    expect([tradingMinutes("us").length, tradingMinutes("cn").length, tradingMinutes("tw").length]).toEqual([
      390, 240, 270,
    ]);
    expect(sessionsOf("cn")).toEqual([
      { open: 570, close: 690 },
      { open: 780, close: 900 },
    ]);
    expect(() => sessionsOf("uk")).toThrow(UnknownNameError);
  });

  it("are cut into slots from the open on, the last one of a US day shorter", () => {
    expect(sessionSlots("us", 60)).toEqual([570, 630, 690, 750, 810, 870, 930]);
    expect(sessionSlots("cn", 30)).toEqual([570, 600, 630, 660, 780, 810, 840, 870]);
    const days = [Date.UTC(2024, 0, 2), Date.UTC(2024, 0, 3)];
    expect([...minuteCalendar(days, { region: "cn", minutes: 120 }).datetimes].map(formatDatetime)).toEqual([
      "2024-01-02 09:30",
      "2024-01-02 13:00",
      "2024-01-03 09:30",
      "2024-01-03 13:00",
    ]);
  });
});
