import { describe, expect, it } from "vitest";
import {
  beginTaskTrain,
  DelayedLocalTrainer,
  DelayedPoolTrainer,
  listTaskPools,
  LocalTrainer,
  MultiHorizonGenerator,
  OnlineManager,
  OnlineToolR,
  openTaskPool,
  planWorkflow,
  PoolTrainer,
  RollingExperiment,
  RollingGenerator,
  RollingStrategy,
  runTasks,
  runWorkflow,
  startWorkers,
  taskTrain,
} from "../src/index.js";
import { UnknownNameError } from "../src/errors.js";
import { practice, template } from "./online/small-practice.js";
import { temporaryFolder } from "./temporary-folder.js";

const store = temporaryFolder("options");
const pool = openTaskPool("rolls", { store });
const task = template();
const manager = () => new OnlineManager({ name: "m", strategies: practice("s") });

/** Calls with one misspelt option, as code without types or a file would make them, and what it was to be. */
const CALLS: readonly (readonly [what: string, call: () => unknown, meant: string])[] = [
  ["RollingGenerator", () => new RollingGenerator({ stp: 5 } as object), "step"],
  [
    "MultiHorizonGenerator",
    () => new MultiHorizonGenerator({ horizons: [1], setHorizon: () => {} } as never),
    "horizon",
  ],
  [
    "RollingStrategy",
    () => new RollingStrategy({ ...practice("s").config().kwargs, rollingGn: {} } as never),
    "rollingGen",
  ],
  ["openTaskPool", () => openTaskPool("rolls", { store, leaseMS: 5 } as object), "leaseMs"],
  ["listTaskPools", () => listTaskPools({ stroe: store } as object), "store"],
  ["submit", () => pool.submit({ x: 1 }, { experimnt: "a" } as object), "experiment"],
  ["claim", () => pool.claim({ form: "waiting" } as object), "from"],
  ["claim's filter", () => pool.claim({ filter: { experimnt: "a" } as object }), "experiment"],
  ["list", () => pool.list({ stauts: "done" } as object), "status"],
  ["stats", () => pool.stats({ id: "1" } as object), "ids"],
  ["cancel", () => pool.cancel({ experimnt: "b" } as object), "experiment"],
  ["reset", () => pool.reset({ stauts: "done" } as object), "status"],
  ["remove", () => pool.remove({ stauts: "done" } as object), "status"],
  ["wait", () => pool.wait({}, { timeout: 5 } as object), "timeoutMs"],
  ["runTasks", () => runTasks(pool, () => 1, { filtr: {} } as object), "filter"],
  ["startWorkers", () => startWorkers(1, { pool, whenEmty: "stay" } as never), "whenEmpty"],
  ["LocalTrainer", () => new LocalTrainer({ experiment_name: "a" } as object), "experimentName"],
  ["DelayedLocalTrainer", () => new DelayedLocalTrainer({ endTrainFn: () => {} } as object), "endTrainFunc"],
  ["PoolTrainer", () => new PoolTrainer({ job: 2 } as object), "jobs"],
  ["DelayedPoolTrainer", () => new DelayedPoolTrainer({ trainFunc: {} } as object), "endTrainFunc"],
  ["LocalTrainer.train", () => new LocalTrainer().train(task, { rerunn: "missing" } as object), "rerun"],
  ["PoolTrainer.train", () => new PoolTrainer({ pool }).train(task, { rerunn: "missing" } as object), "rerun"],
  ["taskTrain", () => taskTrain(task, { experimentname: "a" } as object), "experimentName"],
  ["beginTaskTrain", () => beginTaskTrain(task, { recordername: "a" } as object), "recorderName"],
  ["OnlineManager", () => new OnlineManager({ name: "m", strategies: [], begintime: "2015-01-02" } as never), "beginTime"],
  ["OnlineManager.load", () => OnlineManager.load("m", { markt: "a" } as object), "market"],
  ["signals", () => manager().signals({ asof: "2015-01-02" } as object), "asOf"],
  ["onlineModels", () => manager().onlineModels({ asof: "2015-01-02" } as object), "asOf"],
  ["simulate", () => manager().simulate({ untill: "2015-01-02" } as object), "until"],
  ["OnlineToolR", () => new OnlineToolR({ defaultExpname: "a" } as object), "defaultExpName"],
  ["updateOnlinePred", () => new OnlineToolR().updateOnlinePred({ todate: "2015-01-02" } as object), "toDate"],
  ["RollingExperiment", () => new RollingExperiment({ task, stp: 5 } as never), "step"],
  ["RollingExperiment.run", () => new RollingExperiment({ task }).run({ rerunn: "always" } as object), "rerun"],
  ["planWorkflow", () => planWorkflow({}, { override: [] } as object), "overrides"],
  ["runWorkflow", () => runWorkflow({}, { storeUrl: store } as object), "storeUri"],
];

describe("a misspelt option", () => {
  it.each(CALLS)("of %s is refused, with the nearest name", async (_, call, meant) => {
    const error = await (async () => call())().catch((reason: unknown) => reason);
    expect(error).toBeInstanceOf(UnknownNameError);
    expect((error as Error).message).toContain(`did you mean "${meant}"`);
  });

  it("in a filter chooses nothing, instead of everything", async () => {
    const tasks = await pool.submit([{ x: 1 }, { x: 2 }], { experiment: "a" });
    await expect(pool.cancel({ experimnt: "b" } as object)).rejects.toThrow(/Cannot choose tasks/);
    await expect(pool.remove({ stauts: "done" } as object)).rejects.toThrow(/Cannot choose tasks/);
    expect((await pool.list({ status: "waiting" })).map(({ id }) => id)).toEqual(tasks.map(({ id }) => id));
  });
});
