import { mkdirSync, writeFileSync } from "node:fs";
import path from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { describe, expect, it } from "vitest";
import { temporaryFolder } from "../temporary-folder.js";
import { SEGMENTS, smallTask } from "./small-tasks.js";

// Workers are processes of the built package, and this one is to be the same.
const dist = path.join(path.dirname(fileURLToPath(import.meta.url)), "..", "..", "dist");
const alphabook = (await import(path.join(dist, "index.js"))) as typeof import("../../src/index.js");
const { R, PoolTrainer, DelayedPoolTrainer, LocalTrainer, openTaskPool, registry } = alphabook;

const store = temporaryFolder();
R.setUri(store);
const other = { ...SEGMENTS, test: ["2015-08-03", "2015-08-31"] as [string, string] };
const third = { ...SEGMENTS, test: ["2015-09-01", "2015-09-30"] as [string, string] };
const testOf = async (run: { listTags(): Promise<Record<string, unknown>> }) => (await run.listTags()).test;

describe("PoolTrainer", () => {
  it("trains in this process, in the tasks' order, and the runs know their tasks", async () => {
    const trainer = new PoolTrainer({ experimentName: "here", recorderName: "ridge" });
    expect(await trainer.train([])).toEqual([]);
    const runs = await trainer.endTrain(
      await trainer.train([smallTask(SEGMENTS), smallTask(other), smallTask(SEGMENTS)]),
    );
    expect(runs.map(({ status, name }) => `${name} ${status}`)).toEqual(Array(3).fill("ridge FINISHED"));
    expect(runs[2]!.id).toBe(runs[0]!.id);
    expect(await Promise.all(runs.map(testOf))).toEqual([
      "2015-07-06/2015-07-31",
      "2015-08-03/2015-08-31",
      "2015-07-06/2015-07-31",
    ]);
    const [task] = await openTaskPool("here").list();
    expect(task).toMatchObject({
      status: "done",
      experiment: "here",
      result: { experimentId: runs[0]!.experimentId, recorderId: runs[0]!.id },
    });
    expect(await runs[0]!.listTags()).toMatchObject({ pool_task: `here/${task!.id}`, train_status: "end_task_train" });
    expect(await runs[0]!.loadObject("task")).toEqual(smallTask(SEGMENTS));
    expect((await R.listRecorders({ experimentName: "here" })).length).toBe(2);
  });

  it("a second call trains only what is missing: what failed, what was deleted, what is new", async () => {
    const trainer = new PoolTrainer({ experimentName: "resume", maxAttempts: 1 });
    const bad = {
      ...smallTask(other),
      dataset: { ...smallTask(other).dataset, kwargs: { ...smallTask(other).dataset.kwargs, segments: {} } },
    };
    const first = await trainer.settle([smallTask(SEGMENTS), bad, smallTask(other), smallTask(third)]);
    expect(first.map(({ status }) => status)).toEqual(["trained", "failed", "trained", "trained"]);
    await expect(trainer.train([smallTask(SEGMENTS), bad])).rejects.toThrow(
      /1 of 2 trainings by pool "resume" have not succeeded\n {2}Task [0-9a-f]{32}: /,
    );
    await R.deleteRecorder({ experimentName: "resume", recorderId: first[3]!.recorder!.id });
    const second = await trainer.settle([smallTask(SEGMENTS), smallTask(third), smallTask(SEGMENTS, 2)]);
    expect(second.map(({ status }) => status)).toEqual(["kept", "trained", "trained"]);
    expect(second[0]!.recorder!.id).toBe(first[0]!.recorder!.id);
    const again = await new PoolTrainer({ experimentName: "resume", rerun: "always" }).settle(smallTask(SEGMENTS));
    expect([again[0]!.status, again[0]!.recorder!.id === first[0]!.recorder!.id]).toEqual(["trained", false]);
  });

  it("takes runs that another trainer has made of the same task, and does nothing twice", async () => {
    const [local] = await new LocalTrainer({ experimentName: "mixed" }).train(smallTask(SEGMENTS));
    const [outcome] = await new PoolTrainer({ experimentName: "mixed" }).settle(smallTask(SEGMENTS));
    expect([outcome!.status, outcome!.recorder!.id]).toEqual(["kept", local!.id]);
    expect(await openTaskPool("mixed").list()).toEqual([]);
  });

  it("has trainings done in processes of their own, and what they print is kept with the run and the task", async () => {
    const [run] = await new PoolTrainer({ experimentName: "processes", jobs: 2, memoryMb: 2000 }).train([
      smallTask(SEGMENTS),
      { ...smallTask(other), record: { class: "SignalRecord" } },
    ]);
    expect((await run!.listArtifacts()).includes("pred")).toBe(true);
    const tasks = await openTaskPool("processes").list();
    expect(tasks.map(({ status }) => status)).toEqual(["done", "done"]);
  });

  it("says which class others cannot load, before anything is submitted", async () => {
    class CellModel {
      config() {
        return { class: "CellModel", kwargs: {} };
      }
    }
    const trainer = new PoolTrainer({ experimentName: "cell" });
    const withModel = (model: object) => trainer.train({ ...smallTask(SEGMENTS), model });
    const advice =
      'move it to a file beside the notebook and name it in registry.add("CellModel", CellModel, { module: "./cell-model.js" })';
    await expect(withModel(new CellModel())).rejects.toThrow(/unknown model "CellModel"|Unknown model "CellModel"/);
    registry.add("CellModel", CellModel);
    await expect(withModel({ class: "CellModel" })).rejects.toThrow(advice);
    await expect(withModel(new CellModel())).rejects.toThrow(advice);
    await expect(withModel(new (class Bare {})())).rejects.toThrow(/model: Bare, which is known in this process only/);
    await expect(withModel({ class: "LinaerModel" })).rejects.toThrow(/did you mean "LinearModel"/);
    expect(await openTaskPool("cell").list()).toEqual([]);
  });

  it("trains a class of the user's own that stands in a file, also one in TypeScript", async () => {
    const folder = path.join(store, "own");
    mkdirSync(folder, { recursive: true });
    const file = path.join(folder, "own-model.ts");
    const index = JSON.stringify(pathToFileURL(path.join(dist, "index.js")).href);
    writeFileSync(
      file,
      `import { LinearModel, registry } from ${index};
       export class OwnModel extends LinearModel {
         constructor(options: { alpha: number }) {
           super({ estimator: "ridge", alpha: options.alpha });
           console.log(\`made with \${options.alpha}\`);
         }
       }
       registry.add("OwnModel", OwnModel, { module: ${JSON.stringify(file)} });`,
    );
    const task = { ...smallTask(SEGMENTS), model: { class: "OwnModel", module_path: file, kwargs: { alpha: 2 } } };
    const [run] = await new PoolTrainer({ experimentName: "own", jobs: 1 }).train(task);
    expect((await run!.listParams())["model.class"]).toBe("OwnModel");
    expect(await run!.loadObject("log")).toContain("made with 2");
    expect(await openTaskPool("own").log((await openTaskPool("own").list())[0]!.id)).toContain("made with 2");
  });
});

