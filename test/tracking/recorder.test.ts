import { beforeAll, beforeEach, describe, expect, it } from "vitest";
import { InvalidArgumentError, NotInitializedError, ParamConflictError } from "../../src/errors.js";
import { VIEW } from "../../src/panel/view.js";
import type { Recorder } from "../../src/tracking/recorder.js";
import { R } from "../../src/tracking/r.js";
import { sql } from "../../src/tracking/sql.js";
import { temporaryFolder } from "../temporary-folder.js";

let run: Recorder;
beforeAll(() => R.setUri(temporaryFolder()));
beforeEach(async () => {
  await R.endExp();
  run = await R.start({ experimentName: "recorder" });
});

describe("params", () => {
  it("keep their JSON type, nested objects and long texts", async () => {
    const params = {
      alpha: 0.05,
      name: "ridge",
      deep: { kwargs: [1, { a: null }] },
      on: true,
      none: null,
      text: "x".repeat(10_000),
    };
    run.logParams(params);
    expect(await run.listParams()).toEqual(params);
    expect((await sql`SELECT value, num FROM params WHERE run_id = ${run.id} AND key = 'alpha'`).rows()).toEqual([
      { value: "0.05", num: 0.05 },
    ]);
  });

  it("are written once: the same value is fine, another one shows both", async () => {
    run.logParams({ alpha: 0.05, kwargs: { a: 1, b: 2 } });
    run.logParams({ alpha: 0.05, kwargs: { b: 2, a: 1 } });
    expect(() => run.logParams({ alpha: 0.1 })).toThrow(ParamConflictError);
    expect(() => run.logParams({ alpha: 0.1 })).toThrow(/param "alpha"[\s\S]*logged: 0.05\n  now: 0.1/);
    expect(await run.listParams()).toEqual({ alpha: 0.05, kwargs: { a: 1, b: 2 } });
  });

  it("are compared with what another object of the run logged long ago", async () => {
    run.logParams({ alpha: 1 });
    await R.endExp();
    const again = await R.getRecorder({ recorderId: run.id });
    expect(() => again.logParams({ alpha: 2 })).toThrow(ParamConflictError);
  });

  it("are all written or none", async () => {
    expect(() => run.logParams({ good: 1, bad: () => 1 })).toThrow('param "bad"');
    run.logParams({ taken: 1 });
    expect(() => run.logParams({ other: 1, taken: 2 })).toThrow(ParamConflictError);
    expect(await run.listParams()).toEqual({ taken: 1 });
    run.logParams({ other: 2 });
    expect((await run.listParams()).other).toBe(2);
  });

  it("come as one object", () => {
    expect(() => run.logParams("alpha" as never)).toThrow(InvalidArgumentError);
  });
});

describe("metrics", () => {
  it("NaN and ±∞ are kept by log, list, history and table", async () => {
    run.logMetrics({ a: NaN, b: Infinity, c: -Infinity, d: true });
    expect(await run.listMetrics()).toEqual({ a: NaN, b: Infinity, c: -Infinity, d: 1 });
    expect(run.metrics).toEqual({ a: NaN, b: Infinity, c: -Infinity, d: 1 });
    expect((await run.getMetricHistory("a")).get("value", 0)).toBeNaN();
    expect((await sql`SELECT "m.a" AS a, "m.b" AS b FROM runs_wide WHERE run_id = ${run.id}`).rows()).toEqual([
      { a: NaN, b: Infinity },
    ]);
    expect((await sql`SELECT count(*) AS n FROM runs_wide WHERE run_id = ${run.id} AND "m.a" IS NULL`).rows()).toEqual([
      { n: 1 },
    ]);
  });

  it("the value is that of the greatest step, of these the latest", async () => {
    run.logMetrics({ loss: 3 }, { step: 2 });
    run.logMetrics({ loss: 9 }, { step: 1 });
    expect([await run.listMetrics(), run.metrics]).toEqual([{ loss: 3 }, { loss: 3 }]);
    run.logMetrics({ loss: 4 }, { step: 2 });
    expect(run.metrics).toEqual({ loss: 4 });
    expect(await run.listMetrics()).toEqual({ loss: 4 });
  });

  it("have a history by step, and a metric called step", async () => {
    for (const step of [2, 0, 1]) run.logMetrics({ step: step * 10 }, { step });
    const history = await run.getMetricHistory("step");
    expect([history.array("step"), history.array("value")]).toEqual([
      [0, 1, 2],
      [0, 10, 20],
    ]);
    expect([history.columnNames(), history.get("time", 0)]).toEqual([["step", "time", "value"], expect.any(Date)]);
    expect((await run.getMetricHistory("never")).numRows()).toBe(0);
  });

  it("are all written or none", async () => {
    expect(() => run.logMetrics({ good: 1, bad: "0.5" as never })).toThrow('Cannot log metric "bad"');
    expect(() => run.logMetrics({ good: 1 }, { step: 0.5 })).toThrow("step 0.5");
    expect(() => run.logMetrics({ "": 1 })).toThrow("its name is empty");
    expect(await run.listMetrics()).toEqual({});
  });
});

