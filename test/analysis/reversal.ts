import { readFileSync } from "node:fs";
import { mean, std } from "../../src/analysis/moments.js";
import { getEngine } from "../../src/engine/engine.js";
import { Panel } from "../../src/panel/panel.js";
import { sharedPath } from "../shared.js";
import { csvRows } from "./csv-rows.js";

const folder = ["golden", "stats", "alphalens-reversal5"];
/** A table of the golden set. */
export const csv = (name: string): Record<string, string>[] =>
  csvRows(readFileSync(sharedPath(...folder, name), "utf8"));

/** The factor and forward returns of the golden set: five-day reversal on the forward-filled closes of 500 names. */
export async function reversal(): Promise<Panel> {
  const input = JSON.parse(readFileSync(sharedPath(...folder, "input.json"), "utf8")) as {
    instruments: string[];
    days: number;
  };
  const { numRows, columns: stored } = await (
    await getEngine()
  ).readParquet(sharedPath("data", "us_stocks_daily.parquet"));
  const named = [
    ["datetime", "date"],
    ["instrument", "instrument"],
    ["close", "close"],
  ] as const;
  const all = Panel.from({ numRows, columns: new Map(named.map(([name, column]) => [name, stored.get(column)!])) });
  const first = all.numDates - input.days;
  const codeOf = new Map(all.instruments.map((name, code) => [name, code]));
  const close = all.get("close");
  const grid = new Map(input.instruments.map((name) => [codeOf.get(name)!, new Float64Array(input.days).fill(NaN)]));
  for (let d = first; d < all.numDates; d++) {
    const [from, to] = all.rowsOf(d);
    for (let row = from; row < to; row++) {
      const column = grid.get(all.codes[row]!);
      if (column) column[d - first] = close[row]!;
    }
  }
  const keys = { datetime: [] as number[], instrument: [] as string[] };
  const columns = { score: [] as number[], r1: [] as number[], r5: [] as number[], r10: [] as number[] };
  for (const [code, raw] of grid) {
    const filled = raw.slice();
    for (let t = 1; t < filled.length; t++) if (Number.isNaN(filled[t]!)) filled[t] = filled[t - 1]!;
    const [r1, r5, r10] = [1, 5, 10].map((period) =>
      withoutWild(filled.map((price, t) => filled[t + period]! / price - 1)),
    ) as [Float64Array, Float64Array, Float64Array];
    for (let t = 0; t < filled.length; t++) {
      // The factor needs both closes as stored; returns are on the forward-filled ones.
      const row = { score: -(raw[t]! / raw[t - 5]! - 1), r1: r1[t]!, r5: r5[t]!, r10: r10[t]! };
      if (Object.values(row).some((value) => !Number.isFinite(value))) continue;
      keys.datetime.push(all.dates[first + t]!);
      keys.instrument.push(all.instruments[code]!);
      for (const [name, value] of Object.entries(row)) columns[name as keyof typeof columns].push(value);
    }
  }
  return Panel.from({ ...keys, ...columns });
}

/** alphalens leaves out returns more than 20 standard deviations from the instrument's mean. */
function withoutWild(returns: Float64Array): Float64Array {
  const [center, deviation] = [mean(returns), std(returns)];
  return returns.map((value) => (Math.abs(value - center) > 20 * deviation ? NaN : value));
}
