import path from "node:path";
import { beforeAll, beforeEach, describe, expect, it } from "vitest";
import type { KernelClient } from "#kernel/client.cjs";
import { R } from "../../src/tracking/r.js";
import { messages, repository, resultText, startKernel, traceback } from "../kernel-setup/started-kernel.js";
import { temporaryFolder } from "../temporary-folder.js";

let kernel: KernelClient;
beforeAll(async () => void (kernel = await kernelWithR()));
beforeEach(async () => {
  const store = temporaryFolder();
  R.setUri(store);
  await cell(`await R.endExp(); R.setUri(${JSON.stringify(store)});`, "setup");
});

async function kernelWithR(): Promise<KernelClient> {
  const started = await startKernel();
  await started.execute(`const { R } = require(${JSON.stringify(path.join(repository, "dist", "tracking", "r.js"))});`);
  return started;
}

/** Runs a cell and gives what it shows; lines that are no result come first. */
async function cell(
  code: string,
  cellId?: string,
  { on = kernel } = {},
): Promise<{ error: string | undefined; result: unknown; notices: unknown[] }> {
  const executed = await on.execute(code, cellId === undefined ? {} : { cellId });
  return {
    error: traceback(executed),
    result: resultText(executed),
    notices: messages(executed, "display_data").map(({ content }) => content.data["text/plain"]),
  };
}
const START = 'const run = await R.start({ experimentName: "nb" }); run.id';
const runs = async () =>
  (await R.listRecorders({ experimentName: "nb" }))
    .map(({ info: { status, reason } }) => (reason === undefined ? status : `${status} ${reason}`))
    .reverse();

describe("a run over several cells of a notebook", () => {
  it("is open from one cell to the other, and knows its cell and notebook", async () => {
    const { result, error } = await cell(START, "c1");
    expect(error).toBeUndefined();
    await cell("R.logMetrics({ IC: 0.5 }); await R.endExp();", "c2");
    const [run] = await R.listRecorders({ experimentName: "nb" });
    expect([`'${run!.id}'`, run!.status, run!.metrics]).toEqual([result, "FINISHED", { IC: 0.5 }]);
    expect(await run!.listTags()).toMatchObject({
      "source.kind": "notebook",
      "source.cell": "c1",
      "source.code": START,
    });
  });

  it("starting again in the same cell ends it first and says so, also after an edit", async () => {
    await cell(START, "c1");
    const again = await cell(`${START}; // edited`, "c1");
    expect(again).toMatchObject({
      error: undefined,
      notices: [
        expect.stringMatching(
          /^Run "default_recorder" that this cell started before is ended: FINISHED \([0-9a-f-]{36}\)$/,
        ),
      ],
    });
    expect(await runs()).toEqual(["FINISHED", "RUNNING"]);
  });

  it("starting in another cell is an error that names run, cell and the way out", async () => {
    await cell(START, "c1");
    const other = await cell('await R.start({ experimentName: "other" });', "c2");
    expect(other.error).toMatch(
      /AlreadyActiveError[\s\S]*"default_recorder" of experiment "nb" is active, started by cell \[\d+\] \(c1\)[\s\S]*await R\.endExp\(\)/,
    );
    await cell("R.logMetrics({ still: 1 }); await R.endExp();", "c3");
    expect(await runs()).toEqual(["FINISHED"]);
  });

  it("without cell ids the same code is the same cell", async () => {
    await cell(START);
    expect((await cell(START)).notices).toHaveLength(1);
    expect((await cell('await R.start({ experimentName: "other" });')).error).toContain("AlreadyActiveError");
  });

  it("stays open when a cell throws; starting again then ends it FAILED with the error", async () => {
    await cell(`${START}; throw new RangeError("bad factor");`, "c1");
    expect(await runs()).toEqual(["RUNNING"]);
    expect((await cell(START, "c1")).notices[0]).toContain("is ended: FAILED");
    expect(await runs()).toEqual(["FAILED exception", "RUNNING"]);
  });

  it.each([
    ["FINISHED", []],
    ["FAILED exception", ['throw new Error("bad factor");']],
    ["FINISHED", ['throw new Error("bad factor");', "R.logMetrics({ fixed: 1 });"]],
  ])("is ended %s by the kernel's shutdown when cell c2 was run as %j", async (expected, tries) => {
    const on = await kernelWithR();
    await cell(`R.setUri(${JSON.stringify(R.getUri())}); ${START}`, "c1", { on });
    for (const code of tries) await cell(code, "c2", { on });
    await on.shutdown();
    expect(await runs()).toEqual([expected]);
  });
});

describe("a scoped run in a notebook", () => {
  it("whose cell is interrupted ends FAILED, reason interrupted, and blocks nothing", async () => {
    const running = cell(
      'await R.start({ experimentName: "nb" }, async (run) => { run.logMetrics({ IC: 1 }); await new Promise(() => {}); });',
      "c1",
    );
    while ((await R.listExperiments()).length === 0 || (await runs()).length === 0)
      await new Promise((resolve) => setTimeout(resolve, 50));
    await kernel.interrupt();
    expect((await running).error).toBeDefined();
    expect(await runs()).toEqual(["FAILED interrupted"]);
    expect((await cell(START, "c2")).error).toBeUndefined();
  });

  it("whose body throws ends FAILED with the cell", async () => {
    const { error } = await cell(
      'await R.start({ experimentName: "nb" }, () => { throw new RangeError("bad factor"); });',
      "c1",
    );
    expect(error).toContain("bad factor");
    expect(await runs()).toEqual(["FAILED exception"]);
    expect((await cell(START, "c1")).notices).toEqual([]);
  });
});

describe("a first write without a run", () => {
  it("starts one and says so under the cell, once", async () => {
    const first = await cell("R.logMetrics({ a: 1 }); R.logMetrics({ b: 2 });", "c1");
    expect(first.notices).toEqual([
      'No run was active: started "default_recorder" in experiment "Experiment"; it ends with await R.endExp()',
    ]);
    expect((await cell("R.logMetrics({ c: 3 }); await R.endExp();", "c2")).notices).toEqual([]);
    expect((await R.listRecorders()).map(({ metrics }) => metrics)).toEqual([{ a: 1, b: 2, c: 3 }]);
  });
});
