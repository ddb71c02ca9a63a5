import { writeFile } from "node:fs/promises";
import path from "node:path";
import { Option, type Command } from "commander";
import { VIEW } from "../panel/view.js";
import { example } from "./command.js";
import { findRun } from "./find-run.js";
import { printView, storeCommand, useStore, type StoreOptions } from "./store-option.js";

interface ReportOptions extends StoreOptions {
  readonly output?: string;
  readonly kind: "signal" | "portfolio" | "all";
}

/** `report`: what a run has to show, as a page or in short. */
export function addReportCommand(program: Command): void {
  const report = storeCommand(program, "report <run>", "The report of a run, as one web page or as key figures.")
    .option("-o, --output <page.html>", "write the whole report as a page that needs no network")
    .addOption(
      new Option("--kind <which>", "of all that it has").choices(["signal", "portfolio", "all"]).default("all"),
    );
  example(report, "alphabook report 019ab3 -o page.html").action(writeReport);
}

async function writeReport(run: string, options: ReportOptions): Promise<void> {
  const { R } = await useStore(options);
  const recorder = await findRun(R, run);
  const { loadRunReport } = await import("../report/run-report.js");
  const found = await loadRunReport(recorder, { kind: options.kind });
  const { title, facts, notes, sections } = found;
  const names = sections.map(({ name }) => name);
  if (options.output === undefined) {
    await printView(options, found[VIEW](), { title, facts, notes, sections: names });
    return;
  }
  const { reportToHtml } = await import("../notebook/report-page.js");
  const page = await reportToHtml(found, { footer: `Run ${recorder.id} · alphabook` });
  const file = path.resolve(options.output);
  await writeFile(file, page);
  const kilobytes = Math.round(Buffer.byteLength(page) / 1024);
  await printView(
    options,
    { kind: "page", title: `${title}: ${file} (${kilobytes} KB)` },
    { title, facts, sections: names, file, kilobytes },
  );
}
