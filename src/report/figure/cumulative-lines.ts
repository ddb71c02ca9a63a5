import { axisFormat } from "./axis-format.js";
import { csvData } from "./csv-data.js";
import type { Ink } from "./ink.js";
import { dateAxis, endLabels, zeroLine } from "./layers.js";
import { m4 } from "./m4.js";
import { lastOf, pick } from "./series.js";

/** A cumulative return by day, with the name at its end. */
export interface CumulativeLine {
  readonly label: string;
  readonly color: string;
  readonly values: Float64Array;
}

export interface CumulativeLinesOptions {
  /** First and last day (epoch ms): the time axis. */
  readonly domain: readonly [number, number];
  /** Ends of the return axis. */
  readonly range: readonly [number, number];
  /** Size of the plot in px. */
  readonly width: number;
  readonly height: number;
  readonly strokeWidth: number;
  /** Of the return axis. Default `Cumulative return (sum)`. */
  readonly title?: string;
  /** Properties of the time axis that differ from the usual ones. */
  readonly axis: Readonly<Record<string, unknown>>;
}

/** The layers of a panel of cumulative returns: thinned lines, zero, and names at the lines' ends. */
export function cumulativeLines(
  k: Ink,
  days: Float64Array,
  lines: readonly CumulativeLine[],
  { domain, range, width, height, strokeWidth, title = "Cumulative return (sum)", axis }: CumulativeLinesOptions,
): Record<string, unknown>[] {
  const y = {
    field: "value",
    type: "quantitative",
    title,
    scale: { domain: range, nice: false },
    axis: { tickCount: 6, format: axisFormat(range, 6, "percent") },
  };
  return [
    ...lines.map(({ color, values }) => {
      const rows = m4(days, values, width / 3);
      return {
        data: csvData({ datetime: pick(days, rows), value: pick(values, rows) }),
        mark: { type: "line", color, strokeWidth },
        encoding: { x: dateAxis(domain, axis), y },
      };
    }),
    zeroLine(k),
    ...endLabels(
      lines.map(({ label, color, values }) => ({ text: label, color, value: lastOf(values) })),
      { at: domain[1], domain: range, height },
    ),
  ];
}
