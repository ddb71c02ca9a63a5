import { mkdtemp, rm, writeFile } from "node:fs/promises";
import os from "node:os";
import path from "node:path";
import { table } from "arquero";
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from "vitest";
import { registry } from "../../src/config/registry.js";
import { synthetic } from "../../src/data/synthetic/synthetic.js";
import { Alpha158 } from "../../src/dataset/alpha158.js";
import { DataHandlerLP } from "../../src/dataset/data-handler-lp.js";
import { DatasetH } from "../../src/dataset/dataset-h.js";
import { NestedDataLoader } from "../../src/dataset/loader/nested-data-loader.js";
import { QlibDataLoader } from "../../src/dataset/loader/qlib-data-loader.js";
import { StaticDataLoader } from "../../src/dataset/loader/static-data-loader.js";
import type { StaticSource } from "../../src/dataset/loader/static-source.js";
import { formatDatetime } from "../../src/engine/datetime.js";
import { DataError, InvalidArgumentError, UnknownNameError } from "../../src/errors.js";
import { host } from "../../src/host/host.js";
import { Panel } from "../../src/panel/panel.js";

const market = synthetic({ instruments: 4, days: 40, seed: 2 });
const day = (i: number) => formatDatetime(market.calendar.at(i));
for (const component of [QlibDataLoader, StaticDataLoader, NestedDataLoader, DataHandlerLP, Alpha158])
  registry.add(component.name, component);

const at = (panel: Panel, date: string, instrument: string, column: string): number => {
  const rows = panel.between(date, date);
  const code = panel.instruments.indexOf(instrument);
  return rows.get(column)[rows.codes.indexOf(code)]!;
};

describe("a user's own factors", () => {
  let folder: string;
  beforeAll(async () => {
    folder = await mkdtemp(path.join(os.tmpdir(), "alphabook-loaders-"));
    await writeFile(
      path.join(folder, "quality.csv"),
      `Date,symbol,quality,note\n${day(10)},S0001,0.5,a\n${day(10)},S0002,0.25,b\n${day(11)},S0001,-1,c\n1999-01-04,S0001,9,d\n`,
    );
  });
  afterAll(() => rm(folder, { recursive: true, force: true }));
  afterEach(() => void vi.restoreAllMocks());

  it("stand beside the features, joined by date and instrument; rows without a partner are counted and told", async () => {
    const told = vi.spyOn(host, "notice");
    const handler = new DataHandlerLP({ market, features: ["$close"], factors: path.join(folder, "quality.csv") });
    const { panel, feature, label } = await handler.fetch("raw");
    expect(feature).toEqual(["$close", "quality"]);
    expect(label).toEqual(["LABEL0"]);
    expect(at(panel, day(10), "S0001", "quality")).toBe(0.5);
    expect(at(panel, day(10), "S0002", "quality")).toBe(0.25);
    expect(at(panel, day(11), "S0001", "quality")).toBe(-1);
    expect(panel.get("quality").filter((v) => !Number.isNaN(v)).length).toBe(3);
    const messages = told.mock.calls.map(([text]) => text).join("\n");
    expect(messages).toContain("quality.csv: columns without numbers left out: note");
    expect(messages).toContain(
      `${panel.numRows - 3} of ${panel.numRows} rows of the data have no row in it, their values are missing; 1 of its 4 rows are not in the data and were left out, first 1999-01-04 S0001`,
    );
    expect(handler.features).toEqual([
      { name: "$close", expression: "$close" },
      { name: "quality", expression: "quality of quality.csv" },
    ]);
  });

  it("come from a panel, a table, columns or a query's result alike, also beside Alpha158", async () => {
    const columns = { datetime: [day(10)], instrument: ["S0001"], own: [2] };
    const sources = [Panel.from(columns), table(columns), columns, { toTable: () => table(columns) }];
    for (const factors of sources) {
      const handler = new DataHandlerLP({ market, features: ["$close"], factors });
      expect(at((await handler.fetch("raw")).panel, day(10), "S0001", "own")).toBe(2);
    }
    const { feature } = await new Alpha158({ market, factors: columns }).fetch("raw");
    expect([feature.length, feature.at(-1)]).toEqual([159, "own"]);
  });

  it("that match nothing, repeat a key or a feature's name, or lack a key are refused", async () => {
    const load = (factors: StaticSource) => new DataHandlerLP({ market, features: ["$close"], factors }).fetch("raw");
    await expect(load({ datetime: [day(1)], instrument: ["s0001"], own: [1] })).rejects.toThrow(
      /none of its 1 rows .*\n {2}e\.g\. .* s0001 there, .* S0001 here/,
    );
    await expect(load({ datetime: [day(1), day(1)], instrument: ["S0001", "S0001"], own: [1, 2] })).rejects.toThrow(
      /1 duplicate key/,
    );
    await expect(load({ datetime: [day(1)], instrument: ["S0001"], $close: [1] })).rejects.toThrow(
      /"\$close" occurs twice/,
    );
    await expect(load({ datetime: [day(1)], own: [1] })).rejects.toThrow(/unknown column "instrument"/);
    await expect(load(path.join(folder, "nowhere.csv"))).rejects.toThrow(DataError);
    await writeFile(path.join(folder, "no-key.csv"), "when,who,x\n1,2,3\n");
    await expect(load(path.join(folder, "no-key.csv"))).rejects.toThrow(UnknownNameError);
  });

  it("are in the configuration as a path; a table in memory cannot be made again, and says so", async () => {
    const options = { market: "synthetic://?instruments=4&days=40&seed=2", features: ["$close"] };
    const handler = new DataHandlerLP({ ...options, factors: path.join(folder, "quality.csv") });
    const again = new DataHandlerLP(handler.config().kwargs as typeof options);
    expect((await again.fetch("raw")).feature).toEqual(["$close", "quality"]);
    const inMemory = new DataHandlerLP({
      ...options,
      factors: { datetime: [day(1)], instrument: ["S0001"], own: [1] },
    });
    expect(() => new DataHandlerLP(JSON.parse(JSON.stringify(inMemory.config().kwargs)) as typeof options)).toThrow(
      /its table was in memory.*\n {2}save the table as Parquet or CSV/,
    );
  });
});

