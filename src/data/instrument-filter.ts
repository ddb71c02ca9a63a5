import { parseDatetime, type DatetimeInput } from "../engine/datetime.js";
import { ConfigError, DataError } from "../errors.js";
import type { InstrumentSpans, Market, Span, Universe } from "./market.js";

/** Takes instruments, or some of their dates, out of a universe; filters are applied one after another. */
export interface InstrumentFilter {
  /** What is left. Pure: what is given stays as it is. */
  filter(market: Market, members: readonly InstrumentSpans[]): Promise<readonly InstrumentSpans[]>;
  /** How messages name it. */
  toString(): string;
  /** Plain data that make it again. */
  config(): Readonly<Record<string, unknown>>;
}

/** When a filter holds; dates outside are left as they are. */
export interface FilterWindow {
  /** First and last date, both inclusive. Default: always. In Qlib: fstart_time, fend_time. */
  readonly fstartTime?: DatetimeInput | null;
  readonly fendTime?: DatetimeInput | null;
}

/**
 * The members of a universe that filters leave, as a universe of its own: what `queryFeatures` and handlers take.
 *
 * In Qlib: D.instruments(market, filter_pipe)
 *
 * @throws DataError when nothing is left, naming the filter that took the last.
 * @example
 * const market = synthetic({ instruments: 20, days: 60 });
 * (await filterInstruments(market, "all", [new NameDFilter({ nameRuleRe: "S000[12]" })])).map(({ instrument }) => instrument) // -> [ 'S0001', 'S0002' ]
 */
export async function filterInstruments(
  market: Market,
  universe: Universe | undefined,
  filters: readonly InstrumentFilter[],
): Promise<readonly InstrumentSpans[]> {
  let members = market.instruments(universe);
  for (const filter of filters) {
    const before = members.length;
    members = (await filter.filter(market, members)).filter(({ spans }) => spans.length > 0);
    if (members.length === 0)
      throw new DataError(
        `Cannot filter ${typeof universe === "string" ? `universe "${universe}"` : "the universe"} of market ${market.name}: ${filter} leaves none of ${before} instruments`,
      );
  }
  return members;
}

/** The window's first and last date in epoch ms. @throws ConfigError when they are turned. */
export function windowOf({ fstartTime, fendTime }: FilterWindow): Span {
  const span = {
    start: fstartTime == null ? -Infinity : parseDatetime(fstartTime),
    end: fendTime == null ? Infinity : parseDatetime(fendTime),
  };
  if (span.start > span.end)
    throw new ConfigError(
      `Cannot make a filter: fstartTime ${String(fstartTime)} is after fendTime ${String(fendTime)}`,
    );
  return span;
}

/** The spans of an instrument where `keeps` says so; calendar entries outside the window stay. Ascending and disjoint. */
export function keepDates(
  { calendar }: Market,
  { instrument, spans }: InstrumentSpans,
  window: Span,
  keeps: (index: number) => boolean,
): InstrumentSpans {
  const first = window.start === -Infinity ? 0 : calendar.firstAtOrAfter(window.start);
  const after = window.end === Infinity ? calendar.length : calendar.lastAtOrBefore(window.end) + 1;
  const kept: Span[] = [];
  for (const { start, end } of spans) {
    const last = calendar.lastAtOrBefore(end);
    let from = -1;
    for (let index = calendar.firstAtOrAfter(start); index <= last + 1; index++) {
      const isIn = index <= last && (index < first || index >= after || keeps(index));
      if (isIn && from < 0) from = index;
      if (!isIn && from >= 0) {
        kept.push({ start: calendar.at(from), end: calendar.at(index - 1) });
        from = -1;
      }
    }
  }
  return { instrument, spans: kept };
}
