import { table, type ColumnTable } from "arquero";
import { bootstrapIntervals } from "../../analysis/luck/bootstrap-intervals.js";
import { deflatedSharpe } from "../../analysis/luck/deflated-sharpe.js";
import { explainMethod } from "../../analysis/luck/methods.js";
import type { Overfitting } from "../../analysis/luck/overfitting.js";
import { minTrackRecordLength, probabilisticSharpe } from "../../analysis/luck/sharpe-odds.js";
import type { Trials } from "../../analysis/statistic/return-facts.js";
import { axisFormat } from "../figure/axis-format.js";
import { csvData } from "../figure/csv-data.js";
import { figure } from "../figure/figure.js";
import { ink } from "../figure/ink.js";
import { roundDomain } from "../figure/layers.js";
import { numberText, percentText } from "../figure/number-text.js";
import { extent } from "../figure/series.js";
import type { ReportSection, VegaLiteSpec } from "../report.js";
import type { NamedReturns, PortfolioSeries } from "./portfolio-series.js";

/** What is known about the search that this strategy came from. */
export interface SearchFacts {
  /** How many were tried, and how their Sharpe ratios per period spread; absent: nobody counted. */
  readonly trials?: Trials;
  /** How many of the trials have no back-test. */
  readonly lacking?: number;
  /** Of the back-tests of the experiment. */
  readonly overfitting?: Overfitting & { readonly strategies: number };
}

export interface LuckOptions {
  /** Default 2,000. */
  readonly resamples?: number;
  /** Default 7. */
  readonly seed?: number;
}

/** A headline figure of one series with its interval. */
export interface Interval {
  readonly series: string;
  readonly measure: "annual_return" | "sharpe";
  readonly value: number;
  readonly low: number;
  readonly high: number;
  readonly p25: number;
  readonly p75: number;
}

/** What the report says about luck, computed once. */
export interface LuckFigures {
  /** 95 % intervals; empty for fewer days than a bootstrap needs. */
  readonly intervals: readonly Interval[];
  /** Of the excess where there is a benchmark, else of the strategy: what the odds are about. */
  readonly judged: NamedReturns;
  readonly probabilistic: number;
  /** Of the judged series against the trials; undefined when nobody counted them. */
  readonly deflated?: ReturnType<typeof deflatedSharpe>;
  readonly minTrackRecord: number;
  readonly blockLength?: number;
  readonly resamples: number;
  readonly seed: number;
  readonly search: SearchFacts;
}

/** Fewer days are too few to draw anew. */
const FEWEST_DAYS = 10;

export async function luckFigures(
  series: PortfolioSeries,
  search: SearchFacts = {},
  { resamples = 2000, seed = 7 }: LuckOptions = {},
): Promise<LuckFigures> {
  const { strategy, benchmark, excess, mode, periodsPerYear } = series;
  const judged = excess ?? strategy;
  const intervals: Interval[] = [];
  let blockLength: number | undefined;
  for (const { name, returns } of [strategy, benchmark, excess].filter((one) => one !== undefined)) {
    const values = returns.filter((value) => !Number.isNaN(value));
    if (values.length < FEWEST_DAYS) continue;
    const drawn = await bootstrapIntervals(values, {
      ids: ["annual_return", "sharpe"],
      mode,
      periodsPerYear,
      resamples,
      seed,
    });
    if (name === judged.name) blockLength = drawn.blockLength;
    (["annual_return", "sharpe"] as const).forEach((measure, row) => {
      const figure = (column: string) => drawn.table.get(column, row) as number;
      const [value, low, high, p25, p75] = ["value", "low", "high", "p25", "p75"].map(figure) as [
        number,
        number,
        number,
        number,
        number,
      ];
      intervals.push({ series: name, measure, value, low, high, p25, p75 });
    });
  }
  const { trials } = search;
  return {
    intervals,
    judged,
    probabilistic: probabilisticSharpe(judged.returns),
    ...(trials && trials.count > 0 && { deflated: deflatedSharpe(judged.returns, { trials }) }),
    minTrackRecord: minTrackRecordLength(judged.returns),
    ...(blockLength !== undefined && { blockLength }),
    resamples,
    seed,
    search,
  };
}

/** Is it luck? How far the figures could have come out otherwise, and what the search has to be discounted by. */
export function luckSection(figures: LuckFigures, { periodsPerYear }: PortfolioSeries): ReportSection {
  const { judged, probabilistic, deflated, search, resamples, seed, blockLength } = figures;
  const ratio = judged.name === "Excess" ? "information ratio" : "Sharpe ratio";
  const text = [
    `Probability that the true ${ratio} is above 0: ${percentText(probabilistic, 0)}`,
    deflated
      ? `above what luck gives the best of ${deflated.trials.count} trial${deflated.trials.count === 1 ? "" : "s"}: ${percentText(deflated.deflated, 0)}`
      : "trials not counted",
    ...(search.overfitting ? [`probability of overfitting ${percentText(search.overfitting.pbo, 0)}`] : []),
  ].join(" · ");
  return {
    name: "luck",
    title: "Is it luck?",
    meaning:
      `Lines: 95 % intervals, boxes: the middle half of ${resamples.toLocaleString("en-US")} stationary-bootstrap resamples (seed ${seed}` +
      `${blockLength === undefined ? "" : `, mean block ${numberText(blockLength, 1)} days`}). Ratios with ${periodsPerYear} days a year. ` +
      "Skewness and kurtosis with moments divided by n. Each figure in the table with its paper.",
    table: luckTable(figures, periodsPerYear),
    isText: true,
    spec: luckSpec(figures, text),
    text,
  };
}

