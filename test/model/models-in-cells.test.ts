import path from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { KernelClient } from "#kernel/client.cjs";

const root = path.join(path.dirname(fileURLToPath(import.meta.url)), "..", "..");
const VEGA_LITE = "application/vnd.vegalite.v5+json";

interface Output {
  readonly name?: string;
  readonly text?: string;
  readonly data?: Record<string, unknown>;
  readonly transient?: { readonly display_id?: string };
}

describe("models in a notebook's cells", () => {
  let kernel: KernelClient;
  beforeAll(async () => {
    kernel = new KernelClient({ cwd: path.join(root, "notebooks"), env: { ...process.env } });
    await kernel.start();
    await run(`
      import { DataHandlerLP, DatasetH, LGBModel, Panel, type Model, basicFactors } from "alphabook";
      const dataset = new DatasetH({
        handler: new DataHandlerLP({ market: "synthetic://?instruments=120&days=500&seed=3", features: basicFactors(), learnProcessors: ["DropnaLabel"] }),
        segments: { train: ["2015-02-01", "2015-12-31"], valid: ["2016-01-01", "2016-06-30"], test: ["2016-07-01", "2016-11-30"] },
      });`);
  }, 60_000);
  afterAll(() => kernel.shutdown());

  /** What a cell sent; throws what the cell throws. */
  async function run(code: string): Promise<readonly Output[]> {
    const { reply, iopub } = await kernel.execute(code);
    const { status, ename, evalue } = reply.content as { status: string; ename?: string; evalue?: string };
    if (status !== "ok") throw new Error(`${ename}: ${evalue}`);
    return iopub.map((message) => message.content as Output);
  }
  const text = (outputs: readonly Output[]) =>
    outputs.map((output) => output.text ?? (output.data?.["text/plain"] as string | undefined) ?? "").join("");

  it("a class of ten lines is a model", async () => {
    await run(`
      class YesterdaysLoser implements Model {
        async fit() {}
        async predict(dataset: DatasetH, { segment = "test" } = {}): Promise<Panel> {
          const panel = await dataset.prepare(segment, { colSet: "feature" });
          const returns = panel.get(panel.columnNames[0]!);
          return panel.select([]).assign({ score: returns.map((value) => -value) as Float64Array });
        }
        toText() { return ""; }
        static fromText() { return new YesterdaysLoser(); }
      }`);
    const outputs = await run(`
      const own: Model = new YesterdaysLoser();
      await own.fit(dataset);
      console.log((await own.predict(dataset)).columnNames.join());`);
    expect(text(outputs)).toContain("score");
  }, 60_000);

  it("the training curve is drawn under the cell, grows in one place and stays", async () => {
    const outputs = await run(`
      const model = new LGBModel({ numBoostRound: 60, earlyStoppingRounds: 0, numLeaves: 63, numThreads: 2 });
      await model.fit(dataset, { onRound: () => { const until = Date.now() + 30; while (Date.now() < until); } });`);
    const figures = outputs.filter(({ data }) => data?.[VEGA_LITE]);
    expect(figures.length).toBeGreaterThan(1);
    expect(figures.length).toBeLessThan(25);
    expect(new Set(figures.map(({ transient }) => transient?.display_id)).size).toBe(1);
    const last = figures.at(-1)!.data!;
    expect(last["image/png"]).toEqual(expect.any(String));
    expect(last["text/plain"]).toMatch(/^60 rounds · l2\.train \d/);
    const { vconcat } = last[VEGA_LITE] as { vconcat: { layer: object[] }[] };
    expect(vconcat).toHaveLength(1);
  }, 60_000);

  it("model.report() draws curve and importance", async () => {
    const outputs = await run("model.report()");
    expect(text(outputs)).toMatch(/features split a tree/);
  }, 60_000);

  it("an interrupt ends training within a second, and the kernel goes on", async () => {
    const running = kernel.execute("await model.fit(dataset, { numBoostRound: 1_000_000 })");
    await new Promise((resolve) => setTimeout(resolve, 1500));
    const asked = performance.now();
    await kernel.interrupt();
    const { reply } = await running;
    expect((reply.content as { ename?: string }).ename).toMatch(/Interrupt/);
    expect(performance.now() - asked).toBeLessThan(2500);
    expect(text(await run("console.log(model.bestIteration)"))).toContain("60");
  }, 60_000);
});
