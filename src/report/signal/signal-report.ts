import { refuseUnknownOptions } from "../../engine/refuse-unknown-options.js";
import { joinPredLabel } from "../../analysis/join-pred-label.js";
import { Panel } from "../../panel/panel.js";
import type { PanelSource } from "../../panel/panel-from.js";
import type { Fact } from "../../panel/view.js";
import type { Recorder } from "../../tracking/recorder.js";
import { numberText, percentText } from "../figure/number-text.js";
import { leakStamp } from "../leak-stamp.js";
import { Report } from "../report.js";
import { dailyIcSection } from "./daily-ic.js";
import { distributionSection } from "./distribution.js";
import { factorReport, type FactorReportOptions } from "./factor-report.js";
import { longShortSection } from "./long-short.js";
import { monthlyIcSection } from "./monthly-ic.js";
import { quantileSection } from "./quantiles.js";
import { randomSection } from "./random-signals.js";
import { signalFigures, type SignalFigureOptions, type SignalFigures } from "./signal-figures.js";

export interface SignalReportOptions extends SignalFigureOptions {
  /** Default `Signal report`. */
  readonly title?: string;
  /** Findings that a reader must see first: leaks, missing data. */
  readonly warnings?: readonly string[];
  /** What was looked for and not found, e.g. `leak check: nothing found (label looks 2 days ahead)`. */
  readonly assurances?: readonly string[];
}

/** All options there are. */
export const SIGNAL_REPORT_OPTIONS: readonly (keyof SignalReportOptions)[] = [
  "title",
  "warnings",
  "assurances",
  "quantiles",
  "periodsPerYear",
];

export interface RunSignalReportOptions extends SignalReportOptions {
  /** Compare the signal with so many that know nothing, in a section `random-signals`; 1,000 is usual. Default 0: left out. */
  readonly shuffles?: number;
}

/**
 * Does the score order the returns? IC and Rank IC by day and month, returns by score bucket, their distribution.
 *
 * In Qlib: qlib.contrib.report.analysis_model.model_performance_graph, score_ic_graph
 *
 * @param predLabel Columns `score` and `label` (a simple return as a decimal), one row per (datetime, instrument).
 * @example
 * const day = (date: string) => ["A", "B", "C", "D", "E"].map((instrument, i) => ({ datetime: date, instrument, score: i, label: i / 100 }));
 * const rows = [...day("2020-01-02"), ...day("2020-01-03"), ...day("2020-01-06")];
 * const columns = Object.fromEntries(["datetime", "instrument", "score", "label"].map((name) => [name, rows.map((row) => row[name])]));
 * signalReport(columns).sections.length // -> 5
 */
export function signalReport(predLabel: PanelSource, options?: SignalReportOptions): Report;
/**
 * Is this factor worth a model? Of a factor and prices, no prediction needed: IC, quantile returns and turnover of several horizons at once.
 *
 * Sections: `horizons`, `ic`, `monthly-ic`, `distribution`, `quantile-returns`, `cumulative` (by quantile, factor-weighted, alpha and beta),
 * `turnover` (and rank autocorrelation), `scores`; with the option of the same name `neutralization`, `groups`, `events`.
 *
 * @param factor One row per (datetime, instrument): the factor, and columns that options name.
 * @param prices One row per (datetime, instrument) with `close`; more dates and names than the factor has do no harm.
 * @throws InvalidArgumentError when factor and prices do not meet, or for options out of range; UnknownNameError for a column that is not there.
 */
export function signalReport(factor: PanelSource, prices: PanelSource, options?: FactorReportOptions): Promise<Report>;
export function signalReport(
  panel: PanelSource,
  given: PanelSource | SignalReportOptions = {},
  options?: FactorReportOptions,
): Report | Promise<Report> {
  return isPanelSource(given) ? factorReport(panel, given, options) : predLabelReport(panel, given);
}

/** Options have none of what prices have. */
const isPanelSource = (given: PanelSource | SignalReportOptions): given is PanelSource =>
  given instanceof Panel || "datetime" in given || "columnNames" in given || "columns" in given;

