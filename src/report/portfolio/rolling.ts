import { rollingStatistics } from "../../analysis/rolling-statistics.js";
import { figure } from "../figure/figure.js";
import { ink } from "../figure/ink.js";
import { numberText } from "../figure/number-text.js";
import { lastOf } from "../figure/series.js";
import { datesOf, numbersOf } from "../figure/table-columns.js";
import { timePanels, type TimePanel } from "../figure/time-panels.js";
import type { ReportSection, VegaLiteSpec } from "../report.js";
import type { PortfolioSeries } from "./portfolio-series.js";
import { table, type ColumnTable } from "arquero";

const WIDTH = 760;
/** Half a year of trading days; a shorter history is cut into quarters. */
const WINDOW = 126;
const FEWEST_DAYS = 40;

/** Whether it was good all along, or once; undefined for a history too short to roll. */
export function rollingSection(series: PortfolioSeries): ReportSection | undefined {
  const n = series.days.length;
  if (n < FEWEST_DAYS) return undefined;
  const window = Math.min(WINDOW, Math.floor(n / 4));
  const rolled = rollingTable(series, window);
  const sharpe = numbersOf(rolled, "sharpe").filter((value) => !Number.isNaN(value));
  const text =
    sharpe.length === 0
      ? `No Sharpe ratio over ${window} days: the returns are constant`
      : `Sharpe ratio over ${window} days between ${numberText(Math.min(...sharpe), 1)} and ${numberText(Math.max(...sharpe), 1)}, ` +
        `last ${numberText(lastOf(sharpe), 1)} · above 0 on ${Math.round((100 * sharpe.filter((value) => value > 0).length) / sharpe.length)}% of days`;
  return {
    name: "rolling",
    title: "Rolling figures",
    meaning: `Each day stands for the ${window} days up to it; annual with ${series.periodsPerYear} days a year, ddof 1. Beta against the benchmark. Net of cost.`,
    table: rolled,
    spec: rollingSpec(series, rolled, text),
    text,
  };
}

function rollingTable(
  { days, strategy, benchmark, mode, periodsPerYear }: PortfolioSeries,
  window: number,
): ColumnTable {
  const rows = Int32Array.from(days.keys()).filter((row) => !benchmark || !Number.isNaN(benchmark.returns[row]!));
  const at = (values: Float64Array) => Float64Array.from(rows, (row) => values[row]!);
  const datetime = Array.from(at(days), (day) => new Date(day));
  const conventions = { window, mode, periodsPerYear };
  const own = rollingStatistics(
    { datetime, return: at(strategy.returns) },
    {
      ...conventions,
      ids: ["sharpe", "annual_volatility", ...(benchmark ? ["beta"] : [])],
      ...(benchmark && { benchmark: { datetime, return: at(benchmark.returns) } }),
    },
  );
  const other =
    benchmark &&
    rollingStatistics(
      { datetime, return: at(benchmark.returns) },
      { ...conventions, ids: ["sharpe", "annual_volatility"] },
    );
  const column = (from: ColumnTable, name: string) => numbersOf(from, name);
  return table({
    datetime,
    sharpe: column(own, "sharpe"),
    annual_volatility: column(own, "annual_volatility"),
    ...(other && {
      beta: column(own, "beta"),
      benchmark_sharpe: column(other, "sharpe"),
      benchmark_volatility: column(other, "annual_volatility"),
    }),
  });
}

function rollingSpec({ benchmark }: PortfolioSeries, rolled: ColumnTable, subtitle: string): VegaLiteSpec {
  const k = ink("light");
  const pair = (own: string, other: string): TimePanel["lines"] => [
    ...(benchmark ? [{ label: "Benchmark", color: k.bench, values: numbersOf(rolled, other) }] : []),
    { label: "Strategy", color: k.strategy, values: numbersOf(rolled, own) },
  ];
  const panels: TimePanel[] = [
    { title: "Sharpe", height: 110, lines: pair("sharpe", "benchmark_sharpe"), ticks: 4 },
    { title: "Volatility", height: 90, lines: pair("annual_volatility", "benchmark_volatility"), kind: "percent" },
    ...(benchmark
      ? [{ title: "Beta", height: 70, lines: [{ color: k.strategy, values: numbersOf(rolled, "beta") }], zero: false }]
      : []),
  ];
  return figure({
    title: { text: "Rolling figures", subtitle },
    description: subtitle,
    spacing: 12,
    vconcat: timePanels(k, datesOf(rolled), WIDTH, panels),
  });
}
