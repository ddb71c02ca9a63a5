import { spawn } from "node:child_process";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { TaskPool, TaskPoolOptions } from "../../src/pool/task-pool.js";
import {
  ConfigError,
  InvalidArgumentError,
  LeaseLostError,
  TasksFailedError,
  UnknownNameError,
} from "../../src/errors.js";

/** What the suite needs of an engine. */
export interface PoolPlace {
  /** A pool of this name, opened anew: as another process would see it. */
  open(name: string, options?: TaskPoolOptions): TaskPool;
  /** An expression that opens a pool in a plain process; `openTaskPool` is in scope. */
  expression(name: string, options?: TaskPoolOptions): string;
  readonly env: Readonly<Record<string, string>>;
  end(): Promise<void>;
}

export const dist = path.join(path.dirname(fileURLToPath(import.meta.url)), "..", "..", "dist");
const quick = { leaseMs: 600, backoffMs: 20 };
const pause = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));

/** A process that runs code with the pool in scope. */
export function startProcess(place: PoolPlace, name: string, code: string, options: TaskPoolOptions = quick) {
  const program = `import { openTaskPool } from ${JSON.stringify(path.join(dist, "pool", "open-task-pool.js"))};
    const pause = (ms) => new Promise((resolve) => setTimeout(resolve, ms));
    const pool = ${place.expression(name, options)};
    ${code}
    await pool.close();`;
  const child = spawn(process.execPath, ["--input-type=module", "-e", program], {
    stdio: ["ignore", "pipe", "pipe"],
    env: { ...process.env, ...place.env },
  });
  const texts = { stdout: "", stderr: "" };
  child.stdout.on("data", (part) => (texts.stdout += part));
  child.stderr.on("data", (part) => (texts.stderr += part));
  const ended = new Promise<{ code: number | null; stdout: string; stderr: string }>((resolve) =>
    child.on("close", (status) => resolve({ code: status, ...texts })),
  );
  return { child, ended };
}

/** Takes and finishes tasks until none is left; prints how many. */
export const WORK = `let n = 0;
  for (;;) {
    const claim = await pool.claim();
    if (claim) {
      await claim.commit({ square: claim.input.i ** 2, pid: process.pid });
      n++;
    } else if ((await pool.stats({ status: ["waiting", "running"] })).waiting === 0) break;
    else await pause(5);
  }
  console.log(n);`;

