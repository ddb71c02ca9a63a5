import { axisFormat } from "../figure/axis-format.js";
import { csvData } from "../figure/csv-data.js";
import { figure } from "../figure/figure.js";
import { ink } from "../figure/ink.js";
import { dateAxis, roundDomain } from "../figure/layers.js";
import { m4 } from "../figure/m4.js";
import { numberText, percentText, signedPercentText } from "../figure/number-text.js";
import type { ReportSection, VegaLiteSpec } from "../report.js";
import { cumulativeLines, type CumulativeLine } from "../figure/cumulative-lines.js";
import { cumulativeSum, extent, lastOf, pick } from "../figure/series.js";
import { datesOf, numbersOf } from "../figure/table-columns.js";
import { type SignalFigures } from "./signal-figures.js";

const [WIDTH, HEIGHT, DRAWDOWN_HEIGHT] = [700, 210, 70];

/** Long the best fifth, short the worst: the cumulative return, against the average of all, and its drawdown. */
export function longShortSection(figures: SignalFigures): ReportSection {
  const { longShort, periodsPerYear } = figures;
  const returns = numbersOf(longShort, "longShort").filter((value) => !Number.isNaN(value));
  const mean = returns.reduce((sum, value) => sum + value, 0) / returns.length;
  const deviation = Math.sqrt(returns.reduce((sum, value) => sum + (value - mean) ** 2, 0) / (returns.length - 1));
  const worst = Math.min(
    0,
    ...drawdown(cumulativeSum(numbersOf(longShort, "longShort"))).filter((value) => !Number.isNaN(value)),
  );
  const text =
    `${percentText(mean * periodsPerYear, 1)} a year · Sharpe ${numberText((mean / deviation) * Math.sqrt(periodsPerYear), 2)} · ` +
    `largest drawdown ${percentText(worst, 1)} · ${returns.length} days · before costs`;
  return {
    name: "long-short",
    title: "Long–short",
    meaning:
      `(Mean label of the best-scored fifth − mean label of the worst-scored fifth) / 2: gross exposure 1, as Qlib computes it; ` +
      `average = mean label of all rows. Sums, not compounded; ${periodsPerYear} dates a year; Sharpe with ddof 1 and no risk-free rate.`,
    table: longShort,
    spec: longShortSpec(figures, text),
    text,
  };
}

function longShortSpec({ longShort }: SignalFigures, subtitle: string): VegaLiteSpec {
  const k = ink("light");
  const days = datesOf(longShort);
  const domain: [number, number] = [days[0] ?? 0, days.at(-1) ?? 0];
  const line = (name: string, color: string, column: string): CumulativeLine => {
    const values = cumulativeSum(numbersOf(longShort, column));
    return { label: `${name} ${signedPercentText(lastOf(values), 0)}`, color, values };
  };
  const lines = [line("Long–short", k.strategy, "longShort"), line("Average", k.bench, "longAvg")];
  const range = roundDomain(extent(...lines.map(({ values }) => values), [0]), 6);
  const depth = drawdown(lines[0]!.values);
  const deepest = m4(days, depth, WIDTH / 3);
  const depthRange = roundDomain(extent(depth, [0]), 3);
  return figure({
    title: { text: "Long–short by score", subtitle },
    description: subtitle,
    spacing: 14,
    vconcat: [
      {
        width: WIDTH,
        height: HEIGHT,
        layer: cumulativeLines(k, days, lines, {
          domain,
          range,
          width: WIDTH,
          height: HEIGHT,
          strokeWidth: 1.8,
          axis: { labels: false },
        }),
      },
      {
        width: WIDTH,
        height: DRAWDOWN_HEIGHT,
        data: csvData({ datetime: pick(days, deepest), value: pick(depth, deepest) }),
        mark: { type: "area", color: k.negative, opacity: 0.18, line: { color: k.negative, strokeWidth: 1.2 } },
        encoding: {
          x: dateAxis(domain),
          y: {
            field: "value",
            type: "quantitative",
            title: "Drawdown",
            scale: { domain: depthRange, nice: false },
            axis: { tickCount: 3, format: axisFormat(depthRange, 3, "percent") },
          },
        },
      },
    ],
  });
}

/** Distance of a cumulative sum from its highest value so far (≤ 0), the start at 0 included. */
function drawdown(cumulative: Float64Array): Float64Array {
  let peak = 0;
  return cumulative.map((value) => {
    if (Number.isNaN(value)) return NaN;
    peak = Math.max(peak, value);
    return value - peak;
  });
}
