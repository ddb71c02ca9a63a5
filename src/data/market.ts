import type { TradingCalendar } from "../calendar/trading-calendar.js";
import type { DatetimeInput } from "../engine/datetime.js";
import type { Fact, Viewable } from "../panel/view.js";
import type { Bars } from "./bars.js";
import type { HealthReport } from "./health-report.js";
import type { OpenMarketOptions } from "./open-market.js";

export type Region = "us" | "cn" | (string & {});
/** `float32` rounds every field as Qlib's store does; computations stay in float64. */
export type Precision = "float64" | "float32";

/** From `start` to `end`, epoch ms (UTC), both inclusive. */
export interface Span {
  readonly start: number;
  readonly end: number;
}

/** When an instrument belongs to a universe; it may leave and come back. */
export interface InstrumentSpans {
  readonly instrument: string;
  /** Ascending, disjoint, not empty, inside the instrument's stored range. */
  readonly spans: readonly Span[];
}

/**
 * Which instruments, and when: the name of a universe; a list of instruments (all their dates, nothing is masked); or instruments
 * with their spans, as {@link Market.instruments} gives them and filters return them.
 */
export type Universe = string | readonly string[] | readonly InstrumentSpans[];

export interface BarsRequest {
  /** Field names as `"$close"`. Default: all of `market.fields`. */
  readonly fields?: readonly string[];
  /** Default: the market's own universe. */
  readonly universe?: Universe;
  /** First and last date, both inclusive; default: the whole calendar. */
  readonly start?: DatetimeInput | null;
  readonly end?: DatetimeInput | null;
}

/** Returns of one series by trading day. */
export interface ReturnSeries {
  /** Epoch ms (UTC), ascending: the trading days asked for. */
  readonly datetimes: Float64Array;
  /** Simple returns as decimals (0.01 = 1 %), close to close; NaN on the first stored day and where a price is missing. */
  readonly returns: Float64Array;
}

/**
 * Where prices come from: a calendar, instruments grouped into universes, and numeric fields by trading day, or by minute, week
 * or month as `freq` says.
 *
 * Fields follow Qlib: `$open $high $low $close $vwap` are adjusted (real price × `$factor`), `$volume` is real volume ÷ `$factor`,
 * `$change` is close ÷ previous traded close − 1. What the source lacks and was filled in by rule stands in `derived`.
 * A suspended day is a missing value in every field. Opened with {@link openMarket} or made by {@link synthetic}.
 *
 * In Qlib: qlib.data.D with its calendar, instrument and feature providers.
 */
export interface Market extends Viewable {
  /** Opens this market again with {@link openMarket}; file addresses are absolute paths. */
  readonly address: string;
  readonly name: string;
  readonly region: Region;
  /** The universe that is meant when none is named. */
  readonly universe: string;
  /** An instrument to compare with, if the market knows one. */
  readonly benchmark?: string;
  readonly precision: Precision;
  /** How far apart bars are: `1day`, `5min`, `1week` … A bar is named by its beginning. */
  readonly freq: string;
  /** With these options `openMarket(address, options)` opens the same market again; plain data. */
  readonly options: OpenMarketOptions;
  readonly calendar: TradingCalendar;
  /**
   * The same days and the trading days known to come, where the data tell them (`calendars/day_future.txt` of Qlib's store): for
   * whatever rolls segments ahead, `market.futureCalendar ?? market.calendar`. Bars are on `calendar` only.
   */
  readonly futureCalendar?: TradingCalendar;
  /** `"$open"`, `"$close"` … stored and derived. */
  readonly fields: readonly string[];
  /** Field → the rule that fills it, for fields the source does not have. */
  readonly derived: Readonly<Record<string, string>>;
  /** Every instrument there are bars of, in a universe or not (a benchmark may be in none); ascending. */
  readonly allInstruments: readonly string[];
  /** Names of the universes, `all` among them. */
  readonly universes: readonly string[];
  /** Sector of each instrument, where the source tells it (the latest one); may be empty. */
  readonly sectors: ReadonlyMap<string, string>;

  /** What a reader of a report must know about the data, in order. */
  info(): Readonly<Record<string, Fact>>;

  /**
   * Members of a universe with their spans, instruments ascending.
   * @throws UnknownNameError for an unknown universe or instrument. @throws DataError for a universe without members.
   */
  instruments(universe?: Universe): readonly InstrumentSpans[];

  /**
   * Fields of a universe's instruments on the calendar grid: inside [start, end], clipped to each instrument's stored range,
   * *not* cut to the membership spans (these come along), because rolling windows look back past them.
   * @throws UnknownNameError for an unknown field, universe or instrument. @throws DataError for a universe without members.
   */
  loadBars(request?: BarsRequest): Promise<Bars>;

  /** Returns of the benchmark, one per bar. @throws InvalidArgumentError when the market has none. */
  benchmarkReturns(range?: {
    readonly start?: DatetimeInput | null;
    readonly end?: DatetimeInput | null;
  }): Promise<ReturnSeries>;

  /** Address, rows, last date and a hash of the content: equal for equal data. */
  fingerprint(): Promise<string>;

  /** Looks for faults in the data: impossible bars, wild steps, missing values, non-positive prices. */
  healthCheck(): Promise<HealthReport>;
}