/** The same suite for every engine. */
export function poolContract(title: string, start: () => Promise<PoolPlace>): void {
  describe(title, () => {
    let place: PoolPlace;
    const open: TaskPool[] = [];
    const pool = (name: string, options: TaskPoolOptions = quick) => {
      const opened = place.open(name, options);
      open.push(opened);
      return opened;
    };
    beforeAll(async () => {
      place = await start();
    });
    afterAll(async () => {
      for (const one of open) await one.close();
      await place?.end();
    });

    it("takes a definition once, whatever the order of its keys, and says whether it is new", async () => {
      const rolls = pool("dedup");
      const first = await rolls.submit([{ a: 1, b: { c: 2, d: 3 } }, { a: 2 }, { b: { d: 3, c: 2 }, a: 1 }]);
      expect(first.map(({ isNew }) => isNew)).toEqual([true, true, false]);
      expect(first[0]!.id).toBe(first[2]!.id);
      const [again, elsewhere] = [
        await rolls.submit({ a: 2 }),
        await rolls.submit({ a: 2 }, { experiment: "another" }),
      ];
      expect(again).toEqual([{ id: first[1]!.id, isNew: false }]);
      expect(elsewhere[0]!.isNew).toBe(true);
      expect(await rolls.stats()).toEqual({ waiting: 3, running: 0, part_done: 0, done: 0, failed: 0, cancelled: 0 });
    });

    it("makes one task of 50 submissions of it at the same time", async () => {
      const pools = Array.from({ length: 10 }, () => pool("race"));
      const results = await Promise.all(
        Array.from({ length: 50 }, (_, i) => pools[i % 10]!.submit({ model: { class: "LinearModel" } })),
      );
      expect(results.flat().filter(({ isNew }) => isNew).length).toBe(1);
      expect(new Set(results.flat().map(({ id }) => id)).size).toBe(1);
      expect((await pools[0]!.list()).length).toBe(1);
    });

    it("adds each of 50 tasks once when 6 processes submit all of them at the same time", async () => {
      const code = `const tasks = Array.from({ length: 50 }, (_, i) => ({ i }));
        await pool.stats();
        await pause(${Date.now() + 1500} - Date.now());
        console.log((await pool.submit(tasks)).filter(({ isNew }) => isNew).length);`;
      const ends = await Promise.all(Array.from({ length: 6 }, () => startProcess(place, "crowd", code).ended));
      expect(ends.map(({ stderr }) => stderr).join("")).toBe("");
      expect(ends.reduce((total, { stdout }) => total + Number(stdout), 0)).toBe(50);
      expect((await pool("crowd").stats()).waiting).toBe(50);
    });

    it("gives tasks by priority, and by submission among equal ones", async () => {
      const rolls = pool("order");
      await rolls.submit([{ i: 0 }, { i: 1 }, { i: 2 }]);
      await rolls.submit([{ i: 3 }, { i: 4 }], { priority: 5 });
      await rolls.submit({ i: 5 }, { priority: -5 });
      expect((await rolls.list()).map(({ def }) => (def as { i: number }).i)).toEqual([3, 4, 0, 1, 2, 5]);
      expect(await rolls.prioritize({ where: { i: 2 } }, 7)).toBe(1);
      const taken: unknown[] = [];
      for (let claim = await rolls.claim(); claim; claim = await rolls.claim()) {
        taken.push((claim.input as { i: number }).i);
        await claim.commit(null);
      }
      expect(taken).toEqual([2, 3, 4, 0, 1, 5]);
    });

    it("has a task that was added while others are taken in its turn", async () => {
      const [rolls, other] = [pool("late"), pool("late")];
      await rolls.submit([{ i: 0 }, { i: 1 }]);
      await (await rolls.claim())!.commit(0);
      await other.submit({ i: 2 }, { priority: 1 });
      expect((await rolls.claim())!.input).toEqual({ i: 2 });
    });

    it("keeps what a task gave, and its two steps apart", async () => {
      const rolls = pool("steps");
      const { id } = (await rolls.submit({ x: 3 }))[0]!;
      const first = (await rolls.claim())!;
      expect(first.input).toEqual({ x: 3 });
      expect((await rolls.get(id)).status).toBe("running");
      await first.commit({ run: "r1" }, { status: "part_done", log: "planned" });
      expect(await rolls.claim()).toBeUndefined();
      const second = (await rolls.claim({ from: "part_done" }))!;
      expect(second.input).toEqual({ run: "r1" });
      await second.commit({ run: "r1", ic: 0.04 }, { log: "trained" });
      const done = await rolls.get(id.slice(0, 10));
      expect(done).toMatchObject({ status: "done", result: { run: "r1", ic: 0.04 }, error: undefined, def: { x: 3 } });
      expect(done.finishedAt!.getTime()).toBeGreaterThanOrEqual(done.startedAt!.getTime());
      expect(await rolls.log(id)).toMatch(/planned[\s\S]*trained/);
    });

    it("tries a failing task again after a while, then leaves it failed with its error while others complete", async () => {
      const rolls = pool("poison");
      await rolls.submit([{ i: 0 }, { i: 1, poison: true }, { i: 2 }], { maxAttempts: 2 });
      const seen: number[] = [];
      while ((await rolls.stats({ status: ["waiting"] })).waiting > 0) {
        const claim = await rolls.claim();
        if (!claim) {
          await pause(5);
          continue;
        }
        const { i, poison } = claim.input as { i: number; poison?: boolean };
        seen.push(i);
        if (poison) await claim.fail(new TypeError("no such column"));
        else await claim.commit(i);
      }
      expect(seen.toSorted()).toEqual([0, 1, 1, 2]);
      const [failed] = await rolls.list({ status: "failed" });
      expect(failed).toMatchObject({
        attempts: 2,
        error: { name: "TypeError", message: "no such column", attempt: 2 },
      });
      await expect(rolls.wait()).rejects.toThrow(TasksFailedError);
      await expect(rolls.wait()).rejects.toThrow(/1 of 3 tasks[\s\S]*TypeError: no such column/);
      expect((await rolls.wait({}, { allowFailed: true })).length).toBe(3);
      expect(await rolls.retry()).toBe(1);
      const once = (await rolls.claim())!;
      expect(once.task).toMatchObject({ attempts: 1, error: undefined });
      await once.commit("well");
      expect((await rolls.wait()).map(({ status }) => status)).toEqual(["done", "done", "done"]);
    });

    it("waits before the next attempt", async () => {
      const rolls = pool("backoff", { leaseMs: 5000, backoffMs: 400 });
      await rolls.submit({ i: 0 });
      expect(await (await rolls.claim())!.fail(new Error("once"))).toBe(true);
      expect(await rolls.claim()).toBeUndefined();
      const [task] = await rolls.list();
      expect(task!.availableAt!.getTime()).toBeGreaterThan(Date.now());
      await pause(700);
      expect((await rolls.claim())!.task.attempts).toBe(2);
    });

    it("a claim given back counts no attempt", async () => {
      const rolls = pool("release");
      await rolls.submit({ i: 0 });
      const claim = (await rolls.claim())!;
      await claim.release();
      await claim.release();
      expect((await rolls.list())[0]).toMatchObject({ status: "waiting", attempts: 0 });
      await expect(claim.commit(1)).rejects.toThrow(LeaseLostError);
    });

    it("a cancelled, reset or removed task cannot be handed in, and its worker hears of it", async () => {
      const rolls = pool("taken-away");
      await rolls.submit([{ i: 0 }, { i: 1 }, { i: 2 }]);
      const claims = [(await rolls.claim())!, (await rolls.claim())!, (await rolls.claim())!];
      expect(await rolls.cancel({ ids: [claims[0]!.task.id] })).toBe(1);
      expect(await rolls.reset({ ids: [claims[1]!.task.id] })).toBe(1);
      expect(await rolls.remove({ ids: [claims[2]!.task.id] })).toBe(1);
      for (let i = 0; i < 100 && !claims.every(({ signal }) => signal.aborted); i++) await pause(20);
      expect(claims.map(({ signal }) => signal.aborted)).toEqual([true, true, true]);
      for (const claim of claims) await expect(claim.commit("late")).rejects.toThrow(LeaseLostError);
      expect((await rolls.list()).map(({ status, result }) => [status, result])).toEqual([
        ["cancelled", undefined],
        ["waiting", undefined],
      ]);
    });

    it("resets finished tasks as if new, and a removed one may be submitted again", async () => {
      const rolls = pool("anew");
      const { id } = (await rolls.submit({ i: 0 }))[0]!;
      await (await rolls.claim())!.commit("old");
      expect((await rolls.submit({ i: 0 }))[0]!.isNew).toBe(false);
      expect(await rolls.reset()).toBe(0);
      expect(await rolls.reset({ status: "done" })).toBe(1);
      expect(await rolls.get(id)).toMatchObject({ status: "waiting", result: undefined, attempts: 0 });
      await expect(rolls.remove({})).rejects.toThrow(InvalidArgumentError);
      expect(await rolls.remove({ all: true })).toBe(1);
      expect(await rolls.submit({ i: 0 })).toEqual([{ id, isNew: true }]);
    });

    it("finds tasks by status, experiment and values of their definition", async () => {
      const rolls = pool("filters");
      const def = (i: number) => ({
        model: { class: i % 2 ? "LGBModel" : "LinearModel" },
        test: [`202${i}-01-01`, null],
      });
      await rolls.submit([def(0), def(1), def(2)], { experiment: "weekly" });
      await rolls.submit([def(3)]);
      const count = async (filter: Parameters<TaskPool["list"]>[0]) => (await rolls.list(filter)).length;
      expect(await count({ where: { "model.class": "LGBModel" } })).toBe(2);
      expect(await count({ where: { "model.class": "LGBModel" }, experiment: "weekly" })).toBe(1);
      expect(await count({ where: { "test.0": "2022-01-01" } })).toBe(1);
      expect(await count({ where: { "test.1": null } })).toBe(4);
      expect(await count({ where: { "model.kwargs": 1 } })).toBe(0);
      expect(await count({ status: ["waiting", "done"], experiment: "" })).toBe(1);
      const filter = { where: { "model.class": "LGBModel" }, experiment: "weekly" };
      expect((await rolls.claim({ filter }))!.task.def).toEqual(def(1));
      expect(await rolls.claim({ filter })).toBeUndefined();
      expect(filter).toEqual({ where: { "model.class": "LGBModel" }, experiment: "weekly" });
      expect((await rolls.stats({ experiment: "weekly" })).running).toBe(1);
    });

    it("names what is wrong with a task, a status, an id", async () => {
      const rolls = pool("wrong");
      await expect(rolls.submit([{ a: 1 }, { model: { depth: NaN } }])).rejects.toThrow(
        /task 2 of 2\.model\.depth as JSON: it is NaN/,
      );
      await expect(rolls.submit({ model: new Map() })).rejects.toThrow(ConfigError);
      await expect(rolls.submit({ f: () => 1 })).rejects.toThrow(/task\.f as JSON: it is a function/);
      expect((await rolls.list()).length).toBe(0);
      await expect(rolls.submit({ a: 1 }, { priority: 0.5 })).rejects.toThrow(InvalidArgumentError);
      expect(() => rolls.list({ status: "don" as "done" })).toThrow(
        /Unknown task status "don"[\s\S]*did you mean "done"/,
      );
      await expect(rolls.get("12")).rejects.toThrow(UnknownNameError);
      await rolls.submit({ a: 1 });
      const claim = (await rolls.claim())!;
      await expect(claim.commit({ run: new Map() })).rejects.toThrow(ConfigError);
      await claim.commit({ run: "r" });
    });

    it("gives a task back when its worker is killed, with the result of the first step", async () => {
      const rolls = pool("killed");
      const { id } = (await rolls.submit({ i: 0 }))[0]!;
      await (await rolls.claim())!.commit({ run: "r1" }, { status: "part_done" });
      const { child, ended } = startProcess(
        place,
        "killed",
        `await pool.claim({ from: "part_done" }); console.log("has it");
        // Busy without a pause, for as long as somebody watches it.
        for (const parent = process.ppid; process.ppid === parent; );`,
      );
      await new Promise((resolve) => child.stdout.once("data", resolve));
      await pause(1000);
      expect(await rolls.claim({ from: "part_done" })).toBeUndefined();
      expect((await rolls.get(id)).status).toBe("running");
      child.kill("SIGKILL");
      await ended;
      const again = await within(10_000, () => rolls.claim({ from: "part_done" }));
      expect(again.task.attempts).toBe(2);
      expect(again.input).toEqual({ run: "r1" });
      await again.commit("finished");
      expect((await rolls.wait())[0]!.result).toBe("finished");
    });

    it("a worker that slept for longer than its lease cannot hand in; who took the task over can", async () => {
      const rolls = pool("asleep");
      await rolls.submit({ i: 0 });
      const { child, ended } = startProcess(
        place,
        "asleep",
        `const claim = await pool.claim();
        console.log("has it");
        await pause(1500);
        await claim.commit("late").catch((error) => console.log(error.name));`,
      );
      await new Promise((resolve) => child.stdout.once("data", resolve));
      child.kill("SIGSTOP");
      const again = await within(10_000, () => rolls.claim());
      await again.commit("in time");
      child.kill("SIGCONT");
      expect((await ended).stdout).toBe("has it\nLeaseLostError\n");
      expect((await rolls.wait())[0]).toMatchObject({ result: "in time", attempts: 2 });
    });

    it("fails a task whose workers die until its last attempt", async () => {
      const rolls = pool("deadly");
      await rolls.submit({ i: 0 }, { maxAttempts: 2 });
      for (let n = 0; n < 2; n++) {
        const { ended } = startProcess(
          place,
          "deadly",
          `while (!(await pool.claim())) await pause(20); process.kill(process.pid, "SIGKILL");`,
        );
        await ended;
      }
      const [task] = await within(10_000, async () => {
        await rolls.claim();
        const failed = await rolls.list({ status: "failed" });
        return failed.length > 0 ? failed : undefined;
      });
      expect(task).toMatchObject({ attempts: 2, error: { name: "LeaseExpired", attempt: 2 } });
    });

    it("lets 8 workers do 200 tasks each once", async () => {
      const rolls = pool("many");
      await rolls.submit(Array.from({ length: 200 }, (_, i) => ({ i })));
      const workers = Array.from({ length: 8 }, () => startProcess(place, "many", WORK, { leaseMs: 30_000 }));
      const ends = await Promise.all(workers.map(({ ended }) => ended));
      expect(ends.map(({ stderr }) => stderr).join("")).toBe("");
      expect(ends.reduce((total, { stdout }) => total + Number(stdout), 0)).toBe(200);
      const tasks = await rolls.wait();
      expect(tasks.every(({ attempts }) => attempts === 1)).toBe(true);
      expect(tasks.map(({ result }) => (result as { square: number }).square).sort((a, b) => a - b)).toEqual(
        Array.from({ length: 200 }, (_, i) => i ** 2),
      );
    }, 120_000);

    it("stops waiting when told, and says how far it was", async () => {
      const rolls = pool("waiting");
      await rolls.submit([{ i: 0 }, { i: 1 }]);
      await expect(rolls.wait({}, { timeoutMs: 60, pollMs: 20 })).rejects.toThrow(/after 60 ms 0 of 2 tasks/);
      const looks: number[] = [];
      const waited = rolls.wait({ status: "waiting" }, { pollMs: 10, onProgress: ({ done }) => looks.push(done) });
      await (await rolls.claim())!.commit(1);
      await pause(100);
      await (await rolls.claim())!.commit(2);
      expect((await waited).map(({ result }) => result)).toEqual([1, 2]);
      expect(looks.at(-1)).toBe(2);
      expect(looks).toContain(1);
    });

    it("kills of workers at random leave every task finished once", async () => {
      await underKills(place, "kills", Number(process.env.ALPHABOOK_STRESS_SECONDS ?? 8));
    }, 240_000);
  });
}

