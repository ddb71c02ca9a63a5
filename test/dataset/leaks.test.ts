import { afterEach, describe, expect, it, vi } from "vitest";
import { synthetic } from "../../src/data/synthetic/synthetic.js";
import { DataHandlerLP, type DataHandlerLPOptions } from "../../src/dataset/data-handler-lp.js";
import { DatasetH, type DatasetHOptions } from "../../src/dataset/dataset-h.js";
import { formatDatetime } from "../../src/engine/datetime.js";
import { host } from "../../src/host/host.js";

const market = synthetic({ instruments: 5, days: 120, seed: 8 });
const day = (i: number) => formatDatetime(market.calendar.at(i));
const SEGMENTS = { train: [day(0), day(59)], valid: [day(60), day(79)], test: [day(80), day(119)] } as const;

const dataset = (options: Partial<DatasetHOptions> = {}, handler: Partial<DataHandlerLPOptions> = {}) =>
  new DatasetH({
    handler: new DataHandlerLP({
      market,
      features: ["$close/$open"],
      inferProcessors: ["ZScoreNorm"],
      fitStartTime: day(0),
      fitEndTime: day(59),
      ...handler,
    }),
    segments: SEGMENTS,
    ...options,
  });
const learn = { dataKey: "learn" } as const;

describe("what could carry knowledge of the test days into a model", () => {
  afterEach(() => void vi.restoreAllMocks());

  it("is told once when train is prepared for learning, with what would help", async () => {
    const told = vi.spyOn(host, "notice");
    const one = dataset();
    await one.prepare("train");
    expect(told).not.toHaveBeenCalled();
    await one.prepare(["train", "valid"], learn);
    await one.prepare("train", learn);
    expect(told.mock.calls.map(([text]) => text)).toEqual([
      "Leak check: the label of the last 2 days of segment valid looks 2 days ahead, into test\n  embargoDays: 2 keeps labels out of test",
    ]);
  });

  it("is an error when that is asked for: labels, fit windows, repeated rows", async () => {
    await expect(dataset({ leaks: "error" }).prepare("train", learn)).rejects.toThrow(/valid looks 2 days ahead/);
    await expect(
      dataset({ leaks: "error", embargoDays: 2 }, { fitEndTime: day(85) }).prepare("train", learn),
    ).rejects.toThrow(/ZScoreNorm learnt from 6 days of test/);
    const twins = {
      datetime: [day(0), day(0), day(80)],
      instrument: ["A", "B", "A"],
      f: [1, 1, 2],
    };
    const handler = DataHandlerLP.fromDf(twins);
    await expect(new DatasetH({ handler, segments: SEGMENTS, leaks: "error" }).prepare("train", learn)).rejects.toThrow(
      /1 row repeats another instrument's values/,
    );
    await expect(dataset({ leaks: "error", embargoDays: 2 }).prepare("train", learn)).resolves.toBeDefined();
    expect(() => dataset({ leaks: "eror" as "error" })).toThrow(/did you mean "error"/);
  });

  it("an embargo leaves out the days before the next segment, of test none, and is in the configuration", async () => {
    const one = dataset({ embargoDays: 2 });
    const [train, valid, test] = await one.prepare(["train", "valid", "test"]);
    expect([train!.numDates, valid!.numDates, test!.numDates]).toEqual([58, 18, 40]);
    expect((await one.leakCheck()).findings).toEqual([]);
    expect(new DatasetH(one.config().kwargs as unknown as DatasetHOptions).config()).toEqual(one.config());
    expect(() => dataset({ embargoDays: -1 })).toThrow(/embargoDays is -1/);
  });
});

describe("a dataset for days that came later", () => {
  it("scales them with what was learnt before, and learns nothing of them", async () => {
    const first = dataset({}, { endTime: day(99) });
    const scaled = await dataset().prepare("test");
    const later = await first.reconfigured({
      handlerKwargs: { startTime: day(70), endTime: null },
      segments: { test: [day(100), null] },
    });
    const panel = await later.prepare("test");
    expect(panel.numDates).toBe(20);
    expect(panel.get("$close/$open")).toEqual(scaled.between(day(100)).get("$close/$open"));
    expect(await later.handler.fitted()).toEqual(await first.handler.fitted());
  });
});
