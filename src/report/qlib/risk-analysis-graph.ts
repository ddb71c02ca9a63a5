import type { ColumnTable } from "arquero";
import type { ReturnSource } from "../../analysis/statistic/return-series.js";
import { refuseUnknownOptions } from "../../engine/refuse-unknown-options.js";
import { InvalidArgumentError } from "../../errors.js";
import { figure } from "../figure/figure.js";
import { numberText, percentText } from "../figure/number-text.js";
import { portfolioSeries } from "../portfolio/portfolio-series.js";
import { monthlyRiskLines, monthlyRiskTable, riskBars } from "../portfolio/risk.js";
import { Report, type ReportSection } from "../report.js";

/** Days a year of Qlib's risk analysis. */
const PERIODS = 238;

export interface RiskAnalysisGraphOptions {
  /** `kind, metric, risk`: the artifact `port_analysis_1day`. */
  readonly analysis?: ColumnTable;
  /** A back-test's report, with `bench` and `cost`. */
  readonly report?: ReturnSource;
}

/**
 * Risk with and without cost, as Qlib's risk analysis graph: bars over all days, lines by month.
 *
 * Months: excess over the benchmark, sums, 238 days a year; months with fewer than 3 days are left out.
 *
 * In Qlib: qlib.contrib.report.analysis_position.risk_analysis_graph
 *
 * @returns A report with the sections `risk` (with `analysis`) and `monthly-risk` (with `report`).
 * @throws InvalidArgumentError with neither.
 * @example
 * const days = { datetime: ["2020-01-02", "2020-01-03", "2020-01-06"], return: [0.01, 0, 0.02], cost: [0, 0, 0], bench: [0, 0, 0] };
 * riskAnalysisGraph({ report: days }).table("monthly-risk").get("n", 0) // -> 3
 */
export function riskAnalysisGraph(options: RiskAnalysisGraphOptions): Report {
  refuseUnknownOptions("Cannot draw the risk analysis graph", options, ["analysis", "report"]);
  const { analysis, report } = options;
  if (!analysis && !report)
    throw new InvalidArgumentError(
      'Cannot draw the risk analysis graph: neither analysis nor report given\n  give { analysis: await run.loadObject("portfolio_analysis/port_analysis_1day") }',
    );
  return new Report({
    kind: "risk-analysis-graph",
    title: "Risk analysis",
    facts: analysis ? keyFigures(analysis) : {},
    notes: [],
    sections: [...(analysis ? [barSection(analysis)] : []), ...(report ? [monthlySection(report)] : [])],
  });
}

function keyFigures(analysis: ColumnTable): Record<string, string> {
  const rows = analysis.objects() as { kind: string; metric: string; risk: number }[];
  const of = (metric: string) =>
    rows.find((row) => row.kind.endsWith("with_cost") && row.metric === metric)?.risk ?? NaN;
  return {
    "Annualized return": percentText(of("annualized_return"), 2),
    "Information ratio": numberText(of("information_ratio"), 3),
    "Max drawdown": percentText(of("max_drawdown"), 2),
  };
}

function barSection(analysis: ColumnTable): ReportSection {
  const text = Object.entries(keyFigures(analysis))
    .map(([name, value]) => `${name} ${value}`)
    .join(" · ");
  const kinds = [...new Set(analysis.array("kind") as ArrayLike<string> & Iterable<string>)].sort();
  return {
    name: "risk",
    title: "Risk analysis",
    meaning: "As the back-test recorded it: sums, std per day with ddof 1. Key figures after cost.",
    table: analysis,
    spec: figure({
      title: { text: "Risk analysis", subtitle: `After cost: ${text}` },
      description: text,
      vconcat: [riskBars(analysis, kinds)],
    }),
    text,
  };
}

function monthlySection(report: ReturnSource): ReportSection {
  const monthly = monthlyRiskTable(portfolioSeries(report, { mode: "sum", periodsPerYear: PERIODS }));
  const kinds = monthly.columnNames().flatMap((name) => (name.endsWith("_std") ? [name.slice(0, -"_std".length)] : []));
  const text = `${monthly.numRows()} months with at least 3 days`;
  return {
    name: "monthly-risk",
    title: "Risk by month",
    meaning: `Inside each calendar month: sums, ${PERIODS} days a year, ddof 1; n = days. Annual figures of some 20 days are wild.`,
    table: monthly,
    spec: figure({
      title: { text: "Risk by month", subtitle: text },
      description: text,
      spacing: 18,
      vconcat: monthlyRiskLines(monthly, kinds),
    }),
    text,
  };
}
