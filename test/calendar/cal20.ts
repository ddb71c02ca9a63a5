import { TradingCalendar } from "../../src/calendar/trading-calendar.js";

/** Weekdays from Tuesday 2024-01-02 on. */
export function weekdays(count: number): TradingCalendar {
  const days: number[] = [];
  for (let ms = Date.UTC(2024, 0, 2); days.length < count; ms += 86_400_000) {
    const day = new Date(ms).getUTCDay();
    if (day !== 0 && day !== 6) days.push(ms);
  }
  return new TradingCalendar(days);
}

/** The 20 weekdays 2024-01-02 … 2024-01-29 of the specification's examples. */
export const CAL20 = weekdays(20);

/** `01-15` → `2024-01-15`; null stays null. */
export const day = (text: string | null): string | null => (text === null ? null : `2024-${text}`);
export const days = ([start, end]: readonly (string | null)[]) => [day(start!), day(end!)] as const;
