import { describe, expect, it } from "vitest";
import { openMarket } from "../../src/data/open-market.js";
import { synthetic } from "../../src/data/synthetic/synthetic.js";
import { Alpha158 } from "../../src/dataset/alpha158.js";
import { DataHandlerLP, type DataHandlerLPOptions } from "../../src/dataset/data-handler-lp.js";
import { DatasetH } from "../../src/dataset/dataset-h.js";
import { makeProcessor, PROCESSORS } from "../../src/dataset/make-processor.js";
import { TSDatasetH } from "../../src/dataset/ts-dataset-h.js";
import { formatDatetime } from "../../src/engine/datetime.js";
import { UnknownNameError } from "../../src/errors.js";
import { queryFeatures } from "../../src/feature/query-features.js";
import { LGBModel } from "../../src/model/lgb-model.js";
import { LinearModel } from "../../src/model/linear-model.js";

const market = synthetic({ instruments: 5, days: 60, seed: 4 });
const day = (i: number) => formatDatetime(market.calendar.at(i));
const handler = (options: Partial<DataHandlerLPOptions> = {}) =>
  new DataHandlerLP({ market, features: ["$close/$open"], ...options });
const segments = { train: [day(0), day(29)], test: [day(32), null] } as const;
const dataset = new DatasetH({ handler: handler(), segments });

describe("an option that does not exist", () => {
  it.each<[string, (options: object) => unknown, object, string]>([
    ["DataHandlerLP", (o) => handler(o), { infer_processors: [] }, "inferProcessors"],
    ["Alpha158", (o) => new Alpha158({ market, ...o }), { learnProcesors: [] }, "learnProcessors"],
    ["DatasetH", (o) => new DatasetH({ handler: handler(), segments, ...o }), { embargo_days: 2 }, "embargoDays"],
    ["TSDatasetH", (o) => new TSDatasetH({ handler: handler(), segments, ...o }), { step_len: 5 }, ""],
    ["prepare", (o) => dataset.prepare("test", o), { col_set: "label" }, "colSet"],
    ["sampler", (o) => new TSDatasetH({ handler: handler(), segments }).sampler("test", o), { fill: 1 }, "fillna"],
    ["queryFeatures", (o) => queryFeatures(market, ["$close"], o), { start_time: day(3) }, "start"],
    ["openMarket", (o) => openMarket("synthetic://", o), { fileSufix: ".csv" }, "fileSuffix"],
    ["LinearModel", (o) => new LinearModel(o), { alfa: 1 }, "alpha"],
    ["LinearModel.fit", (o) => new LinearModel().fit(dataset, o), { weights: [] }, ""],
    ["LGBModel.fit", (o) => new LGBModel().fit(dataset, o), { num_boost_round: 3 }, "numBoostRound"],
    ["Fillna", (o) => makeProcessor({ class: "Fillna", kwargs: { ...o } }), { fillvalue: 3 }, "fillValue"],
    [
      "RobustZScoreNorm",
      (o) => makeProcessor({ class: "RobustZScoreNorm", kwargs: { ...o } }),
      { clip_outliers: true },
      "clipOutlier",
    ],
  ])("of %s is refused with the nearest name", async (_, make, options, nearest) => {
    const refused = (async () => make(options))();
    await expect(refused).rejects.toThrow(UnknownNameError);
    await expect(refused).rejects.toThrow(
      `unknown option "${Object.keys(options)[0]!.replace("clip_outliers", "clipOutliers")}"`,
    );
    if (nearest) await expect(refused).rejects.toThrow(`did you mean "${nearest}"?`);
  });

  it.each([...PROCESSORS.keys()])("of %s is refused, one that is null is not given", (name) => {
    const kwargs = ["DropCol", "FilterCol"].includes(name) ? { col_list: ["F"] } : {};
    expect(() => makeProcessor({ class: name, kwargs: { ...kwargs, window: 3 } })).toThrow(/unknown option "window"/);
    expect(makeProcessor({ class: name, kwargs: { ...kwargs, window: null } }).config().class).toBe(name);
  });
});

