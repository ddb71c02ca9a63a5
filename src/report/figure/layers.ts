import type { Ink } from "./ink.js";
import { pushApart } from "./end-labels.js";

const DAY_MS = 86_400_000;
/** Labels closer than this overlap (text of 10.5 px with its line). */
const LABEL_GAP = 13;

/** The shared time axis of a report's panels: exact ends, no rounding, so that panels line up. `domain` in epoch ms; a single date stands in its middle. */
export function dateAxis(
  domain: readonly [number, number],
  axis: Readonly<Record<string, unknown>> = {},
): Record<string, unknown> {
  const [from, to] = domain[0] < domain[1] ? domain : [domain[0] - DAY_MS / 2, domain[1] + DAY_MS / 2];
  const days = (to - from) / DAY_MS;
  const format = days <= 2 ? "%H:%M" : days <= 240 ? "%d %b" : days <= 2200 ? "%b %Y" : "%Y";
  const hidden = axis.labels === false ? { ticks: false, domain: false } : {};
  return {
    field: "datetime",
    type: "temporal",
    title: null,
    scale: { type: "utc", domain: [from, to], nice: false, padding: 0 },
    axis: { format, tickCount: days > 2200 ? "year" : 8, labelOverlap: true, labelFlush: false, ...hidden, ...axis },
  };
}

/** A thin line at zero. */
export function zeroLine(k: Ink): Record<string, unknown> {
  return {
    data: { values: [{ zero: 0 }] },
    mark: { type: "rule", color: k.rule, strokeWidth: 1 },
    encoding: { y: { field: "zero", type: "quantitative" } },
  };
}

export interface EndLabel {
  readonly text: string;
  readonly color: string;
  /** Where the line ends; a label of a line without a value is left out. */
  readonly value: number;
}

/**
 * Names at the ends of lines in the lines' colours, instead of a legend; pushed apart where they would overlap.
 *
 * @param place `at`: the last datetime (epoch ms); `domain`: the y scale's; `height`: the panel's, in px.
 */
export function endLabels(
  labels: readonly EndLabel[],
  { at, domain, height }: { at: number; domain: readonly [number, number]; height: number },
): Record<string, unknown>[] {
  const shown = labels.filter(({ value }) => Number.isFinite(value));
  const pixels = shown.map(({ value }) => (height * (domain[1] - value)) / (domain[1] - domain[0]));
  const places = pushApart(pixels, LABEL_GAP, [0, height]);
  return shown.map(({ text, color, value }, i) => ({
    data: { values: [{ datetime: at, value, text }] },
    mark: {
      type: "text",
      align: "left",
      dx: 7,
      dy: places[i]! - pixels[i]!,
      color,
      fontWeight: 600,
      fontSize: 10.5,
      clip: false,
    },
    encoding: {
      x: { field: "datetime", type: "temporal" },
      y: { field: "value", type: "quantitative" },
      text: { field: "text", type: "nominal" },
    },
  }));
}

/** How far (in steps) a line may reach beyond the outermost grid line before another is added. */
const OVERSHOOT = 0.12;

/** A range widened to round ends, so that the first and last grid line are labelled. */
export function roundDomain([low, high]: readonly [number, number], tickCount: number): [number, number] {
  const step = tickStep(low, high, tickCount);
  return [Math.floor(low / step + OVERSHOOT) * step, Math.ceil(high / step - OVERSHOOT) * step];
}

/** The step that Vega's axes take for about `count` ticks: 1, 2 or 5 times a power of ten. */
export function tickStep(low: number, high: number, count: number): number {
  const raw = (high - low) / Math.max(1, count);
  const power = 10 ** Math.floor(Math.log10(raw));
  const factor = raw / power;
  return power * (factor >= Math.sqrt(50) ? 10 : factor >= Math.sqrt(10) ? 5 : factor >= Math.sqrt(2) ? 2 : 1);
}
