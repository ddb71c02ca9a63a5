import { InvalidArgumentError } from "../errors.js";
import { axisFormat } from "../report/figure/axis-format.js";
import { csvData } from "../report/figure/csv-data.js";
import { figure } from "../report/figure/figure.js";
import { ink, type Ink, type Mode } from "../report/figure/ink.js";
import { dateAxis, endLabels, zeroLine } from "../report/figure/layers.js";
import type { VegaLiteSpec } from "../report/report.js";
import type { ChartOptions, Mark } from "./chart.js";
import { chartRows, checkBars, isStacked, type ChartRows, type Scale } from "./chart-rows.js";
import type { ShownTable } from "./shown-table.js";

/** More lines than this get a legend instead of labels at their ends. */
const MOST_LABELLED = 8;
const MOST_ROWS = 5000;

type Encoding = Record<string, unknown>;

/** Table and options → specification; see `chart`. */
export function chartSpec(table: ShownTable, options: ChartOptions & { readonly theme: Mode }): VegaLiteSpec {
  const k = ink(options.theme);
  const { height = options.facet ? 140 : 280, theme, title, subtitle } = options;
  const all = chartRows(table, options);
  const mark = options.mark ?? defaultMark(all);
  const width = options.width ?? (options.facet ? 240 : mark === "bar" ? barsWidth(all) : 700);
  const rows = mark === "line" || mark === "area" ? all.thinned(width / 3) : all;
  if (rows.length > MOST_ROWS) {
    throw new InvalidArgumentError(
      `Cannot draw ${rows.length.toLocaleString("en-US")} rows as ${mark}: at most ${MOST_ROWS.toLocaleString("en-US")} are drawn\n  aggregate first (table.groupby(…).rollup(…), or GROUP BY in SQL), or draw a line`,
    );
  }
  if (mark === "bar") checkBars(rows);
  const onScale = rows.xScale === "temporal" || rows.xScale === "quantitative";
  const labelled =
    mark === "line" && onScale && !options.facet && rows.series.length > 1 && rows.series.length <= MOST_LABELLED;
  const layers: Encoding[] = [{ mark: markOf(mark, k), encoding: encodingOf(rows, mark, k, labelled) }];
  const [low, high] = rows.yDomain(mark);
  if (low < 0 && high > 0 && rows.yScale === "quantitative") layers.push(zeroLine(k));
  if (labelled) {
    const ends = rows.ends().map(({ name, value }, i) => ({ text: name, color: seriesColor(k, i), value }));
    layers.push(
      ...endLabels(ends, { at: rows.xDomain[1], domain: [low, high], height }).map((layer) =>
        onXScale(layer, rows.xScale),
      ),
    );
  }
  const heading =
    title === undefined && subtitle === undefined
      ? {}
      : { title: { text: title ?? "", ...(subtitle === undefined ? {} : { subtitle }) } };
  const plot = { width, height, layer: layers };
  const data = csvData(rows.columns as Parameters<typeof csvData>[0]);
  const description = title ?? `${[options.y].flat().join(", ")} by ${options.x}`;
  if (!options.facet) return figure({ ...heading, description, data, ...plot }, theme);
  return figure(
    { ...heading, description, data, facet: { field: "facet", type: "nominal", title: null }, columns: 3, spec: plot },
    theme,
  );
}

/** Few bars stand in a narrow plot, not as walls across a wide one. */
function barsWidth({ xScale, columns, series }: ChartRows): number {
  if (xScale === "temporal" || xScale === "quantitative") return 700;
  return Math.max(240, Math.min(700, new Set(columns.x).size * (series.length > 1 ? 24 + 30 * series.length : 64)));
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
  const domain = rows.yDomain(mark);
  const discrete = mark === "rect" || rows.yScale !== "quantitative";
  const y = discrete
    ? {
        field: "y",
        type: rows.yScale === "quantitative" ? "ordinal" : rows.yScale,
        title: null,
        axis: { domain: false, ticks: false },
      }
    : {
        field: "y",
        type: "quantitative",
        title: rows.titles.y,
        scale: { domain, nice: false },
        axis: { tickCount: 5, format: axisFormat(domain, 5) },
      };
  const stack = mark === "bar" || mark === "area" ? { stack: mark === "bar" && isStacked(rows) ? "zero" : null } : {};
  const encoding: Encoding = { x: xEncoding(rows, mark), y: discrete ? y : { ...y, ...stack } };
  if (mark === "rect") return { ...encoding, color: heatColor(rows, k) };
  if (rows.columns.color === undefined) return encoding;
  const range = rows.series.map((_, i) => seriesColor(k, i));
  encoding.color = {
    field: "color",
    type: "nominal",
    scale: { domain: rows.series, range },
    legend: labelled ? null : {},
  };
  if (mark === "bar" && !isStacked(rows)) encoding.xOffset = { field: "color", type: "nominal", sort: rows.series };
  return encoding;
}

function xEncoding(rows: ChartRows, mark: Mark): Encoding {
  if (rows.xScale === "temporal" && mark !== "rect")
    return { ...dateAxis(rows.xDomain, rows.columns.facet ? { tickCount: 4 } : {}), field: "x" };
  if (rows.xScale === "quantitative" && mark !== "rect") {
    const format = rows.columns.x!.every(isYear) ? "d" : axisFormat(rows.xDomain, 8);
    return {
      field: "x",
      type: "quantitative",
      title: rows.titles.x,
      scale: { domain: rows.xDomain, nice: true, zero: false },
      axis: { labelFlush: false, tickCount: 8, format },
    };
  }
  const type: Scale = rows.xScale === "nominal" ? "nominal" : "ordinal";
  return {
    field: "x",
    type,
    title: null,
    sort: null,
    axis: { labelAngle: rows.longNames ? -30 : 0, ticks: false, domain: false, labelLimit: 160, labelOverlap: "greedy" },
  };
}

/** Years are written without thousands marks. */
const isYear = (value: unknown) => Number.isInteger(value) && (value as number) >= 1800 && (value as number) <= 2200;

/** Blue above zero, orange below. */
function heatColor(rows: ChartRows, k: Ink): Encoding {
  const [low, high] = rows.colorDomain;
  const limit = Math.max(Math.abs(low), Math.abs(high)) || 1;
  const domain = [-1, -0.55, -0.2, 0, 0.2, 0.55, 1].map((share) => share * limit);
  const legend = { title: rows.titles.color, orient: "right", direction: "vertical" };
  return {
    field: "color",
    type: "quantitative",
    legend,
    scale: { domain, range: k.diverging, clamp: true, interpolate: "rgb" },
  };
}

const seriesColor = (k: Ink, i: number) => k.series[i % k.series.length]!;

/** End labels are made for a time axis; here x may be a number. */
function onXScale(layer: Encoding, type: Scale): Encoding {
  const encoding = layer.encoding as Encoding;
  return { ...layer, encoding: { ...encoding, x: { field: "datetime", type } } };
}
