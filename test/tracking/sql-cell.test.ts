import path from "node:path";
import { beforeAll, describe, expect, it } from "vitest";
import type { KernelClient } from "#kernel/client.cjs";
import { later, repository, resultText, startKernel, traceback } from "../kernel-setup/started-kernel.js";
import { temporaryFolder } from "../temporary-folder.js";

let kernel: KernelClient;
beforeAll(async () => {
  kernel = await startKernel();
  await kernel.execute(
    `import { R, sql } from ${JSON.stringify(path.join(repository, "dist", "index.js"))};
    R.setUri(${JSON.stringify(temporaryFolder())});
    for (const [recorderName, ic] of [["a", 0.1], ["it's $b", 0.3]] as const)
      await R.start({ experimentName: "x", recorderName }, (run) => run.logMetrics({ IC: ic }));
    const least = 0.2;
    const names = ["it's $b"];`,
  );
});

describe("a cell of SQL", () => {
  it("binds $names of the notebook's variables as values", async () => {
    const executed = await kernel.execute(
      "%%sql\nSELECT name, '$least' AS text FROM runs_wide WHERE \"m.IC\" > $least AND name = ANY($names)",
    );
    expect(traceback(executed)).toBeUndefined();
    expect(resultText(executed)).toMatch(/it's \$b +\$least\n1 row/);
  });

  it("names a variable that is not there, and the nearest", async () => {
    expect(traceback(await kernel.execute("%%sql\nSELECT $leats"))).toMatch(/leats[^]*least/);
  });

  it("stops when it is interrupted, and the next question is answered", async () => {
    const began = performance.now();
    const running = kernel.execute("%%sql\nSELECT sum(a.range * b.range) FROM range(3000000) a, range(3000000) b");
    await later(500);
    await kernel.interrupt();
    expect(traceback(await running)).toMatch(/interrupt/i);
    expect(performance.now() - began).toBeLessThan(10_000);
    expect(resultText(await kernel.execute("(await sql`SELECT 41 + 1 AS n`).rows()[0]!.n"))).toBe("42");
  });
});
