import type { TradingCalendar } from "../calendar/trading-calendar.js";
import type { InstrumentBars } from "../data/bars.js";
import type { Market } from "../data/market.js";
import type { DatetimeInput } from "../engine/datetime.js";
import { Program } from "./program.js";
import type { ElsewhereNode } from "./expression.js";

/** How an expression for another instrument is written. */
export interface ElsewhereForm {
  readonly usage: string;
  readonly doc: string;
  readonly order: readonly ("instrument" | "expression")[];
}

/** The two ways of Qlib to evaluate an expression for another instrument: a market's index, an exchange rate, a rival. */
export const ELSEWHERE: ReadonlyMap<string, ElsewhereForm> = new Map([
  [
    "ChangeInstrument",
    {
      usage: 'ChangeInstrument("SPY", x)',
      doc: "x of another instrument, on the days of this one; missing where the other has no day",
      order: ["instrument", "expression"],
    },
  ],
  ["Mask", { usage: 'Mask(x, "SPY")', doc: 'ChangeInstrument("SPY", x)', order: ["expression", "instrument"] }],
]);

/** Values on the market's calendar, from entry `first` on. */
export interface CalendarSeries {
  readonly first: number;
  readonly values: Float64Array;
}

/** The days to load, both inclusive. */
export interface LoadSpan {
  readonly calendar: TradingCalendar;
  readonly start: DatetimeInput;
  readonly end: DatetimeInput;
}

/**
 * Evaluates what a program reads of other instruments, each over that instrument's own days: its windows are those of its history,
 * not of the instrument that asks.
 *
 * @throws UnknownNameError for an instrument or field that the market does not have.
 */
export async function evaluateElsewhere(
  nodes: ReadonlyMap<string, ElsewhereNode>,
  market: Market,
  span: LoadSpan,
): Promise<ReadonlyMap<string, CalendarSeries>> {
  const found = new Map<string, CalendarSeries>();
  for (const [key, { instrument, expression }] of nodes) {
    const program = new Program([expression]);
    const others = await evaluateElsewhere(program.elsewhere, market, span);
    const { instruments } = await market.loadBars({
      fields: fieldsToLoad(program, market),
      universe: [instrument],
      start: span.start,
      end: span.end,
    });
    const [bars] = instruments;
    const values = bars ? program.run(withElsewhere(bars, others), bars.length)[0]!.slice() : new Float64Array(0);
    found.set(key, { first: bars?.first ?? 0, values });
  }
  return found;
}

/** An instrument's fields with the series of other instruments brought onto its days. */
export function withElsewhere(
  { values, first, length }: InstrumentBars,
  others: ReadonlyMap<string, CalendarSeries>,
): ReadonlyMap<string, Float64Array> {
  if (others.size === 0) return values;
  const all = new Map(values);
  for (const [key, other] of others) {
    const aligned = new Float64Array(length).fill(NaN);
    const from = Math.max(first, other.first);
    const to = Math.min(first + length, other.first + other.values.length);
    if (from < to) aligned.set(other.values.subarray(from - other.first, to - other.first), from - first);
    all.set(key, aligned);
  }
  return all;
}

/** A program that reads no field of the instrument itself still needs its days. */
export const fieldsToLoad = (program: Program, market: Market): readonly string[] =>
  program.fields.length ? program.fields : market.fields.slice(0, 1);