function luckTable(figures: LuckFigures, periodsPerYear: number): ColumnTable {
  const { judged, probabilistic, deflated, minTrackRecord, search } = figures;
  const { overfitting, lacking = 0 } = search;
  const perYear = Math.sqrt(periodsPerYear);
  const rows = [
    { id: "probabilistic_sharpe", value: percentText(probabilistic, 1) },
    {
      id: "min_track_record",
      value: Number.isFinite(minTrackRecord) ? `${numberText(Math.ceil(minTrackRecord), 0)} days` : "never",
    },
    {
      id: "deflated_sharpe",
      value: deflated
        ? `${percentText(deflated.deflated, 1)} (${deflated.trials.count} trials${lacking ? `, ${lacking} without a back-test` : ""}; threshold ${numberText(deflated.expectedMax * perYear, 2)} a year)`
        : "not counted: the run has no tags label, data, universe, test",
    },
    ...(overfitting
      ? [
          {
            id: "pbo",
            value: `${percentText(overfitting.pbo, 1)} of ${overfitting.logits.length.toLocaleString("en-US")} splits, ${overfitting.strategies} back-tests, ${overfitting.days} days`,
          },
        ]
      : []),
  ].map(({ id, value }) => ({ ...explainMethod(id), value }));
  const shown = figures.intervals.map(({ series, measure, value, low, high }, row) => {
    const show = (x: number) => (measure === "sharpe" ? numberText(x, 2) : percentText(x, 1));
    return {
      // One method for all of them: told once.
      ...(row === 0 ? explainMethod("bootstrap") : { sentence: "", convention: "", paper: "" }),
      label: `${series}, ${measure === "sharpe" ? "Sharpe ratio" : "annual return"}`,
      value: `${show(value)} [${show(low)}, ${show(high)}]`,
    };
  });
  const all = [...shown, ...rows];
  return table({
    question: all.map(({ label }) => label),
    value: all.map(({ value }) => value),
    meaning: all.map(({ sentence }) => sentence),
    convention: all.map(({ convention }) => convention),
    paper: all.map(({ paper }) => paper),
    of: all.map((_, row) => (row < shown.length ? "" : judged.name)),
  });
}

function luckSpec({ intervals }: LuckFigures, subtitle: string): VegaLiteSpec {
  const k = ink("light");
  const names = [...new Set(intervals.map(({ series }) => series))];
  const colors: Record<string, string> = { Strategy: k.strategy, Benchmark: k.bench, Excess: k.excess };
  const panel = (measure: Interval["measure"], title: string, kind: "percent" | "number", labels: boolean) => {
    const rows = intervals.filter((one) => one.measure === measure);
    const range = roundDomain(
      extent(
        rows.flatMap(({ low, high }) => [low, high]),
        [0],
      ),
      5,
    );
    const x = {
      type: "quantitative",
      title,
      scale: { domain: range, nice: false },
      axis: { tickCount: 5, grid: true, format: axisFormat(range, 5, kind) },
    };
    const y = {
      field: "series",
      type: "nominal",
      sort: null,
      title: null,
      axis: labels ? { ticks: false, domain: false, minExtent: 64 } : null,
    };
    const color = {
      field: "series",
      type: "nominal",
      legend: null,
      scale: { domain: names, range: names.map((name) => colors[name]) },
    };
    return {
      width: 340,
      height: { step: 40 },
      data: csvData({
        series: rows.map(({ series }) => series),
        ...Object.fromEntries(
          (["value", "low", "high", "p25", "p75"] as const).map((column) => [column, rows.map((row) => row[column])]),
        ),
      }),
      layer: [
        {
          mark: { type: "rule", strokeWidth: 1.6 },
          encoding: { x: { field: "low", ...x }, x2: { field: "high" }, y, color },
        },
        {
          mark: { type: "bar", height: 12, opacity: 0.45 },
          encoding: { x: { field: "p25", ...x }, x2: { field: "p75" }, y, color },
        },
        {
          mark: { type: "point", filled: true, size: 70, opacity: 1 },
          encoding: { x: { field: "value", ...x }, y, color },
        },
        {
          data: { values: [{ zero: 0 }] },
          mark: { type: "rule", color: k.rule },
          encoding: { x: { field: "zero", type: "quantitative" } },
        },
      ],
    };
  };
  return figure({
    title: { text: "Is it luck?", subtitle },
    description: subtitle,
    spacing: 40,
    hconcat: [
      panel("annual_return", "Annual return", "percent", true),
      panel("sharpe", "Sharpe ratio (excess: information ratio)", "number", false),
    ],
  });
}
