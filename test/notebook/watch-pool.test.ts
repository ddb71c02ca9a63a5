import path from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { InvalidArgumentError } from "../../src/errors.js";
import { openTaskPool } from "../../src/pool/open-task-pool.js";
import { watchPool } from "../../src/notebook/watch-pool.js";
import { later, messages, repository, startKernel, traceback } from "../kernel-setup/started-kernel.js";
import { temporaryFolder } from "../temporary-folder.js";

const store = temporaryFolder();
const pool = openTaskPool("watched", { store });
afterAll(() => pool.close());

describe("watching a pool", () => {
  it("ends when all tasks have ended, with the last state", async () => {
    await pool.submit([{ i: 0 }, { i: 1 }], { maxAttempts: 1 });
    const watch = watchPool(pool, { every: 0.1 });
    await (await pool.claim())!.commit(1);
    await later(150);
    await (await pool.claim())!.fail(new TypeError("no such column"));
    const { stats, failing } = await watch.ended;
    expect(stats).toMatchObject({ done: 1, failed: 1, waiting: 0 });
    expect(failing.map(({ error }) => error!.message)).toEqual(["no such column"]);
  });

  it("follows only the tasks that fit, and stops when told; the tasks stay", async () => {
    await pool.submit([{ i: 2 }, { i: 3 }], { experiment: "later" });
    const watch = watchPool(pool, { filter: { experiment: "later" }, every: 0.1 });
    watch.stop();
    expect((await watch.ended).stats).toMatchObject({ waiting: 2, done: 0 });
    expect((await pool.stats({ experiment: "later" })).waiting).toBe(2);
  });

  it("refuses more than ten looks a second", () => {
    expect(() => watchPool(pool, { every: 0.05 })).toThrow(InvalidArgumentError);
  });

  it("in a notebook it updates one output until the last task has ended", async () => {
    const kernel = await startKernel();
    const executed = await kernel.execute(
      `import { openTaskPool } from ${JSON.stringify(path.join(repository, "dist", "index.js"))};
      const rolls = openTaskPool("live", { store: ${JSON.stringify(store)} });
      await rolls.submit([{ i: 0 }, { i: 1 }, { i: 2 }]);
      const watch = rolls.watch({ every: 0.1 });
      for (let claim = await rolls.claim(); claim; claim = await rolls.claim()) {
        await new Promise((resolve) => setTimeout(resolve, 250));
        await claim.commit({ square: 4 });
      }
      const last = await watch.ended;
      await rolls.close();
      \`\${last.stats.done} done\``,
    );
    expect(traceback(executed)).toBeUndefined();
    const [shown, updates] = [messages(executed, "display_data"), messages(executed, "update_display_data")];
    expect(shown).toHaveLength(1);
    expect(updates.length).toBeGreaterThanOrEqual(1);
    expect(updates.at(-1)!.content.transient).toEqual(shown[0]!.content.transient);
    expect(updates.at(-1)!.content.data["text/plain"]).toMatch(/Task pool live[^]*done/);
    expect(messages(executed, "execute_result")[0]!.content.data["text/plain"]).toContain("3 done");
  });
});
