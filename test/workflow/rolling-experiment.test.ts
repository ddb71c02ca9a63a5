import type { ColumnTable } from "arquero";
import { describe, expect, it } from "vitest";
import { RecorderCollector } from "../../src/collector/recorder-collector.js";
import { rollingGroup } from "../../src/collector/group.js";
import { keyText, type TupleMap } from "../../src/collector/tuple-map.js";
import { openMarket } from "../../src/data/open-market.js";
import { ConfigError, DataError } from "../../src/errors.js";
import { install } from "../../src/install.js";
import { VIEW } from "../../src/panel/view.js";
import { generateTasks } from "../../src/task/generate-tasks.js";
import { RollingGenerator } from "../../src/task/rolling-generator.js";
import { taskSegments, type Task } from "../../src/task/task.js";
import { findTrials } from "../../src/tracking/find-trials.js";
import { R } from "../../src/tracking/r.js";
import { LocalTrainer } from "../../src/trainer/local-trainer.js";
import { RollingExperiment } from "../../src/workflow/rolling-experiment.js";
import { temporaryFolder } from "../temporary-folder.js";
import { ADDRESS, smallTask } from "../trainer/small-tasks.js";

install();
R.setUri(temporaryFolder());
const template: Task = {
  ...smallTask({ train: ["2015-01-20", "2015-06-30"], test: ["2015-07-06", "2015-09-30"] }),
  record: [
    { class: "SignalRecord" },
    { class: "SigAnaRecord" },
    {
      class: "PortAnaRecord",
      kwargs: {
        config: {
          strategy: { class: "TopkDropoutStrategy", kwargs: { signal: "<PRED>", topk: 10, n_drop: 2 } },
        },
      },
    },
  ],
};
const market = await openMarket(ADDRESS);
const tableOf = (map: unknown): ColumnTable => [...(map as TupleMap).values()][0] as ColumnTable;

describe("tasks, trained and collected by hand", () => {
  it("gives one rolled prediction for each model class", async () => {
    const sets = [
      template,
      { ...template, model: { class: "LGBModel", kwargs: { num_boost_round: 3, verbosity: -1 } } },
    ];
    const tasks = generateTasks(
      sets.map((task) => ({ ...task, record: { class: "SignalRecord" } })),
      new RollingGenerator({ step: 25, rtype: "sliding" }),
      market,
    );
    const trainer = new LocalTrainer({ experimentName: "two models" });
    await trainer.endTrain(await trainer.train(tasks));
    const collector = new RecorderCollector({
      experiment: "two models",
      processList: rollingGroup(),
      recKeyFunc: async (run) => {
        const task = (await run.loadObject("task")) as Task;
        return [(task.model as { class: string }).class, JSON.stringify(taskSegments(task).test)];
      },
      recFilterFunc: async (run) => (await run.listParams())["model.class"] === "LGBModel",
    });
    const pred = (await collector.run()).get("pred") as TupleMap;
    expect([...pred.keys()].map((key) => keyText(key))).toEqual(['["LGBModel"]']);
    const tests = tasks.slice(0, tasks.length / 2).map((task) => taskSegments(task).test![1]);
    const rows = tableOf(pred);
    expect(String((rows.get("datetime", rows.numRows() - 1) as Date).toISOString().slice(0, 10))).toBe(tests.at(-1));
    const days = market.calendar.slice({ start: "2015-07-06", end: tests.at(-1)! }).length;
    expect(new Set(Array.from(rows.array("datetime") as ArrayLike<Date>, Number)).size).toBe(days);
  });
});

