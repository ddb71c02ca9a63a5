import { refuseUnknownOptions } from "../../engine/refuse-unknown-options.js";
import { analyzeFactor, type FactorAnalysis } from "../../analysis/factor/analyze-factor.js";
import { eventStudy, type EventStudyOptions } from "../../analysis/factor/event-study.js";
import { factorPanel } from "../../analysis/factor/factor-panel.js";
import { groupAnalysis } from "../../analysis/factor/group-analysis.js";
import type { Grouping } from "../../analysis/factor/grouping.js";
import { neutralize } from "../../analysis/factor/neutralize.js";
import { formatDatetime, type DatetimeInput } from "../../engine/datetime.js";
import type { PanelSource } from "../../panel/panel-from.js";
import type { Panel } from "../../panel/panel.js";
import type { Fact } from "../../panel/view.js";
import { numberText, percentText } from "../figure/number-text.js";
import { Report, type ReportSection } from "../report.js";
import { dailyIcSection } from "./daily-ic.js";
import { distributionSection } from "./distribution.js";
import {
  cumulativeSection,
  eventSection,
  groupSection,
  horizonSection,
  neutralSection,
  quantileReturnSection,
  scoreSection,
  turnoverSection,
} from "./factor-sections.js";
import { monthlyIcSection } from "./monthly-ic.js";
import { signalFigures } from "./signal-figures.js";

export interface FactorReportOptions {
  /** Default `Factor report`. */
  readonly title?: string;
  /** Column of the factor. Default `score`, else the first. */
  readonly score?: string;
  /** Column of prices. Default `close`. */
  readonly price?: string;
  /** In steps: dates of the prices. Default 1, 5, 10. */
  readonly horizons?: readonly number[];
  /** Steps between the date of the factor and the price that is paid. Default 0; 1 for a factor known after the close. */
  readonly delay?: number;
  /** Default 5. */
  readonly quantiles?: number;
  /** Sectors, size classes, years, to look at the factor in each. */
  readonly groups?: Grouping;
  /** What is taken out of the factor first, with the before and after shown. */
  readonly neutralize?: { readonly groups?: Grouping; readonly factors?: readonly string[] };
  /** Events to look at prices around, with how many steps before and after. */
  readonly events?: Pick<EventStudyOptions, "before" | "after"> & {
    readonly datetime: ArrayLike<DatetimeInput>;
    readonly instrument: ArrayLike<string>;
  };
  /** Default 252. */
  readonly periodsPerYear?: number;
}

const OPTIONS: readonly (keyof FactorReportOptions)[] = [
  "title",
  "score",
  "price",
  "horizons",
  "delay",
  "quantiles",
  "groups",
  "neutralize",
  "events",
  "periodsPerYear",
];

/** The report of a factor beside prices, without a model: what {@link signalReport} makes of a factor and prices. */
export async function factorReport(
  factor: PanelSource,
  prices: PanelSource,
  options: FactorReportOptions = {},
): Promise<Report> {
  refuseUnknownOptions("Cannot make the factor report", options, OPTIONS);
  const {
    title = "Factor report",
    horizons = [1, 5, 10],
    quantiles = 5,
    periodsPerYear = 252,
    events,
    groups,
  } = options;
  const { panel: raw, unmatched } = factorPanel(factor, prices, { ...options, horizons });
  const nearest = `r${Math.min(...horizons)}`;
  const neutral = options.neutralize && neutralize(raw, { ...options.neutralize, label: nearest });
  const panel = neutral?.panel ?? raw;
  const labels = Object.fromEntries([...horizons].sort((a, b) => a - b).map((steps) => [`r${steps}`, steps]));
  const analysis = await analyzeFactor(panel, { horizons: labels, quantiles, periodsPerYear });
  const daily = signalFigures(panel.select(["score", nearest]).rename({ [nearest]: "label" }), {
    quantiles,
    periodsPerYear,
  });
  const sections: (ReportSection | false | undefined)[] = [
    horizonSection(analysis),
    neutral && neutralSection(neutral, nearest),
    dailyIcSection(daily),
    monthlyIcSection(daily),
    distributionSection(daily),
    quantileReturnSection(analysis),
    cumulativeSection(analysis, quantiles),
    turnoverSection(analysis, quantiles),
    groups && groupSection(groupAnalysis(panel, groups, { label: nearest, quantiles }), nearest),
    events && eventSection(eventStudy(prices, events, eventOptions(options))),
    scoreSection(analysis),
  ];
  return new Report({
    kind: "signal-report",
    title,
    facts: headLine(analysis, quantiles, panel),
    notes: [
      coverageNote(analysis, panel, unmatched),
      `Returns: price ${options.delay ?? 0} steps after the date to price so many steps later; ${nearest} is over ${Math.min(...horizons)}. Before costs. Brackets: 95 % interval of the mean, Newey–West.`,
    ],
    sections: sections.filter((one) => one !== undefined && one !== false),
  });
}

function eventOptions({ events, price }: FactorReportOptions): EventStudyOptions {
  const { before, after } = events!;
  return {
    demeaned: true,
    ...(before !== undefined && { before }),
    ...(after !== undefined && { after }),
    ...(price !== undefined && { price }),
  };
}

function headLine(
  { icSummary, alphaBeta, turnoverSummary, quantileReturns }: FactorAnalysis,
  quantiles: number,
  panel: Panel,
) {
  const of = (row: number, column: string) => icSummary.get(column, row) as number;
  const ranks = Array.from({ length: icSummary.numRows() }, (_, row) => row).filter(
    (row) => icSummary.get("figure", row) === "rankIc",
  );
  const facts: Record<string, Fact> = {};
  for (const row of ranks.slice(0, 3))
    facts[`Rank IC, ${of(row, "steps")}`] =
      `${numberText(of(row, "mean"), 4)} [${numberText(of(row, "low"), 4)}, ${numberText(of(row, "high"), 4)}]`;
  const mean = (row: number) => quantileReturns.get("mean", row) as number;
  facts[`Q${quantiles} − Q1 a step`] = percentText(mean(quantiles - 1) - mean(0), 3);
  facts["Alpha a year"] = percentText(alphaBeta.get("alpha", 0) as number, 1);
  facts.Beta = numberText(alphaBeta.get("beta", 0) as number, 2);
  facts[`New names in Q${quantiles}`] = percentText(turnoverSummary.get("mean", quantiles - 1) as number, 0);
  facts.Dates = panel.numDates;
  return facts;
}

function coverageNote({ rows }: FactorAnalysis, panel: Panel, unmatched: number): string {
  const whole = (n: number) => n.toLocaleString("en-US");
  const parts = [
    `${formatDatetime(panel.dates[0]!)} to ${formatDatetime(panel.dates.at(-1)!)}, ${whole(rows.used)} of ${whole(rows.all)} rows have a score and the returns of all horizons`,
  ];
  if (rows.noScore) parts.push(`${whole(rows.noScore)} have no score`);
  if (rows.noReturn) parts.push(`${whole(rows.noReturn)} lack a return, as the last dates do`);
  if (unmatched) parts.push(`${whole(unmatched)} meet no price`);
  return `Coverage: ${parts.join("; ")}.`;
}
