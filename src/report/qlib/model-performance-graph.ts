import { refuseUnknownOptions } from "../../engine/refuse-unknown-options.js";
import type { ColumnTable } from "arquero";
import { calcGroupReturn } from "../../analysis/group-return.js";
import { scoreMemory } from "../../analysis/score-memory.js";
import { UnknownNameError } from "../../errors.js";
import { Panel } from "../../panel/panel.js";
import type { PanelSource } from "../../panel/panel-from.js";
import { cumulativeLines } from "../figure/cumulative-lines.js";
import { figure } from "../figure/figure.js";
import { ink } from "../figure/ink.js";
import { roundDomain } from "../figure/layers.js";
import { numberText, signedPercentText } from "../figure/number-text.js";
import { cumulativeSum, extent, lastOf } from "../figure/series.js";
import { datesOf, numbersOf } from "../figure/table-columns.js";
import { timePanels } from "../figure/time-panels.js";
import { Report, type ReportSection } from "../report.js";
import { dailyIcSection } from "../signal/daily-ic.js";
import { distributionSection } from "../signal/distribution.js";
import { monthlyIcSection } from "../signal/monthly-ic.js";
import { signalFigures } from "../signal/signal-figures.js";

const GRAPHS = ["group_return", "pred_ic", "pred_autocorr", "pred_turnover"] as const;

export interface ModelPerformanceOptions {
  /** Rows back, for autocorrelation and turnover. Default 1. */
  readonly lag?: number;
  /** Number of groups. Default 5. */
  readonly N?: number;
  /** The smallest score is the best. Default false. */
  readonly reverse?: boolean;
  /** Default `group_return`, `pred_ic`, `pred_autocorr`; there is also `pred_turnover`. */
  readonly graphNames?: readonly (typeof GRAPHS)[number][];
}

/**
 * Group returns, IC and memory of a score, as Qlib's model performance graph. {@link signalReport} says more about the same score.
 *
 * In Qlib: qlib.contrib.report.analysis_model.model_performance_graph
 *
 * @param predLabel Columns `score` and `label`.
 * @returns A report with the sections `group-return`; `ic`, `monthly-ic`, `distribution`; `autocorrelation`; `turnover`.
 * @throws UnknownNameError for a graph or column that does not exist; InvalidArgumentError for a lag or N below 1.
 * @example
 * const day = { datetime: Array(4).fill("2020-01-02"), instrument: [..."ABCD"], score: [1, 2, 3, 4], label: [0.1, 0.2, 0.3, 0.4] };
 * modelPerformanceGraph(day, { N: 2, graphNames: ["group_return"] }).table("group-return").get("longShort", 0) // -> 0.2
 */
export function modelPerformanceGraph(predLabel: PanelSource, options: ModelPerformanceOptions = {}): Report {
  refuseUnknownOptions("Cannot draw the model's performance", options, ["lag", "N", "reverse", "graphNames"]);
  const { lag = 1, N = 5, reverse = false, graphNames = GRAPHS.slice(0, 3) } = options;
  const panel = Panel.from(predLabel);
  const makers: Readonly<Record<string, () => ReportSection[]>> = {
    group_return: () => [groupSection(calcGroupReturn(panel, { groups: N, reverse }), N)],
    pred_ic: () => {
      const figures = signalFigures(panel, { quantiles: N });
      return [dailyIcSection(figures), monthlyIcSection(figures), distributionSection(figures)];
    },
    pred_autocorr: () => [memorySection(scoreMemory(panel, { lag, groups: N }), ["autocorr"], lag)],
    pred_turnover: () => [memorySection(scoreMemory(panel, { lag, groups: N }), ["top", "bottom"], lag)],
  };
  return new Report({
    kind: "model-performance-graph",
    title: "Model performance",
    facts: { Dates: panel.numDates, Instruments: panel.instruments.length },
    notes: [],
    sections: graphNames.flatMap((name) => {
      const make = Object.hasOwn(makers, name) ? makers[name] : undefined;
      if (!make) throw new UnknownNameError("graph", name, GRAPHS, { context: "Cannot draw the model performance" });
      return make();
    }),
  });
}

function groupSection(returns: ColumnTable, N: number): ReportSection {
  const k = ink("light");
  const days = datesOf(returns);
  const line = (label: string, column: string, color: string) => {
    const values = cumulativeSum(numbersOf(returns, column).map((value) => (Number.isNaN(value) ? 0 : value)));
    return { label: `${label} ${signedPercentText(lastOf(values), 0)}`, color, values };
  };
  const lines = [
    ...Array.from({ length: N }, (_, i) => line(`Group${i + 1}`, `Group${i + 1}`, k.quantile(N - 1 - i, N))),
    line("Long–average", "longAverage", k.bench),
    line("Long–short", "longShort", k.title),
  ];
  const [width, height] = [700, 300];
  const text = lines.map(({ label }) => label).join(" · ");
  const range = roundDomain(extent(...lines.map(({ values }) => values), [0]), 6);
  return {
    name: "group-return",
    title: "Cumulative return of groups",
    meaning:
      `Mean label of ${N} equally large groups, Group1 the best scores; the rest of a division falls off the bottom, as in Qlib. ` +
      "Long–short: first minus last group; long–average: first group minus all. Sums, not compounded.",
    table: returns,
    ...(returns.numRows() > 0 && {
      spec: figure({
        title: { text: "Cumulative return of groups", subtitle: `${returns.numRows()} dates, sums` },
        description: text,
        width,
        height,
        layer: cumulativeLines(k, days, lines, {
          domain: [days[0]!, days.at(-1)!],
          range,
          width,
          height,
          strokeWidth: 1.6,
          axis: {},
        }),
      }),
    }),
    text,
  };
}

const LABELS: Readonly<Record<string, string>> = { autocorr: "Autocorrelation", top: "Top", bottom: "Bottom" };

function memorySection(memory: ColumnTable, columns: readonly string[], lag: number): ReportSection {
  const k = ink("light");
  const mean = (name: string) => {
    const values = numbersOf(memory, name).filter((value) => !Number.isNaN(value));
    return numberText(values.reduce((sum, value) => sum + value, 0) / values.length, 3);
  };
  const isTurnover = columns.length > 1;
  const title = isTurnover ? "Turnover of the best and the worst" : "Autocorrelation of the ranks";
  const text = columns.map((name) => `${LABELS[name]} ${mean(name)} on average`).join(" · ");
  const colors = [k.strategy, k.excess];
  return {
    name: isTurnover ? "turnover" : "autocorrelation",
    title,
    meaning: isTurnover
      ? `Share of the best and of the worst group that was not in it ${lag} rows of the instrument before.`
      : `Correlation of the percentile ranks of the score with those of ${lag} rows of the same instrument before.`,
    table: memory.select(["datetime", ...columns]),
    ...(memory.numRows() > 0 && {
      spec: figure({
        title: { text: title, subtitle: text },
        description: text,
        vconcat: timePanels(k, datesOf(memory), 760, [
          {
            title: isTurnover ? "Turnover" : "Correlation",
            height: 180,
            ticks: 4,
            lines: columns.map((name, i) => ({
              ...(isTurnover && { label: LABELS[name]! }),
              color: colors[i]!,
              values: numbersOf(memory, name),
            })),
          },
        ]),
      }),
    }),
    text,
  };
}
