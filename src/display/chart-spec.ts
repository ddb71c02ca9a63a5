import { InvalidArgumentError } from "../errors.js";
import { axisFormat } from "../report/figure/axis-format.js";
import { csvData } from "../report/figure/csv-data.js";
import { figure } from "../report/figure/figure.js";
import { ink, type Ink, type Mode } from "../report/figure/ink.js";
import { dateAxis, endLabels, zeroLine } from "../report/figure/layers.js";
import type { VegaLiteSpec } from "../report/report.js";
import type { ChartOptions, Mark } from "./chart.js";
import { chartRows, type ChartRows, type Scale } from "./chart-rows.js";
import type { ShownTable } from "./shown-table.js";

/** More lines than this get a legend instead of labels at their ends. */
const MOST_LABELLED = 8;
const MOST_ROWS = 5000;

type Encoding = Record<string, unknown>;

/** Table and options → specification; see `chart`. */
export function chartSpec(table: ShownTable, options: ChartOptions & { readonly theme: Mode }): VegaLiteSpec {
  const k = ink(options.theme);
  const { width = options.facet ? 240 : 700, height = options.facet ? 140 : 280, theme, title, subtitle } = options;
  const all = chartRows(table, options);
  const mark = options.mark ?? defaultMark(all);
  const rows = mark === "line" || mark === "area" ? all.thinned(width / 3) : all;
  if (rows.length > MOST_ROWS) {
    throw new InvalidArgumentError(`Cannot draw ${rows.length.toLocaleString("en-US")} rows as ${mark}: at most ${MOST_ROWS.toLocaleString("en-US")} are drawn\n  aggregate first (table.groupby(…).rollup(…), or GROUP BY in SQL), or draw a line`);
  }
  const labelled = mark === "line" && !options.facet && rows.series.length > 1 && rows.series.length <= MOST_LABELLED;
  const layers: Encoding[] = [{ mark: markOf(mark, k), encoding: encodingOf(rows, mark, k, labelled) }];
  const [low, high] = rows.yDomain(mark);
  if (low < 0 && high > 0 && rows.yScale === "quantitative") layers.push(zeroLine(k));
  if (labelled) {
    const ends = rows.ends().map(({ name, value }, i) => ({ text: name, color: seriesColor(k, i), value }));
    layers.push(...endLabels(ends, { at: rows.lastX, domain: [low, high], height }).map((layer) => atLastX(layer, rows)));
  }
  const heading = title === undefined && subtitle === undefined ? {} : { title: { text: title ?? "", ...(subtitle === undefined ? {} : { subtitle }) } };
  const plot = { width, height, layer: layers };
  const data = csvData(rows.columns as Parameters<typeof csvData>[0]);
  const description = title ?? `${[options.y].flat().join(", ")} by ${options.x}`;
  if (!options.facet) return figure({ ...heading, description, data, ...plot }, theme);
  return figure({ ...heading, description, data, facet: { field: rows.fields.facet, type: "nominal", title: null }, columns: 3, spec: plot }, theme);
}

function defaultMark({ xScale, yScale }: ChartRows): Mark {
  if (xScale === "temporal") return "line";
  if (xScale === "nominal" || xScale === "ordinal" || yScale !== "quantitative") return "bar";
  return "point";
}

function markOf(mark: Mark, k: Ink): Encoding {
  switch (mark) {
    case "line":
      return { type: "line", color: k.strategy };
    case "area":
      return { type: "area", color: k.strategy, opacity: 0.18, line: { color: k.strategy, strokeWidth: 1.3 } };
    case "bar":
      return { type: "bar", color: k.strategy, cornerRadiusEnd: 2 };
    case "point":
      return { type: "point", filled: true, size: 26, opacity: 0.7, color: k.strategy };
    case "tick":
      return { type: "tick", color: k.strategy };
    case "rect":
      return { type: "rect", stroke: k.background, strokeWidth: 2, cornerRadius: 2 };
  }
}

function encodingOf(rows: ChartRows, mark: Mark, k: Ink, labelled: boolean): Encoding {
  const { fields } = rows;
  const domain = rows.yDomain(mark);
  const discrete = mark === "rect" || rows.yScale !== "quantitative";
  const y = discrete
    ? { field: fields.y, type: rows.yScale === "quantitative" ? "ordinal" : rows.yScale, title: null, axis: { domain: false, ticks: false } }
    : { field: fields.y, type: "quantitative", title: rows.yTitle, scale: { domain, nice: false }, axis: { tickCount: 5, format: axisFormat(domain, 5) } };
  const encoding: Encoding = { x: xEncoding(rows, mark), y };
  if (mark === "rect") return { ...encoding, color: heatColor(rows, k) };
  if (fields.color === undefined) return encoding;
  const range = rows.series.map((_, i) => seriesColor(k, i));
  const legend = labelled ? null : {};
  encoding.color = { field: fields.color, type: "nominal", scale: { domain: rows.series, range }, legend };
  if (mark === "bar" && rows.xScale !== "quantitative" && rows.xScale !== "temporal") encoding.xOffset = { field: fields.color, type: "nominal", sort: rows.series };
  return encoding;
}

function xEncoding(rows: ChartRows, mark: Mark): Encoding {
  const { x } = rows.fields;
  if (rows.xScale === "temporal" && mark !== "rect") return { ...dateAxis(rows.xDomain), field: x };
  if (rows.xScale === "quantitative" && mark !== "rect") {
    return { field: x, type: "quantitative", title: rows.xTitle, scale: { domain: rows.xDomain, nice: true, zero: false }, axis: { labelFlush: false, tickCount: 8, format: axisFormat(rows.xDomain, 8) } };
  }
  const type: Scale = rows.xScale === "nominal" ? "nominal" : "ordinal";
  return { field: x, type, title: null, sort: null, axis: { labelAngle: rows.longNames ? -30 : 0, ticks: false, domain: false, labelLimit: 160 } };
}

/** Blue above zero, orange below; one ramp when all values have one sign. */
function heatColor(rows: ChartRows, k: Ink): Encoding {
  const [low, high] = rows.colorDomain;
  const limit = Math.max(Math.abs(low), Math.abs(high)) || 1;
  const domain = [-1, -0.55, -0.2, 0, 0.2, 0.55, 1].map((share) => share * limit);
  return { field: rows.fields.color, type: "quantitative", legend: { title: rows.fields.color, orient: "right", direction: "vertical" }, scale: { domain, range: k.diverging, clamp: true, interpolate: "rgb" } };
}

const seriesColor = (k: Ink, i: number) => k.series[i % k.series.length]!;

/** An end label stands at the last x, whatever the axis is. */
function atLastX(layer: Encoding, rows: ChartRows): Encoding {
  const encoding = layer.encoding as Encoding;
  return { ...layer, encoding: { ...encoding, x: { field: "datetime", type: rows.xScale === "temporal" ? "temporal" : "quantitative" } } };
}

