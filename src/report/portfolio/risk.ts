import { table, type ColumnTable } from "arquero";
import { riskAnalysis } from "../../analysis/risk-analysis.js";
import { axisFormat } from "../figure/axis-format.js";
import { csvData } from "../figure/csv-data.js";
import { figure } from "../figure/figure.js";
import { ink, type Ink } from "../figure/ink.js";
import { dateAxis, roundDomain, zeroLine } from "../figure/layers.js";
import { numberText, percentText } from "../figure/number-text.js";
import { extent } from "../figure/series.js";
import type { ReportSection, VegaLiteSpec } from "../report.js";
import type { NamedReturns, PortfolioSeries } from "./portfolio-series.js";

const MEASURES = [
  { id: "annualized_return", title: "Annualized return", percent: true },
  { id: "information_ratio", title: "Information ratio", percent: false },
  { id: "max_drawdown", title: "Max drawdown", percent: true },
  { id: "std", title: "Std per day", percent: true },
] as const;
type Measure = (typeof MEASURES)[number];
/** Months with fewer days say nothing. */
const FEWEST_DAYS = 3;
const BAR = { width: 150, height: 120 };
const LINE = { width: 362, height: 120 };

/** What costs took, over all days and month by month; with a benchmark of the excess, else of the return itself. */
export function riskSection(series: PortfolioSeries): ReportSection {
  const pair = compared(series);
  const overall = riskTable(series);
  const what = series.excess ? "excess return" : "return";
  const net = riskAnalysis(pair.at(-1)!.returns.filter(isNumber), { N: series.periodsPerYear });
  const text =
    `${series.cost ? "After cost" : "Cost unknown"}: ${percentText(net.annualized_return, 1)} a year · information ratio ${numberText(net.information_ratio, 2)} · ` +
    `largest drawdown ${percentText(net.max_drawdown, 1)}`;
  return {
    name: "risk",
    title: series.cost ? "Risk with and without cost" : "Risk",
    meaning:
      `Of the ${what}, as Qlib's risk analysis: sums, not compounded, ${series.periodsPerYear} days a year, std with ddof 1, drawdown from the first value on. ` +
      `Lines: the same inside each calendar month; months with fewer than ${FEWEST_DAYS} days are left out, and of some 20 days annual figures are wild.`,
    table: overall,
    spec: riskSpec(series, text),
    text,
  };
}

/** `kind, metric, risk`: mean, std, annualized_return, information_ratio, max_drawdown of each kind. */
export function riskTable(series: PortfolioSeries): ColumnTable {
  const rows = compared(series).flatMap(({ name, returns }) => {
    const figures = riskAnalysis(returns.filter(isNumber), { N: series.periodsPerYear });
    return Object.entries(figures).map(([metric, value]) => ({ kind: name, metric, value: value as number }));
  });
  return table({
    kind: rows.map(({ kind }) => kind),
    metric: rows.map(({ metric }) => metric),
    risk: Float64Array.from(rows, ({ value }) => value),
  });
}

/** `datetime` (last day of the month) and one column `<kind>_<measure>` each: what the lines show. */
export function monthlyRiskTable(series: PortfolioSeries): ColumnTable {
  const months = new Map<number, number[]>();
  series.days.forEach((day, row) => {
    const date = new Date(day);
    const end = Date.UTC(date.getUTCFullYear(), date.getUTCMonth() + 1, 0);
    months.set(end, [...(months.get(end) ?? []), row]);
  });
  const kept = [...months].filter(([, rows]) => rows.length >= FEWEST_DAYS);
  const columns: Record<string, Float64Array> = {};
  for (const { name, returns } of compared(series)) {
    const figures = kept.map(([, rows]) =>
      riskAnalysis(rows.map((row) => returns[row]!).filter(isNumber), { N: series.periodsPerYear }),
    );
    for (const { id } of MEASURES) columns[`${name}_${id}`] = Float64Array.from(figures, (one) => one[id]);
  }
  return table({ datetime: kept.map(([end]) => new Date(end)), n: kept.map(([, rows]) => rows.length), ...columns });
}

const isNumber = (value: number) => !Number.isNaN(value);

