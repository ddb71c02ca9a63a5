import { refuseUnknownOptions } from "../engine/refuse-unknown-options.js";
import { MissingArtifactError } from "../errors.js";
import type { Recorder } from "../tracking/recorder.js";
import { PORTFOLIO_REPORT_OPTIONS, type PortfolioReportOptions } from "./portfolio/portfolio-report.js";
import { loadPortfolioReport } from "./portfolio/run-portfolio.js";
import { Report } from "./report.js";
import { loadSignalReport, SIGNAL_REPORT_OPTIONS, type RunSignalReportOptions } from "./signal/signal-report.js";

export interface RunReportOptions extends RunSignalReportOptions, PortfolioReportOptions {
  /** `signal`, `portfolio`, or all that the run has (default). */
  readonly kind?: "signal" | "portfolio" | "all";
}

const TRADED = "portfolio_analysis/report_normal_1day";
const SIGNAL: readonly string[] = [...SIGNAL_REPORT_OPTIONS, "shuffles"];
const PORTFOLIO: readonly string[] = [...PORTFOLIO_REPORT_OPTIONS, "freq"];
/** The key figures of a signal that stand in a report of both. */
const SIGNAL_FACTS = ["Mean IC", "Rank IC"];

/**
 * What a run has to show, from what it saved: its signal, its portfolio, or both as one report.
 *
 * @throws MissingArtifactError when it has nothing of the kind: neither a prediction nor a back-test; UnknownNameError for a section that it does not have.
 */
export async function loadRunReport(
  recorder: Recorder,
  { sections, ...options }: RunReportOptions = {},
): Promise<Report> {
  refuseUnknownOptions(`Cannot report on run "${recorder.name}"`, options, [
    ...new Set(["kind", "sections", ...SIGNAL, ...PORTFOLIO]),
  ]);
  const report = await wholeReport(recorder, options);
  return sections ? new Report({ ...report, sections: sections.map((name) => report.section(name)) }) : report;
}

async function wholeReport(
  recorder: Recorder,
  { kind = "all", ...options }: Omit<RunReportOptions, "sections">,
): Promise<Report> {
  const traded = await recorder.hasArtifact(TRADED);
  if (kind === "portfolio" || (kind === "all" && traded && !(await hasSignal(recorder))))
    return loadPortfolioReport(recorder, only(options, PORTFOLIO));
  if (kind === "all" && !(await hasSignal(recorder))) throw nothingToReport(recorder, await recorder.listArtifacts());
  const signal = await loadSignalReport(recorder, only(options, SIGNAL));
  if (kind === "signal" || !traded) return signal;
  const portfolio = await loadPortfolioReport(recorder, only(options, PORTFOLIO));
  return new Report({
    kind: "run-report",
    title: options.title ?? `Report · ${recorder.name}`,
    facts: {
      ...Object.fromEntries(Object.entries(signal.facts).filter(([name]) => SIGNAL_FACTS.includes(name))),
      ...portfolio.facts,
    },
    notes: [
      ...signal.notes.map((note) => `Signal: ${note}`),
      ...portfolio.notes.filter((note) => !signal.notes.includes(note)).map((note) => `Portfolio: ${note}`),
    ],
    sections: [...signal.sections, ...portfolio.sections],
  });
}

const only = (options: object, known: readonly string[]): object =>
  Object.fromEntries(Object.entries(options).filter(([name]) => known.includes(name)));

/** A prediction and its label; a handler that dropped its raw data leaves a label of nothing. */
async function hasSignal(recorder: Recorder): Promise<boolean> {
  if (!(await recorder.hasArtifact("pred")) || !(await recorder.hasArtifact("label"))) return false;
  return (await recorder.loadObject("label")) !== null;
}

function nothingToReport(recorder: Recorder, artifacts: readonly string[]): MissingArtifactError {
  return new MissingArtifactError(
    `Cannot report on run "${recorder.name}": it has neither a prediction with its label nor a back-test\n` +
      `  it has: ${artifacts.length ? artifacts.join(", ") : "no artifacts"}\n` +
      "  generate them: new SignalRecord({ model, dataset, recorder }), new PortAnaRecord({ recorder, config })",
    ["pred", "label", TRADED],
  );
}