describe("Qlib's words of a handler", () => {
  it("instruments are the universe, also of a handler for other days", async () => {
    const one = handler({ instruments: ["S0002"] });
    expect((await one.fetch("raw")).panel.instruments).toEqual(["S0002"]);
    expect(one.config().kwargs).toMatchObject({ universe: ["S0002"] });
    const other = await one.extended({ instruments: ["S0003"] });
    expect((await other.fetch("raw")).panel.instruments).toEqual(["S0003"]);
    expect(() => handler({ instruments: "all", universe: ["S0002"] })).toThrow(/are the same, give one of them/);
  });

  it("process and init types that do not exist are named", () => {
    expect(() => handler({ processType: "appended" as "append" })).toThrow('did you mean "append"?');
    expect(() => handler({ initType: "fit_index" as "fit_ind" })).toThrow('did you mean "fit_ind"?');
  });

  it("fit_ind fits every processor on the raw data, fit_seq on what the one before it made", async () => {
    const options = {
      inferProcessors: ["MinMaxNorm", "ZScoreNorm"],
      fitStartTime: day(0),
      fitEndTime: day(29),
    };
    const center = async (initType?: "fit_seq" | "fit_ind") =>
      (await handler({ ...options, ...(initType && { initType }) }).fitted()).infer[1]!["center"] as Record<
        string,
        number
      >;
    const raw = [...(await handler().fetch("raw")).panel.between(day(0), day(29)).get("$close/$open")];
    const mean = raw.reduce((sum, value) => sum + value, 0) / raw.length;
    const scaled = raw.map((value) => (value - Math.min(...raw)) / (Math.max(...raw) - Math.min(...raw)));
    expect((await center("fit_ind"))["$close/$open"]).toBeCloseTo(mean, 6);
    expect((await center("fit_seq"))["$close/$open"]).toBeCloseTo(
      scaled.reduce((sum, value) => sum + value, 0) / scaled.length,
      6,
    );
    expect(await center()).toEqual(await center("fit_seq"));
    const again = handler({ ...options, initType: "fit_ind" });
    expect(new DataHandlerLP(again.config().kwargs as DataHandlerLPOptions).config()).toEqual(again.config());
  });
});

describe("dates instead of segments", () => {
  it("one is that day, two the days between, more those alone; an open end is null", async () => {
    const days = (panel: { dates: Float64Array }) => [...panel.dates].map(formatDatetime);
    type Text = `${number}-${number}-${number}`;
    const at = (i: number) => day(i) as Text;
    expect(days(await dataset.prepare(at(3)))).toEqual([day(3)]);
    expect(days(await dataset.prepare([at(3), at(5)]))).toEqual([day(3), day(4), day(5)]);
    expect(days(await dataset.prepare([at(58), null]))).toEqual([day(58), day(59)]);
    expect(days(await dataset.prepare([at(9), at(3), at(5)]))).toEqual([day(3), day(5), day(9)]);
    expect(days((await dataset.prepare(["test", "train"]))[1]!)).toHaveLength(30);
    expect(await dataset.prepare([])).toEqual([]);
    await expect(dataset.prepare([at(5), at(3)])).rejects.toThrow(/after its end/);
    await expect(dataset.prepare("2031-01-01")).rejects.toThrow(/Cannot prepare dates \(2031-01-01\/2031-01-01\)/);
    await expect(dataset.prepare(["train", at(3)])).rejects.toThrow(/unknown segment/);
  });

  it("columns as they are stored are all of them", async () => {
    expect((await dataset.prepare("test", { colSet: "__raw" })).columnNames).toEqual(["$close/$open", "LABEL0"]);
  });
});

describe("a model", () => {
  it("forecasts the segment named, alone or among options, and asks for a dataset", async () => {
    const linear = new LinearModel();
    const trees = new LGBModel({ numBoostRound: 2, minDataInLeaf: 1 });
    const learning = new DatasetH({
      handler: handler({ learnProcessors: ["DropnaLabel"] }),
      segments,
      leaks: "ignore",
    });
    for (const model of [linear, trees]) {
      await expect(model.fit((await dataset.prepare("train")) as never)).rejects.toThrow(
        /a dataset with segments expected/,
      );
      await model.fit(learning);
      const rows = async (asked?: Parameters<typeof model.predict>[1]) =>
        (await model.predict(learning, asked)).numRows;
      expect(await rows("train")).toBe(await rows({ segment: "train" }));
      expect(await rows("train")).not.toBe(await rows());
      await expect(model.predict(learning, { segmet: "train" } as object)).rejects.toThrow('did you mean "segment"?');
      await expect(model.predict([] as never)).rejects.toThrow(/a dataset with segments expected/);
    }
  });
});
