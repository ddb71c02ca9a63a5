import { spawn } from "node:child_process";
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import path from "node:path";
import { describe, expect, it } from "vitest";
import { Heartbeat } from "../../src/store/heartbeat.js";
import { isOwnerDead, processIdentity, SILENCE_MS } from "../../src/store/liveness.js";
import { Store } from "../../src/store/store.js";
import { temporaryFolder } from "../temporary-folder.js";
import { rowsOf, startOf } from "./rows-and-events.js";

const folder = temporaryFolder();
let stores = 0;
const newRoot = () => path.join(folder, `s${stores++}`);
const self = processIdentity();
const now = Date.now();
const long = { lastSeen: now - 10 * SILENCE_MS };

describe("the owner of a run", () => {
  it("on this host lives while its process does, however silent", () => {
    expect(isOwnerDead({ ...self, ...long }, now)).toBe(false);
  });

  it("on this host is dead when its process has gone, however fresh its last word", async () => {
    const child = spawn(process.execPath, ["-e", ""]);
    await new Promise((resolve) => child.on("exit", resolve));
    expect(isOwnerDead({ host: self.host, processSpace: self.processSpace, pid: child.pid!, lastSeen: now }, now)).toBe(
      true,
    );
  });

  it("is dead when its number belongs to a process that started at another time", () => {
    expect(self.processStart).toEqual(expect.any(Number));
    expect(isOwnerDead({ ...self, processStart: self.processStart! - 1, lastSeen: now }, now)).toBe(true);
    expect(isOwnerDead({ ...self, processStart: undefined, lastSeen: now }, now)).toBe(false);
  });

  it.each([
    ["another host", { ...self, host: "elsewhere" }],
    ["another container of the same host name", { ...self, processSpace: "pid:[1]" }],
    ["a process that did not say its number", { host: self.host, processSpace: self.processSpace }],
  ])("in %s is dead after 120 s of silence", (_, owner) => {
    expect(isOwnerDead({ ...owner, lastSeen: now - SILENCE_MS }, now)).toBe(false);
    expect(isOwnerDead({ ...owner, lastSeen: now - SILENCE_MS - 1 }, now)).toBe(true);
  });
});

describe("a verdict", () => {
  const state = async (store: Store) =>
    rowsOf(
      await store.sql("SELECT r.status, r.reason, a.status AS attempt FROM runs r JOIN attempts a USING (run_id)"),
    )[0];
  const write = (root: string, writer: string, lines: object[]) => {
    mkdirSync(path.join(root, "log"), { recursive: true });
    writeFileSync(
      path.join(root, "log", `${writer}.00000.jsonl`),
      lines.map((line, i) => `${JSON.stringify({ q: i + 1, ...line })}\n`).join(""),
      { flag: "a" },
    );
  };
  const elsewhere = { host: "elsewhere", pid: 1 };
  const begun = (t: number) => [
    { t, e: "run", r: "r1", status: "RUNNING", startTime: t, ...elsewhere },
    { t, e: "attempt", r: "r1", attempt: 1, status: "RUNNING", startTime: t },
  ];

  it("on a silent run of another host stands until its owner is heard of again", async () => {
    const root = newRoot();
    write(root, "owner", begun(now - 200_000));
    const store = Store.open(root);
    expect(await state(store)).toEqual({ status: "FAILED", reason: "orphaned", attempt: "FAILED" });
    // Somebody else's tag is no sign of life of the owner.
    store.append({ e: "g", r: "r1", k: "note", v: "seen" });
    expect(await state(store)).toEqual({ status: "FAILED", reason: "orphaned", attempt: "FAILED" });
    write(root, "owner", [{ q: 3, t: Date.now() + 5, e: "h", r: "r1" }]);
    expect(await state(store)).toEqual({ status: "RUNNING", reason: null, attempt: "RUNNING" });
    expect(rowsOf(await store.sql("SELECT end_time, heartbeat IS NOT NULL AS beats FROM runs"))).toEqual([
      { end_time: null, beats: true },
    ]);
    await store.close();
  });

  it("says when the owner was last heard of", async () => {
    const root = newRoot();
    const t = Date.UTC(2026, 0, 2);
    write(root, "owner", [...begun(t), { q: 3, t: t + 86_400_000, e: "h", r: "r1" }]);
    const store = Store.open(root);
    expect(rowsOf(await store.sql("SELECT end_time, heartbeat FROM runs"))).toEqual([
      { end_time: "2026-01-03", heartbeat: "2026-01-03" },
    ]);
    await store.close();
  });

  it("does not undo the end that the owner wrote just before it died", async () => {
    const root = newRoot();
    write(root, "owner", begun(now - 200_000));
    const store = Store.open(root);
    expect((await state(store))!.status).toBe("FAILED");
    write(root, "owner", [
      { q: 3, t: now - 199_000, e: "run", r: "r1", status: "FINISHED", endTime: now - 199_000 },
      { q: 4, t: now - 199_000, e: "attempt", r: "r1", attempt: 1, status: "FINISHED" },
    ]);
    expect(await state(store)).toEqual({ status: "FINISHED", reason: null, attempt: "FINISHED" });
    await store.close();
  });

  it("is not passed on runs of this process, nor twice", async () => {
    const root = newRoot();
    write(root, "owner", begun(now - 200_000));
    const store = Store.open(root);
    store.append(startOf("mine"));
    await store.refresh();
    await store.refresh();
    const lines = readdirSync(path.join(root, "log"))
      .filter((name) => !name.startsWith("owner"))
      .flatMap((name) =>
        readFileSync(path.join(root, "log", name), "utf8")
          .trim()
          .split("\n"),
      );
    expect(lines.filter((line) => line.includes("byFinder")).length).toBe(1);
    expect(rowsOf(await store.sql("SELECT status FROM runs WHERE run_id = 'mine'"))).toEqual([{ status: "RUNNING" }]);
    await store.close();
  });
});

describe("the heartbeat", () => {
  it("goes on while the main thread computes, for open runs only", async () => {
    const root = newRoot();
    const store = Store.open(root);
    store.append([startOf("a"), startOf("b")]);
    const heartbeat = new Heartbeat(root, "beating", 25);
    const endA = heartbeat.add("a");
    heartbeat.add("b");
    // The thread is up when it has written once.
    const beats = async (run: string) =>
      (rowsOf(await store.sql("SELECT epoch_ms(heartbeat) AS t FROM runs WHERE run_id = $1", [run]))[0]!.t as
        number | null) ?? 0;
    for (let i = 0; i < 200 && (await beats("a")) === 0; i++) await new Promise((resolve) => setTimeout(resolve, 25));
    const before = Date.now();
    for (const end = before + 400; Date.now() < end;);
    expect(await beats("a")).toBeGreaterThan(before + 100);
    endA();
    await new Promise((resolve) => setTimeout(resolve, 100));
    const [last, other] = [await beats("a"), await beats("b")];
    for (let i = 0; i < 200 && (await beats("b")) <= other; i++)
      await new Promise((resolve) => setTimeout(resolve, 25));
    expect(await beats("b")).toBeGreaterThan(other);
    expect(await beats("a")).toBe(last);
    heartbeat.close();
    await store.close();
  });
});
