import type { VegaLiteSpec } from "../report.js";
import { ink, type Mode } from "./ink.js";

const FONT = 'Inter, "Helvetica Neue", Helvetica, Arial, "DejaVu Sans", sans-serif';

/**
 * A specification with the house's whole look in it, so that it is the same in every front end, light or dark.
 *
 * The schema is version 5, the newest that JupyterLab draws; the embed menu is off.
 */
export function figure(spec: Readonly<Record<string, unknown>>, mode: Mode = "light"): VegaLiteSpec {
  return {
    $schema: "https://vega.github.io/schema/vega-lite/v5.json",
    ...spec,
    config: { ...figureConfig(mode), ...(spec.config as object | undefined) },
    usermeta: { embedOptions: { actions: false } },
  };
}

export function figureConfig(mode: Mode): Record<string, unknown> {
  const k = ink(mode);
  return {
    background: k.background,
    padding: { left: 16, top: 14, right: 18, bottom: 14 },
    font: FONT,
    title: {
      anchor: "start",
      frame: "group",
      align: "left",
      color: k.title,
      fontSize: 16,
      fontWeight: 600,
      offset: 14,
      subtitleColor: k.muted,
      subtitleFontSize: 11.5,
      subtitlePadding: 6,
      subtitleFontWeight: 400,
      subtitleLineHeight: 16,
    },
    view: { stroke: null },
    axis: {
      labelColor: k.muted,
      titleColor: k.text,
      labelFontSize: 10.5,
      titleFontSize: 11,
      titleFontWeight: 500,
      gridColor: k.grid,
      gridWidth: 1,
      domainColor: k.domain,
      tickColor: k.domain,
      tickSize: 4,
      labelPadding: 5,
      titlePadding: 8,
    },
    axisY: { domain: false, ticks: false, labelPadding: 6, minExtent: 38, maxExtent: 38 },
    axisX: { grid: false },
    header: { labelColor: k.text, titleColor: k.text, labelFontSize: 11 },
    legend: {
      labelColor: k.text,
      titleColor: k.muted,
      labelFontSize: 11,
      titleFontSize: 10.5,
      titleFontWeight: 500,
      symbolStrokeWidth: 2.2,
      symbolSize: 110,
      orient: "top",
      direction: "horizontal",
      padding: 0,
      offset: 6,
      columnPadding: 16,
      title: null,
    },
    range: { category: [...k.series], diverging: [...k.diverging], heatmap: [...k.diverging] },
    line: { strokeWidth: 1.7, strokeJoin: "round", strokeCap: "round" },
    bar: { color: k.strategy },
    area: { color: k.strategy },
    point: { color: k.strategy },
    rule: { color: k.rule },
    text: { font: FONT, color: k.text, fontSize: 10.5 },
    concat: { spacing: 12 },
  };
}
