import type { TradingCalendar } from "../calendar/trading-calendar.js";
import { formatDatetime, parseDatetime } from "../engine/datetime.js";

/** What days there are, for messages. */
export const spanText = ({ first, last, length }: TradingCalendar): string =>
  `the market has ${length} days, ${formatDatetime(first)} to ${formatDatetime(last)}`;

type Ends = { readonly start?: unknown; readonly end?: unknown };

/** `2015-01-02 to open` */
export const rangeText = ({ start, end }: Ends): string => `${dayText(start)} to ${dayText(end)}`;

const dayText = (day: unknown): string =>
  day == null ? "open" : typeof day === "string" ? day : formatDatetime(parseDatetime(day as number));
