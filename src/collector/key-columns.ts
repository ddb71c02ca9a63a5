import { formatDatetime } from "../engine/datetime.js";
import { textColumn } from "../engine/infer-column.js";
import type { EngineColumn } from "../engine/columns.js";
import type { KeyPart } from "./tuple-map.js";

/**
 * A key as the values of a tidy table's key columns: the parts of a tuple, else the key itself. A part that is a list (a
 * segment) is one text, `start/end`.
 *
 * @example
 * keyValues(["LGBModel", ["2020-01-01", "2020-06-30"]]) // -> ["LGBModel", "2020-01-01/2020-06-30"]
 */
export function keyValues(key: KeyPart): (string | number | boolean | null | Date)[] {
  const parts = Array.isArray(key) ? (key as readonly KeyPart[]) : [key];
  return parts.map((part) => (Array.isArray(part) ? part.map(partText).join("/") : (part as string)));
}

function partText(part: KeyPart): string {
  if (Array.isArray(part)) return `(${part.map(partText).join("/")})`;
  return part instanceof Date ? formatDatetime(part.getTime()) : String(part ?? "");
}

/** A key column: the value of each block, repeated for its rows. Of one kind of value it has that type, else text. */
export function keyColumn(
  values: readonly (string | number | boolean | null | Date | undefined)[],
  counts: readonly number[],
  numRows: number,
): EngineColumn {
  const present = values.filter((value) => value != null);
  if (present.length > 0 && present.every((value) => typeof value === "number")) {
    const repeated = repeat(new Float64Array(numRows), counts, (block) => (values[block] as number | null) ?? NaN);
    return { type: present.every(Number.isInteger) ? "integer" : "float64", values: repeated };
  }
  if (present.length > 0 && present.every((value) => value instanceof Date))
    return {
      type: "datetime",
      values: repeat(new Float64Array(numRows), counts, (block) => (values[block] as Date | null)?.getTime() ?? NaN),
    };
  const { codes, dictionary } = textColumn(values.map((value) => (value == null ? null : partText(value))));
  return { type: "text", codes: repeat(new Int32Array(numRows), counts, (block) => codes[block]!), dictionary };
}

function repeat<A extends Float64Array | Int32Array>(
  target: A,
  counts: readonly number[],
  valueOf: (block: number) => number,
): A {
  let at = 0;
  for (const [block, count] of counts.entries()) {
    target.fill(valueOf(block), at, at + count);
    at += count;
  }
  return target;
}
