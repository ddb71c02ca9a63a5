import { host } from "../host/host.js";

/** The distinct (datetime, instrument) of rows, ascending. */
export interface KeyIndex {
  readonly numKeys: number;
  readonly numDates: number;
  /** Which key each row has; without rows unless asked for. */
  readonly keyOfRow: Int32Array;
  /** Which date each row has, an index into the distinct dates in ascending order. */
  readonly dateOfRow: Int32Array;
  /** The last row of each key. */
  readonly lastRowOf: Int32Array;
}

/** Whether rows are in strictly ascending order: then nothing has to be sorted and no key occurs twice. */
export function isAscending(datetimes: Float64Array, ranks: Int32Array | undefined): boolean {
  for (let row = 1; row < datetimes.length; row++) {
    const step = datetimes[row]! - datetimes[row - 1]!;
    if (step < 0 || (step === 0 && (ranks === undefined || ranks[row]! <= ranks[row - 1]!))) return false;
  }
  return true;
}

/**
 * Finds the distinct keys of rows in any order.
 *
 * Rows are sorted by date in one counting pass; inside a date instruments are told apart by their rank, without a look
 * at their names.
 *
 * @param ranks Instrument of each row as its place among all; undefined when the datetime is the whole key.
 * @param onRow Called with the rows of a key in their order: the row and the one before it with the same key, −1 for
 * the first. With it `keyOfRow` is filled.
 */
export async function indexKeys(
  datetimes: Float64Array,
  ranks: Int32Array | undefined,
  numInstruments: number,
  onRow?: (row: number, before: number) => void,
): Promise<KeyIndex> {
  const numRows = datetimes.length;
  const { dateOfRow, numDates } = codeDates(datetimes);
  const { rows, offsets } = sortByDate(dateOfRow, numDates);
  const keyOfRow = new Int32Array(onRow ? numRows : 0);
  const lastRowOf = new Int32Array(numRows);
  const lastRow = new Int32Array(numInstruments).fill(-1);
  const touched = new Int32Array(numInstruments);
  const keyOfRank = new Int32Array(numInstruments);
  let numKeys = 0;
  for (let date = 0; date < numDates; date++) {
    await host.breathe();
    const [from, to] = [offsets[date]!, offsets[date + 1]!];
    let count = 0;
    for (let i = from; i < to; i++) {
      const row = rows[i]!;
      const rank = ranks === undefined ? 0 : ranks[row]!;
      if (lastRow[rank]! < 0) touched[count++] = rank;
      onRow?.(row, lastRow[rank]!);
      lastRow[rank] = row;
    }
    const present = touched.subarray(0, count).sort();
    for (const rank of present) {
      keyOfRank[rank] = numKeys;
      lastRowOf[numKeys++] = lastRow[rank]!;
      lastRow[rank] = -1;
    }
    if (!onRow) continue;
    for (let i = from; i < to; i++) keyOfRow[rows[i]!] = keyOfRank[ranks === undefined ? 0 : ranks[rows[i]!]!]!;
  }
  return { numKeys, numDates, keyOfRow, dateOfRow, lastRowOf: lastRowOf.slice(0, numKeys) };
}

function codeDates(datetimes: Float64Array): { dateOfRow: Int32Array; numDates: number } {
  const codeOf = new Map<number, number>();
  const dateOfRow = new Int32Array(datetimes.length);
  let [before, code] = [NaN, -1];
  for (let row = 0; row < datetimes.length; row++) {
    const ms = datetimes[row]!;
    if (ms !== before) {
      const known = codeOf.get(ms);
      if (known === undefined) codeOf.set(ms, (code = codeOf.size));
      else code = known;
      before = ms;
    }
    dateOfRow[row] = code;
  }
  const dates = Float64Array.from(codeOf.keys()).sort();
  const rankOf = new Int32Array(dates.length);
  dates.forEach((ms, rank) => (rankOf[codeOf.get(ms)!] = rank));
  for (let row = 0; row < dateOfRow.length; row++) dateOfRow[row] = rankOf[dateOfRow[row]!]!;
  return { dateOfRow, numDates: dates.length };
}

/** Stable: rows of one date keep their order. */
function sortByDate(dateOfRow: Int32Array, numDates: number): { rows: Int32Array; offsets: Int32Array } {
  const offsets = new Int32Array(numDates + 1);
  for (let row = 0; row < dateOfRow.length; row++) offsets[dateOfRow[row]! + 1]!++;
  for (let date = 0; date < numDates; date++) offsets[date + 1]! += offsets[date]!;
  const next = offsets.slice();
  const rows = new Int32Array(dateOfRow.length);
  for (let row = 0; row < dateOfRow.length; row++) rows[next[dateOfRow[row]!]!++] = row;
  return { rows, offsets };
}
