import type { TradingCalendar } from "../calendar/trading-calendar.js";

/** Calendar indices, both inclusive. */
export interface IndexSpan {
  readonly from: number;
  readonly to: number;
}

/** One instrument's fields on the calendar grid. */
export interface InstrumentBars {
  readonly instrument: string;
  /** Calendar index of the first value. */
  readonly first: number;
  /** Number of values of each field: one per calendar entry from `first` on, without gaps. */
  readonly length: number;
  /** `"$close"` → values, NaN for missing (a suspended day is missing in every field). Views on shared memory: do not write. */
  readonly values: ReadonlyMap<string, Float64Array>;
  /** When it belongs to the universe asked for, clipped to the range asked for and its stored range; ascending. */
  readonly members: readonly IndexSpan[];
}

/** Fields by instrument, aligned to the market's calendar. */
export interface Bars {
  readonly calendar: TradingCalendar;
  readonly fields: readonly string[];
  /** Ascending by name; instruments without a stored day in the range are left out. */
  readonly instruments: readonly InstrumentBars[];
}
