import { execFileSync } from "node:child_process";
import { writeFileSync } from "node:fs";
import path from "node:path";
import { beforeEach, describe, expect, it } from "vitest";
import { R } from "../../src/tracking/r.js";
import { sql } from "../../src/tracking/sql.js";
import { runScript } from "./separate-process.js";
import { temporaryFolder } from "../temporary-folder.js";

let store: string;
beforeEach(() => R.setUri((store = temporaryFolder())));

const LOG = "R.logMetrics({ last: 1 }); R.logParams({ alpha: 0.1 });";
const FOREVER = 'console.log("ready"); setInterval(() => {}, 1000);';

/** The run's end as another process sees it, and whether everything logged is there. */
async function seen(): Promise<Record<string, unknown>> {
  const [run] = (
    await sql`
    SELECT r.status, r.reason, a.error_name, a.error_message, r.end_time IS NOT NULL AS ended, "m.last" AS last, "p.alpha" AS alpha
    FROM runs r JOIN attempts a USING (run_id) JOIN runs_wide USING (run_id)`
  ).rows();
  return run!;
}
const complete = { ended: true, last: 1, alpha: 0.1, error_name: null, error_message: null };

describe("an open run when its process ends", () => {
  it.each([
    ["by itself", "", 0, { status: "FINISHED", reason: null }],
    ["by exit code 0", "process.exit(0);", 0, { status: "FINISHED", reason: null }],
    ["by exit code 3", "process.exit(3);", 3, { status: "FAILED", reason: "exit 3" }],
    [
      "by an uncaught error",
      'throw new RangeError("bad factor");',
      1,
      { status: "FAILED", reason: "exception", error_name: "RangeError", error_message: "bad factor" },
    ],
    [
      "by an unhandled rejection",
      'void Promise.reject(new Error("lost")); await new Promise(() => setTimeout(() => {}, 1000));',
      1,
      { status: "FAILED", reason: "exception", error_name: "Error", error_message: "lost" },
    ],
  ])("%s: everything logged is there", async (_, end, code, expected) => {
    expect((await runScript(store, `await R.start(); ${LOG} ${end}`)).code).toBe(code);
    expect(await seen()).toEqual({ ...complete, ...expected });
  });

  it.each([
    ["SIGINT", { status: "FAILED", reason: "interrupted" }],
    ["SIGTERM", { status: "FAILED", reason: "SIGTERM" }],
    ["SIGHUP", { status: "FAILED", reason: "SIGHUP" }],
    ["SIGKILL", { status: "FAILED", reason: "orphaned" }],
  ] as const)("by %s: everything logged is there", async (signal, expected) => {
    const ended = await runScript(store, `await R.start(); ${LOG} ${FOREVER}`, { onReady: (kill) => kill(signal) });
    expect(ended.code).not.toBe(0);
    expect(await seen()).toEqual({ ...complete, ...expected });
  });

  it("an implicit run ends as one that was started", async () => {
    const ended = await runScript(store, LOG);
    expect(ended.err).toBe(
      process.env.CI
        ? ""
        : 'No run was active: started "default_recorder" in experiment "Experiment"; it ends with await R.endExp()\n',
    );
    expect(await seen()).toEqual({ ...complete, status: "FINISHED", reason: null });
  });
});

describe("a scoped run when its process ends", () => {
  it.each([
    ["process.exit(0);", { status: "FINISHED", reason: null }],
    ["process.exit(2);", { status: "FAILED", reason: "exit 2" }],
  ])("by %s in the body", async (end, expected) => {
    await runScript(store, `await R.start({}, async () => { ${LOG} ${end} });`);
    expect(await seen()).toEqual({ ...complete, ...expected });
  });

  it.each([
    ["SIGINT", "interrupted"],
    ["SIGTERM", "SIGTERM"],
    ["SIGKILL", "orphaned"],
  ] as const)("by %s", async (signal, reason) => {
    await runScript(store, `await R.start({}, async () => { ${LOG} ${FOREVER} await new Promise(() => {}); });`, {
      onReady: (kill) => kill(signal),
    });
    expect(await seen()).toEqual({ ...complete, status: "FAILED", reason });
  });

  it("whose body throws: FAILED, and the process ends by the error", async () => {
    const ended = await runScript(store, `await R.start({}, async () => { ${LOG} throw new Error("bad factor"); });`);
    expect([ended.code, ended.err.includes("bad factor")]).toEqual([1, true]);
    expect(await seen()).toEqual({
      ...complete,
      status: "FAILED",
      reason: "exception",
      error_name: "Error",
      error_message: "bad factor",
    });
  });
});

