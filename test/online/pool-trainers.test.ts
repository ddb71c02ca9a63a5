import path from "node:path";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";
import { temporaryFolder } from "../temporary-folder.js";
import { ADDRESS, rowsOf, template } from "./small-practice.js";

// Workers are processes of the built package, and this one is to be the same.
const dist = path.join(path.dirname(fileURLToPath(import.meta.url)), "..", "..", "dist");
const alphabook = (await import(path.join(dist, "index.js"))) as typeof import("../../src/index.js");
const { R, DelayedPoolTrainer, LocalTrainer, OnlineManager, PoolTrainer, RollingStrategy, openTaskPool, startWorkers } =
  alphabook;

R.setUri(temporaryFolder());
const managerOf = (
  name: string,
  trainer: InstanceType<typeof PoolTrainer | typeof DelayedPoolTrainer | typeof LocalTrainer>,
) =>
  new OnlineManager({
    ...{ name, trainer, market: ADDRESS, beginTime: "2015-04-27" },
    strategies: new RollingStrategy({
      ...{ name, taskTemplate: template(), rollingGen: { step: 5, rtype: "sliding" as const } },
    }),
  });
const until = "2015-05-05";

describe("a practice whose models are trained by a pool", () => {
  it("gives what one trained in this process gives, day by day and with fitting left to the end by workers", async () => {
    const signals = rowsOf(await managerOf("local", new LocalTrainer()).simulate({ until }));

    const pooled = managerOf("pooled", new PoolTrainer({ pool: "pooled" }));
    await pooled.firstTrain();
    expect(rowsOf(await pooled.simulate({ until }))).toEqual(signals);
    expect((await openTaskPool("pooled").list()).map(({ status }) => status)).toEqual(["done", "done", "done"]);

    const workers = startWorkers(1, { pool: "delayed" });
    try {
      const delayed = managerOf("delayed", new DelayedPoolTrainer({ pool: "delayed", skipRunTask: true }));
      expect(rowsOf(await delayed.simulate({ until }))).toEqual(signals);
      expect((await delayed.journal()).every(({ state }) => state === "done")).toBe(true);
    } finally {
      await workers.stop();
    }
    const runs = [...(await R.listRecorders({ experimentName: "delayed" }))];
    expect(runs.map(({ status }) => status)).toEqual(["FINISHED", "FINISHED", "FINISHED"]);

    // What is no trainer of data alone is given again.
    await expect(OnlineManager.load("pooled")).rejects.toThrow(/OnlineManager\.load\("pooled", \{ trainer \}\)/);
    const again = await OnlineManager.load("pooled", { trainer: new PoolTrainer({ pool: "pooled" }) });
    expect((await again.runRoutine("2015-05-06")).state).toBe("done");
  }, 120_000);
});
