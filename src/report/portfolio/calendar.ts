import { table, type ColumnTable } from "arquero";
import { groupByPeriod, type Period } from "../../analysis/statistic/period-returns.js";
import { axisFormat } from "../figure/axis-format.js";
import { CALENDAR_ROW, colourLimit, monthCells } from "../figure/calendar-cells.js";
import { csvData } from "../figure/csv-data.js";
import { figure } from "../figure/figure.js";
import { ink } from "../figure/ink.js";
import { roundDomain } from "../figure/layers.js";
import { percentText } from "../figure/number-text.js";
import { extent } from "../figure/series.js";
import { numbersOf } from "../figure/table-columns.js";
import type { ReportSection, VegaLiteSpec } from "../report.js";
import type { NamedReturns, PortfolioSeries } from "./portfolio-series.js";

const BARS_WIDTH = 190;
/** Of more years the figure shows whole per cents; the table has them all. */
const MOST_YEARS = 15;

/** Return by month and year, against the benchmark's. */
export function calendarSection(series: PortfolioSeries): ReportSection {
  const months = calendarTable(series, "month");
  const values = numbersOf(months, "return");
  const positive = values.filter((value) => value > 0).length;
  const text = `${positive} of ${values.length} months positive · best ${percentText(Math.max(...values), 1)} · worst ${percentText(Math.min(...values), 1)}`;
  return {
    name: "calendar",
    title: "Calendar returns",
    meaning:
      `Returns of the days of a calendar month (bars: year), net of cost, ${series.mode === "sum" ? "added up" : "compounded"}; ` +
      "n = days. The first and last month may be part of one.",
    table: months,
    spec: calendarSpec(series, months, text),
    text,
  };
}

/** `year, month?, return, benchmark?, excess?, n`: one row per calendar period that has a day. */
export function calendarTable(series: PortfolioSeries, period: Extract<Period, "month" | "year">): ColumnTable {
  const { days, strategy, benchmark, excess, mode } = series;
  const own = groupByPeriod(strategy.returns, days, period, mode);
  const count = groupByPeriod(new Float64Array(days.length).fill(1), days, period, "sum");
  const beside = ({ returns }: NamedReturns): Float64Array => {
    const rows = Int32Array.from(returns.keys()).filter((row) => !Number.isNaN(returns[row]!));
    const found = groupByPeriod(
      Float64Array.from(rows, (row) => returns[row]!),
      Float64Array.from(rows, (row) => days[row]!),
      period,
      mode,
    );
    const byStart = new Map(Array.from(found.starts, (start, i) => [start, found.returns[i]!]));
    return own.starts.map((start) => byStart.get(start) ?? NaN);
  };
  return table({
    year: Array.from(own.starts, (start) => new Date(start).getUTCFullYear()),
    ...(period === "month" && { month: Array.from(own.starts, (start) => new Date(start).getUTCMonth() + 1) }),
    return: own.returns,
    ...(benchmark && { benchmark: beside(benchmark) }),
    ...(excess && { excess: beside(excess) }),
    n: Array.from(count.returns),
  });
}

function calendarSpec(series: PortfolioSeries, months: ColumnTable, subtitle: string): VegaLiteSpec {
  const k = ink("light");
  const years = calendarTable(series, "year");
  const values = numbersOf(months, "return");
  return figure({
    title: { text: "Calendar returns, net of cost", subtitle },
    description: subtitle,
    spacing: 26,
    hconcat: [
      monthCells(
        k,
        { year: numbersOf(months, "year"), month: numbersOf(months, "month"), value: values },
        { format: years.numRows() > MOST_YEARS ? "+.0%" : "+.1%", limit: colourLimit(values) },
      ),
      yearBars(years),
    ],
  });
}

/** The years' returns as bars beside their rows. */
function yearBars(years: ColumnTable): Record<string, unknown> {
  const k = ink("light");
  const series = [
    { name: "Strategy", column: "return", color: k.strategy },
    { name: "Benchmark", column: "benchmark", color: k.bench },
  ].filter(({ column }) => years.columnNames().includes(column));
  const year = numbersOf(years, "year");
  const value = series.flatMap(({ column }) => Array.from(numbersOf(years, column)));
  const range = roundDomain(extent(value, [0]), 4);
  return {
    width: BARS_WIDTH,
    height: { step: CALENDAR_ROW, for: "position" },
    data: csvData({
      year: series.flatMap(() => Array.from(year)),
      series: series.flatMap(({ name }) => Array.from(year, () => name)),
      value,
    }),
    layer: [
      {
        mark: { type: "bar", cornerRadius: 2, height: series.length > 1 ? 11 : 18 },
        encoding: {
          color: {
            field: "series",
            type: "nominal",
            scale: { domain: series.map(({ name }) => name), range: series.map(({ color }) => color) },
            legend: series.length > 1 ? { symbolType: "square", offset: 10 } : null,
          },
        },
      },
    ],
    encoding: {
      x: {
        field: "value",
        type: "quantitative",
        title: null,
        scale: { domain: range, nice: false },
        axis: { tickCount: 4, grid: true, domain: false, ticks: false, format: axisFormat(range, 4, "percent") },
      },
      y: { field: "year", type: "ordinal", title: null, axis: null },
      ...(series.length > 1 && {
        yOffset: { field: "series", type: "nominal", scale: { domain: series.map(({ name }) => name) } },
      }),
    },
  };
}
