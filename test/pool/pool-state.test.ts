import { describe, expect, it } from "vitest";
import { viewBundle } from "../../src/display/view-bundle.js";
import { isViewable, VIEW } from "../../src/panel/view.js";
import { PoolState } from "../../src/pool/pool-state.js";
import type { PoolTask } from "../../src/pool/pool-task.js";

const at = new Date("2026-03-02T10:00:00Z");
const ago = (seconds: number) => new Date(at.getTime() - seconds * 1000);

function task(letter: string, more: Partial<PoolTask>): PoolTask {
  return {
    id: letter.repeat(32),
    pool: "rolls",
    experiment: "",
    def: { model: { class: "LGBModel" } },
    hash: "",
    status: "waiting",
    claimedFrom: "waiting",
    priority: 0,
    attempts: 0,
    maxAttempts: 3,
    availableAt: undefined,
    result: undefined,
    error: undefined,
    worker: undefined,
    createdAt: ago(3725),
    startedAt: undefined,
    finishedAt: undefined,
    ...more,
  };
}

const failure = (attempt: number, time: Date) => ({
  name: "TypeError",
  message: "no such column\n  known: close",
  stack: "TypeError: no such column\n  known: close\n    at fit (model.ts:3:1)",
  host: "anvil",
  attempt,
  at: time.toISOString(),
});

const tasks = [
  task("a", { status: "done", startedAt: ago(60), finishedAt: ago(50), worker: "anvil:1", attempts: 1 }),
  task("b", { status: "done", startedAt: ago(40), finishedAt: ago(20), worker: "anvil:1", attempts: 1 }),
  task("c", { status: "running", startedAt: ago(4.5), worker: "anvil:2", attempts: 2, error: failure(1, ago(30)) }),
  task("d", { status: "failed", startedAt: ago(9), finishedAt: ago(8), attempts: 3, error: failure(3, ago(8)) }),
  task("e", {}),
];
const state = new PoolState({ name: "rolls", engine: "files", place: "/data/tasks/rolls", tasks, at });

describe("the state of a pool", () => {
  it("counts tasks, and has those at work and the failed ones first, then the newest", () => {
    expect(state.stats).toEqual({ waiting: 1, running: 1, part_done: 0, done: 2, failed: 1, cancelled: 0 });
    expect(state.rows.map(({ id, status, seconds }) => [id, status, seconds])).toEqual([
      ["cccccccc", "running", 4.5],
      ["dddddddd", "failed", 1],
      ["eeeeeeee", "waiting", null],
      ["bbbbbbbb", "done", 20],
      ["aaaaaaaa", "done", 10],
    ]);
    expect(state.rows[1]).toMatchObject({ age: "1 h 02 min", attempts: "3 of 3", error: "TypeError: no such column" });
  });

  it("leaves out columns that would be empty", () => {
    expect(Object.keys(state.rows[0]!)).not.toContain("experiment");
    expect(Object.keys(state.rows[0]!)).toContain("worker");
  });

  it("estimates from what is done: 2 tasks of 15 s each, by 1 worker", () => {
    expect(state.secondsATask).toBe(15);
    expect(viewOf(state).notes).toEqual([
      "files in /data/tasks/rolls",
      "15 s a task on average",
      "about 30.0 s to go with 1 at work",
    ]);
  });

  it("shows the newest errors in full, and whether they are tried again", () => {
    expect(viewOf(state).texts).toEqual([
      { title: "dddddddd failed: attempt 3 of 3 on anvil", text: failure(3, at).stack },
      { title: "cccccccc is tried again: attempt 1 of 3 on anvil", text: failure(1, at).stack },
    ]);
    const many = [0, 1, 2, 3, 4].map((i) => task(String(i), { status: "failed", error: failure(3, ago(i)) }));
    const { texts, notes } = viewOf(new PoolState({ name: "rolls", engine: "files", place: "", tasks: many, at }));
    expect(texts!.map(({ title }) => title!.slice(0, 1))).toEqual(["0", "1", "2"]);
    expect(notes).toContain("the newest 3 of 5 errors are shown");
  });

  it("says how to go on when nobody is at work", () => {
    const waiting = new PoolState({ name: "rolls", engine: "files", place: "", tasks: [task("a", {})], at });
    expect(viewOf(waiting).notes).toContain("nobody is at work: npx alphabook worker --pool rolls");
  });

  it("shows itself under a cell", () => {
    const { data } = viewBundle(viewOf(state));
    expect(data["text/html"]).toContain("at fit (model.ts:3:1)");
    expect(data["text/plain"]).toMatch(/Task pool rolls[^]*5[^]*cccccccc/);
  });
});

function viewOf(value: PoolState) {
  if (!isViewable(value)) throw new Error("a pool's state has no view");
  return value[VIEW]();
}
