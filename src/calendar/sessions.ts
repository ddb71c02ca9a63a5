import { UnknownNameError } from "../errors.js";
import { TradingCalendar } from "./trading-calendar.js";

/** A stretch of continuous trading, in minutes after midnight: `open` is the first minute, `close` the one after the last. */
export interface TradingSession {
  readonly open: number;
  readonly close: number;
}

const MINUTE_MS = 60_000;
const at = (hour: number, minute: number) => hour * 60 + minute;

const SESSIONS: Readonly<Record<string, readonly TradingSession[]>> = {
  us: [{ open: at(9, 30), close: at(16, 0) }],
  cn: [
    { open: at(9, 30), close: at(11, 30) },
    { open: at(13, 0), close: at(15, 0) },
  ],
  tw: [{ open: at(9, 0), close: at(13, 30) }],
};

/**
 * When a region's exchanges trade: us 9:30–16:00; cn 9:30–11:30 and 13:00–15:00; tw 9:00–13:30, in the exchange's own time.
 *
 * @throws UnknownNameError for another region.
 * @example
 * sessionsOf("us") // -> [ { open: 570, close: 960 } ]
 */
export function sessionsOf(region: string): readonly TradingSession[] {
  if (!Object.hasOwn(SESSIONS, region))
    throw new UnknownNameError("region", region, Object.keys(SESSIONS), { context: "Cannot find trading sessions" });
  return SESSIONS[region]!;
}

/**
 * The minutes after midnight at which a day's bars of `minutes` minutes begin. Slots count trading minutes from the day's open,
 * over a lunch break as if it were not there; the last slot of a day may be shorter.
 *
 * @example
 * sessionSlots("cn", 60) // -> [ 570, 630, 780, 840 ]
 */
export function sessionSlots(region: string, minutes: number): number[] {
  return tradingMinutes(region).filter((_, index) => index % minutes === 0);
}

/** Every trading minute of a region's day, as minutes after midnight, ascending. */
export function tradingMinutes(region: string): number[] {
  return sessionsOf(region).flatMap(({ open, close }) => Array.from({ length: close - open }, (_, i) => open + i));
}

/**
 * The calendar of bars of so many minutes on given days; a bar is named by its first minute.
 *
 * @param days Midnights, epoch ms, ascending.
 * @example
 * minuteCalendar([Date.UTC(2024, 0, 2)], { region: "us", minutes: 30 }).length // -> 13
 */
export function minuteCalendar(
  days: ArrayLike<number>,
  { region, minutes }: { readonly region: string; readonly minutes: number },
): TradingCalendar {
  const slots = sessionSlots(region, minutes);
  return new TradingCalendar(Array.from(days, (day) => slots.map((slot) => day + slot * MINUTE_MS)).flat());
}
