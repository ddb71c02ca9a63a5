import { holdBuySell, type HoldBuySell, type HoldBuySellOptions } from "../../analysis/portfolio/hold-buy-sell.js";
import type { PanelSource } from "../../panel/panel-from.js";
import { axisFormat } from "../figure/axis-format.js";
import { csvData } from "../figure/csv-data.js";
import { figure } from "../figure/figure.js";
import { histogram } from "../figure/histogram.js";
import { ink } from "../figure/ink.js";
import { roundDomain } from "../figure/layers.js";
import { numberText, percentText, signedPercentText } from "../figure/number-text.js";
import { extent, lastOf } from "../figure/series.js";
import { datesOf, numbersOf } from "../figure/table-columns.js";
import { timePanels } from "../figure/time-panels.js";
import type { ReportSection, VegaLiteSpec } from "../report.js";

const WIDTH = 760;
export const DECISIONS = ["buy", "sell", "buy_minus_sell", "hold"] as const;
export type Decision = (typeof DECISIONS)[number];

const TITLES: Readonly<Record<Decision, string>> = {
  buy: "Bought",
  sell: "Sold",
  buy_minus_sell: "Bought − sold",
  hold: "Held",
};
const RETURN_MEANING =
  "Sums of the daily weighted means of the return that follows; weights: share of the value of all positions, cash excluded; a sold name keeps its weight of the date before. " +
  "For what was sold, falling is good.";

/** What came of buying, selling and holding, after the decision; without the sections that no date has a label for. */
export function decisionSections(
  positions: PanelSource,
  labels: PanelSource,
  options: HoldBuySellOptions = {},
): ReportSection[] {
  const found = holdBuySell(positions, labels, options);
  return [decisionSection(found, options.report !== undefined), rankSection(found)].filter((one) => one !== undefined);
}

function decisionSection({ returns, unlabelled }: HoldBuySell, hasBench: boolean): ReportSection | undefined {
  if (returns.numRows() === 0) return undefined;
  const k = ink("light");
  const colors: Readonly<Record<Decision, string>> = {
    buy: k.strategy,
    sell: k.excess,
    buy_minus_sell: k.title,
    hold: k.bench,
  };
  const line = (decision: Decision) => {
    const values = numbersOf(returns, `cum_${decision}`);
    return { label: `${TITLES[decision]} ${signedPercentText(lastOf(values), 0)}`, color: colors[decision], values };
  };
  const text = DECISIONS.map(
    (decision) => `${TITLES[decision]} ${percentText(lastOf(numbersOf(returns, `cum_${decision}`)), 1)}`,
  ).join(" · ");
  return {
    name: "decisions",
    title: "Bought, sold, held",
    meaning: `${hasBench ? "Returns minus the benchmark's. " : ""}${RETURN_MEANING}${unlabelled ? ` ${unlabelled} positions without a label are left out.` : ""}`,
    table: returns,
    spec: figure({
      title: { text: "Bought, sold, held", subtitle: text },
      description: text,
      spacing: 12,
      vconcat: timePanels(k, datesOf(returns), WIDTH, [
        { title: "Cumulative", height: 220, kind: "percent", ticks: 5, lines: DECISIONS.map(line) },
        {
          title: "Traded",
          height: 60,
          kind: "percent",
          mark: "area",
          lines: [{ color: k.bench, values: numbersOf(returns, "buy_plus_sell_weight") }],
        },
      ]),
    }),
    text,
  };
}

/** One decision: cumulative mean and weight by date, and how its daily value is spread. */
export function oneDecision(returns: HoldBuySell["returns"], decision: Decision): ReportSection {
  const column = (name: string) => numbersOf(returns, name);
  const weight = decision === "buy_minus_sell" ? "buy_plus_sell_weight" : `${decision}_weight`;
  const values = column(`${decision}_value`);
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
  const text = `Cumulative ${percentText(lastOf(column(`cum_${decision}`)), 2)} · mean daily value ${percentText(mean, 3)} · ${returns.numRows()} dates`;
  const names = [`${decision}_value`, weight, `${decision}_mean`, `cum_${decision}`];
  return {
    name: decision.replaceAll("_", "-"),
    title: TITLES[decision],
    meaning: RETURN_MEANING,
    table: returns.select(["datetime", ...names]),
    ...(returns.numRows() > 0 && { spec: oneSpec(decision, [column(names[3]!), column(weight), values], returns, text) }),
    text,
  };
}

