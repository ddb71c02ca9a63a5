import { TradingCalendar } from "../../calendar/trading-calendar.js";
import { getEngine } from "../../engine/engine.js";
import { DataError } from "../../errors.js";
import type { Members, StoredRange } from "../bar-source.js";
import { textColumn, type BarFile } from "./bar-file.js";
import { numbers } from "./bar-grid.js";

/** First and last day (epoch ms) and number of rows. */
export interface StoredInstrument {
  readonly first: number;
  readonly last: number;
  readonly rows: number;
}

/** The key columns of a table of bars, in SQL. */
export const keysOf = ({ instrument, datetime }: BarFile): string[] => [
  `${instrument.sql} AS instrument`,
  `${datetime.sql} AS datetime`,
];

/** All dates of all files. */
export async function readCalendar(files: readonly BarFile[]): Promise<TradingCalendar> {
  const dates = files.map(({ scan, datetime }) => `SELECT ${datetime.sql} AS datetime FROM ${scan}`);
  const table = await (
    await getEngine()
  ).query(`SELECT DISTINCT datetime FROM (${dates.join(" UNION ALL ")}) WHERE datetime IS NOT NULL ORDER BY datetime`);
  return new TradingCalendar(numbers(table.columns.get("datetime")!));
}

/** First day, last day and number of rows of each instrument. @throws DataError when rows lack a key. */
export async function readInstruments(file: BarFile): Promise<Map<string, StoredInstrument>> {
  const table = await (
    await getEngine()
  ).query(
    `SELECT instrument, min(datetime) AS first, max(datetime) AS last, count(*) AS numbers, count(*) - count(datetime) AS undated
     FROM (SELECT ${keysOf(file).join(", ")} FROM ${file.scan}) GROUP BY instrument`,
  );
  const [first, last, rows, undated] = ["first", "last", "numbers", "undated"].map((name) =>
    numbers(table.columns.get(name)!),
  ) as [Float64Array, Float64Array, Float64Array, Float64Array];
  const instruments = new Map<string, StoredInstrument>();
  let lacking = 0;
  textColumn(table, "instrument").forEach((instrument, i) => {
    lacking += instrument === "" ? rows[i]! : undated[i]!;
    instruments.set(instrument, { first: first[i]!, last: last[i]!, rows: rows[i]! });
  });
  if (lacking)
    throw new DataError(
      `Cannot read ${file.file}: ${lacking} rows have no "${file.instrument.name}" or no "${file.datetime.name}"`,
    );
  return instruments;
}

/** The stored range of each instrument over all files, laid out one after another. */
export function rangesOf(
  files: readonly ReadonlyMap<string, StoredInstrument>[],
  calendar: TradingCalendar,
): StoredRange[] {
  const spans = new Map<string, { first: number; last: number }>();
  for (const instruments of files) {
    for (const [instrument, { first, last }] of instruments) {
      const known = spans.get(instrument);
      spans.set(
        instrument,
        known ? { first: Math.min(first, known.first), last: Math.max(last, known.last) } : { first, last },
      );
    }
  }
  let offset = 0;
  return [...spans.keys()].sort().map((instrument) => {
    const { first, last } = spans.get(instrument)!;
    const from = calendar.indexOf(first);
    const length = calendar.indexOf(last) - from + 1;
    offset += length;
    return { instrument, first: from, length, offset: offset - length };
  });
}

/** The instruments of one file as a universe. */
export function membersOf(instruments: ReadonlyMap<string, StoredInstrument>, calendar: TradingCalendar): Members {
  const names = [...instruments.keys()].sort();
  return new Map(
    names.map((name) => {
      const { first, last } = instruments.get(name)!;
      return [name, [{ from: calendar.indexOf(first), to: calendar.indexOf(last) }]];
    }),
  );
}
