import type { ColumnTable } from "arquero";
import { axisFormat } from "../figure/axis-format.js";
import { figure } from "../figure/figure.js";
import { ink } from "../figure/ink.js";
import { roundDomain, zeroLine } from "../figure/layers.js";
import { numberText, percentText, signedPercentText } from "../figure/number-text.js";
import type { ReportSection, VegaLiteSpec } from "../report.js";
import { cumulativeLines } from "../figure/cumulative-lines.js";
import { cumulativeSum, extent } from "../figure/series.js";
import { datesOf, numbersOf } from "../figure/table-columns.js";
import { type SignalFigures } from "./signal-figures.js";

const [WIDTH, HEIGHT] = [420, 260];

/** What the score's buckets earned: cumulative by day, and a year's worth as bars. */
export function quantileSection(figures: SignalFigures): ReportSection {
  const { quantiles, numQuantiles, periodsPerYear } = figures;
  const spread = numbersOf(quantiles, "spread").filter((value) => !Number.isNaN(value));
  const mean = spread.reduce((sum, value) => sum + value, 0) / spread.length;
  const deviation = Math.sqrt(spread.reduce((sum, value) => sum + (value - mean) ** 2, 0) / (spread.length - 1));
  const text =
    `Equal-weight buckets by score, before costs · Q${numQuantiles} − Q1 ${percentText(mean * periodsPerYear, 1)} a year, ` +
    `Sharpe ${numberText((mean / deviation) * Math.sqrt(periodsPerYear), 2)}`;
  return {
    name: "quantiles",
    title: "Returns by score quantile",
    meaning:
      `Mean label of the instruments in each bucket per date; Q1 holds the lowest scores. Returns are added up, not compounded; ` +
      `a year is ${periodsPerYear} dates. A label over several days counts each day's return more than once.`,
    table: quantiles,
    spec: quantileSpec(figures, text),
    text,
  };
}

function quantileSpec({ quantiles, numQuantiles, periodsPerYear }: SignalFigures, subtitle: string): VegaLiteSpec {
  const k = ink("light");
  const names = Array.from({ length: numQuantiles }, (_, i) => `Q${i + 1}`);
  const days = datesOf(quantiles);
  const domain: [number, number] = [days[0] ?? 0, days.at(-1) ?? 0];
  const lines = names.map((name, i) => ({
    label: bucketLabel(name, i, numQuantiles),
    color: k.quantile(i, numQuantiles),
    values: cumulativeSum(numbersOf(quantiles, name)),
  }));
  const range = roundDomain(extent(...lines.map(({ values }) => values), [0]), 6);
  const yearly = names.map((name) => annualised(quantiles, name, periodsPerYear));
  const color = {
    field: "bucket",
    type: "nominal",
    scale: { domain: names, range: lines.map((line) => line.color) },
    legend: null,
  };
  const barRange = extent(yearly, [0]);
  const labels = [
    { sign: ">=", dy: -8 },
    { sign: "<", dy: 9 },
  ].map(({ sign, dy }) => ({
    transform: [{ filter: `datum.value ${sign} 0` }],
    mark: { type: "text", fontSize: 10, fontWeight: 500, dy },
    encoding: {
      x: { field: "bucket", type: "nominal", sort: names },
      y: { field: "value", type: "quantitative" },
      text: { field: "text", type: "nominal" },
    },
  }));
  return figure({
    title: { text: "Returns by score quantile", subtitle },
    description: `${subtitle}. ${names.map((name, i) => `${name} ${signedPercentText(yearly[i]!, 1)}`).join(", ")} a year.`,
    spacing: 40,
    hconcat: [
      {
        width: WIDTH,
        height: HEIGHT,
        layer: cumulativeLines(k, days, lines, {
          domain,
          range,
          width: WIDTH,
          height: HEIGHT,
          strokeWidth: 1.7,
          axis: { tickCount: 5 },
        }),
      },
      {
        width: 46 * numQuantiles,
        height: HEIGHT,
        data: {
          values: names.map((bucket, i) => ({ bucket, value: yearly[i]!, text: signedPercentText(yearly[i]!, 1) })),
        },
        layer: [
          {
            mark: { type: "bar", cornerRadiusEnd: 2, width: 20 },
            encoding: {
              x: {
                field: "bucket",
                type: "nominal",
                sort: names,
                title: null,
                axis: { labelAngle: 0, ticks: false, domain: false, labelFontWeight: 600 },
              },
              y: {
                field: "value",
                type: "quantitative",
                title: "Return a year",
                scale: { domain: roomFor(barRange) },
                axis: { tickCount: 5, format: axisFormat(barRange, 5, "percent") },
              },
              color,
            },
          },
          zeroLine(k),
          ...labels,
        ],
      },
    ],
  });
}

function annualised(quantiles: ColumnTable, name: string, periodsPerYear: number): number {
  const values = numbersOf(quantiles, name).filter((value) => !Number.isNaN(value));
  return (values.reduce((sum, value) => sum + value, 0) / values.length) * periodsPerYear;
}

/** The bars' range with room for a value label beyond each end. */
export function roomFor([low, high]: readonly [number, number]): [number, number] {
  const room = 0.12 * (high - low);
  return [low < 0 ? low - room : low, high > 0 ? high + room : high];
}

const bucketLabel = (name: string, i: number, count: number) =>
  i === count - 1 ? `${name} (top)` : i === 0 ? `${name} (bottom)` : name;
