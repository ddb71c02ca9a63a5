import { mkdtemp, readFile, rm } from "node:fs/promises";
import os from "node:os";
import path from "node:path";
import { afterAll, beforeAll, expect, it } from "vitest";
import { MissingArtifactError, UnknownNameError } from "../../src/errors.js";
import { PortAnaRecord } from "../../src/record-template/port-ana-record.js";
import { SignalRecord } from "../../src/record-template/signal-record.js";
import { loadRunReport } from "../../src/report/run-report.js";
import { install } from "../../src/install.js";
import { R } from "../../src/tracking/r.js";
import type { Recorder } from "../../src/tracking/recorder.js";
import { VEGA_LITE_VERSIONS } from "../vega-lite-versions.js";
import { fittedOn, ownStore } from "../record-template/small-run.js";

ownStore();
install();
const config = {
  strategy: { class: "TopkDropoutStrategy", kwargs: { signal: "<PRED>", topk: 5, n_drop: 1 } },
  backtest: { account: 1_000_000 },
};
const runs: Record<"both" | "signal" | "portfolio" | "neither", Recorder> = {} as never;
const QUICK = { resamples: 50 };
const names = async (run: Recorder, options: Parameters<typeof loadRunReport>[1] = {}) =>
  (await loadRunReport(run, { ...QUICK, ...options })).sections.map(({ name }) => name);

beforeAll(async () => {
  const fitted = await fittedOn("synthetic://?instruments=30&days=200&seed=5&ic=0.1");
  const start = async (name: keyof typeof runs, body: (run: Recorder) => Promise<unknown>) => {
    runs[name] = await R.start({ experimentName: "reports", recorderName: name });
    await body(runs[name]);
    await R.endExp();
  };
  await start("neither", () => Promise.resolve());
  await start("signal", (recorder) => new SignalRecord({ recorder, ...fitted }).generate());
  await start("both", async (recorder) => {
    await new SignalRecord({ recorder, ...fitted }).generate();
    await new PortAnaRecord({ recorder, config }).generate();
  });
  // As a handler that dropped its raw data leaves it.
  await start("portfolio", async (recorder) => {
    await new SignalRecord({ recorder, ...fitted }).generate();
    await new PortAnaRecord({ recorder, config }).generate();
    await recorder.saveObjects({ label: null });
  });
}, 60_000);
afterAll(() => R.endExp());

it("reports the signal of a run that has nothing else", async () => {
  expect(await names(runs.signal)).toContain("ic");
  expect(await names(runs.signal)).not.toContain("performance");
  await expect(loadRunReport(runs.signal, { kind: "portfolio" })).rejects.toThrow(MissingArtifactError);
});

it("reports both, the decisions judged by the run's own labels, the leak check once", async () => {
  const report = await loadRunReport(runs.both, QUICK);
  const found = report.sections.map(({ name }) => name);
  for (const name of ["ic", "performance", "holdings", "decisions", "rank-label", "trades", "luck"])
    expect(found).toContain(name);
  expect(report.facts["Mean IC"]).toBeDefined();
  expect(report.facts.Sharpe).toBeDefined();
  expect(report.notes.filter((note) => note.includes("Leak check"))).toHaveLength(1);
  expect(await names(runs.both, { kind: "signal" })).not.toContain("performance");
});

it("places the signal among signals that know nothing when asked to, and chooses sections by name", async () => {
  const report = await loadRunReport(runs.both, { ...QUICK, shuffles: 50, sections: ["random-signals", "luck"] });
  expect(report.sections.map(({ name }) => name)).toEqual(["random-signals", "luck"]);
  // The smallest share that 50 shuffles can give is 1 / 51.
  expect(report.table("random-signals").get("share at least as good", 0)).toBeGreaterThanOrEqual(1 / 51);
  for (const { compile } of VEGA_LITE_VERSIONS) expect(compile(report.spec("random-signals"))).toEqual([]);
  await expect(loadRunReport(runs.signal, { sections: ["performance"] })).rejects.toThrow(UnknownNameError);
});

it("reports the portfolio of a run whose label is empty, with the leak check", async () => {
  const report = await loadRunReport(runs.portfolio, QUICK);
  expect(report.kind).toBe("portfolio-report");
  expect(report.notes.join("\n")).toContain("Leak check: nothing found");
});

it("says what a run without either has, and what would make it", async () => {
  const error = await loadRunReport(runs.neither).catch((caught: unknown) => caught);
  expect(error).toBeInstanceOf(MissingArtifactError);
  expect(String(error)).toMatch(/neither a prediction with its label nor a back-test[\s\S]*new SignalRecord/);
});

it("is kept with the run as a page when asked to", async () => {
  await runs.both.report({ ...QUICK, kind: "portfolio", sections: ["performance"], save: true });
  expect(await runs.both.listArtifacts()).toContain("report.html");
  const folder = await mkdtemp(path.join(os.tmpdir(), "alphabook-report-"));
  const page = await readFile(await runs.both.downloadArtifact("report.html", folder), "utf8");
  await rm(folder, { recursive: true, force: true });
  expect(page).toContain(`Run ${runs.both.id}`);
  expect(Buffer.byteLength(page)).toBeLessThan(1_000 * 1024);
});