describe("DelayedPoolTrainer", () => {
  it("plans runs that wait, and trains each once at the end", async () => {
    const trainer = new DelayedPoolTrainer({ experimentName: "delayed" });
    const planned = await trainer.train([smallTask(SEGMENTS), smallTask(other)]);
    expect(planned.map(({ status }) => status)).toEqual(["SCHEDULED", "SCHEDULED"]);
    expect(await openTaskPool("delayed").stats()).toMatchObject({ part_done: 2, done: 0 });
    const ids = planned.map(({ id }) => id);
    expect((await trainer.train([smallTask(SEGMENTS), smallTask(other)])).map(({ id }) => id)).toEqual(ids);
    const ended = await trainer.endTrain(planned);
    expect(ended.map(({ status, id }) => [status, id])).toEqual(ids.map((id) => ["FINISHED", id]));
    const times = ended.map(({ endTime }) => endTime);
    expect((await trainer.endTrain(ended)).map(({ endTime }) => endTime)).toEqual(times);
    expect((await R.listRecorders({ experimentName: "delayed" })).length).toBe(2);
    expect(await openTaskPool("delayed").stats()).toMatchObject({ part_done: 0, done: 2 });
  });

  it("lets workers train what is planned, and only waits itself", async () => {
    const settings = { experimentName: "delayed by others", pool: "others" };
    const trainer = new DelayedPoolTrainer({ ...settings, skipRunTask: true });
    const planned = await trainer.train(smallTask(SEGMENTS));
    const [ended, report] = await Promise.all([trainer.endTrain(planned), new DelayedPoolTrainer(settings).worker()]);
    expect([ended[0]!.status, report.ran]).toEqual(["FINISHED", 1]);
    const stranger = await alphabook.beginTaskTrain(smallTask(other), { experimentName: "no pool" });
    await expect(trainer.endTrain(stranger)).rejects.toThrow(/no pool has its task/);
  });
});
