import { drawdownTable } from "../../analysis/drawdown-table.js";
import { underwater } from "../../analysis/statistic/wealth.js";
import { formatDatetime } from "../../engine/datetime.js";
import { axisFormat } from "../figure/axis-format.js";
import { csvData } from "../figure/csv-data.js";
import { figure } from "../figure/figure.js";
import { ink } from "../figure/ink.js";
import { dateAxis, roundDomain } from "../figure/layers.js";
import { m4 } from "../figure/m4.js";
import { percentText } from "../figure/number-text.js";
import { extent, pick } from "../figure/series.js";
import type { ReportSection, VegaLiteSpec } from "../report.js";
import type { PortfolioSeries } from "./portfolio-series.js";
import type { ColumnTable } from "arquero";

const [WIDTH, HEIGHT] = [760, 190];
const WORST = 10;
/** As many are shaded and numbered. */
const SHADED = 5;

/** The worst falls: when, how deep, how long. */
export function drawdownSection(series: PortfolioSeries): ReportSection {
  const { days, strategy, mode, periodsPerYear } = series;
  const worst = drawdownTable(
    { datetime: Array.from(days, (day) => new Date(day)), return: strategy.returns },
    { top: WORST, mode, periodsPerYear },
  );
  const text = worst.numRows() === 0 ? "Never below its highest point" : deepestText(worst);
  return {
    name: "drawdowns",
    title: "Drawdowns",
    meaning:
      `The ${WORST} deepest falls of the strategy, net of cost, below its highest point so far${mode === "sum" ? " (difference of summed returns)" : ""}; ` +
      "peak and recovery are the days at the high before and after. Days are calendar days under water; without a recovery the fall lasts to the last date.",
    table: worst,
    spec: drawdownSpec(series, worst, text),
    text,
  };
}

function deepestText(worst: ColumnTable): string {
  const date = (column: string) => worst.get(column, 0) as Date | null;
  const recovery = date("recovery");
  return (
    `Deepest ${percentText(worst.get("depth", 0) as number, 1)} on ${formatDatetime(Number(date("valley")))} · ` +
    `${worst.get("days", 0)} days under water${recovery ? `, recovered ${formatDatetime(Number(recovery))}` : ", not recovered"}`
  );
}

function drawdownSpec({ days, strategy, mode }: PortfolioSeries, worst: ColumnTable, subtitle: string): VegaLiteSpec {
  const k = ink("light");
  const domain: [number, number] = [days[0]!, days.at(-1)!];
  const depth = underwater(strategy.path, mode);
  const rows = m4(days, depth, WIDTH / 3);
  // Room for the number below the deepest point.
  const range = roundDomain(
    extent(
      depth.map((value) => 1.1 * value),
      [0],
    ),
    5,
  );
  const shaded = Math.min(SHADED, worst.numRows());
  const column = (name: string) => Array.from({ length: shaded }, (_, row) => worst.get(name, row) as Date | null);
  const starts = column("start").map(Number);
  const ends = column("recovery").map((date) => (date ? Number(date) : domain[1]));
  const y = {
    type: "quantitative",
    title: "Drawdown",
    scale: { domain: range, nice: false },
    axis: { tickCount: 5, format: axisFormat(range, 5, "percent") },
  };
  return figure({
    title: { text: "Drawdowns", subtitle },
    description: subtitle,
    width: WIDTH,
    height: HEIGHT,
    layer: [
      {
        data: csvData({ datetime: starts.map((day) => new Date(day)), end: ends.map((day) => new Date(day)) }),
        mark: { type: "rect", color: k.negative, opacity: 0.07 },
        // The scale's ends stand with the line: given beside an x2 they count as a second domain.
        encoding: { x: { field: "datetime", type: "temporal" }, x2: { field: "end" } },
      },
      {
        data: csvData({ datetime: pick(days, rows), value: pick(depth, rows) }),
        mark: { type: "area", color: k.negative, opacity: 0.18, line: { color: k.negative, strokeWidth: 1.2 } },
        encoding: { x: dateAxis(domain, { grid: true }), y: { field: "value", ...y } },
      },
      {
        data: csvData({
          datetime: column("valley"),
          value: Array.from({ length: shaded }, (_, row) => worst.get("depth", row) as number),
          rank: Array.from({ length: shaded }, (_, row) => `${row + 1}`),
        }),
        mark: { type: "text", dy: 11, fontWeight: 600, color: k.negative },
        encoding: {
          x: { field: "datetime", type: "temporal" },
          y: { field: "value", ...y },
          text: { field: "rank", type: "nominal" },
        },
      },
    ],
  });
}
