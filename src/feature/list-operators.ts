import { table, type ColumnTable } from "arquero";
import { ELSEWHERE } from "./elsewhere.js";
import { INFIX } from "./infix.js";
import { allOperators } from "./operators/registry.js";

/**
 * Every operator of the expression language, those of one's own included.
 *
 *     name   usage       sign  meaning
 *     Add    Add(a, b)   +     a + b
 *     Mean   Mean(x, N)        Mean of the values
 *
 * @returns One row per operator; `sign` is its infix sign, null when it has none.
 * @example
 * listOperators().numRows() > 45 // -> true
 */
export function listOperators(): ColumnTable {
  const signs = new Map([...INFIX].map(([sign, { operator }]) => [operator, sign]));
  const rows = [...allOperators(), ...[...ELSEWHERE].map(([name, form]) => ({ name, ...form }))];
  return table({
    name: rows.map(({ name }) => name),
    usage: rows.map(({ usage }) => usage),
    sign: rows.map(({ name }) => signs.get(name) ?? null),
    meaning: rows.map(({ doc }) => doc),
  });
}
