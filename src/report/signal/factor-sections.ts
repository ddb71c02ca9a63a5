import type { ColumnTable } from "arquero";
import type { FactorAnalysis } from "../../analysis/factor/analyze-factor.js";
import type { EventStudy } from "../../analysis/factor/event-study.js";
import type { Neutralized } from "../../analysis/factor/neutralize.js";
import { axisFormat } from "../figure/axis-format.js";
import { cumulativeLines } from "../figure/cumulative-lines.js";
import { csvData } from "../figure/csv-data.js";
import { figure } from "../figure/figure.js";
import { ink } from "../figure/ink.js";
import { roundDomain, zeroLine } from "../figure/layers.js";
import { numberText, percentText, signedPercentText } from "../figure/number-text.js";
import { extent, lastOf } from "../figure/series.js";
import { numbersOf } from "../figure/table-columns.js";
import { timePanels } from "../figure/time-panels.js";
import type { ReportSection } from "../report.js";
import { errorBars, rowsWhere } from "./factor-figures.js";

const k = ink("light");
const texts = (from: ColumnTable, column: string): string[] => [...(from.array(column) as Iterable<string>)];
const numbers = (from: ColumnTable, column: string): number[] => [...(from.array(column) as Iterable<number>)];
const steps = (count: number) => `${count} step${count === 1 ? "" : "s"}`;

/** How far ahead the factor sees. */
export function horizonSection({ icSummary }: FactorAnalysis): ReportSection {
  const at = numbers(icSummary, "steps").map(steps);
  const series = texts(icSummary, "figure").map((name) => (name === "ic" ? "IC" : "Rank IC"));
  const text = at
    .flatMap((name, i) => (series[i] === "Rank IC" ? [`${name} ${numberText(numbers(icSummary, "mean")[i]!, 3)}`] : []))
    .join(" · ");
  return {
    name: "horizons",
    title: "IC by horizon",
    meaning:
      "Mean of the daily correlation of factor and return over the next steps, with its 95 % interval (Newey–West, at least 2 · (steps − 1) lags: returns of several steps overlap). All horizons on the same rows.",
    table: icSummary,
    spec: errorBars({
      title: "IC by horizon",
      subtitle: `Mean Rank IC: ${text}`,
      axis: "Mean IC",
      kind: "number",
      at,
      series,
      value: numbers(icSummary, "mean"),
      low: numbers(icSummary, "low"),
      high: numbers(icSummary, "high"),
      colors: [k.strategy, k.excess],
    }),
    text,
  };
}

/** What the quantiles earned over each horizon, less the mean of all. */
export function quantileReturnSection({ quantileReturns: found }: FactorAnalysis): ReportSection {
  const mean = numbers(found, "meanDemeaned");
  const error = numbers(found, "errorDemeaned");
  const at = texts(found, "quantile");
  const series = numbers(found, "steps").map(steps);
  const spread = [...new Set(series)].map((name) => {
    const own = mean.filter((_, i) => series[i] === name);
    return `${name} ${percentText(own.at(-1)! - own[0]!, 2)}`;
  });
  const text = `Top − bottom quantile: ${spread.join(" · ")}`;
  return {
    name: "quantile-returns",
    title: "Return by quantile and horizon",
    meaning:
      "Mean over dates of the mean return of each quantile less that of all names, over the whole horizon; Q1 holds the lowest scores. Lines: ± 2 standard errors of the days (std / √days), too narrow where horizons overlap.",
    table: found,
    spec: errorBars({
      title: "Return by quantile and horizon",
      subtitle: text,
      axis: "Return over the mean",
      kind: "percent",
      at,
      series,
      value: mean,
      low: mean.map((value, i) => value - 2 * error[i]!),
      high: mean.map((value, i) => value + 2 * error[i]!),
    }),
    text,
  };
}

