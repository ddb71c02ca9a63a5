import { total, type Compounding } from "../../analysis/statistic/return-facts.js";

const DAY_MS = 86_400_000;

/** Returns and what goes with them, one value per row. */
export interface Rows {
  /** Epoch ms, ascending. */
  readonly days: Float64Array;
  /** Taken together by the report's mode; missing ones stand still, a day of missing ones is missing. */
  readonly returns: Readonly<Record<string, Float64Array>>;
  /** Added up. */
  readonly amounts: Readonly<Record<string, Float64Array>>;
}

/**
 * Rows within a day put into days, so that minutes can be reported on as quickly as days; daily rows come back as they are.
 *
 * A day is one of UTC, and stands for its rows at midnight.
 *
 * @example
 * intoDays({ days: new Float64Array([0, 60000]), returns: { return: new Float64Array([0.5, 0.5]) }, amounts: {} }, "product").returns.return // -> Float64Array [1.25]
 */
export function intoDays(rows: Rows, mode: Compounding): Rows {
  const { days, returns, amounts } = rows;
  const dayOf = (row: number) => Math.floor(days[row]! / DAY_MS);
  const firsts = [...days.keys()].filter((row) => row === 0 || dayOf(row) !== dayOf(row - 1));
  if (firsts.length === days.length) return rows;
  const each = (values: Float64Array, together: (part: Float64Array) => number) =>
    Float64Array.from(firsts, (from, i) => {
      const present = values.subarray(from, firsts[i + 1] ?? values.length).filter((value) => !Number.isNaN(value));
      return present.length === 0 ? NaN : together(present);
    });
  const mapped = (columns: Readonly<Record<string, Float64Array>>, together: (part: Float64Array) => number) =>
    Object.fromEntries(Object.entries(columns).map(([name, values]) => [name, each(values, together)]));
  return {
    days: Float64Array.from(firsts, (row) => dayOf(row) * DAY_MS),
    returns: mapped(returns, (part) => total(part, mode)),
    amounts: mapped(amounts, (part) => total(part, "sum")),
  };
}
