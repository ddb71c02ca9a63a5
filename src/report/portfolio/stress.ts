import { table, type ColumnTable } from "arquero";
import { worstSpans, type Span } from "../../analysis/portfolio/worst-spans.js";
import { total } from "../../analysis/statistic/return-facts.js";
import { curve, underwater } from "../../analysis/statistic/wealth.js";
import { formatDatetime, parseDatetime, type DatetimeInput } from "../../engine/datetime.js";
import { axisFormat } from "../figure/axis-format.js";
import { csvData } from "../figure/csv-data.js";
import { figure } from "../figure/figure.js";
import { ink } from "../figure/ink.js";
import { roundDomain, zeroLine } from "../figure/layers.js";
import { percentText } from "../figure/number-text.js";
import { extent } from "../figure/series.js";
import type { ReportSection, VegaLiteSpec } from "../report.js";
import type { PortfolioSeries } from "./portfolio-series.js";

const PERIODS = 20;
/** More lines could not be told apart. */
const MOST_LINES = 8;

export interface StressOptions {
  /** Spans to look at beside the worst ones, by name, first and last day: `{ "COVID crash": ["2020-02-20", "2020-03-23"] }`. */
  readonly stress?: Readonly<Record<string, readonly [DatetimeInput, DatetimeInput]>>;
}

interface NamedSpan extends Span {
  readonly name: string;
}

/** How it did when it was bad: the worst 20 days, and spans that the reader names; undefined when there is neither. */
export function stressSection(series: PortfolioSeries, { stress = {} }: StressOptions): ReportSection | undefined {
  const { days, strategy, mode } = series;
  const named = Object.entries(stress).map(([name, span]) => spanBetween(days, name, span));
  const without = named.filter((one) => one.to < one.from).map(({ name }) => name);
  const worst = worstSpans(strategy.returns, { periods: PERIODS, mode }).map((span, i): NamedSpan => ({
    name: `Worst ${i + 1}`,
    ...span,
  }));
  const spans = [...named.filter((one) => one.to >= one.from), ...worst];
  if (spans.length === 0) return undefined;
  const found = stressTable(series, spans);
  const text = spans
    .slice(0, 3)
    .map(({ name }, row) => `${name}: ${percentText(found.get("return", row) as number, 1)}`)
    .join(" · ");
  return {
    name: "stress",
    title: "Stress periods",
    meaning:
      `Net of cost, ${mode === "sum" ? "added up" : "compounded"} inside each span; ${named.length ? "spans that were asked for, then " : ""}the ${PERIODS} days in a row that lost most, none overlapping another. ` +
      `Drawdown: from the highest point inside the span, its start included.${without.length ? ` No day lies in: ${without.join(", ")}.` : ""}`,
    table: found,
    spec: stressSpec(series, spans.slice(0, MOST_LINES), text),
    text,
  };
}

function spanBetween(days: Float64Array, name: string, [start, end]: readonly [DatetimeInput, DatetimeInput]): NamedSpan {
  const [first, last] = [parseDatetime(start), parseDatetime(end)];
  const from = days.findIndex((day) => day >= first);
  const to = days.findLastIndex((day) => day <= last);
  return from < 0 ? { name, from: 0, to: -1, total: NaN } : { name, from, to, total: NaN };
}

function stressTable({ days, strategy, benchmark, excess, mode }: PortfolioSeries, spans: readonly NamedSpan[]): ColumnTable {
  const part = (values: Float64Array, { from, to }: Span) =>
    values.subarray(from, to + 1).filter((value) => !Number.isNaN(value));
  const totals = (values: Float64Array) => spans.map((span) => total(part(values, span), mode));
  return table({
    span: spans.map(({ name }) => name),
    start: spans.map(({ from }) => new Date(days[from]!)),
    end: spans.map(({ to }) => new Date(days[to]!)),
    days: spans.map(({ from, to }) => to - from + 1),
    return: totals(strategy.returns),
    ...(benchmark && { benchmark: totals(benchmark.returns) }),
    ...(excess && { excess: totals(excess.returns) }),
    drawdown: spans.map((span) => Math.min(0, ...underwater(curve(part(strategy.returns, span), mode), mode))),
  });
}

/** The spans laid over each other, each from its first day. */
function stressSpec(
  { days, strategy, mode }: PortfolioSeries,
  spans: readonly NamedSpan[],
  subtitle: string,
): VegaLiteSpec {
  const k = ink("light");
  const paths = spans.map(({ from, to }) => Float64Array.of(0, ...curve(strategy.returns.slice(from, to + 1), mode)));
  const range = roundDomain(extent(...paths, [0]), 5);
  const names = spans.map(({ name, from }) => `${name} (${formatDatetime(days[from]!)})`);
  return figure({
    title: { text: "Stress periods", subtitle },
    description: subtitle,
    width: 700,
    height: 220,
    layer: [
      {
        data: csvData({
          span: paths.flatMap((path, i) => Array.from(path, () => names[i]!)),
          day: paths.flatMap((path) => [...path.keys()]),
          value: paths.flatMap((path) => [...path]),
        }),
        mark: { type: "line", strokeWidth: 1.6 },
        encoding: {
          x: { field: "day", type: "quantitative", title: "Days into the span", scale: { nice: false }, axis: { tickMinStep: 1 } },
          y: {
            field: "value",
            type: "quantitative",
            title: "Return since its start",
            scale: { domain: range, nice: false },
            axis: { tickCount: 5, format: axisFormat(range, 5, "percent") },
          },
          color: {
            field: "span",
            type: "nominal",
            scale: { domain: names, range: k.series.slice(0, names.length) },
            legend: { columns: 4, labelLimit: 220 },
          },
        },
      },
      zeroLine(k),
    ],
  });
}