function oneSpec(
  decision: Decision,
  [cumulative, weight, values]: readonly [Float64Array, Float64Array, Float64Array],
  returns: HoldBuySell["returns"],
  subtitle: string,
): VegaLiteSpec {
  const k = ink("light");
  const range = extent(values);
  const bins = histogram(values, range);
  const bars = Array.from(bins.counts.keys());
  const edge = (i: number) => bins.start + i * bins.width;
  return figure({
    title: { text: TITLES[decision], subtitle },
    description: subtitle,
    spacing: 40,
    hconcat: [
      {
        spacing: 12,
        vconcat: timePanels(k, datesOf(returns), 560, [
          { title: "Cumulative", height: 160, kind: "percent", ticks: 4, lines: [{ color: k.strategy, values: cumulative }] },
          { title: "Weight", height: 80, kind: "percent", mark: "area", lines: [{ color: k.bench, values: weight }] },
        ]),
      },
      {
        width: 187,
        height: 240,
        layer: [
          {
            data: csvData({ from: bars.map(edge), to: bars.map((i) => edge(i + 1)), dates: bins.counts }),
            mark: { type: "bar", color: k.bench, opacity: 0.6, stroke: k.background, strokeWidth: 1 },
            encoding: {
              x: {
                field: "from",
                type: "quantitative",
                bin: { binned: true },
                title: "Daily value",
                scale: { domain: range, nice: false },
                axis: { tickCount: 3, labelFlush: false, format: axisFormat(range, 3, "percent") },
              },
              x2: { field: "to" },
              y: { field: "dates", type: "quantitative", title: "Dates", axis: { tickCount: 4 } },
            },
          },
          {
            data: { values: [{ mean: values.reduce((sum, value) => sum + value, 0) / values.length }] },
            mark: { type: "rule", color: k.negative, strokeWidth: 2 },
            encoding: { x: { field: "mean", type: "quantitative" } },
          },
        ],
      },
    ],
  });
}

/** How the label of what was held, bought and sold ranks among all; undefined without a ranked date. */
export function rankSection({ ranks }: HoldBuySell): ReportSection | undefined {
  if (ranks.numRows() === 0) return undefined;
  const k = ink("light");
  const mean = (name: string) => {
    const values = numbersOf(ranks, name).filter((value) => value > 0);
    return numberText(values.reduce((sum, value) => sum + value, 0) / values.length, 1);
  };
  const text = `Mean rank of the return that follows: held ${mean("hold")}%, bought ${mean("buy")}%, sold ${mean("sell")}% · 50% knows nothing`;
  const range = roundDomain([0, 100], 2);
  const panel = (title: string, name: string, color: string) => ({
    title,
    height: 75,
    ticks: 2,
    fits: [Float64Array.of(...range)],
    lines: [{ color, values: numbersOf(ranks, name) }],
  });
  return {
    name: "rank-label",
    title: "Rank of what was held, bought, sold",
    meaning:
      "Rank of the label among all labelled names of the date, in per cent, the best the smallest; mean of the names of each decision, 0 where there is none. " +
      "Low is good for held and bought, high for sold.",
    table: ranks,
    spec: figure({
      title: { text: "Rank of what was held, bought, sold", subtitle: text },
      description: text,
      spacing: 12,
      vconcat: timePanels(k, datesOf(ranks), WIDTH, [
        panel("Hold, %", "hold", k.bench),
        panel("Buy, %", "buy", k.strategy),
        panel("Sell, %", "sell", k.excess),
      ]),
    }),
    text,
  };
}
