import { table, type ColumnTable } from "arquero";
import { statistics } from "../../analysis/statistics.js";
import { underwater } from "../../analysis/statistic/wealth.js";
import { cumulativeLines, type CumulativeLine } from "../figure/cumulative-lines.js";
import { figure } from "../figure/figure.js";
import { csvData } from "../figure/csv-data.js";
import { ink, type Ink } from "../figure/ink.js";
import { roundDomain } from "../figure/layers.js";
import { numberText, percentText, signedPercentText } from "../figure/number-text.js";
import { extent, lastOf } from "../figure/series.js";
import { timePanels, type TimePanel } from "../figure/time-panels.js";
import type { ReportSection, VegaLiteSpec } from "../report.js";
import type { NamedReturns, PortfolioSeries } from "./portfolio-series.js";

const WIDTH = 760;
/** The turnover of more days is drawn as a mean. */
const MOST_DAYS = 1500;
const MONTH = 21;
const HEIGHT = { path: 250, drawdown: 70, excess: 60, turnover: 54 };

/** What was earned, against the benchmark; how far below the top; how much was traded. */
export function performanceSection(series: PortfolioSeries, split?: number): ReportSection {
  const text = keyText(series);
  const how = series.mode === "sum" ? "Returns are added up, not compounded" : "Returns are compounded";
  return {
    name: "performance",
    title: "Performance",
    meaning:
      `${how}; the strategy is net of cost. Excess: strategy − benchmark, day by day. Drawdown: distance from the highest point so far, ` +
      `the start included. Turnover: bought plus sold as a share of the account; the first day, which builds the portfolio, may leave its panel${series.days.length > MOST_DAYS ? `, which shows the mean of ${MONTH} days` : ""}. ${series.periodsPerYear} days a year.`,
    table: pathTable(series),
    spec: performanceSpec(series, text, split),
    text,
  };
}

/** Two lines of key figures: what the figure says without being looked at. */
function keyText(series: PortfolioSeries): string {
  const { strategy, benchmark, excess } = series;
  const own = figuresOf(series, strategy);
  const parts = [
    `Annual return ${percentText(own.annual_return!, 1)}${benchmark ? ` (benchmark ${percentText(figuresOf(series, benchmark).annual_return!, 1)})` : ""}`,
    `Sharpe ${numberText(own.sharpe!, 2)}`,
    `Max drawdown ${percentText(own.max_drawdown!, 1)}`,
  ];
  if (excess) {
    const over = figuresOf(series, excess);
    parts.splice(2, 0, `Information ratio ${numberText(over.sharpe!, 2)}`);
    parts.push(`Excess drawdown ${percentText(over.max_drawdown!, 1)}`);
  }
  return parts.join(" · ");
}

const HEADLINE = ["annual_return", "sharpe", "max_drawdown"];

function figuresOf({ mode, periodsPerYear }: PortfolioSeries, { returns }: NamedReturns): Record<string, number> {
  const found = statistics(returns, { ids: HEADLINE, mode, periodsPerYear });
  return Object.fromEntries(HEADLINE.map((id, row) => [id, found.get("value", row) as number]));
}

/** The report's days with everything that the figure shows; `drawdown` and `excess_drawdown` ≤ 0. */
function pathTable({
  days,
  strategy,
  gross,
  benchmark,
  excess,
  grossExcess,
  cost,
  turnover,
  mode,
}: PortfolioSeries): ColumnTable {
  return table({
    datetime: Array.from(days, (day) => new Date(day)),
    return: strategy.returns,
    cum_return: strategy.path,
    drawdown: underwater(strategy.path, mode),
    ...(cost && { cum_return_before_cost: gross.path }),
    ...(benchmark && { benchmark: benchmark.returns, cum_benchmark: benchmark.path }),
    ...(excess && {
      excess: excess.returns,
      cum_excess: excess.path,
      excess_drawdown: underwater(excess.path, mode),
      ...(cost && { cum_excess_before_cost: grossExcess!.path }),
    }),
    ...(cost && { cost }),
    ...(turnover && { turnover }),
  });
}

