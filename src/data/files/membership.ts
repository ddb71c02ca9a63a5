import path from "node:path";
import type { TradingCalendar } from "../../calendar/trading-calendar.js";
import { parseDatetime } from "../../engine/datetime.js";
import { getEngine } from "../../engine/engine.js";
import { DataError } from "../../errors.js";
import type { Members, StoredRange } from "../bar-source.js";
import type { IndexSpan } from "../bars.js";
import { joinSpans } from "../spans.js";
import { quoteName, quoteText, textColumn } from "./bar-file.js";

/** A universe read from `<name>_membership.csv`. */
export interface Membership {
  readonly name: string;
  readonly members: Members;
  /** Instruments it names for which there are no prices in the time they belong to it. */
  readonly withoutPrices: number;
  /** The last sector each instrument is given, if the file has a column `sector`. */
  readonly sectors: ReadonlyMap<string, string>;
}

const SUFFIX = "_membership.csv";
const COLUMNS = ["instrument", "start_date", "end_date"];

export const isMembershipFile = (file: string): boolean => file.toLowerCase().endsWith(SUFFIX);

/**
 * Dated membership: a row per stay, `end_date` is the first day outside and empty while the stay lasts. Stays are cut to the
 * instrument's stored range.
 */
export async function readMembership(
  file: string,
  calendar: TradingCalendar,
  ranges: readonly StoredRange[],
): Promise<Membership> {
  const engine = await getEngine();
  const scan = `read_csv(${quoteText(file)}, all_varchar = true, header = true)`;
  const names = textColumn(
    await engine.query(`SELECT column_name FROM (DESCRIBE SELECT * FROM ${scan})`),
    "column_name",
  );
  const missing = COLUMNS.filter((column) => !names.includes(column));
  if (missing.length)
    throw new DataError(
      `Cannot read ${file} as a membership: no column ${missing.map((name) => `"${name}"`).join(", ")}\n  it has: ${names.join(", ")}`,
    );

  const wanted = [...COLUMNS, ...(names.includes("sector") ? ["sector"] : [])];
  const table = await engine.query(`SELECT ${wanted.map(quoteName).join(", ")} FROM ${scan}`);
  const [instruments, starts, ends, sectorOf] = wanted.map((column) => textColumn(table, column)) as [
    string[],
    string[],
    string[],
    string[]?,
  ];
  const rangeOf = new Map(ranges.map((range) => [range.instrument, range]));
  const stays = new Map<string, IndexSpan[]>();
  const sectors = new Map<string, string>();
  instruments.forEach((instrument, row) => {
    if (sectorOf?.[row]) sectors.set(instrument, sectorOf[row]!);
    const span = readStay(file, row, starts[row]!, ends[row]!, calendar);
    const range = rangeOf.get(instrument);
    if (range)
      addStay(stays, instrument, {
        from: Math.max(span.from, range.first),
        to: Math.min(span.to, range.first + range.length - 1),
      });
  });
  const members: Members = new Map(
    [...stays.keys()].sort().map((instrument) => [instrument, joinSpans(stays.get(instrument)!)]),
  );
  return {
    name: path.basename(file).slice(0, -SUFFIX.length),
    members,
    withoutPrices: new Set(instruments).size - members.size,
    sectors,
  };
}

/** Calendar indices of a stay; `from` > `to` when no trading day lies in it. */
function readStay(file: string, row: number, start: string, end: string, calendar: TradingCalendar): IndexSpan {
  try {
    const [first, after] = [parseDatetime(start), end === "" ? Infinity : parseDatetime(end)];
    if (first >= after) throw new DataError(`start_date ${start} is not before end_date ${end}`);
    return {
      from: calendar.firstAtOrAfter(first),
      to: after === Infinity ? calendar.length - 1 : calendar.firstAtOrAfter(after) - 1,
    };
  } catch (cause) {
    throw new DataError(`Cannot read ${file}, row ${row + 1}: ${(cause as Error).message}`, { cause });
  }
}

function addStay(stays: Map<string, IndexSpan[]>, instrument: string, span: IndexSpan): void {
  if (span.from > span.to) return;
  const known = stays.get(instrument);
  if (known) known.push(span);
  else stays.set(instrument, [span]);
}
