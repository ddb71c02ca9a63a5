import path from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { KernelClient } from "#kernel/client.cjs";
import { temporaryFolder } from "./temporary-folder.js";

const root = path.join(path.dirname(fileURLToPath(import.meta.url)), "..");
const store = temporaryFolder("two");

/** A kernel in the repository's notebooks folder, on the shared store, with the package imported. */
async function openNotebook(): Promise<KernelClient> {
  const kernel = new KernelClient({
    cwd: path.join(root, "notebooks"),
    env: { ...process.env, ALPHABOOK_STORE: store },
  });
  await kernel.start();
  await run(kernel, 'import { R, sql } from "alphabook";');
  return kernel;
}

/** What a cell printed and returned as text; throws what the cell throws. */
async function run(kernel: KernelClient, code: string): Promise<string> {
  const answer = await kernel.execute(code);
  const content = answer.reply.content as { status: string; ename?: string; evalue?: string };
  if (content.status !== "ok") throw new Error(`${content.ename}: ${content.evalue}`);
  return answer.iopub
    .map((message) => message.content as { text?: string; data?: Record<string, string> })
    .map(({ text, data }) => text ?? data?.["text/plain"] ?? "")
    .join("");
}

describe("two notebooks on one store", () => {
  let [first, second]: KernelClient[] = [];
  beforeAll(async () => {
    [first, second] = await Promise.all([openNotebook(), openNotebook()]);
  });
  afterAll(async () => {
    await Promise.all([first, second].map((kernel) => kernel?.shutdown()));
  });

  it("see each other's metrics through SQL at the next look", async () => {
    await run(first!, 'const run = await R.start({ experimentName: "shared", recorderName: "mine" });');
    await run(first!, "run.logMetrics({ ic: 0.125 });");
    const seen = await run(
      second!,
      "console.log((await sql`SELECT value FROM metrics WHERE key = ${'ic'}`).rows()[0]!.value)",
    );
    expect(seen).toContain("0.125");
    await run(first!, "run.logMetrics({ ic: 0.25 }, { step: 1 });");
    expect(
      await run(second!, "console.log((await sql`SELECT max(value) AS ic FROM metrics`).rows()[0]!.ic)"),
    ).toContain("0.25");
  });

  it("when one is killed the other goes on, and the dead run is marked at its next look", async () => {
    await run(second!, 'await R.start({ experimentName: "shared", recorderName: "survivor" });');
    process.kill(Number((await run(first!, "console.log(process.pid)")).trim()), "SIGKILL");
    await first!.died;
    await run(second!, "R.logMetrics({ ic: 0.5 });");
    const rows = await run(
      second!,
      "console.log(JSON.stringify((await sql`SELECT name, status, reason FROM runs ORDER BY name`).rows()))",
    );
    expect(JSON.parse(rows)).toEqual([
      { name: "mine", status: "FAILED", reason: "orphaned" },
      { name: "survivor", status: "RUNNING", reason: null },
    ]);
    expect(await run(second!, "console.log((await sql`SELECT count(*) AS n FROM metrics`).rows()[0]!.n)")).toContain(
      "3",
    );
  });

  it("a start cell run twice ends its first run; another cell is told which run is active", async () => {
    const cell = 'const again = await R.start({ experimentName: "twice" });';
    await run(second!, "await R.endExp();");
    const send = (code: string) => second!.execute(code, { cellId: "start-cell" });
    await send(cell);
    const rerun = await send(cell);
    expect((rerun.reply.content as { status: string }).status).toBe("ok");
    await expect(run(second!, 'await R.start({ experimentName: "other" });')).rejects.toThrow(
      /AlreadyActiveError.*\n.*await R\.endExp\(\)/s,
    );
    await run(second!, "await R.endExp();");
    const rows = await run(
      second!,
      "console.log((await sql`SELECT status FROM runs WHERE experiment = ${'twice'}`).rows().map((row) => row.status).join())",
    );
    expect(rows.trim()).toBe("FINISHED,FINISHED");
  });
});
