import type { TradingCalendar } from "../calendar/trading-calendar.js";
import type { IndexSpan } from "./bars.js";
import type { Region } from "./market.js";
import type { Fact } from "../panel/view.js";

/** The calendar days between an instrument's first and last stored day, and where they stand in a flat column. */
export interface StoredRange {
  readonly instrument: string;
  /** Calendar index of the first stored day. */
  readonly first: number;
  readonly length: number;
  /** Place of the first day's value in each flat column. */
  readonly offset: number;
}

/** Members of a universe, by calendar index; instruments ascending, spans ascending and disjoint. */
export type Members = ReadonlyMap<string, readonly IndexSpan[]>;

/** Keys that occur more than once in the source. */
export interface DuplicateKeys {
  readonly count: number;
  readonly examples: readonly string[];
}

/** What a {@link BarMarket} stands on: where stored values come from. */
export interface BarSource {
  readonly address: string;
  readonly name: string;
  readonly region?: Region;
  readonly benchmark?: string;
  readonly universe?: string;
  readonly calendar: TradingCalendar;
  /** Ascending by instrument; flat columns hold them one after another. */
  readonly ranges: readonly StoredRange[];
  /** Rows really stored; the rest of the grid is missing. */
  readonly numRows: number;
  /** As `"$close"`. */
  readonly storedFields: readonly string[];
  readonly universes: ReadonlyMap<string, Members>;
  readonly sectors: ReadonlyMap<string, string>;
  /** What else a reader should know: columns left aside, members without prices. */
  readonly facts: Readonly<Record<string, Fact>>;
  /** Flat columns of stored fields, NaN for missing. @throws DataError on duplicate keys, unless the first is to be kept. */
  load(
    fields: readonly string[],
    options?: { readonly onDuplicate?: "throw" | "keepFirst" },
  ): Promise<ReadonlyMap<string, Float64Array>>;
  findDuplicates(): Promise<DuplicateKeys>;
  /** Hash of the content, independent of where it lies. */
  contentHash(): Promise<string>;
}

/** The whole stored range of each instrument: the members of `all`. */
export function wholeRanges(ranges: readonly StoredRange[]): Members {
  return new Map(
    ranges.map(({ instrument, first, length }) => [instrument, [{ from: first, to: first + length - 1 }]]),
  );
}
