import { execFile } from "node:child_process";
import { promisify } from "node:util";
import { readFileSync, writeFileSync } from "node:fs";
import { setTimeout as pause } from "node:timers/promises";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";
import { dist, startProcess, type PoolPlace } from "./contract.js";
import { temporaryFolder } from "../temporary-folder.js";

// Tasks in processes of their own need the built package.
const { runTasks } = (await import(
  path.join(dist, "pool", "run-tasks.js")
)) as typeof import("../../src/pool/run-tasks.js");
const { openTaskPool } = (await import(
  path.join(dist, "pool", "open-task-pool.js")
)) as typeof import("../../src/pool/open-task-pool.js");

const folder = temporaryFolder("work");
const module = path.join(path.dirname(fileURLToPath(import.meta.url)), "tasks-to-run.mjs");
const quick = { leaseMs: 2000, backoffMs: 20 };
const open = (name: string, options: object = quick) => openTaskPool(name, { store: folder, ...options });
const place: PoolPlace = {
  open,
  expression: (name, options) =>
    `openTaskPool(${JSON.stringify(name)}, ${JSON.stringify({ store: folder, ...options })})`,
  env: {},
  end: async () => {},
};

const xs = (n: number) => Array.from({ length: n }, (_, x) => ({ x }));

/** What a task has written, once it fits. */
async function seen(file: string, pattern: RegExp): Promise<RegExpExecArray> {
  for (let i = 0; i < 4000; i++) {
    try {
      const found = pattern.exec(readFileSync(file, "utf8"));
      if (found) return found;
    } catch {
      // Not begun yet.
    }
    await pause(10);
  }
  throw new Error(`${file} never had ${pattern}`);
}

async function ended(pid: number): Promise<boolean> {
  for (let i = 0; i < 3000; i++) {
    try {
      process.kill(pid, 0);
    } catch {
      return true;
    }
    await pause(10);
  }
  return false;
}

