import { table } from "arquero";
import { describe, expect, it } from "vitest";
import { openMarket } from "../../src/data/open-market.js";
import { formatDatetime } from "../../src/engine/datetime.js";
import { install } from "../../src/install.js";
import { OnlineManager } from "../../src/online/online-manager.js";
import { taskSegments, type Task } from "../../src/task/task.js";
import { R } from "../../src/tracking/r.js";
import { DelayedLocalTrainer } from "../../src/trainer/delayed-local-trainer.js";
import { LocalTrainer } from "../../src/trainer/local-trainer.js";
import { endTaskTrain, taskTrain } from "../../src/trainer/task-train.js";
import { temporaryFolder } from "../temporary-folder.js";
import { ADDRESS, practice } from "./small-practice.js";

install();
R.setUri(temporaryFolder());

describe("models that forecast their whole test segment, three instruments, three days a roll", () => {
  it("have each date's rows once: 18, 18, 18, 27, 27, 27, 36, 36 over eight routines", async () => {
    const { calendar } = await openMarket(ADDRESS);
    const trainer = new LocalTrainer({
      trainFunc: async (task, options) => {
        const run = await taskTrain(task, options);
        const first = calendar.indexOf(taskSegments(task).test![0] as string);
        const keys = [0, 1, 2].flatMap((day) =>
          ["A", "B", "C"].map((name) => [calendar.at(first + day), name] as const),
        );
        await run.saveObjects({
          pred: table({
            datetime: keys.map(([ms]) => new Date(ms)),
            instrument: keys.map(([, name]) => name),
            score: keys.map((_, i) => (i * 7) % 5),
          }),
        });
        return run;
      },
    });
    const manager = new OnlineManager({
      ...{ name: "example", strategies: practice("example", { step: 3 }), market: ADDRESS, trainer },
      beginTime: "2015-04-23",
    });
    await manager.firstTrain();
    const [counts, online]: [number[], number[]] = [[], []];
    const begin = calendar.indexOf("2015-04-23");
    for (let day = begin; day < begin + 8; day++) {
      await manager.runRoutine(calendar.at(day));
      counts.push((await manager.signals()).numRows());
      online.push((await manager.onlineModels()).example!.length);
    }
    expect(counts).toEqual([18, 18, 18, 27, 27, 27, 36, 36]);
    expect(online).toEqual([2, 2, 2, 1, 1, 1, 1, 1]);
  });

  it("have the same rows when all fitting is left to the end: 18, 27, 36 at the days of a new roll", async () => {
    const { calendar } = await openMarket(ADDRESS);
    const begin = calendar.indexOf("2015-04-23");
    const fits: string[] = [];
    const trainer = new DelayedLocalTrainer({
      endTrainFunc: async (recorder) => {
        const run = await endTaskTrain(recorder);
        const first = calendar.indexOf(taskSegments((await run.loadObject("task")) as Task).test![0] as string);
        fits.push(formatDatetime(calendar.at(first)));
        const keys = [0, 1, 2].flatMap((day) =>
          ["A", "B", "C"].map((name) => [calendar.at(first + day), name] as const),
        );
        await run.saveObjects({
          pred: table({
            datetime: keys.map(([ms]) => new Date(ms)),
            instrument: keys.map(([, name]) => name),
            score: keys.map((_, i) => (i * 7) % 5),
          }),
        });
        return run;
      },
    });
    const manager = new OnlineManager({
      ...{ name: "delayed", strategies: practice("delayed", { step: 3 }), market: ADDRESS, trainer },
      beginTime: "2015-04-23",
    });
    await manager.simulate({ until: calendar.at(begin + 7) });
    expect(fits).toHaveLength(4);
    expect([...fits].sort()).toEqual(fits);
    const counts: number[] = [];
    for (const day of [0, 2, 3, 5, 6, 7])
      counts.push((await manager.signals({ asOf: calendar.at(begin + day) })).numRows());
    expect(counts).toEqual([18, 18, 27, 27, 36, 36]);
    expect((await manager.onlineModels({ asOf: calendar.at(begin + 2) })).delayed).toHaveLength(2);
    expect((await manager.onlineModels()).delayed).toHaveLength(1);
  });

  it("leave the manager online when a simulation breaks off", async () => {
    const trainer = new LocalTrainer({
      trainFunc: () => Promise.reject(new Error("no memory left")),
    });
    const manager = new OnlineManager({
      ...{ name: "broken", strategies: practice("broken", { step: 3 }), market: ADDRESS, trainer },
      beginTime: "2015-04-23",
    });
    await expect(manager.simulate({ until: "2015-04-28" })).rejects.toThrow();
    expect(manager.status).toBe("online");
    expect((await manager.signals()).numRows()).toBe(0);
  });
});
