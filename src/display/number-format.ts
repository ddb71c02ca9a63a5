import { formatDatetime } from "../engine/datetime.js";
import { MINUS } from "../report/figure/number-text.js";
import type { ColumnKind } from "./shown-table.js";

/** How one column's values are written; the same number of digits in all its rows. */
export type CellFormat = (value: unknown) => string;

/**
 * One format for a column, chosen from the values that are seen: about five significant digits, thousands marks, M and B for what is
 * large, an exponent only for what is tiny. Missing values are "–", NaN is "nan", minus signs are true ones.
 */
export function cellFormat(kind: ColumnKind, values: readonly unknown[]): CellFormat {
  const number =
    kind === "f64" || kind === "f32" || kind === "int"
      ? numberFormat(kind, values.map(Number).filter(Number.isFinite))
      : undefined;
  return (value) => {
    if (value === null || value === undefined) return "–";
    if (typeof value === "number" && Number.isNaN(value)) return "nan";
    if (value === Infinity || value === -Infinity) return value > 0 ? "∞" : `${MINUS}∞`;
    if (number && (typeof value === "number" || typeof value === "bigint")) return withMinus(number(Number(value)));
    if (typeof value === "number") return ownDigits(value).replaceAll("-", MINUS);
    if (value instanceof Date) return formatDatetime(value.getTime());
    if (typeof value === "object")
      return (
        JSON.stringify(value, (_, part: unknown) =>
          typeof part === "bigint"
            ? String(part)
            : ArrayBuffer.isView(part)
              ? Array.from(part as Float64Array).slice(0, 20)
              : part,
        ) ?? ""
      );
    return String(value);
  };
}

function numberFormat(kind: ColumnKind, seen: readonly number[]): (value: number) => string {
  const largest = Math.max(0, ...seen.map(Math.abs));
  // Counts come as floating numbers where some could be missing.
  if (seen.every(Number.isInteger) && (kind === "int" || largest < 1e6))
    return (value) => (largest >= 1e4 ? value.toLocaleString("en-US") : String(value));
  if (largest >= 1e9) return (value) => `${(value / 1e9).toFixed(2)}B`;
  if (largest >= 1e6) return (value) => `${(value / 1e6).toFixed(2)}M`;
  if (largest > 0 && largest < 1e-3) return (value) => (value === 0 ? "0" : value.toExponential(2));
  const wanted = Math.max(0, Math.min(6, 5 - Math.ceil(Math.log10(largest))));
  const digits = Math.max(0, ...seen.map((value) => decimalsOf(Number(value.toFixed(wanted)))));
  const smallest = Math.min(...seen.filter((value) => value !== 0).map(Math.abs));
  // Values too far apart for one number of digits keep their own.
  if (smallest < 0.5 * 10 ** -wanted) return ownDigits;
  return (value) => value.toLocaleString("en-US", { minimumFractionDigits: digits, maximumFractionDigits: digits });
}

/** Digits behind the point that a number has. */
const decimalsOf = (value: number) => (/\.(\d+)$/.exec(String(value))?.[1] ?? "").length;

/** A number by itself: six significant digits, thousands marks, no trailing zeros. */
export function ownDigits(value: number): string {
  const rounded = Number(value.toPrecision(6));
  if (rounded !== 0 && Math.abs(rounded) < 1e-4) return rounded.toExponential();
  return rounded.toLocaleString("en-US", { maximumFractionDigits: 10 });
}

/** A true minus, and none before what rounds to zero. */
function withMinus(text: string): string {
  if (!text.startsWith("-")) return text.replace("e-", `e${MINUS}`);
  return /[1-9]/.test(text) ? text.replace("-", MINUS).replace("e-", `e${MINUS}`) : text.slice(1);
}
