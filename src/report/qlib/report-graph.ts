import { table, type ColumnTable } from "arquero";
import type { ReturnSource } from "../../analysis/statistic/return-series.js";
import { columnsOf, isNumbers } from "../../analysis/statistic/return-series.js";
import { formatDatetime } from "../../engine/datetime.js";
import { UnknownNameError } from "../../errors.js";
import { figure } from "../figure/figure.js";
import { ink } from "../figure/ink.js";
import { percentText } from "../figure/number-text.js";
import { lastOf, pick } from "../figure/series.js";
import { timePanels, type PanelLine, type TimePanel } from "../figure/time-panels.js";
import { turnoverPanel } from "../portfolio/performance.js";
import { portfolioSeries, type PortfolioSeries } from "../portfolio/portfolio-series.js";
import { Report, type VegaLiteSpec } from "../report.js";

const WIDTH = 640;
const NEEDED = ["return", "cost", "bench", "turnover"];

/** From the highest point to the lowest below it. */
interface Fall {
  readonly peak: number;
  readonly trough: number;
}

/**
 * A back-test at a glance, as Qlib's report graph: return with and without cost against the benchmark, excess, drawdowns, turnover.
 *
 * All accumulations are sums. A drawdown is the distance from the highest value so far, the first day's included but not the start at 0. The
 * ground of the upper three panels shows the deepest fall of the return without cost, that of the lower four of the excess without cost.
 *
 * In Qlib: qlib.contrib.report.analysis_position.report_graph
 *
 * @param report Columns `datetime, return, cost, bench, turnover`: a back-test's report.
 * @returns A report of one section, `report`; its table begins with a row `T0` of zeros.
 * @throws UnknownNameError when a column is not there; as {@link portfolioReport} for what cannot be reported on.
 * @example
 * const day = { datetime: ["2020-01-02", "2020-01-03"], return: [0.5, -0.25], cost: [0, 0], bench: [0.25, 0], turnover: [1, 0] };
 * reportGraph(day).table("report").array("cum_ex_return_w_cost") // -> [0, 0.25, 0]
 */
export function reportGraph(report: ReturnSource): Report {
  if (!isNumbers(report))
    for (const name of NEEDED)
      if (!columnsOf(report).names.includes(name))
        throw new UnknownNameError("column", name, columnsOf(report).names, { context: "Cannot draw the report graph" });
  const series = portfolioSeries(report, { mode: "sum" });
  const columns = reportColumns(series);
  const falls = [columns.cum_return_wo_cost!, columns.cum_ex_return_wo_cost!].map(deepestFall);
  const facts = {
    "Return with cost": percentText(lastOf(columns.cum_return_w_cost!), 2),
    "Excess with cost": percentText(lastOf(columns.cum_ex_return_w_cost!), 2),
    Benchmark: percentText(lastOf(columns.cum_bench!), 2),
    Days: series.days.length,
  };
  const span = ({ peak, trough }: Fall) =>
    `${formatDatetime(series.days[peak]!)} to ${formatDatetime(series.days[trough]!)}`;
  const text =
    `Cumulative: ${facts["Return with cost"]} with cost, excess ${facts["Excess with cost"]}, benchmark ${facts.Benchmark} · ` +
    `deepest fall ${span(falls[0]!)}, of the excess ${span(falls[1]!)}`;
  return new Report({
    kind: "report-graph",
    title: "Report graph",
    facts,
    notes: [],
    sections: [
      {
        name: "report",
        title: "Report",
        meaning:
          "Sums, not compounded. wo: without, w: with cost; ex: minus the benchmark; mdd: distance from the highest value so far. T0: before the first day.",
        table: withStart(series.days, columns),
        spec: reportSpec(series.days, columns, falls as [Fall, Fall], text),
        text,
      },
    ],
  });
}

function reportColumns({ gross, strategy, benchmark, excess, grossExcess, turnover }: PortfolioSeries) {
  const nothing = new Float64Array(gross.path.length).fill(NaN);
  const columns: Record<string, Float64Array> = {
    cum_bench: benchmark?.path ?? nothing,
    cum_return_wo_cost: gross.path,
    cum_return_w_cost: strategy.path,
    return_wo_mdd: fromPeak(gross.path),
    return_w_cost_mdd: fromPeak(strategy.path),
    cum_ex_return_wo_cost: grossExcess?.path ?? nothing,
    cum_ex_return_w_cost: excess?.path ?? nothing,
    cum_ex_return_wo_cost_mdd: fromPeak(grossExcess?.path ?? nothing),
    cum_ex_return_w_cost_mdd: fromPeak(excess?.path ?? nothing),
    turnover: turnover ?? nothing,
  };
  return columns;
}

/** x − the highest x so far. */
function fromPeak(path: Float64Array): Float64Array {
  let peak = -Infinity;
  return path.map((value) => value - (peak = Math.max(peak, value)));
}

/** The first lowest point below a peak, and the highest point before it. */
function deepestFall(path: Float64Array): Fall {
  const depth = fromPeak(path);
  const trough = depth.reduce((best, value, i) => (value < depth[best]! ? i : best), 0);
  const peak = path.subarray(0, trough + 1).reduce((best, value, i) => (value > path[best]! ? i : best), 0);
  return { peak, trough };
}

function withStart(days: Float64Array, columns: Readonly<Record<string, Float64Array>>): ColumnTable {
  return table({
    date: ["T0", ...Array.from(days, (day) => formatDatetime(day))],
    ...Object.fromEntries(
      Object.entries(columns).map(([name, values]) => [name, Float64Array.of(0, ...values)] as const),
    ),
  });
}

function reportSpec(
  days: Float64Array,
  columns: Readonly<Record<string, Float64Array>>,
  [whole, excess]: readonly [Fall, Fall],
  subtitle: string,
): VegaLiteSpec {
  const k = ink("light");
  const at = ({ peak, trough }: Fall) => pick(days, Int32Array.of(peak, trough)) as unknown as [number, number];
  const line = (name: string, color: string, label: string): PanelLine => ({ label, color, values: columns[name]! });
  const panel = (title: string, height: number, lines: readonly PanelLine[], fall: Fall): TimePanel => ({
    title,
    height,
    lines,
    kind: "percent",
    ticks: height > 100 ? 5 : 2,
    shaded: [at(fall)],
  });
  const area = (title: string, name: string, color: string, fall: Fall): TimePanel => ({
    ...panel(title, 44, [{ color, values: columns[name]! }], fall),
    mark: "area",
  });
  return figure({
    title: { text: "Report", subtitle },
    description: subtitle,
    spacing: 10,
    vconcat: timePanels(k, days, WIDTH, [
      panel(
        "Return",
        140,
        [
          line("cum_bench", k.bench, "bench"),
          line("cum_return_wo_cost", k.excess, "without cost"),
          line("cum_return_w_cost", k.strategy, "with cost"),
        ],
        whole,
      ),
      area("w/o cost DD", "return_wo_mdd", k.excess, whole),
      area("w/ cost DD", "return_w_cost_mdd", k.strategy, whole),
      panel(
        "Excess",
        140,
        [line("cum_ex_return_wo_cost", k.excess, "without cost"), line("cum_ex_return_w_cost", k.strategy, "with cost")],
        excess,
      ),
      { ...turnoverPanel(columns.turnover!, k.bench), height: 44, shaded: [at(excess)] },
      area("Ex w/ DD", "cum_ex_return_w_cost_mdd", k.strategy, excess),
      area("Ex w/o DD", "cum_ex_return_wo_cost_mdd", k.excess, excess),
    ]),
  });
}
