import { table, type ColumnTable } from "arquero";
import type { IcSummary } from "../../analysis/summarize-ic.js";
import { normalQuantile } from "../../analysis/normal-quantile.js";
import { axisFormat } from "../figure/axis-format.js";
import { csvData } from "../figure/csv-data.js";
import { figure } from "../figure/figure.js";
import { histogram, type Bins } from "../figure/histogram.js";
import { ink } from "../figure/ink.js";
import { roundDomain } from "../figure/layers.js";
import { numberText } from "../figure/number-text.js";
import type { ReportSection, VegaLiteSpec } from "../report.js";
import { extent, pick } from "../figure/series.js";
import { numbersOf } from "../figure/table-columns.js";
import { type SignalFigures } from "./signal-figures.js";

const [WIDTH, HEIGHT] = [440, 220];
const MOST_POINTS = 400;

/** How the daily ICs are spread, against a normal distribution. */
export function distributionSection(figures: SignalFigures): ReportSection {
  const { icSummary: ic, rankIcSummary: rank } = figures;
  const text = `Mean ${numberText(ic.mean, 3)} · standard deviation ${numberText(ic.std, 3)} · skew ${numberText(ic.skew, 2)} · excess kurtosis ${numberText(ic.kurtosis, 2)}`;
  return {
    name: "distribution",
    title: "Distribution of the daily IC",
    meaning:
      "Bars: days per bin; curve: normal with the same mean and deviation (ddof 1). Right: sorted, standardised ICs (ddof 0) against normal quantiles i/(n + 1). Skew and kurtosis with moments divided by n; low and high end the 95 % interval of the mean, t is its t-statistic (Newey–West; t iid takes the days for independent).",
    table: summaryTable({ IC: ic, "Rank IC": rank }),
    spec: distributionSpec(figures, text),
    text,
  };
}

/** One row for each series; `low` and `high` are the ends of the mean's 95 % interval (Newey–West). */
function summaryTable(summaries: Readonly<Record<string, IcSummary>>): ColumnTable {
  const all = Object.values(summaries);
  return table({
    series: Object.keys(summaries),
    days: all.map(({ n }) => n),
    mean: all.map(({ mean }) => mean),
    low: all.map(({ neweyWest }) => neweyWest.low),
    high: all.map(({ neweyWest }) => neweyWest.high),
    t: all.map(({ neweyWest }) => neweyWest.tStat),
    "t iid": all.map(({ tStat }) => tStat),
    std: all.map(({ std }) => std),
    ICIR: all.map(({ icir }) => icir),
    "share > 0": all.map(({ positiveShare }) => positiveShare),
    skew: all.map(({ skew }) => skew),
    "excess kurtosis": all.map(({ kurtosis }) => kurtosis),
  });
}

function distributionSpec({ ic: byDate, icSummary }: SignalFigures, subtitle: string): VegaLiteSpec {
  const k = ink("light");
  const values = numbersOf(byDate, "ic")
    .filter((value) => !Number.isNaN(value))
    .sort();
  const bins = histogram(values);
  const curve = normalCurve(icSummary.mean, icSummary.std, bins, values.length);
  const points = quantilePairs(values);
  const qRange = roundDomain(extent(numbersOf(points, "normal"), numbersOf(points, "observed")), 5);
  const xRange: [number, number] = [bins.start, bins.start + bins.width * bins.counts.length];
  const counts = extent(bins.counts, [0]);
  return figure({
    title: { text: "Distribution of the daily IC", subtitle },
    description: subtitle,
    spacing: 60,
    hconcat: [
      {
        width: WIDTH,
        height: HEIGHT,
        layer: [
          {
            data: csvData({
              from: Float64Array.from(bins.counts, (_, i) => bins.start + i * bins.width),
              to: Float64Array.from(bins.counts, (_, i) => bins.start + (i + 1) * bins.width),
              days: bins.counts,
            }),
            mark: { type: "bar", color: k.bench, opacity: 0.6, stroke: k.background, strokeWidth: 1 },
            encoding: {
              x: {
                field: "from",
                type: "quantitative",
                bin: { binned: true },
                title: "Daily IC",
                scale: { domain: xRange, nice: false },
                axis: { tickCount: 7, labelFlush: false, format: axisFormat(xRange, 7) },
              },
              x2: { field: "to" },
              y: {
                field: "days",
                type: "quantitative",
                title: "Days",
                axis: { tickCount: 5, format: axisFormat(counts, 5) },
              },
            },
          },
          {
            data: csvData(curve),
            mark: { type: "line", color: k.excess, strokeWidth: 1.7 },
            encoding: { x: { field: "x", type: "quantitative" }, y: { field: "days", type: "quantitative" } },
          },
          {
            data: { values: [{ mean: icSummary.mean }] },
            mark: { type: "rule", color: k.strategy, strokeWidth: 2 },
            encoding: { x: { field: "mean", type: "quantitative" } },
          },
        ],
      },
      {
        width: HEIGHT,
        height: HEIGHT,
        layer: [
          {
            data: { values: [{ a: qRange[0], b: qRange[1] }] },
            mark: { type: "rule", color: k.rule },
            encoding: {
              x: { field: "a", type: "quantitative" },
              y: { field: "a", type: "quantitative" },
              x2: { field: "b" },
              y2: { field: "b" },
            },
          },
          {
            data: csvData({ normal: numbersOf(points, "normal"), observed: numbersOf(points, "observed") }),
            mark: { type: "point", filled: true, size: 14, color: k.strategy, opacity: 0.7 },
            encoding: {
              x: {
                field: "normal",
                type: "quantitative",
                title: "Normal quantile",
                scale: { domain: qRange, nice: false },
                axis: { tickCount: 5, labelFlush: false, format: axisFormat(qRange, 5) },
              },
              y: {
                field: "observed",
                type: "quantitative",
                title: "Observed quantile",
                scale: { domain: qRange, nice: false },
                axis: { tickCount: 5, format: axisFormat(qRange, 5) },
              },
            },
          },
        ],
      },
    ],
  });
}

/** Expected days per bin under a normal distribution. */
function normalCurve(
  mean: number,
  std: number,
  { start, width, counts }: Bins,
  n: number,
): { x: Float64Array; days: Float64Array } {
  const x = Float64Array.from({ length: 121 }, (_, i) => start + (i / 120) * width * counts.length);
  if (!(std > 0)) return { x: new Float64Array(0), days: new Float64Array(0) };
  return {
    x,
    days: x.map(
      (value) => ((n * width) / (std * Math.sqrt(2 * Math.PI))) * Math.exp(-0.5 * ((value - mean) / std) ** 2),
    ),
  };
}

/** Normal quantile at i/(n + 1) and the i-th smallest standardised value; thinned to what can be seen. */
function quantilePairs(sorted: Float64Array): ColumnTable {
  const n = sorted.length;
  const mean = sorted.reduce((sum, value) => sum + value, 0) / n;
  const std = Math.sqrt(sorted.reduce((sum, value) => sum + (value - mean) ** 2, 0) / n);
  const rows = Int32Array.from({ length: std > 0 ? Math.min(n, MOST_POINTS) : 0 }, (_, i) =>
    n <= MOST_POINTS ? i : Math.round((i * (n - 1)) / (MOST_POINTS - 1)),
  );
  return table({
    normal: Float64Array.from(rows, (row) => normalQuantile((row + 1) / (n + 1))),
    observed: pick(sorted, rows).map((value) => (value - mean) / std),
  });
}
