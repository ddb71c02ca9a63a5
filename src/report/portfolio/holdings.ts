import type { ColumnTable } from "arquero";
import { positionStatistics } from "../../analysis/portfolio/position-statistics.js";
import type { PanelSource } from "../../panel/panel-from.js";
import { figure } from "../figure/figure.js";
import { ink } from "../figure/ink.js";
import { numberText, percentText } from "../figure/number-text.js";
import { datesOf, numbersOf } from "../figure/table-columns.js";
import { timePanels } from "../figure/time-panels.js";
import type { ReportSection, VegaLiteSpec } from "../report.js";

const WIDTH = 760;

/** What was held: how many names, how much of the account, how much in the largest. */
export function holdingsSection(positions: PanelSource): ReportSection {
  const byDay = positionStatistics(positions);
  const mean = (name: string) => {
    const values = numbersOf(byDay, name);
    return values.reduce((sum, value) => sum + value, 0) / values.length;
  };
  const text =
    `${numberText(mean("names"), 0)} names on average · ${percentText(mean("gross"), 1)} invested · ` +
    `largest position ${percentText(Math.max(...numbersOf(byDay, "largest")), 1)} · ten largest ${percentText(mean("top10"), 0)} of the invested`;
  return {
    name: "holdings",
    title: "Holdings",
    meaning:
      "Of the positions after each day's trades; weights are shares of the account, cash is the rest. Effective names: 1 / Σ w² of the invested weights, " +
      "the number of equal positions with the same concentration.",
    table: byDay,
    spec: holdingsSpec(byDay, text),
    text,
  };
}

function holdingsSpec(byDay: ColumnTable, subtitle: string): VegaLiteSpec {
  const k = ink("light");
  const line = (name: string, color: string, label?: string) => ({
    color,
    values: numbersOf(byDay, name),
    ...(label && { label }),
  });
  const short = numbersOf(byDay, "short").some((value) => value < 0);
  return figure({
    title: { text: "Holdings", subtitle },
    description: subtitle,
    spacing: 12,
    vconcat: timePanels(k, datesOf(byDay), WIDTH, [
      {
        title: "Names",
        height: 80,
        lines: [line("effectiveNames", k.bench, "Effective"), line("names", k.strategy, "Held")],
      },
      {
        title: "Exposure",
        height: 70,
        kind: "percent",
        lines: short
          ? [line("short", k.excess, "Short"), line("long", k.strategy, "Long")]
          : [line("gross", k.strategy)],
        mark: short ? "line" : "area",
      },
      { title: "Largest", height: 60, kind: "percent", lines: [line("largest", k.excess)], mark: "area" },
    ]),
  });
}
