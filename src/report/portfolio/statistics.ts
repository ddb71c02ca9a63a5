import { table, type ColumnTable } from "arquero";
import { statistics as compute } from "../../analysis/statistics.js";
import type { Trials } from "../../analysis/statistic/return-facts.js";
import { numberText, percentText } from "../figure/number-text.js";
import { formatDatetime } from "../../engine/datetime.js";
import type { NamedReturns, PortfolioSeries } from "./portfolio-series.js";

/**
 * Every statistic of the strategy beside the benchmark's and the excess's, as texts, with formula and convention.
 *
 * `statistic, strategy, in sample?, out of sample?, benchmark?, excess?, formula, convention, source`: one row per statistic of the registry.
 */
export function statisticsTable(
  series: PortfolioSeries,
  { trials, split }: { trials?: Trials; split?: number } = {},
): ColumnTable {
  const { strategy, benchmark, excess, days, mode, periodsPerYear } = series;
  const datetime = Array.from(days, (day) => new Date(day));
  const of = (
    { returns }: NamedReturns,
    more: { benchmark?: { datetime: Date[]; return: Float64Array }; trials?: Trials } = {},
  ) => compute({ datetime, return: returns }, { mode, periodsPerYear, ...more });
  const own = of(strategy, {
    ...(benchmark && { benchmark: { datetime, return: benchmark.returns } }),
    ...(trials && !excess && { trials }),
  });
  const cut = split === undefined ? -1 : days.findIndex((day) => day >= split);
  const part = (from: number, to?: number) =>
    compute(
      { datetime: datetime.slice(from, to), return: strategy.returns.slice(from, to) },
      { mode, periodsPerYear, ...(benchmark && { benchmark: { datetime, return: benchmark.returns } }) },
    );
  const others = {
    ...(cut > 0 && { "in sample": part(0, cut), "out of sample": part(cut) }),
    ...(benchmark && { benchmark: of(benchmark) }),
    ...(excess && { excess: of(excess, { ...(trials && { trials }) }) }),
  };
  const ids = [...new Set([own, ...Object.values(others)].flatMap((one) => one.array("id") as string[]))];
  const textsOf = (one: ColumnTable): string[] => {
    const rows = rowsById(one);
    return ids.map((id) =>
      rows.has(id)
        ? valueText(one.get("value", rows.get(id)!) as number, one.get("unit", rows.get(id)!) as string)
        : "",
    );
  };
  const described = (column: string): string[] =>
    ids.map((id) => {
      const holder = [own, ...Object.values(others)].find((one) => rowsById(one).has(id))!;
      return holder.get(column, rowsById(holder).get(id)!) as string;
    });
  return table({
    statistic: described("label"),
    strategy: textsOf(own),
    ...Object.fromEntries(Object.entries(others).map(([name, one]) => [name, textsOf(one)])),
    formula: described("formula"),
    convention: described("convention"),
    source: described("source"),
    id: ids,
  });
}

function rowsById(one: ColumnTable): Map<string, number> {
  return new Map((one.array("id") as string[]).map((id, row) => [id, row]));
}

function valueText(value: number, unit: string): string {
  if (Number.isNaN(value)) return "–";
  if (unit === "share" || unit === "probability") return percentText(value, 2);
  if (unit === "date") return formatDatetime(value);
  if (unit === "ratio") return numberText(value, 3);
  return numberText(value, Number.isInteger(value) ? 0 : 1);
}