function performanceSpec(series: PortfolioSeries, subtitle: string, split?: number): VegaLiteSpec {
  const k = ink("light");
  const { days, strategy, benchmark, excess, turnover, mode } = series;
  const domain: [number, number] = [days[0]!, days.at(-1)!];
  const line = ({ name, path }: NamedReturns, color: string): CumulativeLine => ({
    label: `${name} ${signedPercentText(lastOf(path), 0)}`,
    color,
    values: path,
  });
  const lines = [
    ...(benchmark ? [line(benchmark, k.bench)] : []),
    ...(excess ? [line(excess, k.excess)] : []),
    line(strategy, k.strategy),
  ];
  const range = roundDomain(extent(...lines.map(({ values }) => values), [0]), 6);
  const below: TimePanel[] = [
    panelOf("Drawdown", HEIGHT.drawdown, k.negative, underwater(strategy.path, mode)),
    ...(excess ? [panelOf("Excess DD", HEIGHT.excess, k.excess, underwater(excess.path, mode))] : []),
    ...(turnover ? [turnoverPanel(turnover, k.bench)] : []),
  ];
  return figure({
    title: { text: benchmark ? "Strategy against benchmark" : "Strategy", subtitle },
    description: subtitle,
    spacing: 12,
    vconcat: [
      {
        width: WIDTH,
        height: HEIGHT.path,
        layer: [
          ...cumulativeLines(k, days, lines, {
            domain,
            range,
            width: WIDTH,
            height: HEIGHT.path,
            strokeWidth: 1.8,
            title: mode === "sum" ? "Cumulative return (sum)" : "Cumulative return",
            axis: { labels: false, grid: true },
          }),
          ...(split === undefined ? [] : splitRule(k, split)),
        ],
      },
      ...timePanels(k, days, WIDTH, below),
    ],
  });
}

/** Building the portfolio on the first day is no turnover to scale a figure by; of very many days a mean is drawn, not a block of ink. */
export function turnoverPanel(turnover: Float64Array, color: string): TimePanel {
  const fits = turnover.length > 1 ? { fits: [turnover.subarray(1)] } : {};
  if (turnover.length <= MOST_DAYS) return { ...panelOf("Turnover", HEIGHT.turnover, color, turnover), ...fits };
  const smooth = trailingMean(turnover, MONTH);
  return { ...panelOf(`Turnover, ${MONTH} d`, HEIGHT.turnover, color, smooth), fits: [smooth.subarray(MONTH)] };
}

/** Mean of the last `days` values, fewer at the start; a missing value is left out. */
function trailingMean(values: Float64Array, days: number): Float64Array {
  let [sum, count] = [0, 0];
  const add = (value: number | undefined, sign: 1 | -1) => {
    if (value === undefined || Number.isNaN(value)) return;
    sum += sign * value;
    count += sign;
  };
  return values.map((value, i) => {
    add(value, 1);
    add(values[i - days], -1);
    return count === 0 ? NaN : sum / count;
  });
}

/** Where the days out of sample begin. */
function splitRule(k: Ink, split: number): Record<string, unknown>[] {
  const x = { field: "datetime", type: "temporal" };
  const data = csvData({ datetime: [new Date(split)], text: ["out of sample \u2192"] });
  return [
    { data, mark: { type: "rule", color: k.text, strokeDash: [4, 3] }, encoding: { x } },
    {
      data,
      mark: { type: "text", align: "left", dx: 5, y: 8, color: k.muted },
      encoding: { x, text: { field: "text", type: "nominal" } },
    },
  ];
}

const panelOf = (title: string, height: number, color: string, values: Float64Array): TimePanel => ({
  title,
  height,
  lines: [{ color, values }],
  mark: "area",
  kind: "percent",
});