describe("RollingExperiment", () => {
  const experiment = new RollingExperiment({
    task: template,
    experimentName: "rolled",
    horizon: 1,
    step: 25,
    rtype: "sliding",
  });

  it("plans before anything runs", async () => {
    const plan = await experiment.plan();
    expect(plan.rows.map(({ task }) => task)).toEqual([1, 2, 3]);
    expect((await R.listExperiments()).some(({ name }) => name === "rolled rolls")).toBe(false);
  });

  it("sets the label, and ends the training days before the test by the label's reach", async () => {
    const [first] = await experiment.tasks();
    const { handler } = first!.dataset.kwargs as { handler: { kwargs: { label: string[] } } };
    expect(handler.kwargs.label).toEqual(["Ref($close, -2)/Ref($close, -1)-1"]);
    const { train, test } = taskSegments(first!);
    const { calendar } = market;
    expect(calendar.firstAtOrAfter(test![0]!) - calendar.firstAtOrAfter(train![1]!)).toBeGreaterThanOrEqual(3);
    expect(taskSegments(template).train).toEqual(["2015-01-20", "2015-06-30"]);
  });

  it("records one prediction with its own analyses, and a second run trains nothing", async () => {
    const result = await experiment.run();
    expect(result.outcomes.map(({ status }) => status)).toEqual(["trained", "trained", "trained"]);
    expect(result.gaps).toEqual([]);
    const { recorder } = result;
    expect(recorder.status).toBe("FINISHED");
    for (const name of ["pred", "label", "sig_analysis/ic", "portfolio_analysis/report_normal_1day"])
      expect(await recorder.hasArtifact(name)).toBe(true);
    expect(Number.isFinite((await recorder.listMetrics()).IC)).toBe(true);
    const last = taskSegments(result.tasks.at(-1)!).test![1];
    expect((await recorder.listTags()).test).toBe(`2015-07-06/${String(last)}`);

    expect((await findTrials(recorder, "IC"))!.count).toBe(1);

    const again = await experiment.run({ recorderName: "again" });
    expect(again.outcomes.map(({ status }) => status)).toEqual(["kept", "kept", "kept"]);
    // An equal forecast is no second trial.
    expect((await findTrials(again.recorder, "IC"))!.runIds).toEqual([again.recorder.id]);
    expect((await again.recorder.listMetrics()).IC).toBe((await recorder.listMetrics()).IC);
    expect((await R.listRecorders({ experimentName: "rolled rolls" })).length).toBe(3);
    expect(result[VIEW]().table).toHaveLength(3);
  });

  it("reports the days of a roll that failed, and fills them when it is run again", async () => {
    let calls = 0;
    const { taskTrain } = await import("../../src/trainer/task-train.js");
    const trainFunc: typeof taskTrain = (task, options) =>
      ++calls === 2 ? Promise.reject(new DataError("the disk was full\n  free some")) : taskTrain(task, options);
    const options = { task: template, experimentName: "gaps", horizon: 1, step: 25, rtype: "sliding" } as const;
    const broken = await new RollingExperiment({ ...options, trainer: new LocalTrainer({ trainFunc }) }).run();
    expect(broken.outcomes.map(({ status }) => status)).toEqual(["trained", "failed", "trained"]);
    expect(broken.gaps).toEqual([
      expect.objectContaining({ roll: 2, days: 25, missingDays: 25, reason: "DataError: the disk was full" }),
    ]);
    expect(String(broken)).toContain("25 days without a forecast");
    const whole = await new RollingExperiment(options).run();
    expect(whole.outcomes.map(({ status }) => status)).toEqual(["kept", "trained", "kept"]);
    expect(whole.gaps).toEqual([]);
  });

  it("tells what it cannot roll", async () => {
    const named = { ...template, dataset: { kwargs: { ...template.dataset.kwargs, handler: "stored" } } };
    expect(() => new RollingExperiment({ task: named }).baseTask()).toThrow(ConfigError);
    await expect(new RollingExperiment({ task: named, horizon: null }).plan()).rejects.toThrow("names no market");
    const bad = { ...template, model: { class: "NoSuchModel" } };
    await expect(
      new RollingExperiment({ task: bad, experimentName: "none", horizon: 1, step: 40 }).run(),
    ).rejects.toThrow("none of 2 trainings succeeded");
  });
});
