import { figure } from "../figure/figure.js";
import { ink, type Mode } from "../figure/ink.js";
import type { VegaLiteSpec } from "../report.js";

/** Features by importance, largest first. */
export interface ImportanceRows {
  readonly feature: readonly string[];
  readonly gain: readonly number[];
  readonly split: readonly number[];
}

/** Features that are drawn. */
const SHOWN = 20;

/**
 * The most important features as bars of their share in the total gain, the number of splits beside.
 *
 * @example
 * featureImportanceFigure({ feature: ["a", "b"], gain: [3, 1], split: [2, 1] }).height // -> 36
 */
export function featureImportanceFigure(
  { feature, gain, split }: ImportanceRows,
  { subtitle = "", mode = "light" }: { readonly subtitle?: string; readonly mode?: Mode } = {},
): VegaLiteSpec & { readonly height: number } {
  const k = ink(mode);
  const total = gain.reduce((sum, value) => sum + value, 0) || 1;
  const shown = feature.slice(0, SHOWN).map((name, i) => ({
    feature: name,
    share: Number((gain[i]! / total).toPrecision(5)),
    text: `${split[i]} ${split[i] === 1 ? "split" : "splits"}`,
  }));
  const y = {
    field: "feature",
    type: "nominal",
    sort: null,
    title: null,
    axis: { minExtent: 90, maxExtent: 220, labelLimit: 200, labelColor: k.text },
  };
  const x = {
    field: "share",
    type: "quantitative",
    title: "Share of the total gain",
    axis: { format: ".0%", tickCount: 5, grid: true },
  };
  return {
    ...figure(
      { title: { text: "Feature importance", ...(subtitle ? { subtitle } : {}) }, description: subtitle },
      mode,
    ),
    data: { values: shown },
    width: 520,
    height: shown.length * 18,
    layer: [
      { mark: { type: "bar", color: k.strategy, height: 12 }, encoding: { x, y } },
      {
        mark: { type: "text", align: "left", dx: 5, color: k.muted, fontSize: 10 },
        encoding: { x, y, text: { field: "text", type: "nominal" } },
      },
    ],
  };
}
