import { existsSync, writeFileSync } from "node:fs";
import path from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import {
  AlreadyActiveError,
  ExpNotFoundError,
  InterruptedError,
  InvalidArgumentError,
  NotInitializedError,
  RecorderNotFoundError,
  StoreError,
  UnknownNameError,
} from "../../src/errors.js";
import { VIEW } from "../../src/panel/view.js";
import { Store } from "../../src/store/store.js";
import { experimentIdOf } from "../../src/tracking/live-objects.js";
import { R } from "../../src/tracking/r.js";
import type { Recorder } from "../../src/tracking/recorder.js";
import { sql } from "../../src/tracking/sql.js";
import { temporaryFolder } from "../temporary-folder.js";

const tick = (ms = 5) => new Promise((resolve) => setTimeout(resolve, ms));
const countRuns = async () => (await sql`SELECT count(*) AS n FROM runs`).rows()[0]!.n;

let store: string;
beforeEach(() => R.setUri((store = path.join(temporaryFolder(), "store"))));
afterEach(() => R.endExp());

describe("R.start with a body", () => {
  it("gives the body's value and ends FINISHED", async () => {
    let inside: Recorder | undefined;
    expect(
      await R.start({ experimentName: "a" }, async (run, experiment) => {
        inside = run;
        expect([R.currentRun(), experiment.name, experiment.activeRecorder, run.status]).toEqual([
          run,
          "a",
          run,
          "RUNNING",
        ]);
        await tick();
        R.logMetrics({ IC: 0.1 });
        return 42;
      }),
    ).toBe(42);
    expect([inside!.status, await inside!.listMetrics(), R.currentRun()]).toEqual(["FINISHED", { IC: 0.1 }, undefined]);
  });

  it("ends FAILED when the body throws, keeps the error on the attempt and throws the same one on", async () => {
    const error = new TypeError("bad factor");
    let run: Recorder | undefined;
    await expect(
      R.start({}, async (given) => {
        run = given;
        await tick();
        throw error;
      }),
    ).rejects.toBe(error);
    expect(run!.info).toMatchObject({ status: "FAILED", reason: "exception" });
    const [attempt] = (
      await sql`SELECT status, reason, error_name, error_message, error_stack FROM attempts WHERE run_id = ${run!.id}`
    ).rows();
    expect(attempt).toEqual({
      status: "FAILED",
      reason: "exception",
      error_name: "TypeError",
      error_message: "bad factor",
      error_stack: error.stack,
    });
  });

  it("an early R.endExp() in the body ends it once", async () => {
    let run: Recorder | undefined;
    await R.start({}, async (given) => {
      run = given;
      await R.endExp("FAILED");
      expect(R.currentRun()).toBeUndefined();
    });
    expect(run!.status).toBe("FAILED");
    expect((await sql`SELECT count(*) AS n FROM attempts WHERE run_id = ${run!.id}`).rows()).toEqual([{ n: 1 }]);
  });

  it("an interruption is FAILED, reason interrupted", async () => {
    let run: Recorder | undefined;
    await expect(
      R.start({}, (given) => {
        run = given;
        throw new InterruptedError();
      }),
    ).rejects.toThrow(InterruptedError);
    expect(run!.info).toMatchObject({ status: "FAILED", reason: "interrupted" });
  });

  it("two at once keep their logs apart, in one experiment and in two", async () => {
    const train = (experimentName: string, alpha: number) =>
      R.start({ experimentName }, async (run) => {
        for (let step = 0; step < 5; step++) {
          R.logMetrics({ alpha }, { step });
          await tick(1 + (alpha % 3));
        }
        R.logParams({ alpha });
        return run;
      });
    const runs = await Promise.all([train("same", 1), train("same", 2), train("other", 3)]);
    for (const [i, run] of runs.entries()) {
      expect(await run.listParams()).toEqual({ alpha: i + 1 });
      expect((await run.getMetricHistory("alpha")).array("value")).toEqual(Array(5).fill(i + 1));
    }
    expect((await R.listExperiments()).map(({ name }) => name).sort()).toEqual(["other", "same"]);
  });

  it("a start inside is refused before anything changes; the outer run goes on and ends FINISHED", async () => {
    let outer: Recorder | undefined;
    await R.start({ experimentName: "out" }, async (run) => {
      outer = run;
      await expect(R.start({ experimentName: "in" })).rejects.toThrow(AlreadyActiveError);
      await expect(R.start({ experimentName: "in" }, () => 1)).rejects.toThrow(
        `run: ${run.id}\n  end it first: await R.endExp()`,
      );
      R.logMetrics({ still: 1 });
    });
    expect([outer!.status, await outer!.listMetrics(), await countRuns()]).toEqual(["FINISHED", { still: 1 }, 1]);
    expect((await R.listExperiments()).map(({ name }) => name)).toEqual(["out"]);
  });
});

