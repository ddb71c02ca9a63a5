import type { Recorder } from "../tracking/recorder.js";
import type { PortfolioReportOptions } from "./portfolio/portfolio-report.js";
import { loadPortfolioReport } from "./portfolio/run-portfolio.js";
import { Report } from "./report.js";
import { loadSignalReport, type SignalReportOptions } from "./signal/signal-report.js";

export interface RunReportOptions extends SignalReportOptions, Omit<PortfolioReportOptions, "sections"> {
  /** `signal`, `portfolio`, or all that the run has (default). */
  readonly kind?: "signal" | "portfolio" | "all";
}

/** The key figures of a signal that stand in a report of both. */
const SIGNAL_FACTS = ["Mean IC", "Rank IC"];

/**
 * What a run has to show, from what it saved: its signal, its portfolio, or both as one report.
 *
 * @throws MissingArtifactError when it has nothing of the kind: neither a prediction nor a back-test.
 */
export async function loadRunReport(
  recorder: Recorder,
  { kind = "all", ...options }: RunReportOptions = {},
): Promise<Report> {
  const traded = await recorder.hasArtifact("portfolio_analysis/report_normal_1day");
  if (kind === "portfolio" || (kind === "all" && traded && !(await recorder.hasArtifact("label"))))
    return loadPortfolioReport(recorder, options);
  const signal = await loadSignalReport(recorder, options);
  if (kind === "signal" || !traded) return signal;
  const portfolio = await loadPortfolioReport(recorder, options);
  return new Report({
    kind: "run-report",
    title: options.title ?? `Report · ${recorder.name}`,
    facts: {
      ...Object.fromEntries(Object.entries(signal.facts).filter(([name]) => SIGNAL_FACTS.includes(name))),
      ...portfolio.facts,
    },
    notes: [...signal.notes.map((note) => `Signal: ${note}`), ...portfolio.notes.map((note) => `Portfolio: ${note}`)],
    sections: [...signal.sections, ...portfolio.sections],
  });
}
