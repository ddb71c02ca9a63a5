import { DataError } from "../errors.js";
import { host } from "../host/host.js";
import type { Panel } from "../panel/panel.js";

/** The rows that miss no value in any of the columns, the label last; undefined when that is all of them. */
export async function completeRows(
  panel: Panel,
  columns: readonly string[],
  context: string,
): Promise<Int32Array | undefined> {
  const keep = new Uint8Array(panel.numRows).fill(1);
  const gaps: [name: string, count: number][] = [];
  for (const name of columns) {
    await host.breathe();
    const column = panel.get(name);
    let count = 0;
    for (let row = 0; row < column.length; row++) {
      if (column[row] === column[row]) continue;
      keep[row] = 0;
      count++;
    }
    if (count) gaps.push([name, count]);
  }
  if (gaps.length === 0 && panel.numRows) return undefined;
  const rows = new Int32Array(keep.reduce((sum, one) => sum + one, 0));
  for (let row = 0, next = 0; row < keep.length; row++) if (keep[row]) rows[next++] = row;
  if (rows.length) return rows;
  const worst = gaps
    .sort((a, b) => b[1] - a[1])
    .slice(0, 3)
    .map(([name, count]) => `${name} ${((100 * count) / panel.numRows).toFixed(0)} %`);
  const advice =
    worst[0] === `${columns.at(-1)} 100 %`
      ? "no row has a label: the last days have none, and CSZScoreNorm takes that of a day with one instrument or equal labels"
      : 'fill the gaps, e.g. inferProcessors: [{ class: "Fillna", kwargs: { fieldsGroup: "feature" } }]';
  throw new DataError(
    `${context}: none of ${panel.numRows} rows has a value in every column\n  most are missing in: ${worst.join(", ") || "-"}\n  ${advice}`,
  );
}
