import { InvalidArgumentError } from "../../errors.js";
import { curve } from "../statistic/wealth.js";
import type { Compounding } from "../statistic/return-facts.js";

export interface WorstSpansOptions {
  /** Length in periods. Default 20. */
  readonly periods?: number;
  /** How many, at most. Default 5. */
  readonly top?: number;
  /** Default `product`. */
  readonly mode?: Compounding;
}

/** Rows `from` to `to`, both part of it. */
export interface Span {
  readonly from: number;
  readonly to: number;
  readonly total: number;
}

/**
 * The spans of a fixed length that lost most, none overlapping another, the worst first.
 *
 * @param returns Simple returns per period, none missing.
 * @returns Fewer than `top` when no other span loses, or none fits.
 * @throws InvalidArgumentError for a length that is no whole number ≥ 1.
 * @example
 * worstSpans(Float64Array.of(0.1, -0.2, -0.1, 0.1), { periods: 2, mode: "sum", top: 1 })[0].from // -> 1
 */
export function worstSpans(
  returns: Float64Array,
  { periods = 20, top = 5, mode = "product" }: WorstSpansOptions = {},
): Span[] {
  if (!Number.isInteger(periods) || periods < 1)
    throw new InvalidArgumentError(`Cannot find the worst spans: ${periods} periods, a whole number ≥ 1 expected`);
  const path = curve(returns, mode);
  const before = (row: number) => (row === 0 ? 0 : path[row - 1]!);
  const spans: Span[] = [];
  for (let from = 0; from + periods <= returns.length; from++) {
    const to = from + periods - 1;
    const total = mode === "product" ? (1 + path[to]!) / (1 + before(from)) - 1 : path[to]! - before(from);
    if (total < 0) spans.push({ from, to, total });
  }
  spans.sort((a, b) => a.total - b.total || a.from - b.from);
  const found: Span[] = [];
  for (const span of spans) {
    if (found.length === top) break;
    if (found.every((other) => span.to < other.from || span.from > other.to)) found.push(span);
  }
  return found;
}
