import { DataError, InvalidArgumentError } from "../../errors.js";
import { formatDatetime } from "../../engine/datetime.js";
import { Panel, type PanelColumn } from "../../panel/panel.js";

/** What became of the rows of two panels that were joined. */
export interface JoinCounts {
  /** Rows of the left panel with and without a row of the right one. */
  readonly matched: number;
  readonly leftOnly: number;
  /** Rows of the right panel without a row of the left one: they are not in the result of a left join. */
  readonly rightOnly: number;
  /** The first of them, `2020-01-02 SH600000`; undefined when there is none. */
  readonly firstRightOnly: string | undefined;
}

/**
 * The rows of the left panel with the columns of the right one beside, by datetime and instrument; NaN where the right one has no
 * row. Nothing is copied of the left one.
 *
 * @throws InvalidArgumentError for a column that both have, unless `replace` says that the right one's counts.
 */
export function joinLeft(
  left: Panel,
  right: Panel,
  { replace = false }: { readonly replace?: boolean } = {},
): { panel: Panel; counts: JoinCounts } {
  const common = right.columnNames.filter((name) => left.columns.has(name));
  if (common.length && !replace)
    throw new InvalidArgumentError(
      `Cannot join columns: ${common.length === 1 ? "the name" : "the names"} ${common
        .slice(0, 5)
        .map((name) => `"${name}"`)
        .join(", ")} ${common.length === 1 ? "occurs" : "occur"} on both sides`,
    );
  const places = rowsOfRight(left, right);
  let matched = 0;
  for (const place of places) if (place >= 0) matched++;
  const columns = Object.fromEntries(
    [...right.columns].map(([name, column]) => [name, taken(column, places)] as const),
  );
  const rightOnly = right.numRows - matched;
  return {
    panel: left.assign(columns),
    counts: {
      matched,
      leftOnly: left.numRows - matched,
      rightOnly,
      firstRightOnly: rightOnly ? firstMissing(right, places) : undefined,
    },
  };
}

/** One sentence about the rows that found no partner, or undefined when all did. @throws DataError when none did. */
export function joinNotice(name: string, left: Panel, right: Panel, counts: JoinCounts): string | undefined {
  const { matched, leftOnly, rightOnly, firstRightOnly } = counts;
  if (matched === 0 && left.numRows && right.numRows)
    throw new DataError(
      `Cannot join ${name}: none of its ${right.numRows} rows has the datetime and instrument of a row of the data\n  e.g. ${firstKey(right)} there, ${firstKey(left)} here`,
    );
  if (leftOnly === 0 && rightOnly === 0) return undefined;
  const parts = [
    ...(leftOnly
      ? [`${leftOnly} of ${left.numRows} rows of the data have no row in it, their values are missing`]
      : []),
    ...(rightOnly
      ? [`${rightOnly} of its ${right.numRows} rows are not in the data and were left out, first ${firstRightOnly}`]
      : []),
  ];
  return `Joined ${name}: ${parts.join("; ")}`;
}

/** For each row of the left panel the row of the right one with the same key, or −1. */
function rowsOfRight(left: Panel, right: Panel): Int32Array {
  const codeOf = new Map(right.instruments.map((name, code) => [name, code]));
  const recode = left.instruments.map((name) => codeOf.get(name) ?? -1);
  const dateOf = new Map(Array.from(right.dates, (ms, d) => [ms, d]));
  const places = new Int32Array(left.numRows).fill(-1);
  const rowOf = new Int32Array(right.instruments.length).fill(-1);
  for (let d = 0; d < left.numDates; d++) {
    const other = dateOf.get(left.dates[d]!);
    if (other === undefined) continue;
    const [first, last] = right.rowsOf(other);
    for (let row = first; row < last; row++) rowOf[right.codes[row]!] = row;
    const [from, to] = left.rowsOf(d);
    for (let row = from; row < to; row++) {
      const code = recode[left.codes[row]!]!;
      if (code >= 0) places[row] = rowOf[code]!;
    }
    for (let row = first; row < last; row++) rowOf[right.codes[row]!] = -1;
  }
  return places;
}

function taken(column: PanelColumn, places: Int32Array): PanelColumn {
  const out = new (column.constructor as new (length: number) => PanelColumn)(places.length);
  for (let row = 0; row < out.length; row++) out[row] = places[row]! < 0 ? NaN : column[places[row]!]!;
  return out;
}

function firstMissing(right: Panel, places: Int32Array): string {
  const used = new Uint8Array(right.numRows);
  for (const place of places) if (place >= 0) used[place] = 1;
  return keyOf(right, used.indexOf(0));
}

const firstKey = (panel: Panel): string => keyOf(panel, 0);

function keyOf(panel: Panel, row: number): string {
  let d = 0;
  while (panel.offsets[d + 1]! <= row) d++;
  return `${formatDatetime(panel.dates[d]!)} ${panel.instruments[panel.codes[row]!]}`;
}
