import { spawn } from "node:child_process";
import path from "node:path";
import { afterEach, describe, expect, it, vi } from "vitest";
import { RunWatch } from "../../src/display/run-watch.js";
import { InvalidArgumentError } from "../../src/errors.js";
import { VIEW } from "../../src/panel/view.js";
import { R } from "../../src/tracking/r.js";
import { durationText } from "../../src/host/duration-text.js";
import { sparkline } from "../../src/tracking/sparkline.js";
import { later, messages, repository, startKernel, traceback } from "../kernel-setup/started-kernel.js";
import { temporaryFolder } from "../temporary-folder.js";

const store = temporaryFolder();
R.setUri(store);
afterEach(() => vi.restoreAllMocks());

describe("watching a run", () => {
  it("ends with the run, and knows its newest values and their course", async () => {
    const run = await R.start({ experimentName: "watch", recorderName: "own" });
    const watch = new RunWatch(run, { every: 0.1 });
    for (const [step, loss] of [8, 4, 2, 1].entries()) run.logMetrics({ loss, odd: NaN }, { step });
    await later(250);
    await R.endExp();
    const status = await watch.ended;
    expect(status.metrics.get("loss")).toEqual({ step: 3, value: 1, min: 1, max: 8, points: 4, line: [8, 4, 2, 1] });
    expect(status[VIEW]()).toMatchObject({
      title: "own",
      facts: { status: "FINISHED", step: 3 },
      table: [{ metric: "loss", last: 1, history: "█▄▂▁" }, { metric: "odd" }],
    });
    expect(status.elapsed).toBeCloseTo((run.endTime!.getTime() - run.startTime!.getTime()) / 1000, 9);
  });

  it("follows a run of another process to its end", async () => {
    const code = `
      import { R } from ${JSON.stringify(path.join(repository, "dist", "tracking", "r.js"))};
      R.setUri(${JSON.stringify(store)});
      const run = await R.start({ experimentName: "elsewhere" });
      console.log(run.id);
      for (let step = 0; step < 20; step++) {
        run.logMetrics({ step }, { step });
        await new Promise((resolve) => setTimeout(resolve, 50));
      }
      await R.endExp();`;
    const other = spawn(process.execPath, ["--input-type=module", "-e", code], {
      stdio: ["ignore", "pipe", "inherit"],
    });
    const id = await new Promise<string>((resolve) =>
      other.stdout.once("data", (data) => resolve(String(data).trim())),
    );
    const run = await R.getRecorder({ recorderId: id });
    expect(run.isOwn).toBe(false);
    const status = await new RunWatch(run).ended;
    expect([run.status, status.metrics.get("step")?.value]).toEqual(["FINISHED", 19]);
  });

  it("stops when it is told to; the run goes on", async () => {
    const run = await R.start({ experimentName: "watch", recorderName: "on" });
    const watch = new RunWatch(run);
    watch.stop();
    await watch.ended;
    expect(run.status).toBe("RUNNING");
    await R.endExp();
  });

  it("a course of many points comes as thirty values", async () => {
    const run = await R.start({ experimentName: "watch", recorderName: "long" }, (each) => {
      for (let step = 0; step < 3000; step++) each.logMetrics({ x: step }, { step });
      return each;
    });
    const { line, points } = (await new RunWatch(run).ended).metrics.get("x")!;
    expect([line.length, line[0], line.at(-1), points]).toEqual([30, 99, 2999, 3000]);
  });

  it("refuses more than ten looks a second", async () => {
    const [run] = await R.listRecorders({ experimentName: "watch" });
    expect(() => new RunWatch(run!, { every: 0.05 })).toThrow(InvalidArgumentError);
  });

  it("in a notebook it updates one output, at most ten times a second, and stops when the cell is interrupted", async () => {
    const kernel = await startKernel();
    const began = performance.now();
    const first = await kernel.execute(
      `import { R } from ${JSON.stringify(path.join(repository, "dist", "index.js"))};
      R.setUri(${JSON.stringify(temporaryFolder())});
      const run = await R.start({ experimentName: "live" });
      const watch = run.watch({ every: 0.1 });
      for (let step = 0; step < 300; step++) {
        run.logMetrics({ loss: 1 / (1 + step) }, { step });
        await new Promise((resolve) => setTimeout(resolve, 10));
      }`,
    );
    expect(traceback(first)).toBeUndefined();
    const shown = messages(first, "display_data");
    const updates = messages(first, "update_display_data");
    expect(shown).toHaveLength(1);
    expect(updates.length).toBeGreaterThanOrEqual(2);
    expect(updates.length).toBeLessThanOrEqual((performance.now() - began) / 100 + 1);
    expect(updates.at(-1)!.content.transient).toEqual(shown[0]!.content.transient);
    expect(updates.at(-1)!.content.data["text/plain"]).toMatch(/RUNNING[^]*loss/);
    const waiting = kernel.execute("await run.watch().ended;");
    await later(700);
    await kernel.interrupt();
    expect(traceback(await waiting)).toMatch(/KeyboardInterrupt|interrupt/i);
    expect(traceback(await kernel.execute("await R.endExp(); await watch.ended;"))).toBeUndefined();
  });
});

describe("sparkline and durationText", () => {
  it("draw equal values flat and leave gaps", () => {
    expect([sparkline([2, 2]), sparkline([]), sparkline([1, Infinity, 2])]).toEqual(["▁▁", "", "▁ █"]);
  });
  it("say seconds, minutes and hours", () => {
    expect([0, 59.9, 60, 3599, 3600].map(durationText)).toEqual([
      "0.0 s",
      "59.9 s",
      "1 min 0 s",
      "59 min 59 s",
      "1 h 00 min",
    ]);
  });
});
