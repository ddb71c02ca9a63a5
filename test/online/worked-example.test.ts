import { table } from "arquero";
import { describe, expect, it } from "vitest";
import { openMarket } from "../../src/data/open-market.js";
import { install } from "../../src/install.js";
import { OnlineManager } from "../../src/online/online-manager.js";
import { taskSegments } from "../../src/task/task.js";
import { R } from "../../src/tracking/r.js";
import { LocalTrainer } from "../../src/trainer/local-trainer.js";
import { taskTrain } from "../../src/trainer/task-train.js";
import { temporaryFolder } from "../tracking/temporary-store.js";
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
});
