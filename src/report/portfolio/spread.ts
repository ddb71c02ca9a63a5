import { table, type ColumnTable } from "arquero";
import { groupByPeriod } from "../../analysis/statistic/period-returns.js";
import { percentile, shape } from "../../analysis/statistic/series-moments.js";
import { axisFormat } from "../figure/axis-format.js";
import { csvData } from "../figure/csv-data.js";
import { figure } from "../figure/figure.js";
import { histogram } from "../figure/histogram.js";
import { ink } from "../figure/ink.js";
import { roundDomain } from "../figure/layers.js";
import { numberText, percentText } from "../figure/number-text.js";
import { extent } from "../figure/series.js";
import { numbersOf } from "../figure/table-columns.js";
import type { ReportSection, VegaLiteSpec } from "../report.js";
import type { PortfolioSeries } from "./portfolio-series.js";

const [WIDTH, HEIGHT] = [360, 220];
const PERIODS = ["day", "week", "month", "quarter", "year"] as const;
const QUANTILES = { p5: 0.05, p25: 0.25, median: 0.5, p75: 0.75, p95: 0.95 } as const;

/** How daily returns are spread, and how the spread grows with the length of the period. */
export function spreadSection(series: PortfolioSeries): ReportSection {
  const { returns } = series.strategy;
  const { skew, kurtosis } = shape(returns);
  const text =
    `Daily: ${percentText(percentile(returns, 0.05), 2)} at the 5th percentile, ${percentText(percentile(returns, 0.95), 2)} at the 95th · ` +
    `skew ${numberText(skew, 2)} · excess kurtosis ${numberText(kurtosis - 3, 1)}`;
  const byPeriod = quantileTable(series);
  return {
    name: "spread",
    title: "Distribution of returns",
    meaning:
      `Net of cost; periods by the calendar, their days ${series.mode === "sum" ? "added up" : "compounded"}. Box: 25th to 75th percentile with the median, ` +
      "whiskers 5th to 95th, linear between neighbours; n = periods. Skew and excess kurtosis with moments divided by n.",
    table: byPeriod,
    spec: spreadSpec(series, byPeriod, text),
    text,
  };
}

function quantileTable({ days, strategy, mode }: PortfolioSeries): ColumnTable {
  const values = PERIODS.map((period) =>
    period === "day" ? strategy.returns : groupByPeriod(strategy.returns, days, period, mode).returns,
  );
  return table({
    period: [...PERIODS],
    n: values.map(({ length }) => length),
    mean: values.map((one) => one.reduce((sum, value) => sum + value, 0) / one.length),
    ...Object.fromEntries(
      Object.entries({ worst: 0, ...QUANTILES, best: 1 }).map(([name, q]) => [
        name,
        values.map((one) => percentile(one, q)),
      ]),
    ),
    "share > 0": values.map((one) => one.filter((value) => value > 0).length / one.length),
  });
}

function spreadSpec({ strategy, benchmark }: PortfolioSeries, byPeriod: ColumnTable, subtitle: string): VegaLiteSpec {
  const k = ink("light");
  const present = (values: Float64Array) => values.filter((value) => !Number.isNaN(value));
  const range = extent(strategy.returns, benchmark ? present(benchmark.returns) : []);
  const own = histogram(strategy.returns, range);
  const other = benchmark && histogram(present(benchmark.returns), range);
  const edges = (i: number) => own.start + i * own.width;
  const bars = Array.from(own.counts.keys());
  const boxes = roundDomain(extent(numbersOf(byPeriod, "p5"), numbersOf(byPeriod, "p95"), [0]), 5);
  const y = {
    type: "quantitative",
    title: "Return",
    scale: { domain: boxes, nice: false },
    axis: { tickCount: 5, format: axisFormat(boxes, 5, "percent") },
  };
  const x = { field: "period", type: "nominal", sort: null, title: null, axis: { labelAngle: 0 } };
  return figure({
    title: { text: "Distribution of returns", subtitle },
    description: subtitle,
    spacing: 60,
    hconcat: [
      {
        width: WIDTH,
        height: HEIGHT,
        layer: [
          {
            data: csvData({ from: bars.map(edges), to: bars.map((i) => edges(i + 1)), days: own.counts }),
            mark: { type: "bar", color: k.strategy, opacity: 0.55, stroke: k.background, strokeWidth: 1 },
            encoding: {
              x: {
                field: "from",
                type: "quantitative",
                bin: { binned: true },
                title: "Daily return",
                scale: { domain: range, nice: false },
                axis: { tickCount: 6, labelFlush: false, format: axisFormat(range, 6, "percent") },
              },
              x2: { field: "to" },
              y: { field: "days", type: "quantitative", title: "Days", axis: { tickCount: 5 } },
            },
          },
          ...(other
            ? [
                {
                  data: csvData({ at: bars.map((i) => edges(i + 0.5)), days: other.counts }),
                  mark: { type: "line", color: k.bench, strokeWidth: 1.7, interpolate: "step" },
                  encoding: { x: { field: "at", type: "quantitative" }, y: { field: "days", type: "quantitative" } },
                },
              ]
            : []),
        ],
      },
      {
        width: WIDTH - 40,
        height: HEIGHT,
        data: csvData(
          Object.fromEntries(
            ["period", ...Object.keys(QUANTILES)].map((name) => [
              name,
              byPeriod.array(name) as ArrayLike<number | string>,
            ]),
          ),
        ),
        layer: [
          { mark: { type: "rule", color: k.rule }, encoding: { x, y: { field: "p5", ...y }, y2: { field: "p95" } } },
          {
            mark: { type: "bar", color: k.strategy, opacity: 0.55, width: 26 },
            encoding: { x, y: { field: "p25", ...y }, y2: { field: "p75" } },
          },
          {
            mark: { type: "tick", color: k.title, thickness: 2, width: 26 },
            encoding: { x, y: { field: "median", ...y } },
          },
        ],
      },
    ],
  });
}
