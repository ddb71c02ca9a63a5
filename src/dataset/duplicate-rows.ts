import { host } from "../host/host.js";
import type { Panel } from "../panel/panel.js";

/**
 * Number of rows that repeat another instrument's values of the same date in every one of the columns: one security under two
 * names counts twice in every figure. Rows without any value do not count.
 */
export async function duplicateRows(panel: Panel, columns: readonly string[]): Promise<number> {
  const hashes = new Int32Array(panel.numRows);
  const hasValue = new Uint8Array(panel.numRows);
  const values = columns.map((name) => panel.get(name));
  for (const column of values) {
    await host.breathe();
    const bits = new Int32Array(Float32Array.from(column).buffer);
    for (let row = 0; row < bits.length; row++) {
      if (column[row] === column[row]) {
        hasValue[row] = 1;
        hashes[row] = (Math.imul(hashes[row]!, 0x01000193) ^ bits[row]!) | 0;
      } else hashes[row] = Math.imul(hashes[row]!, 0x01000193);
    }
  }
  const equal = (a: number, b: number) => values.every((column) => Object.is(column[a], column[b]));
  let count = 0;
  for (let d = 0; d < panel.numDates; d++) {
    const first = new Map<number, number>();
    const [from, to] = panel.rowsOf(d);
    for (let row = from; row < to; row++) {
      if (!hasValue[row]) continue;
      const before = first.get(hashes[row]!);
      if (before === undefined) first.set(hashes[row]!, row);
      else if (equal(before, row)) count++;
    }
  }
  return count;
}