/** The shortest horizon compounded: quantiles, top against bottom, all names weighted by the factor. */
export function cumulativeSection({ cumulative, alphaBeta }: FactorAnalysis, quantiles: number): ReportSection {
  const horizon = alphaBeta.get("horizon", 0) as string;
  const rows = rowsWhere(cumulative, "horizon", horizon);
  const column = (name: string) => Float64Array.from(rows, (row) => cumulative.get(name, row) as number);
  const days = Float64Array.from(rows, (row) => Number(cumulative.get("datetime", row)));
  const line = (label: string, name: string, color: string) => {
    const values = column(name);
    return { label: `${label} ${signedPercentText(lastOf(values), 0)}`, color, values };
  };
  const lines = [
    ...Array.from({ length: quantiles }, (_, i) => line(`Q${i + 1}`, `Q${i + 1}`, k.quantile(i, quantiles))),
    line("Factor-weighted", "factorReturn", k.title),
  ];
  const [width, height] = [700, 280];
  const range = roundDomain(extent(...lines.map(({ values }) => values), [0]), 6);
  const text = `Factor-weighted: alpha ${percentText(alphaBeta.get("alpha", 0) as number, 1)} a year, beta ${numberText(alphaBeta.get("beta", 0) as number, 2)} · Q${quantiles} − Q1 per date, compounded: ${percentText(lastOf(column("spread")), 0)}`;
  return {
    name: "cumulative",
    title: "Cumulative return by quantile",
    meaning:
      "Compounded, before costs, the shortest horizon. Factor-weighted: all names, weights (score − mean) / Σ|…|, long and short; alpha and beta of it against the mean of all names, for each horizon in the table.",
    table: alphaBeta,
    spec: figure({
      title: { text: "Cumulative return by quantile", subtitle: text },
      description: text,
      width,
      height,
      layer: cumulativeLines(k, days, lines, {
        domain: [days[0]!, days.at(-1)!],
        range,
        width,
        height,
        strokeWidth: 1.6,
        title: "Cumulative return",
        axis: {},
      }),
    }),
    text,
  };
}

/** How fast the ranking changes, and so what trading it costs. */
export function turnoverSection({ turnover, turnoverSummary }: FactorAnalysis, quantiles: number): ReportSection {
  const lag = turnover.get("lag", 0) as number;
  const rows = rowsWhere(turnover, "lag", lag);
  const days = Float64Array.from(rows, (row) => Number(turnover.get("datetime", row)));
  const column = (name: string) => Float64Array.from(rows, (row) => turnover.get(name, row) as number);
  const mean = (name: string) =>
    turnoverSummary.get(
      "mean",
      rowsWhere(turnoverSummary, "lag", lag).find((row) => turnoverSummary.get("name", row) === name)!,
    ) as number;
  const top = `Q${quantiles}`;
  const text = `After ${steps(lag)}: ${percentText(mean(top), 0)} of ${top} and ${percentText(mean("Q1"), 0)} of Q1 are new · rank autocorrelation ${numberText(mean("rankAutocorrelation"), 2)}`;
  return {
    name: "turnover",
    title: "Turnover and rank autocorrelation",
    meaning: `Share of a quantile's names that were not in it so many dates before, and the correlation of the ranks; the figure for ${steps(lag)}, the table means for all lags.`,
    table: turnoverSummary,
    spec: figure({
      title: { text: "Turnover and rank autocorrelation", subtitle: text },
      description: text,
      spacing: 12,
      vconcat: timePanels(k, days, 700, [
        {
          title: "New names",
          height: 120,
          kind: "percent",
          lines: [
            { label: "Q1", color: k.excess, values: column("Q1") },
            { label: top, color: k.strategy, values: column(top) },
          ],
        },
        {
          title: "Rank autocorr.",
          height: 80,
          zero: false,
          lines: [{ color: k.bench, values: column("rankAutocorrelation") }],
        },
      ]),
    }),
    text,
  };
}