describe("R.start without a body", () => {
  it("stays active until R.endExp, which takes a status", async () => {
    const run = await R.start();
    expect([run.name, run.info.experimentName, R.currentRun()]).toEqual(["default_recorder", "Experiment", run]);
    expect(run.id).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-7/);
    await R.endExp("FAILED");
    expect([run.status, R.currentRun()]).toEqual(["FAILED", undefined]);
    await R.endExp();
    await expect(R.endExp("DONE" as never)).rejects.toThrow(InvalidArgumentError);
  });

  it("is refused while another is active, and while another is being started", async () => {
    const both = await Promise.allSettled([R.start({ recorderName: "first" }), R.start({ recorderName: "second" })]);
    expect(both.map(({ status }) => status)).toEqual(["fulfilled", "rejected"]);
    await expect(R.start()).rejects.toThrow('Cannot start a run: "first" of experiment "Experiment" is active');
    R.logMetrics({ a: 1 });
    expect(await R.currentRun()!.listMetrics()).toEqual({ a: 1 });
  });

  it("a failed start leaves the way free", async () => {
    await expect(R.start({ experimentId: "no-such" })).rejects.toThrow(ExpNotFoundError);
    await expect(R.start({ recorderId: "no-such", resume: true })).rejects.toThrow(RecorderNotFoundError);
    expect((await R.start()).status).toBe("RUNNING");
  });

  it("ends with the block of await using", async () => {
    let kept: Recorder;
    {
      await using run = await R.start();
      kept = run;
    }
    expect([kept.status, R.currentRun()]).toEqual(["FINISHED", undefined]);
  });

  it("a typo in an option is named", async () => {
    await expect(R.start({ experimentname: "a" } as never)).rejects.toThrow(UnknownNameError);
    await expect(R.start({ experimentname: "a" } as never)).rejects.toThrow('did you mean "experimentName"?');
  });

  it("a run ended by hand is active no more", async () => {
    const run = await R.start();
    await run.endRun();
    await R.start();
    expect(R.currentRun()).not.toBe(run);
  });
});

describe("resume", () => {
  const make = (recorderName?: string) =>
    R.start({ experimentName: "r", ...(recorderName && { recorderName }) }, (run) => run);

  it("by id, by the newest of a name, by the newest of the default name", async () => {
    const [a1, a2, plain] = [await make("a"), await make("a"), await make()];
    const resumed = (options: object) => R.start({ experimentName: "r", resume: true, ...options }, (run) => run);
    expect(await resumed({ recorderId: a1.id })).toBe(a1);
    expect(await resumed({ recorderId: a1.id, recorderName: "ignored" })).toBe(a1);
    expect([await resumed({ recorderName: "a" }), a1.name]).toEqual([a2, "a"]);
    expect(await resumed({})).toBe(plain);
    expect(a1.info.attempts).toBe(3);
  });

  it("without a run of the name makes one", async () => {
    const before = await make("a");
    const fresh = await R.start({ experimentName: "r", recorderName: "b", resume: true }, (run) => run);
    expect([fresh.name, fresh === before, fresh.info.attempts]).toEqual(["b", false, 1]);
  });

  it("an unknown id, an id of another experiment, and an id without resume are errors", async () => {
    const run = await make();
    await expect(R.start({ experimentName: "r", recorderId: "nope", resume: true })).rejects.toThrow(
      "there is no run of this id",
    );
    await expect(R.start({ experimentName: "other", recorderId: run.id, resume: true })).rejects.toThrow(
      'it is one of experiment "r"',
    );
    await expect(R.start({ experimentName: "r", recorderId: run.id })).rejects.toThrow("{ recorderId, resume: true }");
  });
});