describe("runTasks with a function", () => {
  it("does all tasks in their order, and gives definition and context", async () => {
    const pool = open("function");
    const ids = (await pool.submit(xs(3))).map(({ id }) => id);
    await pool.prioritize({ ids: [ids[2]!] }, 1);
    const report = await runTasks(pool, ({ x }: { x: number }, { task, signal }) => [x * 2, task.id, signal.aborted]);
    expect(report).toEqual({ ran: 3, succeeded: [ids[2], ids[0], ids[1]], failed: [] });
    expect((await pool.get(ids[1]!)).result).toEqual([2, ids[1], false]);
    expect(await runTasks(pool, () => 0)).toEqual({ ran: 0, succeeded: [], failed: [] });
  });

  it("stores a failure, tries again, and goes on with the others", async () => {
    const pool = open("poison", { ...quick, backoffMs: 1000 });
    const ids = (await pool.submit(xs(3), { maxAttempts: 2 })).map(({ id }) => id);
    const ends: string[] = [];
    const report = await runTasks(
      pool,
      ({ x }: { x: number }) => {
        if (x === 0) throw new RangeError("poison");
        return x;
      },
      { onEnd: ({ id, status }) => ends.push(`${ids.indexOf(id)} ${status}`) },
    );
    expect(report).toEqual({ ran: 4, succeeded: [ids[1], ids[2]], failed: [ids[0]] });
    expect(ends).toEqual(["0 again", "1 done", "2 done", "0 failed"]);
    expect((await pool.get(ids[0]!)).error).toMatchObject({ name: "RangeError", message: "poison", attempt: 2 });
  });

  it("can end at the first failure instead, which is thrown; untouched tasks still wait", async () => {
    const pool = open("first-failure");
    await pool.submit(xs(3));
    const work = () => {
      throw new RangeError("no");
    };
    await expect(runTasks(pool, work, { stopOnError: true })).rejects.toThrow("no");
    expect(await pool.stats()).toMatchObject({ waiting: 3, running: 0 });
  });

  it("does tasks in two steps: the second gets what the first gave", async () => {
    const pool = open("steps");
    const { id } = (await pool.submit([{ x: 3 }]))[0]!;
    await runTasks(pool, ({ x }: { x: number }) => ({ half: x / 2 }), { afterStatus: "part_done" });
    expect((await pool.get(id)).status).toBe("part_done");
    await runTasks(pool, ({ half }: { half: number }) => half + 1, { beforeStatus: "part_done" });
    expect(await pool.get(id)).toMatchObject({ status: "done", result: 2.5 });
  });

  it("does each task once a call when it is part done before and after", async () => {
    const pool = open("same-status");
    await pool.submit(xs(3));
    const ran = await runTasks(pool, ({ x }: { x: number }) => ({ x }), { afterStatus: "part_done" });
    const more = ({ x }: { x: number }) => ({ x: x + 1 });
    const again = await runTasks(pool, more, { beforeStatus: "part_done", afterStatus: "part_done" });
    expect([ran.ran, again.ran]).toEqual([3, 3]);
    expect((await pool.list()).map(({ result }) => (result as { x: number }).x)).toEqual([1, 2, 3]);
    const both = await runTasks(pool, more, { beforeStatus: ["part_done", "waiting"] });
    expect([both.ran, (await pool.stats()).done]).toEqual([3, 3]);
  });

  it("only does tasks that fit, and gives the one at work back when its signal is aborted", async () => {
    const pool = open("stopped");
    const [first] = await pool.submit(xs(3));
    const stop = new AbortController();
    const report = await runTasks(
      pool,
      async (_input, { signal }) => {
        stop.abort();
        await pause(5000, undefined, { signal });
      },
      { signal: stop.signal, filter: { where: { x: 0 } } },
    );
    expect(report).toEqual({ ran: 1, succeeded: [], failed: [] });
    expect(await pool.get(first!.id)).toMatchObject({ status: "waiting", attempts: 0 });
  });

  it("tells a task that it was cancelled, keeps nothing of it, and goes on", async () => {
    const pool = open("cancelled");
    const ids = (await pool.submit(xs(2))).map(({ id }) => id);
    const report = await runTasks(pool, async ({ x }: { x: number }, { signal }) => {
      if (x === 1) return x;
      await pool.cancel({ ids: [ids[0]!] });
      await new Promise((resolve) => signal.addEventListener("abort", resolve, { once: true }));
    });
    expect(report).toEqual({ ran: 2, succeeded: [ids[1]], failed: [] });
    expect((await pool.get(ids[0]!)).status).toBe("cancelled");
  });

  it("stays for new tasks until it is told to end", async () => {
    const pool = open("stay");
    const stop = new AbortController();
    const running = runTasks(pool, ({ x }: { x: number }) => x, { whenEmpty: "stay", signal: stop.signal });
    await pool.submit(xs(2));
    await pool.wait({}, { pollMs: 10 });
    await pool.submit([{ x: 7 }]);
    await pool.wait({}, { pollMs: 10 });
    stop.abort();
    expect((await running).ran).toBe(3);
  });

  it("refuses what would not work before it takes a task", async () => {
    const pool = open("refused");
    await pool.submit(xs(1));
    const work = () => 0;
    await expect(runTasks(pool, work, { jobs: 2 })).rejects.toThrow(/move it to a file beside the notebook/);
    await expect(runTasks(pool, work, { beforeStatus: "done" as "waiting" })).rejects.toThrow(
      /expected: waiting, part_done/,
    );
    await expect(runTasks(pool, { module }, { jobs: 0 })).rejects.toThrow(/jobs is 0/);
    await expect(runTasks(pool, {} as { module: string })).rejects.toThrow(/neither a function nor/);
    expect(await pool.stats()).toMatchObject({ waiting: 1, running: 0 });
  });
});

