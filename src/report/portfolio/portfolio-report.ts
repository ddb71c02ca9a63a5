import { refuseUnknownOptions } from "../../engine/refuse-unknown-options.js";
import type { FillSource } from "../../analysis/portfolio/round-trips.js";
import { columnsOf, isNumbers, type ReturnSource } from "../../analysis/statistic/return-series.js";
import { underwater } from "../../analysis/statistic/wealth.js";
import { formatDatetime, parseDatetime, type DatetimeInput } from "../../engine/datetime.js";
import { InvalidArgumentError, UnknownNameError } from "../../errors.js";
import type { PanelSource } from "../../panel/panel-from.js";
import type { Fact } from "../../panel/view.js";
import { numberText, percentText } from "../figure/number-text.js";
import { Report, type ReportSection } from "../report.js";
import { calendarSection } from "./calendar.js";
import { decisionSections } from "./decisions.js";
import { drawdownSection } from "./drawdowns.js";
import { holdingsSection } from "./holdings.js";
import { luckFigures, luckSection, type LuckFigures, type LuckOptions, type SearchFacts } from "./luck.js";
import { performanceSection } from "./performance.js";
import { portfolioSeries, type PortfolioSeries, type PortfolioSeriesOptions } from "./portfolio-series.js";
import { riskSection } from "./risk.js";
import { rollingSection } from "./rolling.js";
import { spreadSection } from "./spread.js";
import { statisticsTable } from "./statistics.js";
import { stressSection, type StressOptions } from "./stress.js";
import { tradesSection } from "./trades.js";

export interface PortfolioReportOptions extends PortfolioSeriesOptions, LuckOptions, StressOptions {
  /** Default `Portfolio report`. */
  readonly title?: string;
  /** Which sections, in this order. Default: all that the data allow. */
  readonly sections?: readonly string[];
  /** What was held: `datetime, instrument, weight`, a back-test's positions. */
  readonly positions?: PanelSource;
  /** `datetime, instrument, label`: return from each date to the next, of held names and others; with `positions`: were the decisions right? */
  readonly labels?: PanelSource;
  /** What was dealt, in order of time: `datetime, instrument, amount` (bought > 0), `price, cost`. */
  readonly fills?: FillSource;
  /** The search that the strategy came from: counted trials, overfitting. */
  readonly search?: SearchFacts;
  /** First day out of sample: statistics of the days before and from it on stand beside those of all, a rule in the figure parts them. */
  readonly split?: DatetimeInput;
  /** Sentences that a reader must see: settings, what was left out. */
  readonly notes?: readonly string[];
}

/** All options there are. */
export const PORTFOLIO_REPORT_OPTIONS: readonly (keyof PortfolioReportOptions)[] = [
  "title",
  "sections",
  "positions",
  "labels",
  "fills",
  "search",
  "split",
  "notes",
  "mode",
  "periodsPerYear",
  "benchmark",
  "resamples",
  "seed",
  "stress",
];

/**
 * What did the portfolio earn, at what risk, and how much of it may be luck?
 *
 * A head line of key figures, then sections, each a figure with its table: `performance`, `calendar`, `drawdowns`, `stress`, `rolling`, `spread`,
 * `risk`, `holdings` (with `positions`), `decisions` and
 * `rank-label` (with `positions` and `labels`), `trades` (with `fills`), `luck`, `statistics`.
 *
 * In Qlib: qlib.contrib.report.analysis_position.report_graph, risk_analysis_graph
 *
 * @param report Columns `datetime` and `return` (simple, per period, before cost), and where known `cost`, `bench`, `turnover`: a
 * back-test's report, or any series of returns.
 * @throws InvalidArgumentError when no row has a return; UnknownNameError for a section that does not exist.
 * @example
 * const days = Array.from({ length: 60 }, (_, i) => new Date(Date.UTC(2020, 0, 1 + i)));
 * const report = await portfolioReport({ datetime: days, return: days.map((_, i) => ((i * 7) % 5) / 500 - 0.003) });
 * report.sections.map(({ name }) => name).slice(0, 2) // -> ["performance", "calendar"]
 */
export async function portfolioReport(report: ReturnSource, options: PortfolioReportOptions = {}): Promise<Report> {
  refuseUnknownOptions("Cannot report on the portfolio", options, PORTFOLIO_REPORT_OPTIONS);
  const { title = "Portfolio report", search = {}, notes = [], positions, labels, fills } = options;
  const series = portfolioSeries(report, options);
  const split = options.split === undefined ? undefined : splitWithin(series, parseDatetime(options.split));
  const luck = await luckFigures(series, search, options);
  const decisions = positions && labels ? decisionSections(positions, labels, decisionDates(report, series)) : [];
  return new Report({
    kind: "portfolio-report",
    title,
    facts: headLine(series, luck),
    notes: [...notes, coverageNote(series), conventionNote(series)],
    sections: chosen(options.sections, {
      performance: () => performanceSection(series, split),
      calendar: () => calendarSection(series),
      drawdowns: () => drawdownSection(series),
      stress: () => stressSection(series, options),
      rolling: () => rollingSection(series),
      spread: () => spreadSection(series),
      risk: () => riskSection(series),
      holdings: () => positions && holdingsSection(positions),
      decisions: () => decisions.find(({ name }) => name === "decisions"),
      "rank-label": () => decisions.find(({ name }) => name === "rank-label"),
      trades: () => fills && tradesSection(fills),
      luck: () => luckSection(luck, series),
      statistics: () => statisticsSection(series, search, split),
    }),
  });
}

