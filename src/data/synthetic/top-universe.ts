import type { IndexSpan } from "../bars.js";
import type { Members } from "../bar-source.js";
import { joinSpans } from "../spans.js";
import type { Columns } from "./columns.js";

/** Days that must lie before a choice. */
const LEAST_DAYS = 60;

/**
 * The `size` stocks with the largest dollar volume of the half-year before, chosen on the first trading day of each January and
 * July from what was known by then. Before the first choice nobody belongs to it.
 *
 * @param days Trading days, epoch ms.
 */
export function topUniverse(histories: ReadonlyMap<string, Columns>, days: Float64Array, size: number): Members {
  const choices = Array.from(days.keys()).filter(
    (day) => day >= LEAST_DAYS && halfOf(days[day]!) !== halfOf(days[day - 1]!),
  );
  const spans = new Map<string, IndexSpan[]>();
  choices.forEach((day, i) => {
    const start = choices[i - 1] ?? 0;
    const end = (choices[i + 1] ?? days.length) - 1;
    const listed = [...histories].filter(([, columns]) => !Number.isNaN(lastClose(columns, start, day)));
    const ranked = listed
      .map(([name, columns]) => ({ name, dollars: dollarVolume(columns, start, day) }))
      .sort((a, b) => b.dollars - a.dollars || (a.name < b.name ? -1 : 1));
    for (const { name } of ranked.slice(0, size)) spans.set(name, [...(spans.get(name) ?? []), { from: day, to: end }]);
  });
  return new Map([...spans.keys()].sort().map((name) => [name, joinSpans(spans.get(name)!)]));
}

const halfOf = (ms: number) => new Date(ms).getUTCFullYear() * 2 + (new Date(ms).getUTCMonth() >= 6 ? 1 : 0);

/** Close of the last week before a day: NaN for a stock that has gone. */
function lastClose({ close }: Columns, start: number, day: number): number {
  for (let t = day - 1; t >= Math.max(start, day - 5); t--) if (!Number.isNaN(close[t]!)) return close[t]!;
  return NaN;
}

function dollarVolume({ close, volume }: Columns, from: number, to: number): number {
  let dollars = 0;
  for (let day = from; day < to; day++) if (!Number.isNaN(close[day]!)) dollars += close[day]! * volume[day]!;
  return dollars;
}
