import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { formatDatetime, parseDatetime } from "../../src/engine/datetime.js";
import { DataError } from "../../src/errors.js";

describe("datetimes", () => {
  it.each([
    ["2020-01-31", Date.UTC(2020, 0, 31)],
    ["2020-01-31 09:30", Date.UTC(2020, 0, 31, 9, 30)],
    ["2020-01-31T09:30:15", Date.UTC(2020, 0, 31, 9, 30, 15)],
    ["2020-01-31T09:30:15.25Z", Date.UTC(2020, 0, 31, 9, 30, 15, 250)],
    [new Date(5), 5],
    [86_400_000, 86_400_000],
  ])("reads %s", (input, ms) => {
    expect(parseDatetime(input)).toBe(ms);
  });

  it.each(["2020-02-30", "yesterday", "20200131", "2020-13-01", "2020-01-31 25:00", "", new Date(NaN), NaN])(
    "refuses %s and names it",
    (input) => {
      expect(() => parseDatetime(input)).toThrow(DataError);
      expect(() => parseDatetime(input)).toThrow(`"${String(input)}" is no date`);
    },
  );

  it("text at full minutes comes back as it went in", () => {
    fc.assert(
      fc.property(fc.integer({ min: -10_000_000, max: 60_000_000 }), (minutes) => {
        expect(parseDatetime(formatDatetime(minutes * 60_000))).toBe(minutes * 60_000);
      }),
    );
  });
});