describe("R.getExp", () => {
  it("without a choice is the active one, whatever else is asked", async () => {
    await R.start({ experimentName: "a" });
    const active = await R.getExp({ create: false, start: true });
    expect([active.name, active.activeRecorder, await R.getExp({ experimentName: "a" })]).toEqual([
      "a",
      R.currentRun(),
      active,
    ]);
    expect((await R.getExp({ experimentName: "b", start: true })).activeRecorder).toBeUndefined();
  });

  it("with nothing active makes the default one, or refuses with create: false", async () => {
    await expect(R.getExp({ create: false })).rejects.toThrow(ExpNotFoundError);
    expect((await R.getExp()).name).toBe("Experiment");
    expect(await R.getExp({ create: false })).toBe(await R.getExp());
    expect(R.currentRun()).toBeUndefined();
  });

  it("starts a new run when asked and nothing is active", async () => {
    const experiment = await R.getExp({ experimentName: "s", start: true });
    expect(experiment.activeRecorder).toBe(R.currentRun());
    expect(R.currentRun()!.status).toBe("RUNNING");
  });

  it("an id must exist, a name with create: false too; id and name must agree", async () => {
    const experiment = await R.getExp({ experimentName: "momentum" });
    await expect(R.getExp({ experimentId: "x" })).rejects.toThrow(ExpNotFoundError);
    await expect(R.getExp({ experimentName: "momentun", create: false })).rejects.toThrow('did you mean "momentum"?');
    expect(await R.getExp({ experimentId: experiment.id })).toBe(experiment);
    await expect(R.getExp({ experimentId: experiment.id, experimentName: "value" })).rejects.toThrow(
      InvalidArgumentError,
    );
    await expect(R.getExp({ experimentName: "" })).rejects.toThrow("its name is empty");
  });
});

describe("R.getRecorder", () => {
  it("of the active run is the identical object, by id, by name or without a choice", async () => {
    const run = await R.start({ experimentName: "a", recorderName: "x" });
    expect([
      await R.getRecorder(),
      await R.getRecorder({ recorderId: run.id }),
      await R.getRecorder({ recorderName: "x" }),
      await R.getRecorder({ experimentName: "a" }),
    ]).toEqual([run, run, run, run]);
    for (const found of await R.listRecorders()) expect(found).toBe(run);
  });

  it("with nothing active and no choice is the newest default run of the default experiment", async () => {
    await expect(R.getRecorder()).rejects.toThrow(ExpNotFoundError);
    const run = await R.start({}, (given) => given);
    await R.start({ recorderName: "other" }, () => 1);
    expect(await R.getRecorder()).toBe(run);
  });

  it("an id suffices; one of another experiment, and a name nobody has, throw", async () => {
    const run = await R.start({ experimentName: "a" }, (given) => given);
    await R.getExp({ experimentName: "b" });
    expect(await R.getRecorder({ recorderId: run.id })).toBe(run);
    await expect(R.getRecorder({ recorderId: run.id, experimentName: "b" })).rejects.toThrow(
      'it is one of experiment "a"',
    );
    await expect(R.getRecorder({ recorderName: "none", experimentName: "a" })).rejects.toThrow(RecorderNotFoundError);
  });
});

describe("lists", () => {
  it("are newest first, by status and limit, and show as a table", async () => {
    for (const [recorderName, ic] of [
      ["one", 0.1],
      ["two", 0.2],
    ] as const)
      await R.start(
        { experimentName: "l", recorderName },
        (run) => (run.logMetrics({ IC: ic }), run.logParams({ k: { a: ic } })),
      );
    await expect(
      R.start({ experimentName: "l", recorderName: "bad" }, () => {
        throw new Error("x");
      }),
    ).rejects.toThrow("x");
    const runs = await R.listRecorders({ experimentName: "l" });
    expect(runs.map(({ name }) => name)).toEqual(["bad", "two", "one"]);
    expect(
      (await R.listRecorders({ experimentName: "l", status: "FINISHED", limit: 1 })).map(({ name }) => name),
    ).toEqual(["two"]);
    const view = runs[VIEW]();
    expect([view.kind, view.title]).toEqual(["runs", "3 runs"]);
    expect((view.table as object[])[1]).toMatchObject({
      name: "two",
      status: "FINISHED",
      "m.IC": 0.2,
      "p.k": '{"a":0.2}',
    });
    const experiments = await R.listExperiments();
    expect(experiments[VIEW]()).toMatchObject({ title: "1 experiment", table: [{ name: "l", runs: 3 }] });
  });

  it("reading creates nothing, not even the folder", async () => {
    expect([...(await R.listRecorders()), ...(await R.listExperiments())]).toEqual([]);
    await expect(R.listRecorders({ experimentName: "none" })).rejects.toThrow(ExpNotFoundError);
    await expect(R.getRecorder({ recorderId: "none" })).rejects.toThrow(RecorderNotFoundError);
    expect(existsSync(store)).toBe(false);
  });
});

