import { TradingCalendar } from "../calendar/trading-calendar.js";
import { InvalidArgumentError } from "../errors.js";
import { host } from "../host/host.js";
import { parseFreq } from "../calendar/frequency.js";
import { BarMarket } from "./bar-market.js";
import { wholeRanges, type BarSource, type StoredRange } from "./bar-source.js";
import type { InstrumentBars } from "./bars.js";
import type { Market } from "./market.js";

/** What came in. */
export interface MergeCounts {
  /** Instruments that were not there before. */
  readonly instruments: number;
  /** Bars that were appended or, of mode `fix`, written anew. */
  readonly rows: number;
  /** Calendar entries that were added. */
  readonly days: number;
  /** Bars on days that the calendar kept does not have. */
  readonly leftOut: number;
}

interface Series {
  readonly first: number;
  readonly length: number;
  readonly values: Map<string, Float64Array>;
}

/**
 * A market with the bars of another one: `update` takes what lies after each instrument's last bar, `fix` takes the instruments given
 * in place of the old ones, on the days that are there. Every series stands on the calendar: a day an instrument skipped is missing.
 *
 * @param options `inCapitals`: the names of new bars are taken in capitals, as Qlib's store has them.
 * @throws InvalidArgumentError for bars of another length.
 */
export async function mergeMarkets(
  old: Market,
  fresh: Market,
  mode: "fix" | "update",
  { inCapitals = false }: { readonly inCapitals?: boolean } = {},
): Promise<{ readonly market: Market; readonly fields: readonly string[]; readonly counts: MergeCounts }> {
  if (old.freq !== fresh.freq)
    throw new InvalidArgumentError(
      `Cannot ${mode} ${old.address}: its bars are of ${old.freq}, the new ones of ${fresh.freq}\n  open the new ones so: { freq: "${old.freq}" }, --freq ${old.freq}`,
    );
  const fields = old.fields.filter((field) => !(field in old.derived));
  const shared = fields.filter((field) => fresh.fields.includes(field));
  const [before, coming] = [
    await old.loadBars({ fields, universe: old.allInstruments }),
    await fresh.loadBars({ fields: shared, universe: fresh.allInstruments }),
  ];
  const isLater = (ms: number) => mode === "update" && ms > before.calendar.last;
  const calendar = new TradingCalendar([...before.calendar.datetimes, ...coming.calendar.datetimes.filter(isLater)]);
  const placeOf = Array.from(coming.calendar.datetimes, (ms) => calendar.findIndex(ms));

  const series = new Map<string, Series>(
    before.instruments.map(({ instrument, first, length, values }) => [
      instrument,
      { first, length, values: new Map(values) },
    ]),
  );
  let [instruments, rows, leftOut] = [0, 0, 0];
  for (const one of coming.instruments) {
    await host.breathe();
    const instrument = inCapitals ? one.instrument.toUpperCase() : one.instrument;
    const known = series.get(instrument);
    const after = known && mode === "update" ? known.first + known.length : 0;
    const taken = rowsOf(one).filter((t) => {
      const place = placeOf[one.first + t];
      if (place === undefined) leftOut++;
      return place !== undefined && place >= after;
    });
    if (taken.length === 0) continue;
    const places = taken.map((t) => placeOf[one.first + t]!);
    const kept = mode === "update" ? known : undefined;
    const first = kept?.first ?? places[0]!;
    const length = places.at(-1)! - first + 1;
    const values = new Map(
      fields.map((field) => {
        const column = new Float64Array(length).fill(NaN);
        const [stored, given] = [kept?.values.get(field), one.values.get(field)];
        if (stored) column.set(stored);
        if (given) taken.forEach((t, i) => (column[places[i]! - first] = given[t]!));
        return [field, column];
      }),
    );
    series.set(instrument, { first, length, values });
    rows += taken.length;
    if (!known) instruments++;
  }
  const counts = { instruments, rows, days: calendar.length - before.calendar.length, leftOut };
  return { market: new BarMarket(sourceOf(old, calendar, fields, series)), fields, counts };
}

/** Rows with at least one value. */
function rowsOf({ length, values }: InstrumentBars): number[] {
  const columns = [...values.values()];
  return Array.from({ length }, (_, t) => t).filter((t) => columns.some((column) => !Number.isNaN(column[t]!)));
}

function sourceOf(
  { address, name, region, freq }: Market,
  calendar: TradingCalendar,
  storedFields: readonly string[],
  series: ReadonlyMap<string, Series>,
): BarSource {
  let offset = 0;
  const ranges: StoredRange[] = [...series.keys()].sort().map((instrument) => {
    const { first, length } = series.get(instrument)!;
    offset += length;
    return { instrument, first, length, offset: offset - length };
  });
  return {
    ...{ address, name, region, calendar, ranges, storedFields },
    freq: parseFreq(freq),
    numRows: offset,
    universes: new Map([["all", wholeRanges(ranges)]]),
    sectors: new Map(),
    facts: {},
    load: (fields, { ranges: wanted = ranges } = {}) => {
      const columns = new Map(
        fields.map((field) => {
          const column = new Float64Array(wanted.reduce((sum, { length }) => sum + length, 0)).fill(NaN);
          for (const range of wanted) {
            const { first, values } = series.get(range.instrument)!;
            const from = range.first - first;
            column.set(values.get(field)!.subarray(from, from + range.length), range.offset);
          }
          return [field, column] as const;
        }),
      );
      return Promise.resolve(columns);
    },
    findDuplicates: () => Promise.resolve({ count: 0, examples: [], files: [] }),
    findUnsorted: () => Promise.resolve([]),
    filesOf: () => [],
    contentHash: () => Promise.resolve(""),
  };
}
