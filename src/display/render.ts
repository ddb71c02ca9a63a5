import type { VegaLiteSpec } from "../report/report.js";
import { checkSize, drawableSvg } from "./drawable-svg.js";
import { fontFile } from "./font-files.js";
import { palettePng } from "./palette-png.js";
import { faceOf, textWidth } from "./text-width.js";

/** A picture of a figure: bytes at twice the size it is to be shown at. */
export interface Picture {
  readonly png: Uint8Array;
  /** Size to show it at, in CSS pixels. */
  readonly width: number;
  readonly height: number;
}

const SCALE = 2;
const fontFiles = [400, 600].map(fontFile);

/** Vega and Vega-Lite take 0.2 s to load, and cannot be required: they are imported when the first figure is drawn. */
async function vegaTools() {
  const [vega, vegaLite] = await Promise.all([import("vega"), import("vega-lite")]);
  // Without a canvas Vega would guess the width of texts.
  const metrics = (vega as unknown as { textMetrics: { width(item: TextItem, text: unknown): number } }).textMetrics;
  metrics.width = (item, text) =>
    textWidth(text == null ? "" : String(text), item.fontSize ?? 11, faceOf(item.fontWeight));
  return { vega, vegaLite };
}

interface TextItem {
  readonly fontSize?: number;
  readonly fontWeight?: unknown;
}

/**
 * The figure as SVG text, laid out for Inter.
 *
 * @throws whatever Vega-Lite says about a specification it cannot compile; DataError for one of millions of pixels.
 */
export async function renderSvg(spec: VegaLiteSpec): Promise<string> {
  const { vega, vegaLite } = await vegaTools();
  const compiled = vegaLite.compile(spec as never, { logger: vega.logger(vega.Error) }).spec;
  // Before Vega lays it out: it would make an axis of millions of ticks.
  const { width, height } = compiled as { readonly width?: unknown; readonly height?: unknown };
  if (typeof width === "number" || typeof height === "number") checkSize(pixels(width), pixels(height));
  const view = new vega.View(vega.parse(compiled), { renderer: "none" });
  view.logLevel(vega.Error);
  try {
    await view.runAsync();
    return await view.toSVG();
  } finally {
    view.finalize();
  }
}

/** A plot of no height has axes all the same; one that only the data know is looked at when it is drawn. */
const pixels = (size: unknown): number => (typeof size === "number" ? Math.max(1, Math.abs(size)) : 1);

/**
 * The figure as a PNG of at most 256 colours; marks far outside of the picture are left out.
 *
 * @throws DataError for a figure that cannot be drawn as pixels: without a size, of millions of pixels.
 */
export async function renderPng(spec: VegaLiteSpec): Promise<Picture> {
  const [svg, { Resvg }] = await Promise.all([renderSvg(spec), import("@resvg/resvg-js")]);
  const font = { fontFiles, loadSystemFonts: false, defaultFontFamily: "Inter", sansSerifFamily: "Inter" };
  const image = new Resvg(drawableSvg(svg), { fitTo: { mode: "zoom", value: SCALE }, font }).render();
  return {
    png: palettePng(image.pixels, image.width, image.height),
    width: Math.round(image.width / SCALE),
    height: Math.round(image.height / SCALE),
  };
}
