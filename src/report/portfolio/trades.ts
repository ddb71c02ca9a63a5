import type { ColumnTable } from "arquero";
import { roundTrips, type FillSource } from "../../analysis/portfolio/round-trips.js";
import { axisFormat } from "../figure/axis-format.js";
import { csvData } from "../figure/csv-data.js";
import { figure } from "../figure/figure.js";
import { histogram } from "../figure/histogram.js";
import { ink } from "../figure/ink.js";
import { numberText, percentText } from "../figure/number-text.js";
import { extent } from "../figure/series.js";
import { numbersOf } from "../figure/table-columns.js";
import type { ReportSection, VegaLiteSpec } from "../report.js";
import { percentile } from "../../analysis/statistic/series-moments.js";

const [WIDTH, HEIGHT] = [360, 200];

/** Round trips: what a purchase brought until it was sold, and how long that took; undefined when nothing was closed. */
export function tradesSection(fills: FillSource): ReportSection | undefined {
  const { trips, summary, open, skipped } = roundTrips(fills);
  if (trips.numRows() === 0) return undefined;
  const figureOf = (name: string) => summary.get(name, 0) as number;
  const text =
    `${trips.numRows().toLocaleString("en-US")} round trips · ${percentText(figureOf("winRate"), 0)} won · ` +
    `profit factor ${numberText(figureOf("profitFactor"), 2)} · held ${numberText(figureOf("medianDays"), 0)} days (median)`;
  return {
    name: "trades",
    title: "Round trips",
    meaning:
      "Sales are matched with the oldest purchases of the instrument; profit after cost, return = profit / value at opening, days by the calendar. " +
      `${open} lots are still open${skipped ? `; ${skipped} fills without amount or price are left out` : ""}. Bars end at the 1st and 99th percentile, which hold the rest.`,
    table: summary,
    spec: tradesSpec(trips, text),
    text,
  };
}

function tradesSpec(trips: ColumnTable, subtitle: string): VegaLiteSpec {
  const k = ink("light");
  const panel = (column: string, title: string, kind: "percent" | "number", color: string) => {
    const values = numbersOf(trips, column).filter((value) => Number.isFinite(value));
    const range = extent([percentile(values, 0.01), percentile(values, 0.99)]);
    const { start, width, counts } = histogram(
      values.map((value) => Math.min(range[1], Math.max(range[0], value))),
      range,
    );
    const bars = Array.from(counts.keys());
    return {
      width: WIDTH,
      height: HEIGHT,
      data: csvData({
        from: bars.map((i) => start + i * width),
        to: bars.map((i) => start + (i + 1) * width),
        trips: counts,
      }),
      mark: { type: "bar", color, opacity: 0.6, stroke: k.background, strokeWidth: 1 },
      encoding: {
        x: {
          field: "from",
          type: "quantitative",
          bin: { binned: true },
          title,
          scale: { domain: range, nice: false },
          axis: { tickCount: 6, labelFlush: false, format: axisFormat(range, 6, kind) },
        },
        x2: { field: "to" },
        y: { field: "trips", type: "quantitative", title: "Round trips", axis: { tickCount: 5 } },
      },
    };
  };
  return figure({
    title: { text: "Round trips", subtitle },
    description: subtitle,
    spacing: 60,
    hconcat: [
      panel("return", "Return of a round trip", "percent", k.strategy),
      panel("days", "Days held", "number", k.bench),
    ],
  });
}
