import type { ColumnTable } from "arquero";
import { axisFormat } from "../figure/axis-format.js";
import { csvData } from "../figure/csv-data.js";
import { figure } from "../figure/figure.js";
import { ink } from "../figure/ink.js";
import { roundDomain, zeroLine } from "../figure/layers.js";
import { extent } from "../figure/series.js";
import type { VegaLiteSpec } from "../report.js";

/** Values with the ends of an interval, in groups side by side. */
export interface ErrorBars {
  readonly title: string;
  readonly subtitle: string;
  /** Title of the value axis. */
  readonly axis: string;
  readonly kind: "number" | "percent";
  /** What stands on the other axis, in order. */
  readonly at: readonly string[];
  /** Which of several bars stands there. */
  readonly series: readonly string[];
  readonly value: readonly number[];
  readonly low: readonly number[];
  readonly high: readonly number[];
  /** By the order in which the series occur. */
  readonly colors?: readonly string[];
}

/** Bars with the interval of each. */
export function errorBars(bars: ErrorBars): VegaLiteSpec {
  const { title, subtitle, axis, kind, at, series, value, low, high } = bars;
  const k = ink("light");
  const names = [...new Set(series)];
  const range = roundDomain(extent([...low, ...high, ...value], [0]), 5);
  const places = new Set(at).size;
  const width = Math.max(240, Math.min(760, places * (14 * names.length + 26)));
  const y = {
    type: "quantitative",
    title: axis,
    scale: { domain: range, nice: false },
    axis: { tickCount: 5, format: axisFormat(range, 5, kind) },
  };
  const offset = names.length > 1 ? { xOffset: { field: "series", type: "nominal", scale: { domain: names } } } : {};
  const x = { field: "at", type: "nominal", sort: null, title: null, axis: { labelAngle: 0, ticks: false } };
  return figure({
    title: { text: title, subtitle },
    description: subtitle,
    width,
    height: 220,
    data: csvData({ at, series, value, low, high }),
    layer: [
      {
        mark: { type: "bar", cornerRadiusEnd: 2, opacity: 0.75 },
        encoding: {
          x,
          ...offset,
          y: { field: "value", ...y },
          color: {
            field: "series",
            type: "nominal",
            scale: { domain: names, range: (bars.colors ?? k.series).slice(0, names.length) },
            legend: names.length > 1 ? { symbolType: "square" } : null,
          },
        },
      },
      {
        mark: { type: "rule", color: k.text, strokeWidth: 1.2 },
        encoding: { x, ...offset, y: { field: "low", ...y }, y2: { field: "high" } },
      },
      zeroLine(k),
    ],
  });
}

/** The rows of a long table that have a value in a column. */
export const rowsWhere = (from: ColumnTable, column: string, value: unknown): number[] =>
  Array.from({ length: from.numRows() }, (_, row) => row).filter((row) => from.get(column, row) === value);
