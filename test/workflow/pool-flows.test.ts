import type { ColumnTable } from "arquero";
import path from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";
import type { Task } from "../../src/task/task.js";
import { temporaryFolder } from "../temporary-folder.js";
import { ADDRESS, smallTask } from "../trainer/small-tasks.js";

// Workers are processes of the built package, and this one is to be the same.
const dist = path.join(path.dirname(fileURLToPath(import.meta.url)), "..", "..", "dist");
const alphabook = (await import(path.join(dist, "index.js"))) as typeof import("../../src/index.js");
const { backtest, generateTasks, LocalTrainer, openMarket, openTaskPool, PoolTrainer, R, RecorderCollector } =
  alphabook;
const { RollingExperiment, RollingGenerator, rollingGroup, startWorkers, TopkDropoutStrategy, TupleMap } = alphabook;
type Workers = InstanceType<typeof alphabook.Workers>;

R.setUri(temporaryFolder());
const market = await openMarket(ADDRESS);
const template: Task = {
  ...smallTask({ train: ["2015-01-20", "2015-06-30"], test: ["2015-07-06", "2015-11-30"] }),
  record: { class: "SignalRecord" },
};
const trees: Task = {
  ...template,
  model: { class: "LGBModel", kwargs: { num_boost_round: 20, verbosity: -1, seed: 1 } },
};

/** Kills the first worker that is at a task, as a power cut would. */
async function killOne(workers: Workers): Promise<string> {
  for (let i = 0; i < 6000; i++) {
    const busy = workers.list().find(({ status, seconds = 0 }) => status === "busy" && seconds > 0.3);
    if (busy) {
      process.kill(busy.pid!, "SIGKILL");
      return busy.task!;
    }
    await pause(10);
  }
  throw new Error("no worker was ever at work");
}

/** Rolled predictions of the finished runs of an experiment, by model class. */
async function collected(experiment: string, only?: string): Promise<Map<string, ColumnTable>> {
  const collector = new RecorderCollector({
    experiment,
    processList: rollingGroup(),
    recKeyFunc: async (run) => {
      const { model, dataset } = (await run.loadObject("task")) as Task;
      return [(model as { class: string }).class, JSON.stringify(dataset.kwargs.segments.test)];
    },
    ...(only !== undefined && {
      recFilterFunc: async (run: { listParams(): Promise<Record<string, unknown>> }) =>
        (await run.listParams())["model.class"] === only,
    }),
  });
  const pred = (await collector.run()).get("pred");
  expect(pred).toBeInstanceOf(TupleMap);
  return new Map(
    [...(pred as InstanceType<typeof TupleMap>)].map(([key, table]) => [String(key), table as ColumnTable]),
  );
}

const scores = (table: ColumnTable) => Array.from(table.array("score") as ArrayLike<number>);

/** Ten and more processes are started, on a machine that may have other work. */
const PATIENCE_MS = 240_000;

describe("many rolls of two models by a pool and its workers (task_manager_rolling)", () => {
  const tasks = generateTasks([template, trees], new RollingGenerator({ step: 40, rtype: "sliding" }), market);

  it(
    "gives what one process gives, though a worker is killed in the middle",
    async () => {
      const pool = openTaskPool("two-models");
      await pool.remove({ all: true });
      const trainer = new PoolTrainer({ experimentName: "by pool", pool, skipRunTask: true });
      await using workers = startWorkers(2, { pool });
      const training = trainer.train(tasks);
      const victim = await killOne(workers);
      const runs = await trainer.endTrain(await training);
      expect(runs.map(({ status }) => status)).toEqual(tasks.map(() => "FINISHED"));
      expect((await pool.get(victim)).attempts).toBe(2);
      expect(
        workers
          .list()
          .map(({ status }) => status)
          .sort(),
      ).toEqual(["died", "idle"]);
      expect(await pool.stats()).toMatchObject({ done: tasks.length, running: 0, failed: 0 });
      const all = await R.listRecorders({ experimentName: "by pool" });
      expect(
        all
          .filter(({ status }) => status === "FINISHED")
          .map(({ id }) => id)
          .sort(),
      ).toEqual(runs.map(({ id }) => id).sort());
      expect(all.filter(({ status }) => status === "RUNNING")).toEqual([]);

      await new LocalTrainer({ experimentName: "here" }).train(tasks);
      const [byPool, here] = [await collected("by pool", "LGBModel"), await collected("here", "LGBModel")];
      expect([...byPool.keys()]).toEqual([...here.keys()]);
      expect(byPool.size).toBe(1);
      const [[, one]] = [...byPool] as [[string, ColumnTable]];
      const [[, other]] = [...here] as [[string, ColumnTable]];
      expect(scores(one)).toEqual(scores(other));
      expect(scores(one).length).toBeGreaterThan(1000);
    },
    PATIENCE_MS,
  );
});

