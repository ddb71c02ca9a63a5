import type { Panel, PanelColumn } from "../panel/panel.js";

/** The complete pairs of one date. */
export interface DatePairs {
  readonly x: Float64Array;
  readonly y: Float64Array;
}

/** Pairs of two columns on date number `d` where both values are present; ±∞ is present. */
export function datePairs(panel: Panel, d: number, x: PanelColumn, y: PanelColumn): DatePairs {
  const [from, to] = panel.rowsOf(d);
  const pairs = { x: new Float64Array(to - from), y: new Float64Array(to - from) };
  let n = 0;
  for (let row = from; row < to; row++) {
    const [a, b] = [x[row]!, y[row]!];
    if (Number.isNaN(a) || Number.isNaN(b)) continue;
    pairs.x[n] = a;
    pairs.y[n++] = b;
  }
  return n === to - from ? pairs : { x: pairs.x.subarray(0, n), y: pairs.y.subarray(0, n) };
}