/** The report's own dates and benchmark, where it has one. */
function decisionDates(report: ReturnSource, { benchmark }: PortfolioSeries): { readonly report?: ReturnSource } {
  return benchmark && !isNumbers(report) && columnsOf(report).names.includes("bench") ? { report } : {};
}

/** A section, or nothing where the data do not allow it. */
type Makers = Readonly<Record<string, () => ReportSection | undefined>>;

/** The sections asked for, or all that can be made. */
function chosen(names: readonly string[] | undefined, makers: Makers): ReportSection[] {
  return (names ?? Object.keys(makers)).flatMap((name) => {
    const make = Object.hasOwn(makers, name) ? makers[name] : undefined;
    if (!make)
      throw new UnknownNameError("section", name, Object.keys(makers), { context: "Cannot make the portfolio report" });
    return make() ?? [];
  });
}

/** @throws InvalidArgumentError when one side has no day. */
function splitWithin({ days }: PortfolioSeries, split: number): number {
  if (split > days[0]! && split <= days.at(-1)!) return split;
  throw new InvalidArgumentError(
    `Cannot split the report at ${formatDatetime(split)}: its days run from ${formatDatetime(days[0]!)} to ${formatDatetime(days.at(-1)!)}`,
  );
}

function statisticsSection(series: PortfolioSeries, { trials }: SearchFacts, split: number | undefined): ReportSection {
  const all = statisticsTable(series, { ...(trials && { trials }), ...(split !== undefined && { split }) });
  return {
    name: "statistics",
    title: "Statistics",
    meaning:
      `Net of cost. ${split === undefined ? "" : `In sample: the strategy before ${formatDatetime(split)}, out of sample: from then on. `}` +
      "Each with its formula: r returns, b the benchmark's, n their number, N periods a year, f risk-free per period.",
    table: all,
    isText: true,
    text: `${all.numRows()} statistics`,
  };
}

/** The key figures, each with its interval where it has one. */
function headLine(
  series: PortfolioSeries,
  { intervals, deflated, probabilistic, judged }: LuckFigures,
): Record<string, Fact> {
  const of = (name: string, measure: "annual_return" | "sharpe", show: (value: number) => string): string => {
    const found = intervals.find((one) => one.series === name && one.measure === measure);
    return found ? `${show(found.value)} [${show(found.low)}, ${show(found.high)}]` : "too few days";
  };
  const percent = (value: number) => percentText(value, 1);
  const ratio = (value: number) => numberText(value, 2);
  const { strategy, excess, turnover, days, mode } = series;
  return {
    "Annual return": of("Strategy", "annual_return", percent),
    ...(excess && { "Annual excess": of("Excess", "annual_return", percent) }),
    Sharpe: of("Strategy", "sharpe", ratio),
    ...(excess && { "Information ratio": of("Excess", "sharpe", ratio) }),
    "Max drawdown": percent(Math.min(0, ...underwater(strategy.path, mode))),
    ...(deflated
      ? {
          [`Skill beyond ${deflated.trials.count} trial${deflated.trials.count === 1 ? "" : "s"}`]: percentText(
            deflated.deflated,
            0,
          ),
        }
      : { [`P(true ${judged.name === "Excess" ? "excess" : "return"} > 0)`]: percentText(probabilistic, 0) }),
    ...(turnover && { "Turnover a day": percent(mean(turnover)) }),
    Days: days.length,
  };
}

function coverageNote({ days, missing, unmatched, benchmark, rows }: PortfolioSeries): string {
  const parts = [`${formatDatetime(days[0]!)} to ${formatDatetime(days.at(-1)!)}, ${days.length} days with a return`];
  if (rows > days.length) parts.push(`${rows.toLocaleString("en-US")} rows within the days put together`);
  if (missing) parts.push(`${missing} without one left out`);
  if (!benchmark) parts.push(unmatched ? "the benchmark has a return on none of them and is left out" : "no benchmark");
  else if (unmatched) parts.push(`${unmatched} without a return of the benchmark: no excess there`);
  return `Coverage: ${parts.join("; ")}.`;
}

function conventionNote({ mode, periodsPerYear, cost }: PortfolioSeries): string {
  return (
    `Brackets: 95 % interval by the stationary block bootstrap. Returns are ${mode === "sum" ? "added up, as Qlib does" : "compounded"}, ` +
    `${periodsPerYear} days a year, ${cost ? "net of cost" : "cost unknown"}, no risk-free rate.`
  );
}

const mean = (values: Float64Array) => values.reduce((sum, value) => sum + value, 0) / values.length;