/** The series compared, without cost first, under Qlib's names. */
function compared({ strategy, gross, excess, grossExcess, cost }: PortfolioSeries): NamedReturns[] {
  const stem = excess ? "excess_return" : "return";
  return [
    ...(cost ? [{ ...(grossExcess ?? gross), name: `${stem}_without_cost` }] : []),
    { ...(excess ?? strategy), name: cost ? `${stem}_with_cost` : stem },
  ];
}

function riskSpec(series: PortfolioSeries, subtitle: string): VegaLiteSpec {
  const kinds = compared(series).map(({ name }) => name);
  return figure({
    title: { text: series.cost ? "Risk with and without cost" : "Risk", subtitle },
    description: subtitle,
    spacing: 18,
    vconcat: [riskBars(riskTable(series), kinds), ...monthlyRiskLines(monthlyRiskTable(series), kinds)],
  });
}

/** A row of panels, a bar for each kind. */
export function riskBars(overall: ColumnTable, kinds: readonly string[]): Record<string, unknown> {
  return { spacing: 44, hconcat: MEASURES.map((measure) => bars(overall, measure, colorOf(kinds))) };
}

/** Two rows of panels, a line by month for each kind. */
export function monthlyRiskLines(monthly: ColumnTable, kinds: readonly string[]): Record<string, unknown>[] {
  const panel = (measure: Measure) => lines(ink("light"), monthly, kinds, measure, colorOf(kinds));
  return [
    { spacing: 44, hconcat: MEASURES.slice(0, 2).map(panel) },
    { spacing: 44, hconcat: MEASURES.slice(2).map(panel) },
  ];
}

function colorOf(kinds: readonly string[]): Record<string, unknown> {
  const k = ink("light");
  return {
    field: "kind",
    type: "nominal",
    scale: { domain: kinds.map(label), range: kinds.length > 1 ? [k.bench, k.excess] : [k.excess] },
    legend: kinds.length > 1 ? {} : null,
  };
}

function bars(overall: ColumnTable, { id, title, percent }: Measure, color: object): Record<string, unknown> {
  const rows = Array.from({ length: overall.numRows() }, (_, row) => row).filter(
    (row) => overall.get("metric", row) === id,
  );
  const value = rows.map((row) => overall.get("risk", row) as number);
  const range = roundDomain(extent(value, [0]), 4);
  const y = {
    field: "value",
    type: "quantitative",
    title: null,
    scale: { domain: range, nice: false },
    axis: { tickCount: 4, format: axisFormat(range, 4, percent ? "percent" : "number") },
  };
  return {
    ...BAR,
    layer: [
      {
        data: csvData({ kind: rows.map((row) => label(overall.get("kind", row) as string)), value }),
        mark: { type: "bar", width: 34, cornerRadius: 2 },
        encoding: { x: { field: "kind", type: "nominal", sort: null, title: null, axis: null }, y, color },
      },
      // A title would stand a little higher or lower with the labels of its axis.
      {
        data: { values: [{ title }] },
        mark: { type: "text", align: "left", x: 0, y: -13, fontSize: 11, fontWeight: 500 },
        encoding: { text: { field: "title" } },
      },
    ],
  };
}

function lines(
  k: Ink,
  monthly: ColumnTable,
  kinds: readonly string[],
  { id, title, percent }: Measure,
  color: object,
): Record<string, unknown> {
  const days = (monthly.array("datetime") as Date[]).map(Number);
  const values = kinds.map((kind) => monthly.array(`${kind}_${id}`) as Float64Array);
  const range = roundDomain(extent(...values, [0]), 4);
  const domain: [number, number] = [days[0] ?? 0, days.at(-1) ?? 1];
  return {
    ...LINE,
    layer: [
      zeroLine(k),
      {
        data: csvData({
          datetime: kinds.flatMap(() => days),
          kind: kinds.flatMap((kind) => days.map(() => label(kind))),
          value: values.flatMap((one) => Array.from(one)),
        }),
        mark: { type: "line", strokeWidth: 1.6 },
        encoding: {
          x: dateAxis(domain, { tickCount: 5 }),
          y: {
            field: "value",
            type: "quantitative",
            title: `${title}, monthly`,
            scale: { domain: range, nice: false },
            axis: { tickCount: 4, format: axisFormat(range, 4, percent ? "percent" : "number") },
          },
          color,
        },
      },
    ],
  };
}

const label = (kind: string) => kind.replaceAll("_", " ");