describe("with nothing active", () => {
  it("the first write starts one run of the default experiment, which later writes use and R.endExp ends", async () => {
    R.logParams({ alpha: 1 });
    const run = R.currentRun()!;
    R.logMetrics({ IC: 0.1 });
    R.setTags({ a: "b" });
    await R.saveObjects({ x: 1 });
    expect([R.currentRun(), run.name, (await R.getExp()).name, await R.loadObject("x"), await countRuns()]).toEqual([
      run,
      "default_recorder",
      "Experiment",
      1,
      1,
    ]);
    await expect(R.start()).rejects.toThrow(AlreadyActiveError);
    await R.endExp();
    expect([run.status, (await R.listRecorders()).length, (await R.listExperiments())[VIEW]().table]).toEqual([
      "FINISHED",
      1,
      [expect.objectContaining({ created: expect.any(Date) as Date })],
    ]);
  });

  it("never writes into an old run", async () => {
    const old = await R.start({}, (run) => run);
    await R.saveObjects({ x: 1 });
    expect(R.currentRun()).not.toBe(old);
    expect(await old.hasArtifact("x")).toBe(false);
  });

  it("a read throws and says what to do", async () => {
    await expect(R.loadObject("pred")).rejects.toThrow(NotInitializedError);
    await expect(R.loadObject("pred")).rejects.toThrow("R.getRecorder({ recorderId })");
    expect(existsSync(store)).toBe(false);
  });
});

describe("addresses", () => {
  it("an explicit one holds for its run, word for word; afterwards the default is unchanged", async () => {
    const other = `file:${path.join(temporaryFolder(), "other")}`;
    const run = await R.start({ uri: other, experimentName: "there" }, async (given) => {
      expect(R.getUri()).toBe(other);
      R.logMetrics({ a: 1 });
      expect((await sql`SELECT name FROM experiments`).rows()).toEqual([{ name: "there" }]);
      return given;
    });
    expect(R.getUri()).toBe(store);
    expect([
      await run.listMetrics(),
      (await R.listExperiments()).length,
      run.getLocalDir().startsWith(other.slice(5)),
    ]).toEqual([{ a: 1 }, 0, true]);
  });

  it("setUri does not move an active run", async () => {
    const run = await R.start();
    R.setUri(temporaryFolder());
    R.logMetrics({ a: 1 });
    expect([await run.listMetrics(), R.getUri(), await countRuns()]).toEqual([{ a: 1 }, store, 1]);
    await R.endExp();
    expect(await countRuns()).toBe(0);
  });

  it("a store that cannot be written is an error at the call, and leaves the way free", async () => {
    const file = path.join(temporaryFolder(), "file");
    writeFileSync(file, "");
    await expect(R.start({ uri: path.join(file, "store") })).rejects.toThrow(StoreError);
    R.setUri(path.join(file, "store"));
    expect(() => R.logMetrics({ a: 1 })).toThrow(StoreError);
    expect(R.currentRun()).toBeUndefined();
    R.setUri(store);
    expect((await R.start()).status).toBe("RUNNING");
  });

  it("what is no folder is refused at once", () => {
    expect(() => R.setUri("postgres://host/db")).toThrow("only folders are known");
    expect(() => R.setUri("")).toThrow(InvalidArgumentError);
  });
});

describe("an experiment that was deleted", () => {
  /** As another process would leave it. */
  function deleted(name: string): string {
    const experiment = experimentIdOf(name, 0);
    Store.open(store).append({ e: "experiment", experiment, name, createdAt: 1, deletedAt: 2 });
    return experiment;
  }

  it("is not found, and its name is free again", async () => {
    const old = deleted("a");
    await expect(R.getExp({ experimentName: "a", create: false })).rejects.toThrow(ExpNotFoundError);
    await expect(R.getExp({ experimentId: old })).rejects.toThrow(ExpNotFoundError);
    const run = await R.start({ experimentName: "a" });
    expect(run.experimentId).not.toBe(old);
    expect((await R.listExperiments()).map(({ id }) => id)).toEqual([run.experimentId]);
  });

  it("gets no run of a first write without a start", async () => {
    const old = deleted("Experiment");
    R.logMetrics({ a: 1 });
    const run = R.currentRun()!;
    while (run.experimentId === old) await tick();
    expect(
      (
        await sql`SELECT r.experiment_id = ${old} AS old, e.deleted_at FROM runs r JOIN experiments e USING (experiment_id)`
      ).rows(),
    ).toEqual([{ old: false, deleted_at: null }]);
    expect((await R.getExp()).id).toBe(run.experimentId);
  });
});

describe("R itself", () => {
  it("prints in one line without touching the disk", async () => {
    expect([String(R), existsSync(store)]).toEqual(["R(no active run)", false]);
    await R.start({ recorderName: "x" });
    expect(String(R)).toBe("R(active: x)");
  });
});
