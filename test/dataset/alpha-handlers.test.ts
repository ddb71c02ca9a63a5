import { describe, expect, it } from "vitest";
import { openMarket } from "../../src/data/open-market.js";
import { Alpha158, type Alpha158Options } from "../../src/dataset/alpha158.js";
import { Alpha360 } from "../../src/dataset/alpha360.js";
import { DataHandlerLP } from "../../src/dataset/data-handler-lp.js";
import { DatasetH } from "../../src/dataset/dataset-h.js";
import { InvalidArgumentError, UnknownNameError } from "../../src/errors.js";
import { alpha158Features } from "../../src/feature/alpha158.js";
import { install } from "../../src/install.js";

const MARKET = "synthetic://?instruments=12&days=120&seed=3&start=2020-01-02";
const classes = (handler: DataHandlerLP, list: string) =>
  (handler.config().kwargs![list] as { class: string }[]).map((processor) => processor.class);

describe("Alpha158", () => {
  it("has Qlib's defaults: nothing before inference, labels of the day's cross-section for learning", async () => {
    const handler = new Alpha158({ market: MARKET });
    expect(handler).toBeInstanceOf(DataHandlerLP);
    expect(handler.labels).toEqual([{ name: "LABEL0", expression: "Ref($close, -2)/Ref($close, -1) - 1" }]);
    expect(classes(handler, "inferProcessors")).toEqual([]);
    expect(classes(handler, "learnProcessors")).toEqual(["DropnaLabel", "CSZScoreNorm"]);

    const raw = await handler.fetch("raw");
    const infer = await handler.fetch("infer");
    const learn = await handler.fetch("learn");
    expect(raw.feature).toHaveLength(158);
    expect(infer.panel.get("KMID")).toBe(raw.panel.get("KMID"));
    expect(learn.panel.numRows).toBe(raw.panel.get("LABEL0").filter((value) => !Number.isNaN(value)).length);
    const [from, to] = learn.panel.rowsOf(50);
    const labels = [...learn.panel.get("LABEL0").subarray(from, to)];
    expect(labels.reduce((sum, value) => sum + value, 0)).toBeCloseTo(0, 10);
    expect(labels.reduce((sum, value) => sum + value * value, 0) / (labels.length - 1)).toBeCloseTo(1, 10);
  });

  it("gives the same columns as DataHandlerLP over its features", async () => {
    const one = await new Alpha158({ market: MARKET }).fetch("raw");
    const other = await new DataHandlerLP({ market: MARKET, features: alpha158Features() }).fetch("raw");
    expect(one.feature).toEqual(other.feature);
    expect(one.panel.get("CORD30")).toEqual(other.panel.get("CORD30"));
  });

  it("hands its fit window to every processor that learns", () => {
    const handler = new Alpha158({
      market: MARKET,
      inferProcessors: ["RobustZScoreNorm", "Fillna", { class: "ZScoreNorm", kwargs: { fit_end_time: "2020-02-03" } }],
      fitStartTime: "2020-01-02",
      fitEndTime: "2020-03-31",
    });
    expect(handler.fitWindows).toEqual([
      { processor: "RobustZScoreNorm", start: "2020-01-02", end: "2020-03-31" },
      { processor: "ZScoreNorm", start: "2020-01-02", end: "2020-02-03" },
    ]);
  });

  it("understands Qlib's words: instruments, freq, and labels as a pair of lists", async () => {
    const handler = new Alpha158({
      market: MARKET,
      instruments: ["S0001", "S0002"],
      freq: "day",
      label: [
        ["Ref($close, -6)/Ref($close, -1) - 1", "$close"],
        ["WEEK", "PRICE"],
      ],
      featureConfig: { rolling: { windows: [5], include: ["MA"] } },
    });
    expect(handler.labels.map(({ name }) => name)).toEqual(["WEEK", "PRICE"]);
    expect(handler.labelHorizonDays).toBe(6);
    const { panel } = await handler.fetch("raw");
    expect(panel.columnNames).toEqual(["MA5", "WEEK", "PRICE"]);
    expect(panel.instruments).toEqual(["S0001", "S0002"]);
  });

  it("refuses options it does not have, and what it cannot do", () => {
    const make = (options: object) => () => new Alpha158({ market: MARKET, ...options });
    expect(make({ fitStartTme: "2020-01-02" })).toThrow('did you mean "fitStartTime"?');
    expect(make({ fitStartTme: "2020-01-02" })).toThrow(UnknownNameError);
    expect(make({ filterPip: [] })).toThrow('did you mean "filterPipe"?');
    expect(make({ filterPipe: [{}] })).toThrow("{} is no filter");
    expect(make({ filterPipe: null })).not.toThrow();
    expect(make({ freq: "fortnight" })).toThrow('Cannot read a frequency: "fortnight"');
    expect(make({ universe: "all", instruments: "sp500" })).toThrow(InvalidArgumentError);
    expect(make({ label: [["$close"], ["A", "B"]] })).toThrow("1 expressions and 2 names");
    expect(make({ featureConfig: { rolling: { include: ["XX"] } } })).toThrow('unknown family "XX"');
  });

  it("computes on weeks where that is asked for, from an address or an open market", async () => {
    const options = { featureConfig: { rolling: { windows: [5], include: ["MA"] } }, freq: "week" };
    const fromAddress = await new Alpha158({ market: MARKET, ...options }).fetch("raw");
    const market = await openMarket(MARKET, { freq: "week" });
    const fromOpen = new Alpha158({ market, ...options });
    expect((await fromOpen.fetch("raw")).panel.get("MA5")).toEqual(fromAddress.panel.get("MA5"));
    expect(fromAddress.panel.numDates).toBe(market.calendar.length);
    const again = new Alpha158(fromOpen.config().kwargs as unknown as Alpha158Options);
    expect((await again.fetch("raw")).panel.dates).toEqual(fromAddress.panel.dates);
    const daily = await openMarket(MARKET);
    expect(() => new Alpha158({ market: daily, freq: "week" })).toThrow(
      /freq is 1?week, the market's bars are of 1day/,
    );
  });

  it("is made again from its configuration, by a dataset too", async () => {
    install();
    const options: Alpha158Options = {
      market: MARKET,
      universe: ["S0001", "S0002", "S0003"],
      featureConfig: { kbar: true },
      inferProcessors: ["RobustZScoreNorm"],
      fitStartTime: "2020-01-02",
      fitEndTime: "2020-03-31",
    };
    const dataset = new DatasetH({
      handler: new Alpha158(options),
      segments: { train: ["2020-01-02", "2020-03-31"] },
    });
    const config = JSON.parse(JSON.stringify(dataset.config())) as ReturnType<typeof dataset.config>;
    expect((config.kwargs!.handler as { class: string }).class).toBe("Alpha158");
    expect((config.kwargs!.handler as { kwargs: object }).kwargs).not.toHaveProperty("features");
    const again = new DatasetH(config.kwargs as never);
    expect(again.handler).toBeInstanceOf(Alpha158);
    expect(again.config()).toEqual(config);
    expect((await again.prepare("train")).get("KLEN")).toEqual((await dataset.prepare("train")).get("KLEN"));
  });

  it("is made from Qlib's way of writing it", () => {
    install();
    const dataset = new DatasetH({
      handler: {
        class: "Alpha158",
        module_path: "qlib.contrib.data.handler",
        kwargs: { market: MARKET, start_time: "2020-01-02", fit_end_time: "2020-02-28", instruments: "all" },
      },
      segments: { train: ["2020-01-02", "2020-03-31"] },
    });
    expect(dataset.handler.universe).toBe("all");
    expect(String(dataset.handler)).toBe("Alpha158(158 features, 1 label, not loaded)");
  });
});

