import { host } from "../host/host.js";
import type { Report, ReportPart } from "../report/report.js";
import { chartBundle, type DisplayBundle } from "./chart-bundle.js";
import { viewBundle } from "./view-bundle.js";

/** A report's tables stand below their figures: a few rows tell what is in them. */
const REPORT_ROWS = 8;

/** The table of a section with the line that says what it means. */
export function sectionTable({ table, note, isText }: Extract<ReportPart, { kind: "table" }>): DisplayBundle {
  const options = isText ? { rows: table.numRows(), wrap: true, scroll: true } : { rows: REPORT_ROWS };
  return viewBundle({ table, notes: [note] }, options);
}

/** Shows all parts of a report in order: the last one is the cell's own result, those before it are displayed on the way. */
export async function showReport(report: Report): Promise<DisplayBundle> {
  const parts = report.parts();
  for (const part of parts.slice(0, -1)) {
    await host.breathe();
    const { data, metadata } = await partBundle(part);
    host.bridge?.display({ ...data }, { metadata: { ...metadata } });
  }
  return partBundle(parts.at(-1)!);
}

function partBundle(part: ReportPart): Promise<DisplayBundle> | DisplayBundle {
  if (part.kind === "facts") return viewBundle(part, { cards: true });
  if (part.kind === "figure") return chartBundle(part.spec, `${part.title}: ${part.text}`);
  return sectionTable(part);
}
