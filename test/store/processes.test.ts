import { spawn, type ChildProcess } from "node:child_process";
import { writeFileSync } from "node:fs";
import path from "node:path";
import { pathToFileURL } from "node:url";
import { createInterface } from "node:readline";
import { beforeAll, describe, expect, it } from "vitest";
import { Store } from "../../src/store/store.js";
import { buildStore } from "./built-store.js";
import { temporaryFolder } from "../temporary-folder.js";
import { rowsOf } from "./rows-and-events.js";

const folder = temporaryFolder();
let programs = 0;
let prelude = "";
let heartbeatModule = "";
beforeAll(() => {
  const built = pathToFileURL(buildStore(path.join(folder, "built"))).href;
  heartbeatModule = built.replace("store.js", "heartbeat.js");
  prelude = `
    import fs from "node:fs";
    import { Store } from ${JSON.stringify(built)};
    import { processIdentity } from ${JSON.stringify(built.replace("store.js", "liveness.js"))};
    const say = (text) => { const bytes = Buffer.from(text + "\\n"); for (let at = 0; at < bytes.length; ) try { at += fs.writeSync(1, bytes, at); } catch (error) { if (error.code !== "EAGAIN") throw error; } };
    const [root, name] = process.argv.slice(2);
    const store = Store.open(root);
  `;
});

/** Runs a module in a process of its own; `lines` hears what it says. */
function start(
  code: string,
  args: string[],
  lines: (line: string) => void = () => {},
): { child: ChildProcess; ended: Promise<void> } {
  const file = path.join(folder, "built", `program-${programs++}.mjs`);
  writeFileSync(file, prelude + code);
  const child = spawn(process.execPath, [file, ...args], { stdio: ["ignore", "pipe", "inherit"] });
  const reader = createInterface({ input: child.stdout! });
  reader.on("line", lines);
  // A killed process closes its pipes before it is gone.
  const ends = [reader, child].map((each) => new Promise<void>((resolve) => void each.once("close", () => resolve())));
  return { child, ended: Promise.all(ends).then(() => {}) };
}

const wait = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));

/** Logs points as fast as it can; says after each call what has been acknowledged. */
const writer = (log: string) => `
  for (let i = 1; ; ) {
    const batch = i % 3 === 0 ? 5 : 1;
    const events = Array.from({ length: batch }, (_, j) => ({ e: "m", r: name, k: "n", s: i + j, v: i + j }));
    ${log}
    i += batch;
    say(String(i - 1));
  }`;
const WRITES = writer(`store.append(batch === 1 ? events[0] : events);`);
const FORGETS = writer(`if (i < 50 || i > 60) store.append(events);`);

/** Kills writers at random moments; returns what the store lacks of what was acknowledged, and what it has twice. */
async function killWriters(
  root: string,
  code: string,
  kills: number,
): Promise<{ acknowledged: number; lost: number; doubled: number; unacknowledged: number; checks: number }> {
  const acknowledged = new Map<string, number>();
  const store = Store.open(root);
  let checks = 0;
  let running = true;
  let doubled = 0;
  const watching = (async () => {
    while (running) {
      const [row] = rowsOf(
        await store.sql("SELECT count(*) AS n, count(DISTINCT (run_id, step)) AS distinct_n FROM metrics"),
      );
      if (row!.n !== row!.distinct_n) doubled++;
      checks++;
      await wait(100);
    }
  })();
  const killOne = async (name: string) => {
    const { child, ended } = start(code, [root, name], (line) => acknowledged.set(name, Number(line)));
    for (let waited = 0; !acknowledged.has(name) && waited < 20_000; waited += 10) await wait(10);
    await wait(Math.random() * 120);
    child.kill("SIGKILL");
    await ended;
  };
  const lane = async (number: number) => {
    for (let i = 0; i < kills / 3; i++) await killOne(`w${number}-${i}`);
  };
  await Promise.all([lane(0), lane(1), lane(2)]);
  running = false;
  await watching;
  const late = Store.open(root);
  const stored = new Map(
    rowsOf(
      await late.sql(
        "SELECT run_id, count(*) AS n, count(DISTINCT step) AS steps, max(step) AS last FROM metrics GROUP BY run_id",
      ),
    ).map((row) => [row.run_id as string, row as { n: number; steps: number; last: number }]),
  );
  const followed = rowsOf(await store.sql("SELECT count(*) AS n, sum(value) AS total FROM metrics"));
  expect(rowsOf(await late.sql("SELECT count(*) AS n, sum(value) AS total FROM metrics"))).toEqual(followed);
  let [lost, unacknowledged] = [0, 0];
  for (const [name, last] of acknowledged) {
    const has = stored.get(name) ?? { n: 0, steps: 0, last: 0 };
    lost += Math.max(0, Math.max(last, has.last) - has.steps);
    doubled += has.n - has.steps;
    unacknowledged += Math.max(0, has.last - last);
  }
  await Promise.all([store.close(), late.close()]);
  return {
    acknowledged: [...acknowledged.values()].reduce((sum, last) => sum + last, 0),
    lost,
    doubled,
    unacknowledged,
    checks,
  };
}

