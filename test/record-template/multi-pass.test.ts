import type { ColumnTable } from "arquero";
import { table } from "arquero";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { SimulatorExecutor } from "../../src/backtest/simulator-executor.js";
import { TopkDropoutStrategy } from "../../src/backtest/topk-dropout-strategy.js";
import { DataError, InvalidArgumentError, MissingArtifactError, UnknownNameError } from "../../src/errors.js";
import { Panel } from "../../src/panel/panel.js";
import { HFSignalRecord } from "../../src/record-template/hf-signal-record.js";
import { aggregate, MultiPassPortAnaRecord } from "../../src/record-template/multi-pass-port-ana-record.js";
import { MultiSegRecord } from "../../src/record-template/multi-seg-record.js";
import { portAnalysis, PortAnaRecord } from "../../src/record-template/port-ana-record.js";
import { SignalMseRecord } from "../../src/record-template/signal-mse-record.js";
import { SignalRecord } from "../../src/record-template/signal-record.js";
import { VIEW } from "../../src/panel/view.js";
import { R } from "../../src/tracking/r.js";
import type { Recorder } from "../../src/tracking/recorder.js";
import { fittedOn, ownStore } from "./small-run.js";

ownStore();
const ADDRESS = "synthetic://?instruments=30&days=200&seed=5&ic=0.1";
const config = {
  strategy: { class: "TopkDropoutStrategy", kwargs: { signal: "<PRED>", topk: 5, n_drop: 1 } },
  backtest: { account: 1_000_000 },
};
let recorder: Recorder;
let parts: Awaited<ReturnType<typeof fittedOn>>;
beforeAll(async () => {
  recorder = await R.start({ experimentName: "passes" });
  parts = await fittedOn(ADDRESS);
  await new SignalRecord({ recorder, ...parts }).generate();
});
afterAll(() => R.endExp());

// Specification, tracking §13: a report and the passes × 1, 1.1, 1.2.
const RETURN = [0.01, -0.02, 0.015, 0, -0.01];
const BENCH = [0.005, -0.01, 0.01, 0.001, -0.012];
const COST = [0.001, 0.0005, 0, 0.0002, 0.001];
const report = (scale = 1) =>
  table({
    return: RETURN.map((value) => value * scale),
    bench: BENCH.map((value) => value * scale),
    cost: COST.map((value) => value * scale),
  });

describe("numbers", () => {
  it("of a report's excess returns are the specification's", () => {
    const risk = Object.fromEntries(
      portAnalysis(report(), "1day").map(({ kind, metric, risk }) => [`${kind}.${metric}`, Number(risk.toFixed(12))]),
    );
    const round = (value: number) => Number(value.toFixed(12));
    expect(risk).toEqual({
      "excess_return_without_cost.mean": 0.0002,
      "excess_return_without_cost.std": round(0.006220932405998317),
      "excess_return_without_cost.annualized_return": 0.0476,
      "excess_return_without_cost.information_ratio": round(0.4959786608729686),
      "excess_return_without_cost.max_drawdown": -0.01,
      "excess_return_with_cost.mean": -0.00034,
      "excess_return_with_cost.std": round(0.006186921690146078),
      "excess_return_with_cost.annualized_return": -0.08092,
      "excess_return_with_cost.information_ratio": round(-0.847798759007773),
      "excess_return_with_cost.max_drawdown": -0.0105,
    });
  });

  it("of several passes are their mean and spread", () => {
    const one = portAnalysis(report(), "1day");
    const rows = [1, 1.1, 1.2].flatMap((scale, pass) => one.map((row) => ({ ...row, pass, risk: row.risk * scale })));
    const { kind, metric, mean, std, mean_std } = aggregate(rows);
    expect(kind.map((name, i) => `${name}.${metric[i]}`)).toEqual([
      "excess_return_with_cost.annualized_return",
      "excess_return_with_cost.information_ratio",
      "excess_return_without_cost.annualized_return",
      "excess_return_without_cost.information_ratio",
    ]);
    [-0.089012, -0.9325786349085504, 0.05236, 0.5455765269602654].forEach((value, i) =>
      expect(mean[i]).toBeCloseTo(value, 12),
    );
    expect([std[0], std[2]].map((value) => Number(value!.toFixed(12)))).toEqual([0.008092, 0.00476]);
    mean_std.forEach((value, i) => expect(value).toBeCloseTo(i < 2 ? -11 : 11, 9));
    expect(aggregate(rows.filter(({ pass }) => pass === 0)).std).toEqual(Float64Array.of(NaN, NaN, NaN, NaN));
  });
});

describe("MultiPassPortAnaRecord", () => {
  it("keeps each pass and what they amount to; the same seed gives the same passes", async () => {
    const generate = (seed: number) => new MultiPassPortAnaRecord({ recorder, config, passNum: 4, seed }).generate();
    const passes = async () =>
      ((await recorder.loadObject("portfolio_analysis/multi_pass_passes_1day")) as ColumnTable).objects();
    const result = await generate(1);
    expect(Object.keys(result.metrics)).toEqual(
      ["mean", "std", "mean_std"].flatMap((name) =>
        ["with", "without"].flatMap((kind) =>
          ["annualized_return", "information_ratio"].map((metric) => `${name}.excess_return_${kind}_cost.${metric}`),
        ),
      ),
    );
    const first = (await passes()) as { pass: number; risk: number }[];
    expect(first).toHaveLength(40);
    expect(new Set(first.filter((_, i) => i % 10 === 2).map(({ risk }) => risk)).size).toBe(4);
    await generate(1);
    expect(await passes()).toEqual(first);
    await generate(2);
    expect(await passes()).not.toEqual(first);
    const key = "1day.excess_return_with_cost.information_ratio";
    expect((await recorder.getMetricHistory(key)).numRows()).toBeGreaterThanOrEqual(4);
  });

  it("needs a strategy whose signal can be replaced", () => {
    const strategy = { decide: () => [] };
    expect(() => new MultiPassPortAnaRecord({ recorder, config: { strategy } })).toThrow(InvalidArgumentError);
    expect(() => new MultiPassPortAnaRecord({ recorder, passNum: 0 })).toThrow(InvalidArgumentError);
  });
});

