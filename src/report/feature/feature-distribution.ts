import type { ColumnTable } from "arquero";
import type { PanelColumn } from "../../panel/panel.js";
import { axisFormat } from "../figure/axis-format.js";
import { csvData } from "../figure/csv-data.js";
import { figure } from "../figure/figure.js";
import { ink } from "../figure/ink.js";
import { numberText } from "../figure/number-text.js";
import { extent } from "../figure/series.js";
import { numbersOf } from "../figure/table-columns.js";
import type { VegaLiteSpec } from "../report.js";

const [WIDTH, HEIGHT] = [340, 110];
const BINS = 100;
const TAIL = 0.005;

/** A histogram for each feature, two side by side. */
export function distributionSpec(
  features: readonly { readonly name: string; readonly values: PanelColumn }[],
): VegaLiteSpec {
  const k = ink("light");
  return figure({
    title: { text: "Distribution", subtitle: "Rows per bin, all dates; the outer bins hold what lies beyond" },
    description: `Histograms of ${features.map(({ name }) => name).join(", ")}`,
    columns: 2,
    spacing: 26,
    concat: features.map(({ name, values }) => {
      const { from, to, rows } = bins(values);
      const range = extent(from, to);
      return {
        width: WIDTH,
        height: HEIGHT,
        title: { text: name, fontSize: 12, offset: 6 },
        data: csvData({ from, to, rows }),
        mark: { type: "bar", color: k.strategy, opacity: 0.75 },
        encoding: {
          x: {
            field: "from",
            type: "quantitative",
            bin: { binned: true },
            title: null,
            scale: { domain: range, nice: false },
            axis: { tickCount: 5, labelFlush: false, format: axisFormat(range, 5) },
          },
          x2: { field: "to" },
          y: { field: "rows", type: "quantitative", title: null, axis: { tickCount: 4, format: "~s" } },
        },
      };
    }),
  });
}

/** The figure in words: median-like facts of the features drawn. */
export function distributionTable(summary: ColumnTable, features: readonly string[]): string {
  const names = summary.array("feature") as readonly string[];
  const [means, stds] = [numbersOf(summary, "mean"), numbersOf(summary, "std")];
  return features
    .map((name) => ({ name, i: names.indexOf(name) }))
    .map(({ name, i }) => `${name}: mean ${numberText(means[i]!, 3)}, standard deviation ${numberText(stds[i]!, 3)}`)
    .join(" · ");
}

/** Equal bins between two quantiles of the finite values; one bin for a constant, none without values. */
function bins(values: PanelColumn): { from: Float64Array; to: Float64Array; rows: Float64Array } {
  const sorted = Float64Array.from(values).filter(Number.isFinite).sort();
  const at = (q: number) => sorted[Math.round(q * (sorted.length - 1))] ?? 0;
  const [low, high] = [at(TAIL), at(1 - TAIL)];
  const count = sorted.length === 0 ? 0 : low === high ? 1 : BINS;
  const width = (high - low) / BINS || 1;
  const rows = new Float64Array(count);
  for (const value of sorted) rows[Math.max(0, Math.min(count - 1, Math.floor((value - low) / width)))]!++;
  return {
    from: rows.map((_, i) => low + i * width),
    to: rows.map((_, i) => low + (i + 1) * width),
    rows,
  };
}