function predLabelReport(predLabel: PanelSource, options: SignalReportOptions): Report {
  refuseUnknownOptions("Cannot make the signal report", options, SIGNAL_REPORT_OPTIONS);
  const { title = "Signal report", warnings = [], assurances = [] } = options;
  const figures = signalFigures(Panel.from(predLabel), options);
  return new Report({
    kind: "signal-report",
    title,
    facts: headLine(figures),
    notes: [
      ...warnings.map((warning) => `Warning: ${warning}`),
      ...assurances,
      coverageNote(figures),
      conventions(figures),
    ],
    sections: [
      dailyIcSection(figures),
      monthlyIcSection(figures),
      quantileSection(figures),
      longShortSection(figures),
      distributionSection(figures),
    ],
  });
}

/** The signal report of a run, from its artifacts `pred`, `label` and `dataset`. @throws MissingArtifactError when it has none. */
export async function loadSignalReport(
  recorder: Recorder,
  { shuffles = 0, ...options }: RunSignalReportOptions = {},
): Promise<Report> {
  const [pred, label] = [await recorder.loadObject("pred"), await recorder.loadObject("label")];
  const predLabel = joinPredLabel(pred as PanelSource, label as PanelSource);
  const report = signalReport(predLabel, {
    title: `Signal report · ${recorder.name}`,
    ...(await leakStamp(recorder)),
    ...options,
  });
  if (shuffles === 0) return report;
  return new Report({ ...report, sections: [...report.sections, await randomSection(predLabel, shuffles)] });
}

/** The key figures, each with its error where it has one. */
function headLine({
  icSummary: ic,
  rankIcSummary: rank,
  quantiles: _q,
  longShort,
  periodsPerYear,
}: SignalFigures): Record<string, Fact> {
  const returns = Array.from(longShort.array("longShort") as ArrayLike<number>).filter((value) => !Number.isNaN(value));
  const mean = returns.reduce((sum, value) => sum + value, 0) / returns.length;
  return {
    "Mean IC": `${numberText(ic.mean, 4)} [${numberText(ic.neweyWest.low, 4)}, ${numberText(ic.neweyWest.high, 4)}]`,
    "Rank IC": `${numberText(rank.mean, 4)} [${numberText(rank.neweyWest.low, 4)}, ${numberText(rank.neweyWest.high, 4)}]`,
    ICIR: numberText(ic.icir, 2),
    "Rank ICIR": numberText(rank.icir, 2),
    "t-stat": numberText(ic.neweyWest.tStat, 1),
    "IC > 0": `${percentText(ic.positiveShare, 0)} of days`,
    "Long–short a year": percentText(mean * periodsPerYear, 1),
    Days: ic.n,
  };
}

function coverageNote({ coverage: { dates, rows, pairs, infinite, tiedShare }, icSummary }: SignalFigures): string {
  const parts = [`${whole(pairs)} of ${whole(rows)} rows have both score and label, on ${whole(dates)} dates`];
  if (dates > icSummary.n)
    parts.push(
      `${whole(dates - icSummary.n)} ${dates - icSummary.n === 1 ? "date has" : "dates have"} no IC (fewer than two pairs, or a constant side)`,
    );
  if (tiedShare > 0.01) parts.push(`${percentText(tiedShare, 0)} of the scores occur more than once on their date`);
  if (infinite > 0) parts.push(`${whole(infinite)} rows hold ±∞`);
  return `Coverage: ${parts.join("; ")}.`;
}

function conventions({ icSummary: { neweyWest }, periodsPerYear }: SignalFigures): string {
  return `Brackets and t: 95 % interval and t-statistic of the mean, Newey–West with ${neweyWest.lags} lags. ICIR = mean / standard deviation of the daily IC (ddof 1), not annualised. Annual figures: mean × ${periodsPerYear}.`;
}

const whole = (n: number) => n.toLocaleString("en-US");
