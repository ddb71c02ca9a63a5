import type { Bars, InstrumentBars } from "../data/bars.js";

/** The rows of a panel over bars: keys in panel order, and where each instrument's days stand in it. */
export interface MemberRows {
  /** Epoch ms, ascending; only days with a row. */
  readonly dates: Float64Array;
  readonly offsets: Int32Array;
  readonly codes: Int32Array;
  /** Instruments with at least one row, ascending. */
  readonly instruments: readonly InstrumentBars[];
  /** Calendar indices of instrument `code`'s rows, and the row number of each. */
  of(code: number): { days: Int32Array; places: Int32Array };
}

/** Rows for calendar days [from, to): one per instrument and day inside its stored range and membership spans. */
export function memberRows(bars: Bars, from: number, to: number): MemberRows {
  const kept = bars.instruments
    .map((bars) => ({ bars, days: memberDays(bars, from, to) }))
    .filter(({ days }) => days.length > 0);

  // Count rows per day, then hand out row numbers instrument by instrument: inside a day they ascend by instrument.
  const next = new Int32Array(to - from + 1);
  for (const { days } of kept) for (const day of days) next[day - from + 1]!++;
  const dates: number[] = [];
  const offsets: number[] = [];
  for (let d = 0; d < to - from; d++) {
    if (next[d + 1]! > 0) {
      dates.push(bars.calendar.at(from + d));
      offsets.push(next[d]!);
    }
    next[d + 1]! += next[d]!;
  }
  const numRows = next[to - from]!;
  offsets.push(numRows);

  const codes = new Int32Array(numRows);
  const places = kept.map(({ days }, code) =>
    days.map((day) => {
      const row = next[day - from]!++;
      codes[row] = code;
      return row;
    }),
  );
  return {
    dates: Float64Array.from(dates),
    offsets: Int32Array.from(offsets),
    codes,
    instruments: kept.map(({ bars }) => bars),
    of: (code) => ({ days: kept[code]!.days, places: places[code]! }),
  };
}

function memberDays({ first, length, members }: InstrumentBars, from: number, to: number): Int32Array {
  const days: number[] = [];
  for (const span of members) {
    const end = Math.min(span.to, first + length - 1, to - 1);
    for (let day = Math.max(span.from, first, from); day <= end; day++) days.push(day);
  }
  return Int32Array.from(days);
}