/** Workers are killed at random while they work: every task is finished, and handed in once. */
export async function underKills(place: PoolPlace, name: string, seconds: number): Promise<void> {
  const rolls = place.open(name, quick);
  const total = Math.round(seconds * 70);
  await rolls.submit(
    Array.from({ length: total }, (_, i) => ({ i })),
    { maxAttempts: 1000 },
  );
  const code = WORK.replace("await claim.commit", "await pause(Math.random() * 60); await claim.commit").replace(
    "n++;",
    "n++; console.log('+' + claim.task.id);",
  );
  const committed: string[] = [];
  let [kills, stop] = [0, false];
  const slot = async () => {
    while (!stop) {
      const { child, ended } = startProcess(place, name, code);
      const timer = setTimeout(() => kills++ >= 0 && child.kill("SIGKILL"), 400 + Math.random() * 1500);
      const { stdout, stderr, code: status } = await ended;
      clearTimeout(timer);
      expect(stderr).toBe("");
      committed.push(...stdout.split("\n").filter((line) => line.startsWith("+")));
      if (status === 0) return;
    }
  };
  const until = setTimeout(() => (stop = true), seconds * 1000);
  await Promise.all([slot(), slot(), slot()]);
  clearTimeout(until);
  const last = await Promise.all([1, 2, 3].map(() => startProcess(place, name, code).ended));
  committed.push(...last.flatMap(({ stdout }) => stdout.split("\n").filter((line) => line.startsWith("+"))));
  const tasks = await rolls.wait({}, { timeoutMs: 30_000 });
  await rolls.close();
  expect(tasks.length).toBe(total);
  expect(tasks.every(({ status }) => status === "done")).toBe(true);
  // A worker may be killed between handing in and saying so, never the other way round, and nobody says so twice.
  expect(new Set(committed).size).toBe(committed.length);
  expect(kills).toBeGreaterThan(0);
}

/** Asks until there is an answer. */
async function within<T>(ms: number, ask: () => Promise<T | undefined>): Promise<T> {
  for (const began = Date.now(); Date.now() - began < ms; await pause(25)) {
    const answer = await ask();
    if (answer !== undefined) return answer;
  }
  throw new Error(`no answer within ${ms} ms`);
}
