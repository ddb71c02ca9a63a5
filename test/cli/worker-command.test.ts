import { spawn } from "node:child_process";
import { readFileSync } from "node:fs";
import path from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";
import { temporaryFolder } from "../temporary-folder.js";

const here = path.dirname(fileURLToPath(import.meta.url));
const dist = path.join(here, "..", "..", "dist");
const module = path.join(here, "..", "pool", "tasks-to-run.mjs");
const { openTaskPool } = (await import(
  path.join(dist, "pool", "open-task-pool.js")
)) as typeof import("../../src/pool/open-task-pool.js");

const store = temporaryFolder("worker-command");
const open = (name: string) => openTaskPool(name, { store, backoffMs: 20 });

function alphabook(...words: readonly string[]) {
  const child = spawn(process.execPath, [path.join(dist, "cli", "main.js"), ...words], {
    stdio: ["ignore", "pipe", "pipe"],
    env: { ...process.env, ALPHABOOK_STORE: store },
  });
  const texts = { stdout: "", stderr: "" };
  child.stdout.on("data", (part) => (texts.stdout += part));
  child.stderr.on("data", (part) => (texts.stderr += part));
  const ended = new Promise<number | null>((resolve) => child.on("close", resolve));
  return { child, texts, ended };
}

describe("alphabook worker", () => {
  it("does a pool's tasks with a file's function and ends when none is left", async () => {
    const pool = open("drain");
    const ids = (await pool.submit([{ x: 3 }, { x: 4, poison: true }], { maxAttempts: 2 })).map(({ id }) => id);
    const { texts, ended } = alphabook(
      "worker",
      "--pool",
      "drain",
      "--module",
      module,
      "--export",
      "poison",
      "--jobs",
      "2",
      "--drain",
    );
    expect(await ended).toBe(0);
    expect(texts.stdout).toMatch(/TaskPool\(drain, files in .*\), 2 at a time/);
    expect(texts.stdout).toContain(`done   ${ids[0]}`);
    expect(texts.stdout).toMatch(new RegExp(`again  ${ids[1]} .* TypeError: x is 4, which nobody can do`));
    expect(texts.stdout).toMatch(/end {4}1 done, 1 failed for good/);
    expect(await pool.stats()).toMatchObject({ done: 1, failed: 1 });
  });

  it("stays for new tasks, tells machines what it does, and gives its task back at SIGTERM", async () => {
    const pool = open("stay");
    const file = path.join(store, "stay.txt");
    const worker = alphabook("worker", "--pool", "stay", "--module", module, "--export", "slow", "--json");
    await pool.submit([{ file, ms: 1 }]);
    await pool.wait({}, { pollMs: 20 });
    const id = (await pool.submit([{ file, ms: 60_000 }]))[0]!.id;
    for (let i = 0; i < 2000 && readFileSync(file, "utf8").split("begin").length < 3; i++) await pause(20);
    worker.child.kill("SIGTERM");
    expect(await worker.ended).toBe(0);
    const events = worker.texts.stdout
      .trim()
      .split("\n")
      .map((line) => JSON.parse(line) as Record<string, unknown>);
    expect(events.map(({ event, status }) => [event, status].filter(Boolean).join(" "))).toEqual([
      "start",
      "begin",
      "end done",
      "begin",
      "end released",
      "stop",
    ]);
    expect(events.at(-1)).toMatchObject({ done: 1, failed: 0 });
    expect(await pool.get(id)).toMatchObject({ status: "waiting", attempts: 0 });
  });

  it("says what is wrong with the command or the file, and no task suffers", async () => {
    const pool = open("wrong");
    await pool.submit([{ x: 1 }]);
    const noPool = alphabook("worker");
    expect([await noPool.ended, noPool.texts.stderr]).toEqual([2, expect.stringContaining("--pool")]);
    const noFile = alphabook("worker", "--pool", "wrong", "--module", "./not-there.mjs");
    expect([await noFile.ended, noFile.texts.stderr]).toEqual([
      1,
      expect.stringContaining('Cannot run tasks with "default" of ./not-there.mjs'),
    ]);
    expect(await pool.stats()).toMatchObject({ waiting: 1, failed: 0 });
  });
});
