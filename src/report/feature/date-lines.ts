import type { ColumnTable } from "arquero";
import { axisFormat } from "../figure/axis-format.js";
import { csvData } from "../figure/csv-data.js";
import { figure } from "../figure/figure.js";
import { ink } from "../figure/ink.js";
import { dateAxis, roundDomain } from "../figure/layers.js";
import { m4 } from "../figure/m4.js";
import { extent, pick } from "../figure/series.js";
import { datesOf, numbersOf } from "../figure/table-columns.js";
import type { VegaLiteSpec } from "../report.js";

export interface DateLines {
  readonly title: string;
  readonly lines: readonly { readonly field: string; readonly title: string; readonly color: "strategy" | "excess" }[];
  /** Values are shares. */
  readonly percent?: boolean;
}

const [WIDTH, HEIGHT] = [340, 110];

/** A small panel for each feature, two side by side, with the same lines in each; scales are each panel's own. */
export function linesByDate(
  { title, lines, percent = false }: DateLines,
  features: readonly { readonly name: string; readonly table: ColumnTable }[],
  subtitle: string,
): VegaLiteSpec {
  const k = ink("light");
  const kind = percent ? "percent" : "number";
  const panel = ({ name, table }: { readonly name: string; readonly table: ColumnTable }) => {
    const dates = datesOf(table);
    const domain: [number, number] = [dates[0] ?? 0, dates.at(-1) ?? 0];
    const values = lines.map(({ field }) => numbersOf(table, field));
    const range = roundDomain(extent(...values), 4);
    return {
      width: WIDTH,
      height: HEIGHT,
      title: { text: name, fontSize: 12, offset: 6 },
      layer: lines.map(({ color }, i) => {
        const rows = m4(dates, values[i]!, WIDTH / 2);
        return {
          data: csvData({ datetime: pick(dates, rows), value: pick(values[i]!, rows) }),
          mark: { type: "line", color: k[color], strokeWidth: 1.4 },
          encoding: {
            x: dateAxis(domain, { tickCount: 4 }),
            y: {
              field: "value",
              type: "quantitative",
              title: null,
              scale: { domain: range, nice: false },
              axis: { tickCount: 4, format: axisFormat(range, 4, kind) },
            },
          },
        };
      }),
    };
  };
  const legend = lines.length > 1 ? `Blue: ${lines[0]!.title} · orange: ${lines[1]!.title}` : undefined;
  return figure({
    title: { text: title, subtitle: legend ?? subtitle },
    description: subtitle,
    columns: 2,
    spacing: 26,
    concat: features.map(panel),
  });
}
