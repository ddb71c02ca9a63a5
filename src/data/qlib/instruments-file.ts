import { readFile } from "node:fs/promises";
import type { TradingCalendar } from "../../calendar/trading-calendar.js";
import { formatDatetime, parseDatetime } from "../../engine/datetime.js";
import { DataError } from "../../errors.js";
import type { Members, StoredRange } from "../bar-source.js";
import type { IndexSpan } from "../bars.js";
import { clipSpans, joinSpans } from "../spans.js";

/**
 * Members of a universe from a file of `NAME <tab> start <tab> end` lines, both ends inclusive, a name as often as it has spans.
 * Spans are cut to the instrument's stored range.
 *
 * @returns The members, and how many names there are no bars for.
 * @throws DataError naming file, line and what is wrong.
 */
export async function readInstrumentsFile(
  file: string,
  calendar: TradingCalendar,
  ranges: ReadonlyMap<string, StoredRange>,
): Promise<{ readonly members: Members; readonly withoutBars: number }> {
  const spans = new Map<string, IndexSpan[]>();
  const names = new Set<string>();
  const lines = (await readFile(file, "utf8")).split(/\r?\n/);
  lines.forEach((line, index) => {
    if (line.trim() === "") return;
    const [name = "", start, end] = line.split("\t").map((part) => part.trim());
    const instrument = name.toUpperCase();
    const fault = (problem: string, cause?: unknown) =>
      new DataError(`Cannot read ${file}:${index + 1}: ${problem}\n  expected: NAME <tab> start <tab> end`, { cause });
    if (!instrument || !start || !end) throw fault(`"${line}" has no name, start and end`);
    names.add(instrument);
    try {
      if (parseDatetime(start) > parseDatetime(end)) throw new DataError(`start ${start} is after end ${end}`);
      const span = { from: calendar.firstAtOrAfter(start), to: calendar.lastAtOrBefore(end) };
      spans.set(instrument, [...(spans.get(instrument) ?? []), span]);
    } catch (cause) {
      throw fault((cause as Error).message.split("\n")[0]!, cause);
    }
  });
  const members = new Map<string, readonly IndexSpan[]>();
  for (const instrument of [...spans.keys()].sort()) {
    const range = ranges.get(instrument);
    const inside = range ? clipSpans(spans.get(instrument)!, range.first, range.first + range.length - 1) : [];
    if (inside.length) members.set(instrument, joinSpans(inside));
  }
  return { members, withoutBars: names.size - members.size };
}

/** `YYYY-MM-DD`, with a time of day `YYYY-MM-DD HH:MM:SS`. */
export function storeTime(ms: number): string {
  const text = formatDatetime(ms);
  return text.length === 16 ? `${text}:00` : text;
}
