import { createHash } from "node:crypto";
import { formatDatetime, type DatetimeInput } from "../engine/datetime.js";
import { DataError } from "../errors.js";
import { cellsOf, type BarSource, type LoadRequest, type Members, type StoredRange } from "./bar-source.js";
import { clipSpans } from "./spans.js";

/**
 * A source as it was known at the end of a day: later bars, instruments that began later and memberships that began
 * later are not there. Values up to the day are those stored now; what was corrected since cannot be told.
 *
 * @throws DataError when the day lies before the first bar.
 */
export function sourceAsOf(source: BarSource, day: DatetimeInput): BarSource {
  const last = source.calendar.lastAtOrBefore(day);
  if (last < 0)
    throw new DataError(
      `Cannot open market ${source.name} as of ${String(day)}: its first day is ${formatDatetime(source.calendar.first)}`,
    );
  const calendar = source.calendar.present.withEnd(day);
  const text = formatDatetime(calendar.last);
  const ranges = cutRanges(source.ranges, last);
  const load = (fields: readonly string[], request: LoadRequest = {}) => source.load(fields, { ranges, ...request });
  const contentHash = async () =>
    createHash("sha256")
      .update(`${await source.contentHash()} as of ${text}`)
      .digest("hex");
  return {
    ...{ address: source.address, name: source.name, freq: source.freq },
    ...(source.region !== undefined && { region: source.region }),
    ...(source.benchmark !== undefined && { benchmark: source.benchmark }),
    ...(source.universe !== undefined && { universe: source.universe }),
    ...{ calendar, ranges, load, contentHash },
    numRows: Math.min(source.numRows, cellsOf(ranges)),
    storedFields: source.storedFields,
    universes: new Map([...source.universes].map(([name, members]) => [name, cutMembers(members, last)])),
    sectors: source.sectors,
    facts: { ...source.facts, "as of": text },
    findDuplicates: () => source.findDuplicates(),
    findUnsorted: () => source.findUnsorted(),
    filesOf: (instrument) => source.filesOf(instrument),
  };
}

/** Up to a calendar index, laid out one after another. */
function cutRanges(ranges: readonly StoredRange[], last: number): StoredRange[] {
  let offset = 0;
  return ranges
    .filter(({ first }) => first <= last)
    .map(({ instrument, first, length }) => {
      const cut = { instrument, first, length: Math.min(length, last + 1 - first), offset };
      offset += cut.length;
      return cut;
    });
}

function cutMembers(members: Members, last: number): Members {
  return new Map(
    [...members]
      .map(([instrument, spans]) => [instrument, clipSpans(spans, 0, last)] as const)
      .filter(([, spans]) => spans.length > 0),
  );
}