describe("PortAnaRecord", () => {
  it("takes real objects, and analyses an old run again from what it saved", async () => {
    const pred = Panel.from((await recorder.loadObject("pred")) as ColumnTable);
    const old = await R.getRecorder({ recorderId: recorder.id, experimentName: "passes" });
    const result = await new PortAnaRecord({
      recorder: old,
      config: {
        strategy: new TopkDropoutStrategy({ signal: pred, topk: 5, nDrop: 1 }),
        executor: new SimulatorExecutor({ tradeType: "parallel" }),
        backtest: { account: 1_000_000 },
      },
    }).generate();
    expect(result.status).toBe("generated");
    expect(result.notes.join()).toMatch(/trading day before the prediction's last/);
    const skipped = await new PortAnaRecord({ recorder: old, config, skipExisting: true }).generate();
    expect(skipped.status).toBe("skipped-existing");
  });

  it("says which frequency has no report, and goes on", async () => {
    const result = await new PortAnaRecord({ recorder, config, riskAnalysisFreq: ["day", "week"] }).generate();
    expect(result.notes).toContain("no risk analysis of 1week: the executor keeps no report of that level");
    expect(result.metrics).toHaveProperty(["1day.excess_return_with_cost.mean"]);
  });

  it("names a key that means nothing", () => {
    const wrong = (backtest: object) => () => new PortAnaRecord({ recorder, config: { backtest } });
    expect(wrong({ start: "2020-01-01" })).toThrow(UnknownNameError);
    expect(wrong({ exchange_kwargs: { open_costs: 1 } })).toThrow(/openCost/);
    expect(() => new PortAnaRecord({ recorder, riskAnalysisFreq: "5m" })).toThrow(InvalidArgumentError);
  });

  it("refuses predictions that cannot be traded, and says what to do", async () => {
    const day = (datetime: string) => ({ datetime: [datetime], instrument: ["S0000"], score: [1] });
    const generate = (pred: object) => {
      class Given extends PortAnaRecord {
        protected override async prediction(): Promise<Panel> {
          return Panel.from(pred as ColumnTable);
        }
      }
      return new Given({ recorder, config }).generate();
    };
    await expect(generate({ datetime: [], instrument: [], score: [] })).rejects.toThrow(/no rows/);
    await expect(generate(day("1999-01-04"))).rejects.toThrow(/is it the market the prediction was made on/);
    await expect(generate(day("2015-03-02"))).rejects.toThrow(/endTime/);
    const nothing = await generate({
      datetime: ["2015-03-02", "2015-03-05"],
      instrument: ["S0000", "S0000"],
      score: [NaN, NaN],
    });
    expect(nothing.metrics["1day.excess_return_with_cost.std"]).toBeDefined();
  });

  it("needs a prediction, and a market", async () => {
    await R.endExp();
    expect((await new PortAnaRecord({ recorder, config }).generate()).status, "an ended run").toBe("generated");
    const bare = await R.start({ experimentName: "bare" });
    await expect(new PortAnaRecord({ recorder: bare }).generate()).rejects.toThrow(MissingArtifactError);
    await bare.saveObjects({
      pred: table({ datetime: [new Date("2015-03-02")], instrument: ["A"], score: [1] }),
      label: null,
    });
    await expect(new PortAnaRecord({ recorder: bare }).generate()).rejects.toThrow(/market: "folder or file"/);
    await expect(new HFSignalRecord({ recorder: bare }).generate()).rejects.toThrow(DataError);
    await expect(new SignalMseRecord({ recorder: bare }).generate()).rejects.toThrow(DataError);
  });
});

describe("other records", () => {
  it("HFSignalRecord logs the reference's keys and writes its folder", async () => {
    const result = await new HFSignalRecord({ recorder }).generate();
    expect(Object.keys(result.metrics)).toEqual([
      "IC",
      "ICIR",
      "Rank IC",
      "Rank ICIR",
      "Long precision",
      "Short precision",
      "Long-Short Average Return",
      "Long-Short Average Sharpe",
    ]);
    expect(result.artifacts).toContain("hg_sig_analysis/long_pre");
    expect(result.metrics["Long precision"]).toBeGreaterThan(0);
  });

  it("SignalMseRecord measures the distance where both are there", async () => {
    const { metrics } = await new SignalMseRecord({ recorder }).generate();
    expect(metrics.RMSE! ** 2).toBeCloseTo(metrics.MSE!, 15);
    expect(await recorder.loadObject("sig_analysis/mse")).toBe(metrics.MSE);
  });

  it("MultiSegRecord shows one row per segment", async () => {
    const result = await new MultiSegRecord({ recorder, ...parts }).generate({
      segments: { seen: "train", unseen: "test" },
      save: true,
    });
    const shown = result[VIEW]().table as ColumnTable;
    expect(shown.columnNames()).toEqual(["segment", "all-IC", "mean-IC", "all-Rank-IC", "mean-Rank-IC"]);
    expect(Array.from(shown.array("segment"))).toEqual(["seen", "unseen"]);
    expect(await recorder.loadObject("results-unseen")).toMatchObject({ "mean-IC": shown.get("mean-IC", 1) });
    await expect(new MultiSegRecord({ recorder, ...parts }).generate()).rejects.toThrow(InvalidArgumentError);
  });
});
