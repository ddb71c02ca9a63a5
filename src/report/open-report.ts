import type { View } from "../panel/view.js";
import { Recorder } from "../tracking/recorder.js";
import { Report } from "./report.js";
import { loadPortfolioReport } from "./portfolio/run-portfolio.js";
import { loadSignalReport } from "./signal/signal-report.js";
import { planReport, type PlanContent } from "./task/plan-report.js";

const OF_A_RUN: Record<string, (run: Recorder) => Promise<Report>> = {
  "signal-report": loadSignalReport,
  "portfolio-report": loadPortfolioReport,
};

/** The report that a view stands for: itself, or the one of the run it refers to; undefined for any other view. */
export async function openReport({ kind, ref }: View): Promise<Report | undefined> {
  if (ref instanceof Report) return ref;
  if (kind === "task-plan") return planReport(ref as PlanContent);
  return ref instanceof Recorder ? OF_A_RUN[kind]?.(ref) : undefined;
}