describe("Alpha360", () => {
  it("has Qlib's defaults: everything scaled by the fit window and filled, the label too", async () => {
    const handler = new Alpha360({ market: MARKET, fitStartTime: null, fitEndTime: "2020-04-30" });
    expect(classes(handler, "inferProcessors")).toEqual(["ProcessInf", "ZScoreNorm", "Fillna"]);
    expect(classes(handler, "learnProcessors")).toEqual(["DropnaLabel", "CSZScoreNorm"]);
    const { panel, feature } = await handler.fetch("infer");
    expect(feature).toHaveLength(360);
    for (const column of panel.columns.values()) expect(column.some(Number.isNaN)).toBe(false);
    const fitted = [...panel.between(null, "2020-04-30").get("OPEN10")];
    expect(fitted.reduce((sum, value) => sum + value, 0) / fitted.length).toBeCloseTo(0, 5);
    expect((await handler.fetch("learn")).panel.numRows).toBe(panel.numRows);
  });

  it("needs a fit window unless its processors are replaced", async () => {
    const unfit = new Alpha360({ market: MARKET });
    await expect(unfit.fetch("infer")).rejects.toThrow("Cannot fit ZScoreNorm: no fit window");
    const { panel } = await new Alpha360({ market: MARKET, inferProcessors: [] }).fetch("infer");
    expect(panel.get("CLOSE0").find((value) => !Number.isNaN(value))).toBe(1);
  });

  it("is made again from its configuration", () => {
    const handler = new Alpha360({ market: MARKET, fitStartTime: null, fitEndTime: "2020-04-30" });
    const config = JSON.parse(JSON.stringify(handler.config())) as ReturnType<typeof handler.config>;
    expect(config.class).toBe("Alpha360");
    expect(new Alpha360(config.kwargs as never).config()).toEqual(config);
  });
});
