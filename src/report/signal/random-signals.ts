import { table } from "arquero";
import { explainMethod } from "../../analysis/luck/methods.js";
import { randomSignals, type AmongRandom } from "../../analysis/luck/random-signals.js";
import type { PanelSource } from "../../panel/panel-from.js";
import { axisFormat } from "../figure/axis-format.js";
import { csvData } from "../figure/csv-data.js";
import { figure } from "../figure/figure.js";
import { histogram } from "../figure/histogram.js";
import { ink } from "../figure/ink.js";
import { numberText, percentText } from "../figure/number-text.js";
import { extent } from "../figure/series.js";
import type { ReportSection, VegaLiteSpec } from "../report.js";

/** Where the signal falls among signals that know nothing. */
export async function randomSection(predLabel: PanelSource, shuffles: number): Promise<ReportSection> {
  const found = await randomSignals(predLabel, { shuffles });
  const { mean, meanOverStd, seed, dates, skipped } = found;
  const rows = { "Mean Rank IC": mean, "Rank ICIR": meanOverStd };
  const text = `Rank IC ${numberText(mean.observed, 4)}, the middle 95 % of ${shuffles.toLocaleString("en-US")} signals without skill ${numberText(mean.low, 4)} to ${numberText(mean.high, 4)} · share at least as good ${percentText(mean.pValue, 1)}`;
  const column = (name: Exclude<keyof AmongRandom, "draws">) => Object.values(rows).map((one) => one[name]);
  return {
    name: "random-signals",
    title: "Among signals that know nothing",
    meaning: `${explainMethod("random_signals").sentence} ${dates} dates${skipped ? `, ${skipped} without a Rank IC left out` : ""}, seed ${seed}. Of one try: who tried many reaches a small share more often. With labels over several days the true spread is wider.`,
    table: table({
      figure: Object.keys(rows),
      observed: column("observed"),
      "share at least as good": column("pValue"),
      "two-sided": column("pTwoSided"),
      percentile: column("percentile"),
      low: column("low"),
      high: column("high"),
      mean: column("mean"),
      std: column("std"),
    }),
    spec: randomSpec(mean, text),
    text,
  };
}

function randomSpec({ draws, observed }: AmongRandom, subtitle: string): VegaLiteSpec {
  const k = ink("light");
  const range = extent(draws, [observed]);
  const bins = histogram(draws, range);
  const bars = Array.from(bins.counts.keys());
  return figure({
    title: { text: "Among signals that know nothing", subtitle },
    description: subtitle,
    width: 560,
    height: 200,
    layer: [
      {
        data: csvData({
          from: bars.map((i) => bins.start + i * bins.width),
          to: bars.map((i) => bins.start + (i + 1) * bins.width),
          signals: bins.counts,
        }),
        mark: { type: "bar", color: k.bench, opacity: 0.6, stroke: k.background, strokeWidth: 1 },
        encoding: {
          x: {
            field: "from",
            type: "quantitative",
            bin: { binned: true },
            title: "Mean Rank IC",
            scale: { domain: range, nice: false },
            axis: { tickCount: 7, labelFlush: false, format: axisFormat(range, 7) },
          },
          x2: { field: "to" },
          y: { field: "signals", type: "quantitative", title: "Signals", axis: { tickCount: 4 } },
        },
      },
      {
        data: { values: [{ observed }] },
        mark: { type: "rule", color: k.strategy, strokeWidth: 2.4 },
        encoding: { x: { field: "observed", type: "quantitative" } },
      },
    ],
  });
}
