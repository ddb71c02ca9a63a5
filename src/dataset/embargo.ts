import type { TradingCalendar } from "../calendar/trading-calendar.js";
import { formatDatetime } from "../engine/datetime.js";

type Ranges = Readonly<Record<string, readonly [string | null, string | null]>>;

/**
 * Segments with `days` trading days left out at the end of `train` and `valid`, before the first day of whichever of `valid` and
 * `test` comes next. A segment that would have no day left keeps none: its end stands before its start.
 */
export function withEmbargo(segments: Ranges, calendar: TradingCalendar, days: number): Ranges {
  const range = (name: string) => calendar.rangeOf({ start: segments[name]![0], end: segments[name]![1] });
  const cut = Object.entries(segments).map(([name, [start, end]]) => {
    if (name !== "train" && name !== "valid") return [name, [start, end]] as const;
    const [from, to] = range(name);
    const next = ["valid", "test"]
      .filter((other) => other !== name && segments[other])
      .map((other) => range(other)[0])
      .filter((first) => first > from);
    const last = Math.min(to, ...next.map((first) => first - days)) - 1;
    if (last >= to - 1) return [name, [start, end]] as const;
    return [name, [start, formatDatetime(calendar.at(Math.max(0, last)))]] as const;
  });
  return Object.fromEntries(cut);
}