/** Whether it works everywhere, or in one corner. */
export function groupSection(groups: ColumnTable, horizon: string): ReportSection {
  const names = texts(groups, "group");
  const mean = numbers(groups, "rankIc");
  const best = names[mean.indexOf(Math.max(...mean.filter((value) => !Number.isNaN(value))))] ?? "–";
  const text = `${mean.filter((value) => value > 0).length} of ${names.length} groups with a Rank IC above 0 · highest in ${best}`;
  return {
    name: "groups",
    title: "By group",
    meaning: `Inside each group, as if only its rows existed, return ${horizon}: mean daily Rank IC with its 95 % interval (Newey–West); Q1 … the mean daily return of the group's own quantiles.`,
    table: groups,
    spec: errorBars({
      title: "Rank IC by group",
      subtitle: text,
      axis: "Mean Rank IC",
      kind: "number",
      at: names,
      series: names.map(() => "Rank IC"),
      value: mean,
      low: numbers(groups, "low"),
      high: numbers(groups, "high"),
    }),
    text,
  };
}

/** What is left of the factor when groups and other factors are taken out of it. */
export function neutralSection({ effect, lost, thinDates }: Neutralized, horizon: string): ReportSection {
  const at = texts(effect, "against");
  const before = numbers(effect, "before");
  const after = numbers(effect, "after");
  const found = at.indexOf("Rank IC");
  const text = `Rank IC ${numberText(before[found]!, 3)} before, ${numberText(after[found]!, 3)} after`;
  const both = [...before, ...after];
  return {
    name: "neutralization",
    title: "Before and after neutralisation",
    meaning: `The rest of this report shows the factor after. Residual of a least-squares fit on each date; means over dates of the IC with ${horizon}, the correlation with each factor, the share explained by groups. ${lost} rows lost their score for want of a group or factor, ${thinDates} dates are too thin to fit.`,
    table: effect,
    spec: errorBars({
      title: "Before and after neutralisation",
      subtitle: text,
      axis: "Mean over dates",
      kind: "number",
      at: [...at, ...at],
      series: [...at.map(() => "before"), ...at.map(() => "after")],
      value: both,
      low: both,
      high: both,
      colors: [k.bench, k.strategy],
    }),
    text,
  };
}

/** What prices do around an event. */
export function eventSection({ path, used, unmatched }: EventStudy): ReportSection {
  const [low, high] = [numbersOf(path, "low"), numbersOf(path, "high")];
  const range = roundDomain(extent(low, high, [0]), 5);
  const step = numbers(path, "step");
  const last = path.numRows() - 1;
  const text = `${used.toLocaleString("en-US")} events · ${signedPercentText(path.get("mean", last) as number, 2)} after ${steps(step[last]!)}`;
  const x = { field: "step", type: "quantitative", title: "Steps from the event", axis: { tickMinStep: 1, grid: true } };
  const y = {
    type: "quantitative",
    title: "Return from the event",
    scale: { domain: range, nice: false },
    axis: { tickCount: 5, format: axisFormat(range, 5, "percent") },
  };
  return {
    name: "events",
    title: "Around an event",
    meaning: `Mean of price / price at the event − 1, less the mean of all names of those dates; band: ± 1.96 standard errors (std / √events), as if events were independent. ${unmatched} events without a price are left out.`,
    table: path,
    spec: figure({
      title: { text: "Around an event", subtitle: text },
      description: text,
      width: 560,
      height: 220,
      data: csvData({ step, mean: numbersOf(path, "mean"), low, high }),
      layer: [
        { mark: { type: "area", color: k.strategy, opacity: 0.15 }, encoding: { x, y: { field: "low", ...y }, y2: { field: "high" } } },
        { mark: { type: "line", color: k.strategy }, encoding: { x, y: { field: "mean", ...y } } },
        zeroLine(k),
        {
          data: { values: [{ event: 0 }] },
          mark: { type: "rule", color: k.rule },
          encoding: { x: { field: "event", type: "quantitative" } },
        },
      ],
    }),
    text,
  };
}

/** What the quantiles hold. */
export function scoreSection({ quantileScores }: FactorAnalysis): ReportSection {
  return {
    name: "scores",
    title: "Scores by quantile",
    meaning: "Of all rows used; std with ddof 1, share of the rows.",
    table: quantileScores,
    text: `${quantileScores.numRows()} quantiles`,
  };
}
