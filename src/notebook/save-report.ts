import { mkdtemp, rm, writeFile } from "node:fs/promises";
import os from "node:os";
import path from "node:path";
import type { Report } from "../report/report.js";
import type { Recorder } from "../tracking/recorder.js";
import { reportToHtml } from "./report-page.js";

/** The artifact's name. */
export const REPORT_PAGE = "report.html";

/** Keeps a report with its run as one web page, artifact `report.html`; an older one is replaced. */
export async function saveReport(recorder: Recorder, report: Report): Promise<void> {
  const folder = await mkdtemp(path.join(os.tmpdir(), "alphabook-report-"));
  try {
    const file = path.join(folder, REPORT_PAGE);
    await writeFile(file, await reportToHtml(report, { footer: `Run ${recorder.id} · alphabook` }));
    await recorder.logArtifact(file);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}
