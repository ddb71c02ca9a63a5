import type { VegaLiteSpec } from "../report/report.js";
import { renderPng } from "./render.js";

/** What a cell shows: one thing in several MIME types, with what front ends must know about them. */
export interface DisplayBundle {
  readonly data: Readonly<Record<string, unknown>>;
  readonly metadata: Readonly<Record<string, unknown>>;
}

/** The newest Vega-Lite type that JupyterLab and VS Code know. */
export const VEGA_LITE_MIME = "application/vnd.vegalite.v5+json";

/**
 * A figure for every reader: interactive where Vega is, a PNG where it is not, its numbers as text.
 *
 * No HTML, which front ends would prefer to the figure; the PNG carries its size at 1x, or it would be shown at twice its size.
 */
export async function chartBundle(spec: VegaLiteSpec, text: string): Promise<DisplayBundle> {
  const { png, width, height } = await renderPng(spec);
  return {
    data: { [VEGA_LITE_MIME]: spec, "image/png": Buffer.from(png).toString("base64"), "text/plain": text },
    metadata: { "image/png": { width, height } },
  };
}
