import { csvData } from "./csv-data.js";
import type { Ink } from "./ink.js";

const MONTHS = '["Jan","Feb","Mar","Apr","May","Jun","Jul","Aug","Sep","Oct","Nov","Dec"][datum.value - 1]';
/** Wide enough for "+0.123" in the widest font a page may fall back to. */
const CELL = 55;
/** Height of a year's row, in px. */
export const CALENDAR_ROW = 34;
const LABEL = { labelAngle: 0, ticks: false, domain: false };

export interface CellLook {
  /** d3 format of the number in a cell. */
  readonly format: string;
  /** The value that gets the full colour. */
  readonly limit: number;
}

/** Years down, months across, each cell coloured by its value, which stands in it. */
export function monthCells(
  k: Ink,
  { year, month, value }: { year: Float64Array; month: Float64Array; value: Float64Array },
  look: CellLook,
): Record<string, unknown> {
  return cells(k, look, csvData({ year, month, value }), 12 * CELL, {
    x: {
      field: "month",
      type: "ordinal",
      title: null,
      scale: { domain: Array.from({ length: 12 }, (_, i) => i + 1) },
      axis: { ...LABEL, orient: "top", labelExpr: MONTHS, labelFontSize: 11 },
    },
    y: {
      field: "year",
      type: "ordinal",
      title: null,
      axis: { ...LABEL, labelFontSize: 11.5, labelFontWeight: 500, labelColor: k.text },
    },
  });
}

/** One column of a year's cells, to stand beside {@link monthCells}. */
export function yearCells(
  k: Ink,
  { year, value }: { year: Float64Array; value: Float64Array },
  look: CellLook,
): Record<string, unknown> {
  return cells(k, look, csvData({ year, value }), CELL + 9, {
    x: {
      datum: "Year",
      type: "ordinal",
      title: null,
      axis: { ...LABEL, orient: "top", labelFontSize: 11, labelFontWeight: 600, labelColor: k.text },
    },
    y: { field: "year", type: "ordinal", title: null, axis: null },
  });
}

/** The value that gets the full colour: the 95th percentile of the magnitudes, so that one wild month does not bleach the rest. */
export function colourLimit(values: Float64Array): number {
  const magnitudes = values
    .filter((value) => Number.isFinite(value))
    .map(Math.abs)
    .sort();
  return magnitudes.length ? Math.max(magnitudes[Math.floor(0.95 * (magnitudes.length - 1))]!, 1e-6) : 1;
}

function cells(
  k: Ink,
  { format, limit }: CellLook,
  data: object,
  width: number,
  encoding: { readonly x: object; readonly y: object },
): Record<string, unknown> {
  const color = {
    field: "value",
    type: "quantitative",
    legend: null,
    scale: {
      domain: [-1, -0.55, -0.2, 0, 0.2, 0.55, 1].map((share) => share * limit),
      range: k.diverging,
      clamp: true,
      interpolate: "rgb",
    },
  };
  return {
    data,
    width,
    height: { step: CALENDAR_ROW },
    layer: [
      { mark: { type: "rect", cornerRadius: 3, stroke: k.background, strokeWidth: 3 }, encoding: { color } },
      {
        mark: { type: "text", fontSize: 10.5, fontWeight: 500 },
        encoding: {
          text: { field: "value", format },
          color: { condition: { test: `abs(datum.value) > ${0.73 * limit}`, value: "#ffffff" }, value: k.onDiverging },
        },
      },
    ],
    encoding,
  };
}