const LOOP_S = Number(process.env.ALPHABOOK_LOOP_SECONDS ?? 4);
const KILLS = Number(process.env.ALPHABOOK_KILLS ?? 30);

describe("processes on one store", () => {
  it(`that are killed at any moment (${KILLS} times) lose no acknowledged event and double none`, async () => {
    const result = await killWriters(path.join(folder, "kills"), WRITES, KILLS);
    expect(result).toMatchObject({ lost: 0, doubled: 0 });
    expect(result.acknowledged).toBeGreaterThan(KILLS * 10);
    // A batch is written whole or not at all: at most one call per kill was written without being heard.
    expect(result.unacknowledged).toBeLessThanOrEqual(KILLS * 5);
    expect(result.checks).toBeGreaterThan(3);
  }, 240_000);

  it("are found out by the same check when they do not write what they acknowledge", async () => {
    const result = await killWriters(path.join(folder, "forgetful"), FORGETS, 3);
    expect(result.lost).toBeGreaterThan(0);
  }, 60_000);

  it("see each other's metrics within a second", async () => {
    const root = path.join(folder, "two");
    const store = Store.open(root);
    const heard: string[] = [];
    const { child, ended } = start(
      `
      setInterval(() => store.append({ e: "m", r: "child", k: "loss", s: Date.now(), v: 1 }), 20);
      for (;;) {
        const { columns } = await store.sql("SELECT max(step) AS s FROM metrics WHERE run_id = 'parent'");
        const sent = columns.get("s").values[0];
        if (sent) say(String(Date.now() - sent));
        await new Promise((resolve) => setTimeout(resolve, 20));
      }`,
      [root],
      (line) => heard.push(line),
    );
    const ages: number[] = [];
    for (const end = Date.now() + 20_000; (heard.length < 20 || ages.length < 20) && Date.now() < end; await wait(20)) {
      store.append({ e: "m", r: "parent", k: "loss", s: Date.now(), v: 1 });
      const [row] = rowsOf(await store.sql("SELECT max(step) AS s FROM metrics WHERE run_id = 'child'"));
      if (row!.s !== null) ages.push(Date.now() - (row!.s as number));
    }
    child.kill("SIGKILL");
    await ended;
    const median = (values: number[]) => values.sort((a, b) => a - b)[values.length >> 1]!;
    expect(ages.length).toBeGreaterThanOrEqual(20);
    expect(heard.length).toBeGreaterThanOrEqual(20);
    expect(median(ages)).toBeLessThan(1000);
    expect(median(heard.map(Number))).toBeLessThan(1000);
    await store.close();
  }, 60_000);

  it("that all start at once on a store that does not exist yet disturb nobody, and a ninth sees their newest rows", async () => {
    const root = path.join(folder, "eight");
    const go = Date.now() + 1500;
    const heard = new Map<string, number>();
    const starts = Array.from({ length: 8 }, (_, i) =>
      start(
        `
        while (Date.now() < ${go}) await new Promise((resolve) => setTimeout(resolve, Math.max(0, ${go} - Date.now())));
        store.append({ e: "run", r: name, experiment: "x", name, status: "RUNNING", startTime: Date.now(), ...processIdentity() });
        for (let i = 1; i <= 60; i++) {
          store.append({ e: "m", r: name, k: "sent", s: i, v: Date.now() });
          await new Promise((resolve) => setTimeout(resolve, 50));
        }
        store.append({ e: "run", r: name, status: "FINISHED" });
        const { columns } = await store.sql("SELECT count(*) AS n FROM runs");
        say(String(columns.get("n").values[0]));`,
        [root, `p${i}`],
        (line) => heard.set(`p${i}`, Number(line)),
      ),
    );
    const ninth = Store.open(root);
    const ages: number[] = [];
    let running = true;
    const all = Promise.all(starts.map(({ ended }) => ended)).then(() => (running = false));
    while (running) {
      const [row] = rowsOf(
        await ninth.sql("SELECT max(value) AS sent, count(*) AS n, count(DISTINCT (run_id, step)) AS d FROM metrics"),
      );
      expect(row!.n).toBe(row!.d);
      if (row!.sent !== null && (row!.n as number) < 480) ages.push(Date.now() - (row!.sent as number));
      await wait(20);
    }
    await all;
    expect(heard.size).toBe(8);
    expect(Math.max(...heard.values())).toBe(8);
    expect(rowsOf(await ninth.sql("SELECT status, count(*) AS n FROM runs GROUP BY status"))).toEqual([
      { status: "FINISHED", n: 8 },
    ]);
    expect(rowsOf(await ninth.sql("SELECT count(*) AS n FROM metrics"))).toEqual([{ n: 480 }]);
    expect(ages.length).toBeGreaterThan(3);
    expect(ages.sort((a, b) => a - b)[ages.length >> 1]!).toBeLessThan(1000);
    await ninth.close();
  }, 60_000);

  it(`that compute for ${LOOP_S} s without a pause are never declared dead, and their heartbeat goes on`, async () => {
    const root = path.join(folder, "loop");
    const said: string[] = [];
    const { child, ended } = start(
      `
      const { Heartbeat } = await import(${JSON.stringify(heartbeatModule)});
      store.append({ e: "run", r: name, experiment: "x", name, status: "RUNNING", startTime: Date.now(), ...processIdentity() });
      new Heartbeat(root, "hb-here-1-0a", 200).add(name);
      await new Promise((resolve) => setTimeout(resolve, 300));
      say("begins");
      for (const end = Date.now() + ${LOOP_S * 1000}; Date.now() < end; ) Math.sqrt(2);
      store.append({ e: "run", r: name, status: "FINISHED" });
      say("done");
      process.exit(0);`,
      [root, "busy"],
      (line) => said.push(line),
    );
    for (let waited = 0; said.length === 0 && waited < 20_000; waited += 10) await wait(10);
    const store = Store.open(root);
    const beats: number[] = [];
    while (!said.includes("done") && child.exitCode === null) {
      const [row] = rowsOf(await store.sql("SELECT status, epoch_ms(heartbeat) AS beat FROM runs"));
      if (!said.includes("done")) expect(["RUNNING", "FINISHED"]).toContain(row!.status);
      if (row!.beat !== null) beats.push(Date.now() - (row!.beat as number));
      await wait(100);
    }
    await ended;
    expect(rowsOf(await store.sql("SELECT status, reason FROM runs"))).toEqual([{ status: "FINISHED", reason: null }]);
    // The heartbeat came from a thread of its own while the main one computed.
    expect(beats.length).toBeGreaterThan(3);
    expect(Math.max(...beats)).toBeLessThan(2500);
    await store.close();
  }, 120_000);

  it("mark the run of a killed one at the next look, and only that", async () => {
    const root = path.join(folder, "orphan");
    const store = Store.open(root);
    const starts = `
      store.append([
        { e: "run", r: name, experiment: "x", name, status: "RUNNING", startTime: Date.now(), ...processIdentity() },
        { e: "attempt", r: name, attempt: 1, status: "RUNNING", startTime: Date.now() },
      ]);
      store.keepAlive(name);
      say("started");
      setInterval(() => {}, 1000);`;
    const started = (name: string) =>
      new Promise<ReturnType<typeof start>>((resolve) => {
        const process = start(starts, [root, name], () => resolve(process));
      });
    const [dead, alive] = [await started("dead"), await started("alive")];
    const states = async () =>
      rowsOf(
        await store.sql(
          "SELECT r.run_id, r.status, r.reason, a.status AS attempt FROM runs r JOIN attempts a USING (run_id) ORDER BY r.run_id",
        ),
      );
    expect(await states()).toEqual([
      { run_id: "alive", status: "RUNNING", reason: null, attempt: "RUNNING" },
      { run_id: "dead", status: "RUNNING", reason: null, attempt: "RUNNING" },
    ]);
    dead.child.kill("SIGKILL");
    await dead.ended;
    expect(await states()).toEqual([
      { run_id: "alive", status: "RUNNING", reason: null, attempt: "RUNNING" },
      { run_id: "dead", status: "FAILED", reason: "orphaned", attempt: "FAILED" },
    ]);
    const other = Store.open(root);
    expect(
      rowsOf(await other.sql("SELECT status, reason, end_time IS NOT NULL AS ended FROM runs WHERE run_id = 'dead'")),
    ).toEqual([{ status: "FAILED", reason: "orphaned", ended: true }]);
    alive.child.kill("SIGKILL");
    await alive.ended;
    await Promise.all([store.close(), other.close()]);
  }, 60_000);

  it("end by themselves when their work is done, with a store open, a query made and a heartbeat on", async () => {
    const root = path.join(folder, "ends");
    const said: string[] = [];
    const { child, ended } = start(
      `store.append({ e: "m", r: "r", k: "n", s: 1, v: 1 }); store.keepAlive("r"); await store.sql("FROM metrics"); say("done");`,
      [root],
      (line) => said.push(line),
    );
    const code = await Promise.race([new Promise((resolve) => child.on("exit", resolve)), wait(15_000)]);
    child.kill("SIGKILL");
    await ended;
    expect([code, said]).toEqual([0, ["done"]]);
  }, 30_000);
});