describe("runTasks with a module", () => {
  it("does each task in a process of its own, two at a time", async () => {
    const pool = open("processes");
    await pool.submit(xs(4));
    const report = await runTasks(pool, { module, export: "square" }, { jobs: 2 });
    expect([report.ran, report.succeeded.length]).toEqual([4, 4]);
    const results = (await pool.list()).map(({ result }) => result as { square: number; pid: number });
    expect(results.map(({ square }) => square)).toEqual([0, 1, 4, 9]);
    expect(new Set([process.pid, ...results.map(({ pid }) => pid)]).size).toBe(5);
  });

  it("lets a process do several tasks when it is told so", async () => {
    const pool = open("shared-process");
    await pool.submit(xs(3));
    await runTasks(pool, { module, export: "square" }, { tasksPerProcess: 2 });
    expect(new Set((await pool.list()).map(({ result }) => (result as { pid: number }).pid)).size).toBe(2);
  });

  it("keeps what a task prints, and the error of one that throws", async () => {
    const pool = open("printing");
    const ids = (await pool.submit([{ x: 1, poison: true }, { x: 2 }], { maxAttempts: 2 })).map(({ id }) => id);
    const report = await runTasks(pool, { module, export: "poison" });
    expect(report).toMatchObject({ ran: 3, succeeded: [ids[1]], failed: [ids[0]] });
    const log = await pool.log(ids[0]!);
    expect(log.match(/attempt \d of x = 1/g)).toEqual(["attempt 1 of x = 1", "attempt 2 of x = 1"]);
    expect(log).toContain("and a word of warning");
    expect(log).not.toContain("end of task");
    expect((await pool.get(ids[0]!)).error).toMatchObject({
      name: "TypeError",
      message: "x is 1, which nobody can do",
    });
    expect((await pool.get(ids[0]!)).error!.stack).toContain("tasks-to-run.mjs");
  });

  it("a process that dies is one failed attempt, with what it printed; the worker lives", async () => {
    const pool = open("dying");
    const { id } = (await pool.submit([{ x: 1 }], { maxAttempts: 1 }))[0]!;
    expect((await runTasks(pool, { module, export: "die" })).failed).toEqual([id]);
    expect((await pool.get(id)).error!.message).toBe("the process of the task ended before it was done: SIGKILL");
    expect(await pool.log(id)).toContain("last words");
  });

  it("ends a process that takes more memory than it may, and says how much that was", async () => {
    const pool = open("memory");
    const ids = (await pool.submit([{ megabytes: 2000 }, { megabytes: 1 }], { maxAttempts: 1 })).map(({ id }) => id);
    const report = await runTasks(pool, { module, export: "buffers" }, { memoryMb: 250 });
    expect(report).toMatchObject({ succeeded: [ids[1]], failed: [ids[0]] });
    expect((await pool.get(ids[0]!)).error!.message).toMatch(/^the task took \d+ MB of memory; its limit is 250 MB$/);
  });

  it("a result that is no data is a failure that names the place", async () => {
    const pool = open("no-data");
    const { id } = (await pool.submit([{ x: 1 }], { maxAttempts: 1 }))[0]!;
    await runTasks(pool, { module, export: "notData" });
    expect((await pool.get(id)).error!.message).toMatch(
      /Cannot write result.when as JSON: it is an object of class Map/,
    );
  });

  it("a module that cannot be loaded ends the work, and no task has failed", async () => {
    const pool = open("unloadable");
    await pool.submit(xs(2));
    const run = (given: { module: string; export?: string }) => runTasks(pool, given);
    await expect(run({ module: "./no-such-file.mjs" })).rejects.toThrow(
      /Cannot run tasks with "default" of \.\/no-such-file\.mjs/,
    );
    await expect(run({ module, export: "sqare" })).rejects.toThrow(
      /exports no function "sqare"\n {2}functions: .*square/,
    );
    expect(await pool.stats()).toMatchObject({ waiting: 2, failed: 0 });
    expect((await pool.list()).map(({ attempts }) => attempts)).toEqual([0, 0]);
  });

  it("waits for a file that is being written while the work goes on", async () => {
    const pool = open("rewritten");
    const file = path.join(folder, "rewritten.mjs");
    writeFileSync(file, "export default ({ x }) => x;\n");
    await pool.submit(xs(2));
    const report = await runTasks(
      pool,
      { module: file },
      {
        onEnd: () => {
          writeFileSync(file, "export default (");
          setTimeout(() => writeFileSync(file, "export default ({ x }) => x + 10;\n"), 500);
        },
      },
    );
    expect([report.ran, (await pool.list()).map(({ result }) => result)]).toEqual([2, [0, 11]]);
  });

  it("loads a TypeScript file, and what that imports", async () => {
    writeFileSync(
      path.join(folder, "cube.ts"),
      "export enum Power { Cube = 3 }\nexport const power = (x: number): number => x ** Power.Cube;\n",
    );
    writeFileSync(
      path.join(folder, "train.ts"),
      'import { power } from "./cube.js";\nexport default ({ x }: { x: number }): number => power(x);\n',
    );
    const pool = open("typescript");
    await pool.submit([{ x: 3 }]);
    await runTasks(pool, { module: path.join(folder, "train.ts") });
    expect((await pool.list())[0]!.result).toBe(27);
  });

  it("gives the task back when it is told to end, after the task has heard of it", async () => {
    const pool = open("told");
    const file = path.join(folder, "told.txt");
    const { id } = (await pool.submit([{ file, ms: 20_000 }]))[0]!;
    const stop = new AbortController();
    const running = runTasks(pool, { module, export: "slow" }, { signal: stop.signal });
    const [, pid] = await seen(file, /begin (\d+)/);
    stop.abort();
    expect(await running).toEqual({ ran: 1, succeeded: [], failed: [] });
    expect(readFileSync(file, "utf8")).toContain(`told ${pid}`);
    expect(await pool.get(id)).toMatchObject({ status: "waiting", attempts: 0, error: undefined });
    expect(await ended(Number(pid))).toBe(true);
  });

  it("ends a task by force when it does not hear", async () => {
    const pool = open("deaf");
    const file = path.join(folder, "deaf.txt");
    const { id } = (await pool.submit([{ file, ms: 60_000 }]))[0]!;
    const stop = new AbortController();
    const running = runTasks(pool, { module, export: "busy" }, { signal: stop.signal });
    const [, pid] = await seen(file, /begin (\d+)/);
    stop.abort();
    await running;
    expect(await pool.get(id)).toMatchObject({ status: "waiting", attempts: 0 });
    expect(await ended(Number(pid))).toBe(true);
  });
});

