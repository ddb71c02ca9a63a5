import { table, type ColumnTable } from "arquero";
import { mean } from "./moments.js";

/**
 * Means of the daily ICs by calendar month.
 *
 *     datetime    ic     rankIc         year  month  ic     rankIc  n
 *     2020-01-02  0.08   0.09    ──▶    2020  1      0.05   0.06    21
 *
 * @param icTable `datetime`, `ic`, `rankIc`, as {@link calcIc} returns.
 * @returns One row for each month that has a date, ascending; `month` 1…12, `n` dates with an `ic`. Means skip NaN; NaN when all are.
 * @example
 * monthlyIc(table({ datetime: ["2020-01-02", "2020-01-31"].map((text) => new Date(text)), ic: [0.25, 0.75], rankIc: [0.5, NaN] })).object() // -> { year: 2020, month: 1, ic: 0.5, rankIc: 0.5, n: 2 }
 */
export function monthlyIc(icTable: ColumnTable): ColumnTable {
  const months = new Map<number, { ic: number[]; rankIc: number[] }>();
  const datetimes = icTable.array("datetime") as ArrayLike<Date>;
  const [ic, rankIc] = [icTable.array("ic"), icTable.array("rankIc")] as ArrayLike<number>[] as [
    ArrayLike<number>,
    ArrayLike<number>,
  ];
  for (let row = 0; row < datetimes.length; row++) {
    const month = datetimes[row]!.getUTCFullYear() * 12 + datetimes[row]!.getUTCMonth();
    let values = months.get(month);
    if (!values) months.set(month, (values = { ic: [], rankIc: [] }));
    values.ic.push(ic[row]!);
    values.rankIc.push(rankIc[row]!);
  }
  const order = [...months].sort(([a], [b]) => a - b);
  return table({
    year: order.map(([month]) => Math.floor(month / 12)),
    month: order.map(([month]) => (month % 12) + 1),
    ic: Float64Array.from(order, ([, values]) => mean(values.ic)),
    rankIc: Float64Array.from(order, ([, values]) => mean(values.rankIc)),
    n: order.map(([, values]) => values.ic.filter((value) => !Number.isNaN(value)).length),
  });
}
