import { mkdtemp, rm } from "node:fs/promises";
import os from "node:os";
import path from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { synthetic } from "../../src/data/synthetic/synthetic.js";
import { DataHandlerLP, type DataHandlerLPOptions } from "../../src/dataset/data-handler-lp.js";
import type { GroupedPanel } from "../../src/dataset/grouped-panel.js";
import { cacheOf, type CachedPanel, type PanelCache } from "../../src/dataset/panel-cache.js";
import type { Processor } from "../../src/dataset/processor.js";
import { registerOperator } from "../../src/feature/register-operator.js";
import { Panel } from "../../src/panel/panel.js";
import { PanelCache as FolderCache } from "../../src/tracking/panel-cache.js";

const ADDRESS = "synthetic://?instruments=12&days=150&seed=4";
const OPTIONS: DataHandlerLPOptions = {
  market: ADDRESS,
  features: [
    { name: "RET", expression: "$close/Ref($close, 1) - 1" },
    { name: "MA5", expression: "Mean($close, 5)/$close" },
  ],
  fitStartTime: "2015-01-02",
  fitEndTime: "2015-04-30",
  inferProcessors: ["RobustZScoreNorm", { class: "Fillna", kwargs: { fieldsGroup: "feature" } }],
  learnProcessors: ["DropnaLabel"],
};

/** A cache that tells which keys were asked for and found. */
function memory(): PanelCache & { readonly kept: Map<string, CachedPanel>; hits: number } {
  const kept = new Map<string, CachedPanel>();
  return {
    kept,
    hits: 0,
    get(key) {
      if (kept.has(key)) this.hits++;
      return kept.get(key);
    },
    put: (key, entry) => void kept.set(key, entry),
  };
}

const same = (a: GroupedPanel, b: GroupedPanel) => {
  expect(b.feature).toEqual(a.feature);
  expect(b.label).toEqual(a.label);
  expect(b.panel.instruments).toEqual(a.panel.instruments);
  expect(b.panel.codes).toEqual(a.panel.codes);
  for (const name of a.panel.columnNames) expect(b.panel.get(name)).toEqual(a.panel.get(name));
};

describe("views that are kept", () => {
  let folder: string;
  beforeAll(async () => {
    folder = await mkdtemp(path.join(os.tmpdir(), "alphabook-views-"));
  });
  afterAll(() => rm(folder, { recursive: true, force: true }));

  it("come back with the same values, what processors learnt included, without the market's bars", async () => {
    const cache = new FolderCache(folder);
    const first = new DataHandlerLP({ ...OPTIONS, cache });
    const learnt = await first.fitted();
    const raw = await first.fetch("raw");
    const bare = synthetic({ instruments: 12, days: 150, seed: 4 });
    let loads = 0;
    const market = new Proxy(bare, {
      get(target, name) {
        const value: unknown = Reflect.get(target, name, target);
        if (name === "loadBars") loads++;
        return typeof value === "function" ? (value.bind(target) as unknown) : value;
      },
    });
    const again = new DataHandlerLP({ ...OPTIONS, market, cache });
    same(await first.fetch("infer"), await again.fetch("infer"));
    same(await first.fetch("learn"), await again.fetch("learn"));
    same(raw, await again.fetch("raw"));
    expect(await again.fitted()).toEqual(learnt);
    // `isMarket` looks at loadBars; nothing calls it.
    expect(loads).toBeLessThan(8);
  });

  it("are found by everything they depend on", async () => {
    const cache = memory();
    const keysOf = async (changes: Partial<DataHandlerLPOptions>) => {
      const before = new Set(cache.kept.keys());
      await new DataHandlerLP({ ...OPTIONS, ...changes, cache }).fetch("infer");
      return [...cache.kept.keys()].filter((key) => !before.has(key)).length;
    };
    expect(await keysOf({})).toBe(2);
    expect(await keysOf({})).toBe(0);
    expect(cache.hits).toBe(1);
    // Another expression, name, market, span, universe or type: both views are new.
    const [ret, ma5] = OPTIONS.features as { name: string; expression: string }[];
    expect(await keysOf({ features: [ret!, { ...ma5!, expression: "Mean($close, 6)/$close" }] })).toBe(2);
    expect(await keysOf({ features: [ret!, { ...ma5!, name: "MA" }] })).toBe(2);
    expect(await keysOf({ label: "Ref($close, -1)/$close - 1" })).toBe(2);
    expect(await keysOf({ market: `${ADDRESS}&ic=0.01` })).toBe(2);
    expect(await keysOf({ endTime: "2015-06-01" })).toBe(2);
    expect(await keysOf({ universe: ["S0001", "S0002"] })).toBe(2);
    expect(await keysOf({ dtype: "float64" })).toBe(2);
    // Other processors or another fit window: raw data are the same.
    expect(await keysOf({ inferProcessors: ["ZScoreNorm"] })).toBe(1);
    expect(await keysOf({ inferProcessors: [{ class: "RobustZScoreNorm", kwargs: { clipOutlier: false } }] })).toBe(1);
    expect(await keysOf({ sharedProcessors: ["ProcessInf"] })).toBe(1);
    expect(await keysOf({ fitEndTime: "2015-05-29" })).toBe(1);
    // The same day as another kind of value, or learn processors: nothing is new.
    expect(await keysOf({ fitEndTime: new Date("2015-04-30T00:00:00Z"), learnProcessors: [] })).toBe(0);
  });

  it("of a user's own operator or processor are those of its present definition", async () => {
    const cache = memory();
    const define = (times: number) => {
      if (times === 1)
        registerOperator({ name: "TestKept", args: { x: "series" }, compute: (x: Float64Array) => x.slice() });
      else
        registerOperator({
          name: "TestKept",
          args: { x: "series" },
          compute: (x: Float64Array) => x.map((v) => 2 * v),
        });
    };
    const value = async () => {
      const handler = new DataHandlerLP({ market: ADDRESS, features: ["TestKept($close)"], cache });
      return (await handler.fetch("raw")).panel.get("TestKept($close)")[0]!;
    };
    define(1);
    const once = await value();
    define(2);
    expect(await value()).toBeCloseTo(2 * once, 5);

    const add = (processor: Processor) =>
      new DataHandlerLP({ ...OPTIONS, inferProcessors: [processor], cache }).fetch("infer");
    const own = (apply: Processor["apply"]) => {
      const source = apply.toString();
      class Own {
        readonly inferSafe = true;
        apply = apply;
        config() {
          return { class: "Own", kwargs: { source } };
        }
      }
      return new Own();
    };
    const size = cache.kept.size;
    await add(own((data) => data));
    const dropped = await add(own((data) => ({ ...data, feature: data.feature.slice(1) })));
    expect(dropped.feature).toEqual(["MA5"]);
    expect(cache.kept.size).toBe(size + 3);
  });

  it("of a table change with the table, and factors beside take part", async () => {
    const cache = memory();
    const table = (value: number) =>
      Panel.from({ datetime: ["2015-01-05", "2015-01-06"], instrument: ["S0001", "S0001"], own: [value, 1] });
    const value = async (own: number) =>
      (await new DataHandlerLP({ ...OPTIONS, factors: table(own), cache }).fetch("raw")).panel
        .get("own")
        .filter((v) => !Number.isNaN(v))[0];
    expect([await value(3), await value(3), await value(4)]).toEqual([3, 3, 4]);
    expect(cache.kept.size).toBe(2);
    expect(cache.hits).toBe(1);
  });

  it("need a store where the option says store", () => {
    expect(() => cacheOf("store")).toThrow(/no store is provided/);
    expect(cacheOf(undefined)).toBeUndefined();
  });
});
