import { table, type ColumnTable } from "arquero";
import type { ReturnSource } from "../../analysis/statistic/return-series.js";
import { refuseUnknownOptions } from "../../engine/refuse-unknown-options.js";
import { InvalidArgumentError } from "../../errors.js";
import { underwater } from "../../analysis/statistic/wealth.js";
import { figure } from "../figure/figure.js";
import { ink } from "../figure/ink.js";
import { signedPercentText } from "../figure/number-text.js";
import { lastOf } from "../figure/series.js";
import { timePanels, type TimePanel } from "../figure/time-panels.js";
import { Report, type ReportSection } from "../report.js";
import { portfolioSeries, type PortfolioSeries, type PortfolioSeriesOptions } from "./portfolio-series.js";
import { statisticsTable } from "./statistics.js";

/** More lines could not be told apart. */
const MOST_LINES = 8;

export interface CompareReportsOptions extends PortfolioSeriesOptions {
  /** Default `Comparison`. */
  readonly title?: string;
}

/**
 * Several portfolios side by side: their paths in one figure, every statistic in a column of each.
 *
 * Each keeps its own days; the figure spans them all, and a path stands still on days that it does not have.
 *
 * @param reports By name: back-tests' reports, or bare series of returns, as {@link portfolioReport} takes them.
 * @returns A report with the sections `performance` and `statistics`.
 * @throws InvalidArgumentError for none; as {@link portfolioReport} for one that cannot be reported on.
 * @example
 * const days = ["2020-01-02", "2020-01-03"];
 * const report = compareReports({ calm: { datetime: days, return: [0, 0.5] }, wild: { datetime: days, return: [1, -0.5] } });
 * report.table("performance").array("wild") // -> [1, 0]
 */
export function compareReports(
  reports: Readonly<Record<string, ReturnSource>>,
  given: CompareReportsOptions = {},
): Report {
  refuseUnknownOptions("Cannot compare reports", given, ["title", "mode", "periodsPerYear", "benchmark"]);
  const { title = "Comparison", ...options } = given;
  const all = Object.entries(reports).map(([name, source]) => ({ name, series: portfolioSeries(source, options) }));
  if (all.length === 0)
    throw new InvalidArgumentError(
      "Cannot compare reports: none given\n  give them by name: { first: report, second: report }",
    );
  const { mode, periodsPerYear } = all[0]!.series;
  return new Report({
    kind: "comparison",
    title,
    facts: Object.fromEntries(
      all.slice(0, MOST_LINES).map(({ name, series }) => [name, signedPercentText(lastOf(series.strategy.path), 1)]),
    ),
    notes: [
      `Returns are ${mode === "sum" ? "added up" : "compounded"}, net of cost where it is known, ${periodsPerYear} days a year. Figures above: over all days of each.`,
      ...(all.length > MOST_LINES
        ? [`The figure shows the first ${MOST_LINES} of ${all.length}; the tables have them all.`]
        : []),
    ],
    sections: [pathSection(all), statisticsSection(all)],
  });
}

interface Named {
  readonly name: string;
  readonly series: PortfolioSeries;
}

function pathSection(all: readonly Named[]): ReportSection {
  const k = ink("light");
  const days = Float64Array.from(new Set(all.flatMap(({ series }) => [...series.days]))).sort();
  const paths = all.map(({ name, series }) => ({ name, path: onDays(series, days), mode: series.mode }));
  const shown = paths.slice(0, MOST_LINES);
  const text = shown.map(({ name, path }) => `${name} ${signedPercentText(lastOf(path), 1)}`).join(" · ");
  const line = (values: Float64Array, i: number, label?: string): TimePanel["lines"][number] => ({
    color: k.series[i % k.series.length]!,
    values,
    ...(label !== undefined && { label }),
  });
  const depth = (path: Float64Array, mode: PortfolioSeries["mode"]) =>
    underwater(
      path.map((value) => (Number.isNaN(value) ? 0 : value)),
      mode,
    );
  return {
    name: "performance",
    title: "Performance",
    meaning: "Cumulative return of each, net of cost; below, the distance from its highest point so far.",
    table: table({
      datetime: Array.from(days, (day) => new Date(day)),
      ...Object.fromEntries(paths.map(({ name, path }) => [name, path])),
    }),
    spec: figure({
      title: { text: "Performance", subtitle: text },
      description: text,
      spacing: 12,
      vconcat: timePanels(k, days, 720, [
        {
          title: "Return",
          height: 260,
          kind: "percent",
          ticks: 6,
          lines: shown.map(({ name, path }, i) => line(path, i, name)),
        },
        {
          title: "Drawdown",
          height: 110,
          kind: "percent",
          lines: shown.map(({ path, mode }, i) => line(depth(path, mode), i)),
        },
      ]),
    }),
    text,
  };
}

/** A path on other days: NaN before its first, still where it has none. */
function onDays({ days, strategy }: PortfolioSeries, all: Float64Array): Float64Array {
  const byDay = new Map(Array.from(days, (day, i) => [day, strategy.path[i]!]));
  let last = NaN;
  return all.map((day) => (last = byDay.get(day) ?? last));
}

function statisticsSection(all: readonly Named[]): ReportSection {
  const tables = all.map(({ name, series }) => ({ name, rows: byId(statisticsTable(series)) }));
  const ids = [...new Set(tables.flatMap(({ rows }) => [...rows.keys()]))];
  const first = (id: string) => tables.find(({ rows }) => rows.has(id))!.rows.get(id)!;
  return {
    name: "statistics",
    title: "Statistics",
    meaning:
      "Net of cost; each over its own days. r returns, b the benchmark's, n their number, N periods a year, f risk-free per period.",
    table: table({
      statistic: ids.map((id) => first(id).statistic),
      ...Object.fromEntries(
        tables.map(({ name, rows }) => [
          name in RESERVED ? `${name} (series)` : name,
          ids.map((id) => rows.get(id)?.strategy ?? ""),
        ]),
      ),
      formula: ids.map((id) => first(id).formula),
      convention: ids.map((id) => first(id).convention),
      id: ids,
    }),
    isText: true,
    text: `${ids.length} statistics of ${all.length}`,
  };
}

const RESERVED = { statistic: true, formula: true, convention: true, id: true };

interface StatisticRow {
  readonly statistic: string;
  readonly strategy: string;
  readonly formula: string;
  readonly convention: string;
  readonly id: string;
}

function byId(from: ColumnTable): Map<string, StatisticRow> {
  return new Map((from.objects() as StatisticRow[]).map((row) => [row.id, row]));
}