describe("tags", () => {
  it("are overwritten, deleted, and never half-written", async () => {
    run.setTags({ note: "a", owner: { team: "x" } });
    run.setTags({ note: "b" });
    expect(await run.listTags()).toMatchObject({ note: "b", owner: { team: "x" }, "source.kind": "script" });
    run.deleteTags("note", "never");
    expect(await run.listTags()).not.toHaveProperty("note");
    expect(() => run.setTags({ more: 1, bad: undefined })).toThrow('tag "bad"');
    expect(() => run.setTags({ owner: null })).toThrow('deleteTags("owner")');
    expect(await run.listTags()).not.toHaveProperty("more");
  });
});

describe("status", () => {
  it("goes from SCHEDULED over RUNNING to what it is ended with", async () => {
    const experiment = await R.getExp();
    const prepared = experiment.createRecorder("later");
    expect(prepared.info).toMatchObject({ name: "later", status: "SCHEDULED", attempts: 0, startTime: undefined });
    expect(() => prepared.logMetrics({ a: 1 })).toThrow(NotInitializedError);
    prepared.startRun();
    expect(prepared.info).toMatchObject({ status: "RUNNING", attempts: 1, endTime: undefined });
    expect(() => prepared.startRun()).toThrow("it is running");
    await expect(prepared.endRun("DONE" as never)).rejects.toThrow('status "DONE"');
    await expect(prepared.endRun("RUNNING" as never)).rejects.toThrow(InvalidArgumentError);
    await prepared.endRun("SCHEDULED");
    expect(prepared.status).toBe("SCHEDULED");
    await expect(prepared.endRun()).rejects.toThrow("it is not running but SCHEDULED");
  });

  it("a finished run stays writable; its status and times stay", async () => {
    await R.endExp("FAILED");
    const { endTime } = run.info;
    run.logMetrics({ late: 1 });
    run.setTags({ late: true });
    await run.saveObjects({ late: { a: 1 } });
    expect([await run.listMetrics(), await run.loadObject("late"), run.status, run.endTime]).toEqual([
      { late: 1 },
      { a: 1 },
      "FAILED",
      endTime,
    ]);
    expect((await sql`SELECT status FROM runs WHERE run_id = ${run.id}`).rows()).toEqual([{ status: "FAILED" }]);
  });

  it("every attempt has its own row; the run's start is the first, its end the last", async () => {
    const { startTime } = run.info;
    await R.endExp("FAILED");
    const again = await R.start({ experimentName: "recorder", recorderId: run.id, resume: true });
    expect(again).toBe(run);
    expect(again.info).toMatchObject({
      attempts: 2,
      startTime,
      endTime: undefined,
      status: "RUNNING",
      reason: undefined,
    });
    await R.endExp();
    const rows = (
      await sql`SELECT attempt, status, pid, command IS NOT NULL AS known FROM attempts WHERE run_id = ${run.id} ORDER BY attempt`
    ).rows();
    expect(rows).toEqual([
      { attempt: 1, status: "FAILED", pid: process.pid, known: true },
      { attempt: 2, status: "FINISHED", pid: process.pid, known: true },
    ]);
    expect((await sql`SELECT status, start_time FROM runs WHERE run_id = ${run.id}`).rows()).toEqual([
      { status: "FINISHED", start_time: startTime },
    ]);
  });
});

describe("a run's name", () => {
  it("can be changed, and stays changed", async () => {
    run.setRecorderName("better");
    expect([run.name, (await R.getRecorder({ recorderName: "better" })).id]).toEqual(["better", run.id]);
    expect(() => run.setRecorderName("")).toThrow(InvalidArgumentError);
    expect((await sql`SELECT name FROM runs WHERE run_id = ${run.id}`).rows()).toEqual([{ name: "better" }]);
  });
});

describe("how it shows", () => {
  it("in one line without any I/O, and as a view", () => {
    run.logMetrics({ IC: 0.05 });
    run.logParams({ k: { a: 1 } });
    expect(String(run)).toBe(`Recorder(default_recorder, RUNNING, ${run.id})`);
    expect(run[VIEW]()).toMatchObject({
      kind: "run",
      title: "default_recorder",
      facts: { experiment: "recorder", status: "RUNNING" },
      table: [
        { kind: "metric", name: "IC", value: 0.05 },
        { kind: "param", name: "k", value: '{"a":1}' },
      ],
    });
  });
});
