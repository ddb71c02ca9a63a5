import { table } from "arquero";
import { InvalidArgumentError, UnknownNameError } from "../errors.js";
import { host } from "../host/host.js";
import type { MetricHistory } from "../tracking/metric-history.js";
import { chart, type Chart, type ChartOptions } from "./chart.js";
import type { DisplayBundle } from "./chart-bundle.js";
import { viewBundle } from "./view-bundle.js";

/** How the history of a metric is drawn. */
export interface HistoryChartOptions extends Pick<ChartOptions, "title" | "subtitle" | "width" | "height" | "theme"> {
  /** Which of the history's metrics; default the first. */
  readonly metric?: string;
  /** Default `step`; `seconds` since each run began, or the `time` itself. */
  readonly x?: "step" | "seconds" | "time";
  /** From 0 (default) to below 1: how much of the value before goes into each value (exponential smoothing). */
  readonly smooth?: number;
}

const AXES = ["step", "seconds", "time"];
/** Points below a figure: a few rows tell what is in the table. */
const SHOWN_ROWS = 8;

/**
 * A line for each run. Of several values at one step the newest counts; NaN and infinite values leave a gap.
 *
 * @throws UnknownNameError for a metric that the history does not have, or another axis. @throws InvalidArgumentError
 */
export function historyChart(
  history: MetricHistory,
  { metric = history.keys[0]!, x = "step", smooth = 0, ...options }: HistoryChartOptions = {},
): Chart {
  if (!history.keys.includes(metric))
    throw new UnknownNameError("metric", metric, history.keys, { context: "Cannot draw the history" });
  if (!AXES.includes(x)) throw new UnknownNameError("axis", x, AXES, { context: "Cannot draw the history" });
  if (!(smooth >= 0 && smooth < 1))
    throw new InvalidArgumentError(`Cannot smooth by ${smooth}\n  expected: a number from 0 to below 1`);
  const points = history.toTable();
  const column = (name: string) => points.array(name) as ArrayLike<unknown>;
  const [metrics, runs, steps, values, xs] = ["metric", "run", "step", "value", x].map(column);
  const own = [...Array(points.numRows()).keys()].filter((row) => metrics![row] === metric);
  const newest = own.filter(
    (row, i) => own[i + 1] === undefined || runs![own[i + 1]!] !== runs![row] || steps![own[i + 1]!] !== steps![row],
  );
  const drawn = table({
    [x]: newest.map((row) => xs![row]),
    [metric]: smoothed(
      newest.map((row) => Number(values![row])),
      newest.map((row) => runs![row]),
      smooth,
    ),
    run: newest.map((row) => runs![row]),
  });
  const isOne = history.runs.length === 1;
  const subtitle = smooth === 0 ? options.subtitle : (options.subtitle ?? `smoothed, factor ${smooth}`);
  return chart(drawn, {
    mark: newest.length > history.runs.length ? "line" : "point",
    x,
    y: metric,
    ...(isOne ? {} : { color: "run" }),
    height: 240,
    title: isOne ? `${metric} of ${history.labels[0]}` : metric,
    ...options,
    ...(subtitle !== undefined && { subtitle }),
  });
}

/** Each value with a share of what stood before it, run by run; what is no finite number stays a gap. */
function smoothed(values: readonly number[], runs: readonly unknown[], share: number): Float64Array {
  let before = NaN;
  return Float64Array.from(values, (value, i) => {
    if (runs[i] !== runs[i - 1]) before = NaN;
    if (!Number.isFinite(value)) return NaN;
    return (before = Number.isNaN(before) ? value : share * before + (1 - share) * value);
  });
}

/** A figure for each metric, then the points. */
export async function showHistory(history: MetricHistory): Promise<DisplayBundle> {
  for (const metric of history.keys) await host.bridge?.show(historyChart(history, { metric }));
  return viewBundle({ table: history.toTable() }, { rows: SHOWN_ROWS });
}
