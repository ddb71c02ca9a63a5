import path from "node:path";
import { beforeEach, describe, expect, it } from "vitest";
import { InvalidArgumentError, RecorderNotFoundError } from "../../src/errors.js";
import { VIEW } from "../../src/panel/view.js";
import { compareRuns } from "../../src/tracking/compare-runs.js";
import { R } from "../../src/tracking/r.js";
import { temporaryFolder } from "../temporary-folder.js";

beforeEach(() => R.setUri(path.join(temporaryFolder(), "store")));

const runOf = (recorderName: string, params: Record<string, unknown>, metrics: Record<string, number>) =>
  R.start({ experimentName: recorderName, recorderName }, (run) => {
    run.logParams(params);
    run.logMetrics(metrics);
    return run;
  });

describe("compareRuns", () => {
  it("keeps the params that differ and marks the highest and the lowest of each metric", async () => {
    const a = await runOf(
      "a",
      { model: "ridge", alpha: 0.05, kwargs: { x: 1, y: 2 } },
      { IC: 0.03, loss: 2, same: 1, only: 5 },
    );
    const b = await runOf(
      "b",
      { model: "ridge", alpha: 0.5, kwargs: { y: 2, x: 1 }, seed: 7 },
      { IC: -0.01, loss: 2, same: 1 },
    );
    const c = await runOf(
      "c",
      { model: "ridge", alpha: 0.5, kwargs: { y: 2, x: 1 } },
      { IC: 0.03, loss: NaN, same: 1 },
    );
    const found = await compareRuns([a, b.id, c]);
    expect(found.params).toEqual([
      { param: "alpha", values: [0.05, 0.5, 0.5] },
      { param: "seed", values: [undefined, 7, undefined] },
    ]);
    expect(found.metrics.map(({ metric, values, highest, lowest }) => [metric, values, highest, lowest])).toEqual([
      ["IC", [0.03, -0.01, 0.03], [0, 2], [1]],
      ["loss", [2, 2, NaN], [], []],
      ["only", [5, NaN, NaN], [], []],
      ["same", [1, 1, 1], [], []],
    ]);
    expect(found.toTable().objects()).toMatchObject([
      { metric: "IC", a: 0.03, b: -0.01, c: 0.03, highest: "a, c", lowest: "b" },
      { metric: "loss", highest: null, lowest: null },
      { metric: "only", b: NaN },
      { metric: "same" },
    ]);
  });

  it("marks the best alone where it is known which way is better", async () => {
    const [a, b] = [await runOf("a", {}, { IC: 0.1, loss: 3 }), await runOf("b", {}, { IC: 0.2, loss: 1 })];
    const found = await compareRuns([a, b], { better: { loss: "lower" } });
    expect(found.metrics.map(({ metric, best }) => [metric, best])).toEqual([
      ["IC", undefined],
      ["loss", [1]],
    ]);
    const { table, notes, title } = found[VIEW]();
    expect([title, table, notes?.slice(0, 2)]).toEqual([
      "2 runs compared",
      [
        { kind: "metric", name: "IC", a: "0.1 ▼", b: "0.2 ▲" },
        { kind: "metric", name: "loss", a: "3", b: "1 ★" },
      ],
      ["★ best, ▲ highest, ▼ lowest", "All params are the same"],
    ]);
  });

  it("tells runs of one name apart, and takes keys that objects have by themselves", async () => {
    const [a, b] = [await runOf("x", { constructor: "mine" }, {}), await runOf("x", {}, { toString: 1 })];
    const odd = await runOf("metric", {}, {});
    const found = await compareRuns([a, b, odd]);
    const end = (id: string) => id.slice(-6);
    expect(found.labels).toEqual([`x (${end(a.id)})`, `x (${end(b.id)})`, `metric (${end(odd.id)})`]);
    expect(found.params).toEqual([{ param: "constructor", values: ["mine", undefined, undefined] }]);
    expect(found.metrics[0]!.values).toEqual([NaN, 1, NaN]);
    expect(String(found)).toBe(`RunComparison(${found.labels.join(", ")})`);
  });

  it("needs two different runs that exist", async () => {
    const a = await runOf("a", {}, {});
    await expect(compareRuns([a])).rejects.toThrow(InvalidArgumentError);
    await expect(compareRuns([a, a.id])).rejects.toThrow("is given twice");
    await expect(compareRuns([a, "nobody"])).rejects.toThrow(RecorderNotFoundError);
  });
});
