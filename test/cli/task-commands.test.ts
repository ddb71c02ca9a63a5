import { spawnSync } from "node:child_process";
import { writeFileSync } from "node:fs";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { beforeEach, describe, expect, it } from "vitest";
import { openTaskPool } from "../../src/pool/open-task-pool.js";
import type { TaskPool } from "../../src/pool/task-pool.js";
import { temporaryFolder } from "../temporary-folder.js";

const main = path.join(path.dirname(fileURLToPath(import.meta.url)), "..", "..", "dist", "cli", "main.js");
const folder = temporaryFolder("task-command");

let [stores, store] = [0, ""];
let pool: TaskPool;
beforeEach(() => {
  store = path.join(folder, `s${stores++}`);
  pool = openTaskPool("rolls", { store, backoffMs: 1 });
  return () => pool.close();
});

function task(words: readonly string[], input?: string) {
  const { status, stdout, stderr } = spawnSync(process.execPath, [main, "task", ...words], {
    cwd: folder,
    encoding: "utf8",
    env: { ...process.env, CI: "1", NO_COLOR: "1", ALPHABOOK_STORE: store },
    ...(input !== undefined && { input }),
  });
  return { status, stdout, stderr };
}
const factsOf = (...words: string[]) => JSON.parse(task([...words, "--json"]).stdout) as Record<string, unknown>;

const TASKS = `
- model: { class: LinearModel, kwargs: { alpha: 0.05 } }
- model: { class: LGBModel, kwargs: {} }
`;

describe("alphabook task", () => {
  it("submits the tasks of a file once, lists them and counts them", async () => {
    writeFileSync(path.join(folder, "tasks.yaml"), TASKS);
    expect(task(["submit", "tasks.yaml", "--pool", "rolls", "--experiment", "x"]).stdout).toBe(
      "2 added to pool rolls\n",
    );
    expect(task(["submit", "-", "--pool", "rolls", "--experiment", "x"], TASKS).stdout).toBe(
      "0 added to pool rolls, 2 that it has had before are not run again (see task reset)\n",
    );
    const listed = task(["list"]).stdout;
    expect(listed).toContain("LinearModel");
    expect(listed).toContain("0 of 3");
    expect(factsOf("stats")).toMatchObject({ pool: "rolls", waiting: 2, done: 0 });
    expect(factsOf("stats", "--where", "model.kwargs.alpha=0.05")).toMatchObject({ waiting: 1 });
    expect(task(["stats"]).stdout).toBe("pool rolls: 2 waiting\n");
  });

  it("shows a failed task with its error and what it printed, and tries it again", async () => {
    const { id } = (await pool.submit({ model: { class: "Own" } }, { maxAttempts: 1 }))[0]!;
    await (await pool.claim())!.fail(new TypeError("no such column"), { log: "reading prices\n" });
    const { stdout } = task(["show", id.slice(0, 6)]);
    expect(stdout).toMatch(/^id {11}\w{32}\nexperiment|^id {11}\w{32}\nstatus {7}failed/);
    expect(stdout).toContain("TypeError: no such column");
    expect(stdout).toContain("printed\n== attempt 1\nreading prices");
    expect(task(["wait", "--timeout", "5"])).toMatchObject({
      status: 1,
      stderr: expect.stringMatching(/1 of 1 tasks of pool "rolls" have not succeeded\n.*TypeError: no such column/),
    });
    expect(task(["retry"]).stdout).toBe("1 retried in pool rolls\n");
    expect((await pool.get(id)).status).toBe("waiting");
  });

  it("waits for tasks and gives their results", async () => {
    await pool.submit({ x: 3 });
    await (await pool.claim())!.commit({ y: 9 });
    expect(factsOf("wait")).toMatchObject([{ status: "done", result: { y: 9 } }]);
    await pool.submit({ x: 4 });
    expect(task(["wait", "--timeout", "0.2"])).toMatchObject({
      status: 1,
      stderr: expect.stringContaining("after 200 ms 1 of 2 tasks have ended"),
    });
  });

  it("moves tasks forward, takes them away and begins them anew", async () => {
    const [first, second] = (await pool.submit([{ i: 0 }, { i: 1 }])).map(({ id }) => id) as [string, string];
    expect(task(["prioritise", "7", second.slice(0, 8)]).stdout).toBe("1 moved in pool rolls\n");
    expect((await pool.claim())!.task.id).toBe(second);
    expect(task(["reset"]).stdout).toBe("1 reset in pool rolls\n");
    expect((await pool.get(second)).status).toBe("waiting");
    expect(task(["cancel", first]).stdout).toBe("1 cancelled in pool rolls\n");
    expect(task(["retry", "--status", "cancelled"]).stdout).toBe("1 retried in pool rolls\n");
  });

  it("deletes only what was named, and only with --apply", async () => {
    await pool.submit([{ i: 0 }, { i: 1 }]);
    expect(task(["remove"])).toMatchObject({ status: 1, stderr: expect.stringContaining("none were named") });
    const preview = task(["remove", "--all"]).stdout;
    expect(preview).toContain("2 would be removed from pool rolls");
    expect((await pool.stats()).waiting).toBe(2);
    expect(task(["remove", "--all", "--apply"]).stdout).toBe("2 removed from pool rolls\n");
    expect((await pool.stats()).waiting).toBe(0);
  });

  it.each([
    ["no pool is there", ["list"], "", 1, /the store has none\n {2}give --pool NAME/],
    ["a file is missing", ["submit", "none.yaml", "--pool", "rolls"], "", 1, /none\.yaml/],
    ["a file is no YAML", ["submit", "-", "--pool", "rolls"], "- a: 1\n b: [", 1, /standard input:2:\d+: /],
    [
      "an entry is no task",
      ["submit", "-", "--pool", "rolls"],
      "- {a: 1}\n- 5\n",
      1,
      /entry 2 of the list is 5\n {2}expected: a task/,
    ],
    ["a status does not exist", ["stats", "--pool", "rolls", "--status", "finished"], "", 1, /task status "finished"/],
    ["a task does not exist", ["show", "abc", "--pool", "rolls"], "", 1, /unknown task "abc"/i],
    [
      "a priority is no number",
      ["prioritize", "high", "--pool", "rolls"],
      "",
      1,
      /priority NaN\n {2}expected: a whole number/,
    ],
  ] as readonly (readonly [string, readonly string[], string, number, RegExp])[])(
    "says what is wrong when %s",
    async (_, words, input, status, message) => {
      if (words.includes("rolls")) await pool.submit({ i: 0 });
      const said = task(words, input);
      expect(said.stderr).toMatch(message);
      expect(said.status).toBe(status);
    },
  );

  it("knows no pool of that name, or not which one is meant on a server", async () => {
    await pool.submit({ i: 0 });
    const wrong = task(["stats", "--pool", "rols"]);
    expect([wrong.status, wrong.stderr]).toEqual([1, expect.stringMatching(/unknown task pool "rols"[^]*"rolls"/i)]);
    process.env.ALPHABOOK_POOL = "postgres://anvil.invalid/tasks";
    try {
      expect(task(["stats"]).stderr).toMatch(/ALPHABOOK_POOL names a server, which may have several\n {2}give --pool/);
    } finally {
      delete process.env.ALPHABOOK_POOL;
    }
  });

  it("asks which pool is meant when there are several", async () => {
    await pool.submit({ i: 0 });
    const other = openTaskPool("other", { store });
    await other.submit({ i: 0 });
    await other.close();
    expect(task(["list"]).stderr).toMatch(/the store has other, rolls\n {2}give --pool NAME/);
  });
});
