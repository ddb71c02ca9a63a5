import { spawn } from "node:child_process";
import { readFileSync } from "node:fs";
import path from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";
import { dist } from "./contract.js";
import { temporaryFolder } from "../temporary-folder.js";

const { openTaskPool } = (await import(
  path.join(dist, "pool", "open-task-pool.js")
)) as typeof import("../../src/pool/open-task-pool.js");
const { startWorkers } = (await import(
  path.join(dist, "pool", "start-workers.js")
)) as typeof import("../../src/pool/start-workers.js");

const store = temporaryFolder("workers");
const module = path.join(path.dirname(fileURLToPath(import.meta.url)), "tasks-to-run.mjs");
const work = (name: string) => ({ module, export: name });
const open = (name: string) => openTaskPool(name, { store, leaseMs: 2000, backoffMs: 20 });

async function until(holds: () => boolean | Promise<boolean>, what: string): Promise<void> {
  for (let i = 0; i < 4000; i++) {
    if (await holds()) return;
    await pause(10);
  }
  throw new Error(`never: ${what}`);
}

const isAlive = (pid: number) => {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
};
const begun = (file: string) => {
  try {
    return [...readFileSync(file, "utf8").matchAll(/begin (\d+)/g)].map(([, pid]) => Number(pid));
  } catch {
    return [];
  }
};

describe("workers", () => {
  it("take tasks until they are stopped, and say what they do", async () => {
    const pool = open("rolls");
    const file = path.join(store, "rolls.txt");
    const workers = startWorkers(2, { pool, work: work("slow") });
    expect(String(workers)).toBe("Workers(rolls: 2 starting)");
    const ids = (await pool.submit([1, 2].map((i) => ({ i, file, ms: 1500 })))).map(({ id }) => id);
    await until(() => workers.list().every(({ status }) => status === "busy"), "both at work");
    expect(
      workers
        .list()
        .map(({ task }) => task)
        .sort(),
    ).toEqual([...ids].sort());
    const { table, facts } = (workers as unknown as Record<symbol, () => { table: object[]; facts: object }>)[
      Symbol.for("alphabook.view")
    ]!();
    expect(facts).toEqual({ busy: 2 });
    expect(table[0]).toMatchObject({ status: "busy", done: 0, failed: 0, error: "" });
    await pool.wait({}, { pollMs: 20 });
    await pool.submit([{ file, ms: 1 }]);
    await pool.wait({}, { pollMs: 20 });
    await workers.stop();
    expect(workers.list().map(({ status }) => status)).toEqual(["ended", "ended"]);
    expect(workers.list().reduce((sum, { done }) => sum + done, 0)).toBe(3);
    expect(workers.list().some(({ pid }) => isAlive(pid!))).toBe(false);
  });

  it("give back what they are at when they are stopped", async () => {
    const pool = open("given-back");
    const file = path.join(store, "given-back.txt");
    await using workers = startWorkers(1, { pool, work: work("slow") });
    const id = (await pool.submit([{ file, ms: 30_000 }]))[0]!.id;
    await until(() => begun(file).length === 1, "at work");
    await workers.stop();
    expect(await pool.get(id)).toMatchObject({ status: "waiting", attempts: 0 });
    expect(readFileSync(file, "utf8")).toContain("told");
  });

  it("one that is killed is shown as dead, and its task is done by the other", async () => {
    const pool = open("killed");
    const file = path.join(store, "killed.txt");
    await pool.submit([1, 2].map((i) => ({ i, file, ms: 1500 })));
    await using workers = startWorkers(2, { pool, work: work("busy") });
    await until(() => begun(file).length === 2, "both at work");
    const [first] = workers.list();
    process.kill(first!.pid!, "SIGKILL");
    const tasks = await pool.wait({}, { pollMs: 20 });
    expect(tasks.map(({ status, attempts }) => [status, attempts])).toEqual(
      expect.arrayContaining([
        ["done", 1],
        ["done", 2],
      ]),
    );
    expect(workers.list().map(({ status, error }) => [status, error])).toEqual([
      ["died", "killed: SIGKILL"],
      [expect.stringMatching(/idle|busy/), undefined],
    ]);
  });

  it("tell why they cannot work, and which attempt failed", async () => {
    const pool = open("cannot");
    await pool.submit([{ x: 1, poison: true }], { maxAttempts: 1 });
    const lost = startWorkers(1, { pool, work: work("no-such-function") });
    await lost.ended;
    expect(lost.list()[0]).toMatchObject({
      status: "died",
      error: expect.stringContaining('exports no function "no-such-function"'),
    });
    const workers = startWorkers(1, { pool, work: work("poison"), whenEmpty: "return" });
    await workers.ended;
    expect(workers.list()[0]).toMatchObject({
      ...{ status: "ended", done: 0, failed: 1 },
      error: "TypeError: x is 1, which nobody can do",
    });
    expect((await pool.list())[0]!.status).toBe("failed");
  });

  it("are refused for a number that is none", () => {
    expect(() => startWorkers(0, { pool: "rolls" })).toThrow(/Cannot start 0 workers/);
  });

  it("end with the program that started them, however it ends, and give back what they are at", async () => {
    const pool = open("orphans");
    const file = path.join(store, "orphans.txt");
    const id = (await pool.submit([{ file, ms: 60_000 }]))[0]!.id;
    const program = `const { startWorkers } = await import(${JSON.stringify(path.join(dist, "pool", "start-workers.js"))});
      const workers = startWorkers(1, { pool: "orphans", store: ${JSON.stringify(store)}, work: ${JSON.stringify(work("slow"))} });
      console.log(workers.list()[0].pid);`;
    const parent = spawn(process.execPath, ["--input-type=module", "-e", program], {
      stdio: ["ignore", "pipe", "inherit"],
    });
    const worker = await new Promise<number>((resolve) => parent.stdout.once("data", (text) => resolve(Number(text))));
    await until(() => begun(file).length === 1, "at work");
    parent.kill("SIGKILL");
    await until(() => !isAlive(worker) && !isAlive(begun(file)[0]!), "all gone");
    expect(await pool.get(id)).toMatchObject({ status: "waiting", attempts: 0 });
  });
});
