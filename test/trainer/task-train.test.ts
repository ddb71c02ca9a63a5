import { describe, expect, it } from "vitest";
import { install } from "../../src/install.js";
import { ConfigError, UnknownNameError } from "../../src/errors.js";
import { LinearModel } from "../../src/model/linear-model.js";
import { taskHash } from "../../src/task/task-hash.js";
import { R } from "../../src/tracking/r.js";
import { DelayedLocalTrainer } from "../../src/trainer/delayed-local-trainer.js";
import { LocalTrainer } from "../../src/trainer/local-trainer.js";
import { beginTaskTrain, endTaskTrain, taskTrain } from "../../src/trainer/task-train.js";
import { temporaryFolder } from "../temporary-folder.js";
import { SEGMENTS, smallTask } from "./small-tasks.js";

install();
R.setUri(temporaryFolder());
const other = { ...SEGMENTS, test: ["2015-08-03", "2015-08-31"] as [string, string] };

describe("taskTrain", () => {
  it("fits in a run of its own and keeps all that is needed to do it again", async () => {
    const task = smallTask(SEGMENTS);
    const before = structuredClone(task);
    const run = await taskTrain(task, { experimentName: "now", recorderName: "ridge" });
    expect(task).toEqual(before);
    expect([run.status, run.name]).toEqual(["FINISHED", "ridge"]);
    expect(await run.loadObject("task")).toEqual(before);
    expect(await run.loadObject("params")).toBeInstanceOf(LinearModel);
    expect((await run.listTags()).task_hash).toBe(taskHash(task));
    expect((await run.listParams())["model.kwargs.alpha"]).toBe(1);
    const dataset = (await run.loadObject("dataset")) as { kwargs: { handler: { kwargs: Record<string, unknown> } } };
    expect(String(dataset.kwargs.handler.kwargs.fitStartTime)).toContain("2015-01-20");

    const again = await taskTrain((await run.loadObject("task")) as typeof task, { experimentName: "now" });
    const scores = async (one: typeof run) =>
      ((await one.loadObject("pred")) as { array(name: string): unknown }).array("score");
    expect(await scores(again)).toEqual(await scores(run));
  });

  it("ends the run as failed and hands the error on", async () => {
    const task = { ...smallTask(SEGMENTS), model: { class: "LinearModle" } };
    await expect(taskTrain(task, { experimentName: "bad" })).rejects.toThrow(UnknownNameError);
    expect((await R.listRecorders({ experimentName: "bad" })).map(({ status }) => status)).toEqual(["FAILED"]);
    const { model: _none, ...without } = smallTask(SEGMENTS);
    await expect(taskTrain(without, { experimentName: "bad" })).rejects.toThrow("it has no model");
  });

  it("begins now and ends later, in the same run", async () => {
    const begun = await beginTaskTrain(smallTask(SEGMENTS), { experimentName: "later" });
    expect([begun.status, await begun.hasArtifact("params")]).toEqual(["SCHEDULED", false]);
    const ended = await endTaskTrain(begun);
    expect([ended.id === begun.id, ended.status, await ended.hasArtifact("pred")]).toEqual([true, "FINISHED", true]);
  });

  it("keeps no task for later whose objects cannot be made again", async () => {
    const task = { ...smallTask(SEGMENTS), model: new LinearModel() };
    await expect(beginTaskTrain(task, { experimentName: "later" })).rejects.toThrow(ConfigError);
  });
});

describe("trainers", () => {
  it("train in the tasks' order, and an empty list to nothing", async () => {
    const trainer = new LocalTrainer({ experimentName: "order" });
    expect(await trainer.train([])).toEqual([]);
    const runs = await trainer.endTrain(await trainer.train([smallTask(SEGMENTS), smallTask(other)]));
    const tests = await Promise.all(runs.map(async (run) => (await run.listTags()).test));
    expect(tests).toEqual(["2015-07-06/2015-07-31", "2015-08-03/2015-08-31"]);
    expect((await runs[0]!.listTags()).train_status).toBe("end_task_train");
  });

  it("go on after a failure when asked to settle, and later train only what is missing", async () => {
    const trainer = new LocalTrainer({ experimentName: "resume", rerun: "missing" });
    const bad = { ...smallTask(other), model: { class: "NoSuchModel" } };
    const first = await trainer.settle([smallTask(SEGMENTS), bad, smallTask(other)]);
    expect(first.map(({ status }) => status)).toEqual(["trained", "failed", "trained"]);
    expect(first[1]!.error).toBeInstanceOf(UnknownNameError);
    const second = await trainer.settle([smallTask(SEGMENTS), smallTask(SEGMENTS, 2), smallTask(other)]);
    expect(second.map(({ status }) => status)).toEqual(["kept", "trained", "kept"]);
    expect(second[0]!.recorder!.id).toBe(first[0]!.recorder!.id);
    await expect(trainer.train([bad])).rejects.toThrow(UnknownNameError);
  });

  it("plan first and fit at the end when delayed, each run once", async () => {
    const trainer = new DelayedLocalTrainer({ experimentName: "delayed" });
    const planned = await trainer.train([smallTask(SEGMENTS), smallTask(other)]);
    expect(planned.map(({ status }) => status)).toEqual(["SCHEDULED", "SCHEDULED"]);
    const ended = await trainer.endTrain(planned);
    expect(ended.map(({ status }) => status)).toEqual(["FINISHED", "FINISHED"]);
    const times = ended.map(({ endTime }) => endTime);
    expect((await trainer.endTrain(ended)).map(({ endTime }) => endTime)).toEqual(times);
    expect((await R.listRecorders({ experimentName: "delayed" })).length).toBe(2);
  });
});