describe("a process that runs tasks", () => {
  const code = (name: string, file: string) => `
    const { runTasks } = await import(${JSON.stringify(path.join(dist, "pool", "run-tasks.js"))});
    await runTasks(pool, { module: ${JSON.stringify(module)}, export: ${JSON.stringify(name)} }, { onBegin: () => {} });
    // ${file}`;

  for (const signal of ["SIGINT", "SIGTERM"] as const)
    it(`gives its claim back at ${signal}, once the task has ended`, async () => {
      const name = `signal-${signal}`;
      const pool = open(name);
      const file = path.join(folder, `${name}.txt`);
      const { id } = (await pool.submit([{ file, ms: 30_000 }]))[0]!;
      const worker = startProcess(place, name, code("slow", file));
      const [, pid] = await seen(file, /begin (\d+)/);
      worker.child.kill(signal);
      const { code: status, stderr } = await worker.ended;
      expect([status, stderr]).toEqual([1, expect.stringContaining("InterruptedError")]);
      expect(readFileSync(file, "utf8")).toContain(`told ${pid}`);
      expect(await pool.get(id)).toMatchObject({ status: "waiting", attempts: 0 });
    });

  it("ends by itself when all is done, also when nobody closes the pool", async () => {
    const program = `const { openTaskPool } = await import(${JSON.stringify(path.join(dist, "pool", "open-task-pool.js"))});
      const { runTasks } = await import(${JSON.stringify(path.join(dist, "pool", "run-tasks.js"))});
      const pool = openTaskPool("unclosed", { store: ${JSON.stringify(folder)} });
      await pool.submit([{ x: 1 }, { x: 2 }]);
      console.log((await runTasks(pool, { module: ${JSON.stringify(module)}, export: "square" })).ran);`;
    const { stdout } = await promisify(execFile)(process.execPath, ["--input-type=module", "-e", program], {
      timeout: 20_000,
    });
    expect(stdout).toBe("2\n");
  });

  it("takes its tasks' processes with it when it is killed, also busy ones, and another finishes them", async () => {
    const pool = open("killed");
    const file = path.join(folder, "killed.txt");
    const { id } = (await pool.submit([{ file, ms: 3_000 }]))[0]!;
    const worker = startProcess(place, "killed", code("busy", file));
    const [, pid] = await seen(file, /begin (\d+)/);
    worker.child.kill("SIGKILL");
    await worker.ended;
    expect(await ended(Number(pid))).toBe(true);
    const report = await runTasks(pool, async () => "by another", { whenEmpty: "finish" });
    expect(report.succeeded).toEqual([id]);
    expect(await pool.get(id)).toMatchObject({ status: "done", result: "by another", attempts: 2 });
  });

  it("goes on when a task's process is killed from outside", async () => {
    const pool = open("child-killed");
    const file = path.join(folder, "child-killed.txt");
    const { id } = (await pool.submit([{ file, ms: 700 }]))[0]!;
    const running = runTasks(pool, { module, export: "busy" });
    const [, pid] = await seen(file, /begin (\d+)/);
    process.kill(Number(pid), "SIGKILL");
    expect((await running).succeeded).toEqual([id]);
    expect((await pool.get(id)).attempts).toBe(2);
  });
});
