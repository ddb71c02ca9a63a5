import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { DataHandlerLP } from "../../src/dataset/data-handler-lp.js";
import { TimeSeriesSampler } from "../../src/dataset/time-series-sampler.js";
import { TSDatasetH } from "../../src/dataset/ts-dataset-h.js";
import { Panel } from "../../src/panel/panel.js";

/** A on days 1 2 _ 4, B on days 2 3 4. */
const columns = {
  datetime: ["2020-01-01", "2020-01-02", "2020-01-04", "2020-01-02", "2020-01-03", "2020-01-04"],
  instrument: ["A", "A", "A", "B", "B", "B"],
  f: [1, 2, 4, 20, 30, 40],
  g: [-1, -2, -4, -20, -30, -40],
  ok: [1, 1, 1, 1, 0, NaN],
  y: [0.1, 0.2, 0.4, 2, 3, 4],
};
const dataset = (options: { stepLen?: number; fltCol?: string } = {}) =>
  new TSDatasetH({
    handler: DataHandlerLP.fromDf(columns, { label: ["y"] }),
    segments: { train: [null, "2020-01-02"], test: ["2020-01-03", "2020-01-04"] },
    leaks: "ignore",
    stepLen: 3,
    ...options,
  });

describe("TSDatasetH", () => {
  it("gives the last dates of an instrument for each row of the segment, with history from before it", async () => {
    const sampler = await dataset().sampler("test", { colSet: "label" });
    expect(sampler.length).toBe(3);
    expect(sampler.keyOf(1)).toEqual({ datetime: Date.UTC(2020, 0, 4), instrument: "A" });
    expect([0, 1, 2].map((i) => [...sampler.get(i)].map((v) => Math.fround(v)))).toEqual([
      [NaN, 2, 3],
      [Math.fround(0.2), NaN, Math.fround(0.4)],
      [2, 3, 4],
    ]);
    const both = await dataset({ stepLen: 2 }).sampler("test", { colSet: "feature" });
    expect(both.columns).toEqual(["f", "g", "ok"]);
    expect([...both.get(2)]).toEqual([30, -30, 0, 40, -40, NaN]);
    expect([...both.batch([2, 2])]).toEqual([...both.get(2), ...both.get(2)]);
  });

  it("fills dates without a row from before, or from both sides, inside the window only", async () => {
    const windows = async (fillna: "ffill" | "ffill+bfill") => {
      const sampler = await dataset().sampler("test", { colSet: "label", fillna });
      return [0, 1].map((i) => [...sampler.get(i)].map((v) => Number(v.toFixed(6))));
    };
    expect(await windows("ffill")).toEqual([
      [NaN, 2, 3],
      [0.2, 0.2, 0.4],
    ]);
    expect(await windows("ffill+bfill")).toEqual([
      [2, 2, 3],
      [0.2, 0.2, 0.4],
    ]);
    const [alone] = await windows("ffill");
    expect(alone![0]).toBeNaN();
  });

  it("leaves rows out as samples by a column, and keeps them as history", async () => {
    const sampler = await dataset({ fltCol: "ok" }).sampler("test", { colSet: "feature" });
    expect([sampler.length, sampler.columns]).toEqual([1, ["f", "g"]]);
    expect(sampler.keyOf(0).instrument).toBe("A");
    const train = await dataset({ fltCol: "ok" }).sampler("train", { colSet: "feature" });
    expect(train.length).toBe(3);
  });

  it("is made again from its configuration, and refuses what cannot be", async () => {
    expect(dataset({ fltCol: "ok" }).config().kwargs).toMatchObject({ stepLen: 3, fltCol: "ok", leaks: "ignore" });
    await expect(dataset().sampler("tset")).rejects.toThrow(/did you mean "test"/);
    await expect(dataset().sampler("test", { fillna: "bfill" as "ffill" })).rejects.toThrow(/fill rule "bfill"/);
    await expect(dataset({ stepLen: 0 }).sampler("test")).rejects.toThrow(/stepLen is 0/);
    const sampler = await dataset().sampler("test");
    expect(() => sampler.get(3)).toThrow(/there are 3/);
  });

  it("never mixes instruments, whatever rows are missing", () => {
    const present = fc.uniqueArray(fc.tuple(fc.integer({ min: 0, max: 9 }), fc.integer({ min: 0, max: 3 })), {
      minLength: 1,
      selector: ([d, c]) => d * 10 + c,
    });
    fc.assert(
      fc.property(present, fc.integer({ min: 1, max: 6 }), (keys, stepLen) => {
        const panel = Panel.from({
          datetime: keys.map(([d]) => Date.UTC(2020, 0, 1 + d)),
          instrument: keys.map(([, c]) => `I${c}`),
          f: keys.map(([d, c]) => d * 10 + c),
        });
        const sampler = new TimeSeriesSampler({ panel, columns: ["f"], stepLen, from: 0, to: panel.numRows });
        const dates = [...panel.dates];
        for (let i = 0; i < sampler.length; i++) {
          const { datetime, instrument } = sampler.keyOf(i);
          const d = dates.indexOf(datetime);
          const expected = Array.from({ length: stepLen }, (_, k) => {
            const ms = dates[d - stepLen + 1 + k];
            const key = keys.find(([day, c]) => Date.UTC(2020, 0, 1 + day) === ms && `I${c}` === instrument);
            return key ? key[0] * 10 + key[1] : NaN;
          });
          expect([...sampler.get(i)]).toEqual(expected);
        }
      }),
    );
  });
});