describe("the code of a run", () => {
  it("is its commit, branch and what is not committed; a resumed run keeps the first and adds its own", async () => {
    const repository = temporaryFolder();
    const git = (...command: string[]) =>
      execFileSync("git", ["-c", "user.name=a", "-c", "user.email=a@example.org", ...command], {
        cwd: repository,
        encoding: "utf8",
      }).trim();
    const write = (text: string) => writeFileSync(path.join(repository, "factor.ts"), text);
    git("init", "--quiet", "-b", "trunk");
    write("window = 20\n");
    git("add", ".");
    git("commit", "--quiet", "-m", "first");
    write("window = 60\n");
    await runScript(store, "await R.start(); await R.endExp();", { cwd: repository });
    write("window = 5\n");
    await runScript(store, "await R.start({ resume: true }); await R.endExp();", { cwd: repository });
    expect((await sql`SELECT git_commit, git_branch, git_dirty FROM runs`).rows()).toEqual([
      { git_commit: git("rev-parse", "HEAD"), git_branch: "trunk", git_dirty: true },
    ]);
    const [run] = await R.listRecorders();
    expect(await run!.listArtifacts()).toEqual(["code_diff", "code_diff_2", "code_status", "code_status_2"]);
    expect([await run!.loadObject("code_diff"), await run!.loadObject("code_diff_2")]).toEqual([
      expect.stringContaining("+window = 60"),
      expect.stringContaining("+window = 5"),
    ]);
  });
});

describe("two processes on one store", () => {
  it("that make the same experiment at once make one, and all their logs are there", async () => {
    const script = `
      await R.start({ experimentName: "shared" }, async (run) => { for (let step = 0; step < 500; step++) run.logMetrics({ loss: step }, { step }); });
      await R.start({ experimentName: "shared" }, (run) => run.saveObjects({ x: 1 }));`;
    const ends = await Promise.all([1, 2, 3].map(() => runScript(store, script)));
    expect(ends.map(({ code, err }) => [code, err])).toEqual([
      [0, ""],
      [0, ""],
      [0, ""],
    ]);
    expect((await R.listExperiments()).map(({ name }) => name)).toEqual(["shared"]);
    const runs = await R.listRecorders({ experimentName: "shared" });
    expect(runs.map(({ status }) => status)).toEqual(Array(6).fill("FINISHED"));
    expect((await sql`SELECT count(*) AS n, sum(value) AS total FROM metrics`).rows()).toEqual([
      { n: 1500, total: 3 * 124_750 },
    ]);
  });

  it("see each other's metrics within a second, and a resume elsewhere of a running run is refused", async () => {
    let told: ((id: string) => void) | undefined;
    const id = new Promise<string>((resolve) => (told = resolve));
    let end: ((signal: NodeJS.Signals) => void) | undefined;
    const other = runScript(
      store,
      `const run = await R.start({ experimentName: "x" }); run.logMetrics({ IC: 0.25 }); ${FOREVER}`,
      {
        onReady: (kill) => {
          end = kill;
          told!("");
        },
      },
    );
    await id;
    const [run] = await R.listRecorders({ experimentName: "x" });
    expect([run!.status, await run!.listMetrics()]).toEqual(["RUNNING", { IC: 0.25 }]);
    await expect(R.start({ experimentName: "x", recorderId: run!.id, resume: true })).rejects.toThrow(
      /it is running, in process \d+ on /,
    );
    end!("SIGKILL");
    await other;
    await new Promise((resolve) => setTimeout(resolve, 1_100));
    const resumed = await R.start({ experimentName: "x", recorderId: run!.id, resume: true });
    expect([resumed, resumed.info.attempts]).toEqual([run, 2]);
    await R.endExp();
    expect((await sql`SELECT attempt, status, reason FROM attempts ORDER BY attempt`).rows()).toEqual([
      { attempt: 1, status: "FAILED", reason: "orphaned" },
      { attempt: 2, status: "FINISHED", reason: null },
    ]);
  });
});