describe("loaders", () => {
  it("static: features and labels of two tables, cut to the range and the universe", async () => {
    const feature = { datetime: [day(1), day(2), day(1)], instrument: ["S0001", "S0001", "S0002"], f: [1, 2, 3] };
    const label = { datetime: [day(2)], instrument: ["S0001"], y: [0.5] };
    const dataLoader = new StaticDataLoader({ config: { feature, label } });
    const whole = await new DataHandlerLP({ dataLoader }).fetch("raw");
    expect([whole.feature, whole.label, whole.panel.numRows]).toEqual([["f"], ["y"], 3]);
    expect([...whole.panel.get("y")]).toEqual([NaN, NaN, 0.5]);
    const cut = await new DataHandlerLP({ dataLoader, market, universe: ["S0001"], endTime: day(1) }).fetch("raw");
    expect([...cut.panel.get("f")]).toEqual([1]);
    await expect(new DataHandlerLP({ dataLoader }).market()).rejects.toThrow(/made without one/);
  });

  it("static: a named universe masks by membership at each date", async () => {
    const big = synthetic({ instruments: 20, days: 300, seed: 2, top: 8 });
    const name = "top8";
    const every = await new DataHandlerLP({ market: big, features: ["$close"], universe: "all" }).fetch("raw");
    const dataLoader = new StaticDataLoader({ config: every.panel.select(["$close"]) });
    const masked = (await new DataHandlerLP({ dataLoader, market: big, universe: name }).fetch("raw")).panel;
    const direct = (await new DataHandlerLP({ market: big, features: ["$close"], universe: name }).fetch("raw")).panel;
    expect(masked.numRows).toBe(direct.numRows);
    expect(masked.numRows).toBeLessThan(every.panel.numRows);
    expect(masked.get("$close")).toEqual(direct.get("$close"));
  });

  it("nested: columns side by side on the first one's rows, later ones replace equal names; all from configurations too", async () => {
    const config = {
      class: "NestedDataLoader",
      kwargs: {
        dataloader_l: [
          {
            class: "QlibDataLoader",
            kwargs: {
              config: {
                feature: [
                  ["$close", "$open"],
                  ["A", "B"],
                ],
                label: ["Ref($close, -3)/$close"],
              },
            },
          },
          { class: "QlibDataLoader", kwargs: { config: { feature: [["$high"], ["B"]] } } },
        ],
      },
    };
    const handler = new DataHandlerLP({ market, dataLoader: config });
    const { panel, feature, label } = await handler.fetch("raw");
    expect(feature).toEqual(["A", "B"]);
    expect(label).toEqual(["Ref($close, -3)/$close"]);
    const high = await new DataHandlerLP({ market, features: ["$high"] }).fetch("raw");
    expect(panel.get("B")).toEqual(high.panel.get("$high"));
    expect(handler.labelHorizonDays).toBe(3);
    const again = new DataHandlerLP({ ...(handler.config().kwargs as object), market });
    expect((await again.fetch("raw")).panel.get("B")).toEqual(panel.get("B"));
  });

  it("refuse what cannot be meant", () => {
    expect(() => new NestedDataLoader({ dataloaderL: [] })).toThrow(InvalidArgumentError);
    expect(() => new QlibDataLoader({ config: { feture: ["$close"] } as object })).toThrow(/did you mean "feature"/);
    expect(() => new QlibDataLoader({ config: [] })).toThrow(/no expressions/);
    expect(() => new QlibDataLoader({ config: { feature: ["$close", "$close"] } })).toThrow(/occurs twice/);
    expect(() => new DataHandlerLP({ market, dataLoader: { class: "StaticDataLoadr" } })).toThrow(
      /did you mean "StaticDataLoader"/,
    );
    expect(
      () => new DataHandlerLP({ market, features: ["$close"], dataLoader: { class: "StaticDataLoader" } }),
    ).toThrow(/both/);
    expect(() => new DataHandlerLP({ features: ["$close"] })).toThrow(/no market/);
  });
});

describe("DataHandlerLP.fromDf", () => {
  it("takes a ready table, shares it between the views, and can be trained on without a market", async () => {
    const columns = {
      datetime: [day(1), day(2), day(3)],
      instrument: ["A", "A", "A"],
      f: [1, 2, 3],
      y: [0.1, 0.2, NaN],
    };
    const plain = DataHandlerLP.fromDf(columns, { label: ["y"] });
    expect(await plain.fetch("infer")).toBe(await plain.fetch("raw"));
    const handler = DataHandlerLP.fromDf(columns, {
      label: ["y"],
      labelHorizonDays: 1,
      learnProcessors: ["DropnaLabel"],
    });
    const dataset = new DatasetH({
      handler,
      segments: { train: [day(1), day(2)], test: [day(3), null] },
      leaks: "ignore",
    });
    expect((await dataset.prepare("train", { dataKey: "learn" })).numRows).toBe(2);
    expect((await dataset.leakCheck()).labelDaysInTest).toBe(1);
    expect(() => DataHandlerLP.fromDf(columns, { label: ["z"] })).toThrow(UnknownNameError);
  });
});
