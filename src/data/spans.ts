import type { IndexSpan } from "./bars.js";

/** The parts of spans inside [first, last]. */
export function clipSpans(spans: readonly IndexSpan[], first: number, last: number): IndexSpan[] {
  return spans
    .map(({ from, to }) => ({ from: Math.max(from, first), to: Math.min(to, last) }))
    .filter(({ from, to }) => from <= to);
}

/** Ascending and disjoint; spans that touch or overlap become one. */
export function joinSpans(spans: readonly IndexSpan[]): IndexSpan[] {
  const result: IndexSpan[] = [];
  for (const span of [...spans].sort((a, b) => a.from - b.from)) {
    const last = result.at(-1);
    if (last && span.from <= last.to + 1)
      result[result.length - 1] = { from: last.from, to: Math.max(last.to, span.to) };
    else result.push(span);
  }
  return result;
}
