import type { Frequency } from "../calendar/frequency.js";
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
  /** The files they stand in. */
  readonly files: readonly string[];
}

/** A file whose rows are in no order. */
export interface UnsortedFile {
  readonly file: string;
  /** Rows that belong before the one above them. */
  readonly count: number;
  readonly examples: readonly string[];
}

export interface LoadRequest {
  /** What to load and where it goes: parts of the source's ranges, with the places in the columns asked for. Default: all of `ranges`. */
  readonly ranges?: readonly StoredRange[];
  /** Default `throw`. */
  readonly onDuplicate?: "throw" | "keepFirst";
}

/** What a {@link BarMarket} stands on: where stored values come from. */
export interface BarSource {
  readonly address: string;
  readonly name: string;
  readonly region?: Region;
  readonly benchmark?: string;
  readonly universe?: string;
  readonly freq: Frequency;
  readonly calendar: TradingCalendar;
  /** The same with trading days to come, where they are known. */
  readonly futureCalendar?: TradingCalendar;
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
  load(fields: readonly string[], request?: LoadRequest): Promise<ReadonlyMap<string, Float64Array>>;
  findDuplicates(): Promise<DuplicateKeys>;
  findUnsorted(): Promise<readonly UnsortedFile[]>;
  /** The files an instrument's bars stand in; none when they are made up. */
  filesOf(instrument: string): readonly string[];
  /** Hash of the content, independent of where it lies. */
  contentHash(): Promise<string>;
}

/** Number of places that ranges laid out one after another take. */
export function cellsOf(ranges: readonly StoredRange[]): number {
  return ranges.reduce((sum, { length }) => sum + length, 0);
}

/** The whole stored range of each instrument: the members of `all`. */
export function wholeRanges(ranges: readonly StoredRange[]): Members {
  return new Map(
    ranges.map(({ instrument, first, length }) => [instrument, [{ from: first, to: first + length - 1 }]]),
  );
}