describe("retrained as time goes by, without changing the handler's end (online_management_simulate)", () => {
  const rolls = new RollingGenerator({ step: 30, rtype: "sliding", dsExtraModFunc: null });
  const tasks = rolls.generate(template, market);

  it(
    "gives signals that a top-k back-test takes over their own days, though a worker is killed",
    async () => {
      const trainer = new PoolTrainer({ experimentName: "online", skipRunTask: true });
      await using workers = startWorkers(2, { pool: "online" });
      const first = await trainer.train(tasks[0]!);
      // What the manager does day by day: the next model when its first day comes.
      const later = trainer.train(tasks.slice(1));
      await killOne(workers);
      const runs = [...first, ...(await later)];
      expect(new Set(runs.map(({ id }) => id)).size).toBe(tasks.length);

      const [signal] = [...(await collected("online")).values()] as [ColumnTable];
      await new LocalTrainer({ experimentName: "online here" }).train(tasks);
      const [same] = [...(await collected("online here")).values()] as [ColumnTable];
      expect(scores(signal)).toEqual(scores(same));
      const strategy = new TopkDropoutStrategy({ signal, topk: 10, nDrop: 2 });
      const known = Array.from(signal.array("datetime") as ArrayLike<Date>, Number);
      const { report } = await backtest(market, { strategy, start: known[0]!, end: known.at(-1)! });
      const days = Array.from(report.array("datetime") as ArrayLike<Date>, Number);
      expect([days[0], days.at(-1)]).toEqual([known[0], known.at(-1)]);
      const worth = Array.from(report.array("account") as ArrayLike<number>);
      expect(worth.every((value) => value > 0) && new Set(worth).size > 80).toBe(true);
      expect(days.length).toBeGreaterThan(80);
    },
    PATIENCE_MS,
  );
});

describe("a rolling experiment by a pool", () => {
  it(
    "is interrupted with its worker, goes on where it was, and has no gap",
    async () => {
      const options = { task: template, experimentName: "rolled", horizon: 1, step: 25, rtype: "sliding" } as const;
      const trainer = new PoolTrainer({ skipRunTask: true });
      const experiment = new RollingExperiment({ ...options, trainer });
      const workers = startWorkers(1, { pool: "rolled-rolls" });
      const running = experiment.run();
      const victim = await killOne(workers);
      await workers.ended;
      const pool = openTaskPool("rolled-rolls");
      expect((await pool.state()).stats).toMatchObject({ running: 0, waiting: (await experiment.tasks()).length });
      await using others = startWorkers(2, { pool });
      const result = await running;
      expect(others.list().every(({ status }) => status === "idle" || status === "busy")).toBe(true);
      expect(result.gaps).toEqual([]);
      expect(result.outcomes.map(({ status }) => status)).toEqual(result.tasks.map(() => "trained"));
      expect((await pool.get(victim)).attempts).toBe(2);
      const again = await new RollingExperiment({ ...options, trainer: new PoolTrainer({ pool }) }).run({
        recorderName: "again",
      });
      expect(again.outcomes.map(({ status }) => status)).toEqual(result.tasks.map(() => "kept"));
      expect((await again.recorder.listMetrics()).IC).toBe((await result.recorder.listMetrics()).IC);
    },
    PATIENCE_MS,
  );
});
