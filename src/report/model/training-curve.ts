import { axisFormat } from "../figure/axis-format.js";
import { pushApart } from "../figure/end-labels.js";
import { figure } from "../figure/figure.js";
import { ink, type Ink, type Mode } from "../figure/ink.js";
import { roundDomain } from "../figure/layers.js";
import { m4 } from "../figure/m4.js";
import type { VegaLiteSpec } from "../report.js";

/** Segment → metric → value by round. */
export type CurveValues = Readonly<Record<string, Readonly<Record<string, readonly number[]>>>>;

export interface TrainingCurveOptions {
  /** The round that forecasts are made with, 1 for the first; 0: none is marked. */
  readonly bestRound?: number;
  readonly subtitle?: string;
  readonly mode?: Mode;
}

const WIDTH = 640;
const HEIGHT = 200;
const LABEL_GAP = 13;

/**
 * Metrics by round, one panel per metric, one line per segment; the best round is marked.
 *
 * @example
 * trainingCurve({ train: { l2: [1, 0.9] }, valid: { l2: [1, 0.95] } }).vconcat.length // -> 1
 */
export function trainingCurve(
  values: CurveValues,
  { bestRound = 0, subtitle, mode = "light" }: TrainingCurveOptions = {},
): VegaLiteSpec & { readonly vconcat: readonly object[] } {
  const k = ink(mode);
  const metrics = [...new Set(Object.values(values).flatMap((each) => Object.keys(each)))];
  const text = subtitle ?? "";
  return {
    ...figure(
      {
        title: { text: "Training by round", ...(text ? { subtitle: text } : {}) },
        description: text || "Training by round",
      },
      mode,
    ),
    spacing: 18,
    vconcat: metrics.map((metric) => panel(k, metric, values, bestRound)),
  };
}

function panel(k: Ink, metric: string, values: CurveValues, bestRound: number): object {
  const lines = Object.entries(values).flatMap(([segment, metrics], i) =>
    metrics[metric] ? [{ segment, color: colorOf(k, segment, i), values: Float64Array.from(metrics[metric]) }] : [],
  );
  const finite = lines.flatMap((line) => [...line.values].filter(Number.isFinite));
  const [low, high] = finite.length ? [Math.min(...finite), Math.max(...finite)] : [0, 1];
  const margin = high > low ? 0 : Math.abs(high) * 0.01 || 0.01;
  const range = roundDomain([low - margin, high + margin], 4);
  const rounds = Math.max(2, ...lines.map((line) => line.values.length));
  const x = {
    field: "round",
    type: "quantitative",
    title: "Round",
    scale: { domain: [1, rounds], nice: false },
    axis: { tickCount: Math.min(8, rounds - 1), format: ",d" },
  };
  const y = {
    field: "value",
    type: "quantitative",
    title: metric,
    scale: { domain: range, nice: false, zero: false },
    axis: { tickCount: 4, format: axisFormat(range, 4), minExtent: 50, maxExtent: 50 },
  };
  const ends = lines.map((line) => line.values.at(-1)!);
  const pixels = ends.map((value) => (HEIGHT * (range[1] - value)) / (range[1] - range[0]));
  const places = pushApart(pixels, LABEL_GAP, [0, HEIGHT]);
  return {
    width: WIDTH,
    height: HEIGHT,
    layer: [
      ...(bestRound > 0
        ? [
            {
              data: { values: [{ round: bestRound, text: `best ${bestRound}` }] },
              layer: [
                { mark: { type: "rule", color: k.rule, strokeDash: [4, 3] }, encoding: { x } },
                {
                  mark: { type: "text", color: k.muted, y: 0, dy: -6, fontSize: 10.5 },
                  encoding: { x, text: { field: "text", type: "nominal" } },
                },
              ],
            },
          ]
        : []),
      ...lines.map((line) => ({
        data: curveData(line.values),
        mark: { type: "line", color: line.color, strokeWidth: 1.8 },
        encoding: { x, y },
      })),
      ...lines.map(({ segment, color, values: own }, i) => ({
        data: { values: [{ round: own.length, value: ends[i], text: segment }] },
        mark: { type: "text", align: "left", dx: 7, dy: places[i]! - pixels[i]!, color, fontWeight: 600, clip: false },
        encoding: { x, y, text: { field: "text", type: "nominal" } },
      })),
    ],
  };
}

function colorOf(k: Ink, segment: string, i: number): string {
  return segment === "train" ? k.bench : segment === "valid" ? k.strategy : k.series[i % k.series.length]!;
}

/** Losses differ in their last digits from round to round: more of them are kept than for other figures. */
function curveData(values: Float64Array): object {
  const rounds = Float64Array.from(values, (_, i) => i + 1);
  const rows = Array.from(m4(rounds, values, WIDTH / 3));
  const lines = rows.map((i) => `${i + 1},${Number.isFinite(values[i]!) ? Number(values[i]!.toPrecision(9)) : ""}`);
  return {
    values: ["round,value", ...lines].join("\n"),
    format: { type: "csv", parse: { round: "number", value: "number" } },
  };
}
