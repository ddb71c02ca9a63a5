import { readFileSync } from "node:fs";
import { describe, expect } from "vitest";
import type { DateRange, RollMode } from "../../src/calendar/segment.js";
import type { TimePoint, TradingCalendar } from "../../src/calendar/trading-calendar.js";
import { formatDatetime } from "../../src/engine/datetime.js";
import {
  CalendarRangeError,
  EmptySegmentError,
  InvalidArgumentError,
  InvalidSegmentError,
  UnknownNameError,
} from "../../src/errors.js";
import { itGolden, sharedPath } from "../shared.js";
import { goldenCalendar } from "./golden-calendar.js";

interface Case {
  readonly method: string;
  readonly args: readonly unknown[];
  readonly result?: unknown;
  readonly error?: string;
}
type Thrown = new (...args: never[]) => Error;

/** Where Qlib wraps round, collapses a segment, or fails without need: what ours says instead, by the case. */
const RULED: Record<string, Thrown | unknown> = {
  'align_time ["2006-01-01","end"]': CalendarRangeError,
  'align_time ["2005-06-30","end"]': CalendarRangeError,
  'align_seg [["2012-10-29","2012-10-30"]]': EmptySegmentError,
  'truncate [["2014-12-29","2014-12-31"],"2015-01-01",5]': EmptySegmentError,
  'truncate [["2006-01-03","2014-12-31"],"2015-01-01",3]': ["2006-01-03", "2014-12-29"],
  'shift [["2017-10-02","2017-10-31"],30,"sliding"]': CalendarRangeError,
  'shift [["2006-01-03","2006-01-31"],-3,"sliding"]': CalendarRangeError,
  "get [-1]": CalendarRangeError,
};
const ERRORS: Record<string, Thrown> = {
  IndexError: CalendarRangeError,
  KeyError: CalendarRangeError,
  NotImplementedError: UnknownNameError,
  TypeError: InvalidSegmentError,
  ValueError: InvalidArgumentError,
};

const text = (value: unknown) => (typeof value === "number" ? formatDatetime(value) : value);

function call(calendar: TradingCalendar, { method, args }: Case): unknown {
  switch (method) {
    case "align_idx":
      return calendar.alignIdx(args[0] as string, args[1] as TimePoint);
    case "align_time":
      return text(calendar.alignTime(args[0] as string, args[1] as TimePoint));
    case "align_seg":
      return calendar.alignSeg(args[0] as DateRange);
    case "cal_interval":
      return calendar.calInterval(args[0] as string, args[1] as string);
    case "truncate":
      return calendar.truncate(args[0] as DateRange, args[1] as string, args[2] as number);
    case "shift":
      return calendar.shift(args[0] as DateRange, args[1] as number, { rtype: args[2] as RollMode });
    case "get":
      return text(calendar.get(args[0] as number));
    case "max":
      return text(calendar.max());
    default:
      throw new Error(`no such case: ${method}`);
  }
}

describe("Qlib's calendar arithmetic on 2,987 real days", () => {
  itGolden("is ours, and where it wraps or collapses ours says so", async () => {
    const golden = JSON.parse(readFileSync(sharedPath("golden", "tasks.json"), "utf8"));
    const calendar = await goldenCalendar();
    expect([calendar.length, text(calendar.first), text(calendar.last)]).toEqual([
      2987,
      golden.calendar.first,
      golden.calendar.last,
    ]);
    const ruled = new Set<string>();
    for (const one of golden.time_adjuster.cases as Case[]) {
      const name = `${one.method} ${JSON.stringify(one.args)}`;
      const expected = name in RULED ? RULED[name] : one.error ? ERRORS[one.error] : one.result;
      if (name in RULED) ruled.add(name);
      if (typeof expected === "function") expect(() => call(calendar, one), name).toThrow(expected as Thrown);
      else expect(call(calendar, one), name).toEqual(expected);
    }
    expect([...ruled].sort()).toEqual(Object.keys(RULED).sort());
    for (const { date, shift, align, clip, result, error } of golden.get_date_by_shift) {
      const answer = () => text(calendar.getDateByShift(date, shift, { align, clipShift: clip }));
      if (error) expect(answer).toThrow(ERRORS[error]!);
      else expect(answer()).toBe(result);
    }
    for (const { in: end, out } of golden.transform_end_date) expect(text(calendar.transformEndDate(end))).toBe(out);
  });
});
