import type { ColumnTable } from "arquero";
import type { Market, ReturnSeries } from "../data/market.js";
import { columnValues } from "../engine/arquero.js";
import { parseDatetime, type DatetimeInput } from "../engine/datetime.js";
import { InvalidArgumentError, UnknownNameError } from "../errors.js";

/** Returns by date, simple and as decimals: a table or columns with `datetime` and `return`, or a map. */
export type BenchmarkSeries =
  | ColumnTable
  | { readonly datetime: ArrayLike<DatetimeInput>; readonly return: ArrayLike<number> }
  | ReturnSeries
  | ReadonlyMap<DatetimeInput, number>;

/** An instrument, several (their plain mean each day), a series of returns, or null: none, `bench` is 0. */
export type Benchmark = string | readonly string[] | BenchmarkSeries | null;

/** Returns of the market's bars from index `from` up to `to`, NaN where there is none. */
export async function benchmarkReturns(
  market: Market,
  benchmark: Benchmark,
  from: number,
  to: number,
): Promise<Float64Array> {
  if (benchmark === null) return new Float64Array(to - from);
  if (typeof benchmark === "string" || Array.isArray(benchmark))
    return codesReturns(market, typeof benchmark === "string" ? [benchmark] : (benchmark as string[]), from, to);
  const series = seriesByTime(benchmark as BenchmarkSeries);
  return Float64Array.from({ length: to - from }, (_, i) => series.get(market.calendar.at(from + i)) ?? NaN);
}

/** Close to close, mean over those that have one. */
async function codesReturns(market: Market, codes: readonly string[], from: number, to: number): Promise<Float64Array> {
  if (codes.length === 0)
    throw new InvalidArgumentError("Cannot back-test: the benchmark is an empty list\n  null means no benchmark");
  const { instruments } = await market.loadBars({
    fields: ["$close"],
    universe: codes,
    start: market.calendar.at(Math.max(0, from - 1)),
    end: market.calendar.at(to - 1),
  });
  return Float64Array.from({ length: to - from }, (_, i) => {
    let [sum, count] = [0, 0];
    for (const { first, values } of instruments) {
      const close = values.get("$close")!;
      const change = (close[from + i - first] ?? NaN) / (close[from + i - 1 - first] ?? NaN) - 1;
      if (Number.isNaN(change)) continue;
      sum += change;
      count++;
    }
    return sum / count;
  });
}

function seriesByTime(series: BenchmarkSeries): Map<number, number> {
  if (series instanceof Map)
    return new Map(
      [...(series as ReadonlyMap<DatetimeInput, number>)].map(([at, value]) => [parseDatetime(at), value]),
    );
  const columns = series as Partial<Record<string, unknown>>;
  const column = (name: string): ArrayLike<unknown> | undefined => {
    if (typeof columns.columnNames !== "function") return columns[name] as ArrayLike<unknown> | undefined;
    const table = series as ColumnTable;
    return table.columnNames().includes(name) ? columnValues(table, name) : undefined;
  };
  const times = column("datetime") ?? column("datetimes");
  const returns = column("return") ?? column("returns");
  if (!times || !returns)
    throw new UnknownNameError("column", times ? "return" : "datetime", Object.keys(columns), {
      context: "Cannot read the benchmark",
    });
  return new Map(Array.from(times, (at, i) => [parseDatetime(at as DatetimeInput), (returns[i] ?? NaN) as number]));
}

/** One return for the entries `from … to − 1`, compounded; missing ones count as 0. */
export function compounded(returns: Float64Array, from: number, to: number): number {
  if (to - from === 1) return Number.isNaN(returns[from]!) ? 0 : (returns[from] ?? 0);
  let growth = 1;
  for (let i = Math.max(0, from); i < to; i++) if (!Number.isNaN(returns[i]!)) growth *= 1 + (returns[i] ?? 0);
  return growth - 1;
}
