import { mkdtemp, rm, writeFile } from "node:fs/promises";
import os from "node:os";
import path from "node:path";
import type { ColumnTable } from "arquero";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { riskAnalysis } from "../../src/analysis/risk-analysis.js";
import { backtest, type BacktestOptions } from "../../src/backtest/backtest.js";
import { affordable } from "../../src/backtest/exchange.js";
import { SimulatorExecutor } from "../../src/backtest/simulator-executor.js";
import type { Strategy } from "../../src/backtest/strategy.js";
import { TopkDropoutStrategy } from "../../src/backtest/topk-dropout-strategy.js";
import { openMarket } from "../../src/data/open-market.js";
import { InvalidArgumentError } from "../../src/errors.js";

interface Example {
  readonly dates: readonly string[];
  /** Closes by date; NaN is a suspended day. */
  readonly close: Readonly<Record<string, readonly number[]>>;
  readonly factor?: Readonly<Record<string, number>>;
  readonly scores: Readonly<Record<string, readonly number[]>>;
}
const dates = (text: string, year = "2024") => text.split(" ").map((day) => `${year}-${day}`);

/** The specification's examples of the reference (sections 2.13 and 2.14). */
const PLAIN: Example = {
  dates: dates("01-02 01-03 01-04 01-05 01-08 01-09 01-10"),
  close: {
    A: [10, 10.5, 11, 10.75, 10.5, 10.25, 10.25],
    B: [20, 20.5, 20, 21, 21.5, 22, 22],
    C: [8, 8, 8.25, 8.5, 8.25, 8, 8],
    D: [40, 41, 40, 41, 42, 43, 43],
    INDEX: [1000, 1008, 1004, 1012, 1010, 1016, 1016],
  },
  scores: {
    A: [0.9, 0.2, 0.1, 0.6, 0.5],
    B: [0.7, 0.8, 0.3, 0.2, 0.9],
    C: [0.5, 0.6, 0.5, 0.7, 0.1],
    D: [0.1, 0.4, 0.9, 0.8, 0.4],
  },
};
const HARD: Example = {
  dates: dates("03-01 03-04 03-05 03-06 03-07 03-08 03-11"),
  close: {
    A: [10, 11, 11.5, 11, 10.5, 10, 10],
    B: [5, 5.25, NaN, 5.5, 5.25, 5, 5],
    C: [4, 4.125, 4.25, 4, 3.5, 3.625, 3.625],
    D: [16, 16.5, 16, 16.25, 16.5, 17, 17],
    E: [2, 2, 2.125, 2.25, 2.25, 2.125, 2.125],
    INDEX: [100, 101, 100, 102, 103, 101, 101],
  },
  factor: { D: 0.5, E: 0.25 },
  scores: {
    A: [0.9, 0.6, 0.9, 0.8, 0.3],
    B: [0.8, 0.1, 0.1, 0.5, 0.2],
    C: [0.7, 0.5, 0.2, 0.1, 0.6],
    D: [0.2, 0.9, 0.7, 0.6, NaN],
    E: [0.1, 0.3, 0.8, 0.7, 0.9],
  },
};

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(path.join(os.tmpdir(), "alphabook-backtest-"));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

async function marketOf({ dates, close, factor = {} }: Example) {
  const rows = Object.entries(close).flatMap(([name, values]) =>
    values.flatMap((value, i) =>
      Number.isNaN(value) ? [] : [`${dates[i]},${name},${value},1000000,${factor[name] ?? 1}`],
    ),
  );
  const file = path.join(folder, "prices.csv");
  await writeFile(file, `datetime,instrument,close,volume,factor\n${rows.join("\n")}\n`);
  return openMarket(file, { region: "cn", benchmark: "INDEX" });
}

function signalOf({ dates, scores }: Example) {
  const rows = Object.entries(scores).flatMap(([instrument, values]) =>
    values.flatMap((score, i) => (Number.isNaN(score) ? [] : [{ datetime: dates[i]!, instrument, score }])),
  );
  return {
    datetime: rows.map((row) => row.datetime),
    instrument: rows.map((row) => row.instrument),
    score: rows.map(({ score }) => score),
  };
}

const trade = async (example: Example, topk: number, account: number, more: Partial<BacktestOptions> = {}, nDrop = 1) =>
  backtest(await marketOf(example), {
    strategy: new TopkDropoutStrategy({ signal: signalOf(example), topk, nDrop }),
    start: example.dates[1]!,
    end: example.dates[5]!,
    account,
    ...more,
  });

function expectColumns(
  result: ColumnTable,
  expected: Readonly<Record<string, readonly number[]>>,
  tolerance = 1e-12,
): void {
  for (const [name, values] of Object.entries(expected))
    values.forEach((value, i) => {
      const actual = result.get(name, i) as number;
      const off = Math.abs(actual - value) / Math.max(1, Math.abs(value));
      if (!(off <= tolerance) && !(Number.isNaN(value) && Number.isNaN(actual)))
        throw new Error(`${name}[${i}] is ${actual}, ${value} expected`);
    });
  expect(result.numRows()).toBe(Object.values(expected)[0]!.length);
}
const orderLines = (orders: ColumnTable) =>
  (orders.objects() as Record<string, unknown>[]).map(
    (row) =>
      `${(row.datetime as Date).toISOString().slice(5, 10)} ${String(row.direction)} ${String(row.instrument)} ${String(row.deal_amount)} ${String(row.price)} ${String(row.value)} ${Number(Number(row.cost).toFixed(8))}`,
  );

describe("worked example A", () => {
  it("has the reference's orders, report and risk", async () => {
    const { report, orders, indicators, positions } = await trade(PLAIN, 2, 100_000);
    expect(orderLines(orders)).toEqual([
      "01-03 buy A 4500 10.5 47250 23.625",
      "01-03 buy B 2300 20.5 47150 23.575",
      "01-04 sell A 4500 11 49500 74.25",
      "01-04 buy C 6300 8.25 51975 25.9875",
      "01-05 sell B 2300 21 48300 72.45",
      "01-05 buy D 1100 41 45100 22.55",
      "01-09 sell C 6300 8 50400 75.6",
      "01-09 buy B 2400 22 52800 26.4",
    ]);
    expect(report.columnNames()).toEqual([
      "datetime",
      "account",
      "return",
      "total_turnover",
      "turnover",
      "total_cost",
      "cost",
      "value",
      "cash",
      "bench",
      "cash_delay",
    ]);
    expectColumns(
      report,
      {
        account: [99952.8, 100952.5625, 104732.5625, 104257.5625, 103680.5625],
        return: [0, 0.0110051944518, 0.0383843649338, -0.00453536119676, -0.0045560244131],
        cost: [0.000472, 0.00100284834442, 0.000941036043538, 0, 0.000978346295023],
        turnover: [0.944, 1.01522918818, 0.925187015436, 0, 0.989856251435],
        total_cost: [47.2, 147.4375, 242.4375, 242.4375, 344.4375],
        total_turnover: [94400, 195875, 289275, 289275, 392475],
        value: [94400, 97975, 98650, 98175, 100100],
        cash: [5552.8, 2977.5625, 6082.5625, 6082.5625, 3580.5625],
        bench: [0.008, -0.00396825396825, 0.00796812749004, -0.00197628458498, 0.00594059405941],
      },
      5e-12,
    );
    expectColumns(indicators, {
      ffr: [1, 1, 1, NaN, 1],
      count: [2, 2, 2, 0, 2],
      deal_amount: [6800, 10800, 3400, 0, 8700],
    });
    expectColumns(
      positions,
      {
        weight: [
          0.4727231253, 0.4717226531, 0.4556595579, 0.5148457722, 0.5113022991, 0.4306206105, 0.4985249871,
          0.4431333219, 0.5092564964, 0.4562089447,
        ],
        count: [1, 1, 2, 1, 2, 1, 3, 2, 1, 3],
      },
      5e-10,
    );
    // The reference's benchmark is in float32 (6e-8 off), which the annual figures multiply.
    const column = (name: string) => Float64Array.from(report.array(name) as ArrayLike<number>);
    const excess = column("return").map((value, i) => value - column("bench")[i]!);
    [0.0048667981558975, 0.0174043881595441, 1.1582979611036153, 4.313929593431395, -0.0130556950842853].forEach(
      (value, i) => expect(Object.values(riskAnalysis(excess))[i]).toBeCloseTo(value, 5),
    );
  });

  it("buys first when parallel, and holds back proceeds when settled in cash", async () => {
    const clipped = { account: [99952.8, 100973.55, 103326.5, 104376.5, 105395.1] };
    const parallel = await trade(PLAIN, 2, 100_000, { executor: new SimulatorExecutor({ tradeType: "parallel" }) });
    expectColumns(parallel.report, clipped, 1e-9);
    const settled = await trade(PLAIN, 2, 100_000, { executor: new SimulatorExecutor({ settleType: "cash" }) });
    expectColumns(settled.report, clipped, 1e-9);
    expect(settled.report.get("cash", 1)).toBeCloseTo(597.8, 9);
  });

  it("keeps everything when nothing is to be dropped", async () => {
    const { orders } = await trade(PLAIN, 2, 100_000, {}, 0);
    expect(orderLines(orders).map((line) => line.slice(0, 11))).toEqual(["01-03 buy A", "01-03 buy B"]);
  });

  it("trades a strategy of one's own", async () => {
    const buyTheCheapest: Strategy = {
      decide({ exchange, day, position }) {
        if (position.holdings.size > 0) return [];
        const [cheapest] = ["A", "B", "C", "D"].sort((a, b) => exchange.close(a, day - 1) - exchange.close(b, day - 1));
        return [{ instrument: cheapest!, direction: "buy", amount: 1000 }];
      },
    };
    const { orders, report } = await trade(PLAIN, 2, 100_000, { strategy: buyTheCheapest, benchmark: null });
    expect(orderLines(orders)).toEqual(["01-03 buy C 1000 8 8000 5"]);
    expectColumns(report, { account: [99995, 100245, 100495, 100245, 99995], bench: [0, 0, 0, 0, 0] });
  });
});

describe("worked example B", () => {
  it("has the reference's orders and report through limits, a suspension, lots, least costs and a missing score", async () => {
    const { report, orders, indicators } = await trade(HARD, 3, 20_000);
    expect(orderLines(orders)).toEqual([
      "03-04 buy B 1200 5.25 6300 5",
      "03-04 buy C 1500 4.125 6187.5 5",
      "03-05 buy D 200 16 3200 5",
      "03-05 buy A 300 11.5 3450 5",
      "03-06 sell B 1200 5.5 6600 9.9",
      "03-07 buy E 2800 2.25 6300 5",
      "03-08 sell D 200 17 3400 5.1",
    ]);
    expectColumns(
      report,
      {
        account: [19990, 20167.5, 19982.6, 19127.6, 18910],
        return: [0, 0.00937968984492, -0.00867732738317, -0.0425370071963, -0.0111096007863],
        cost: [0.0005, 0.000500250125063, 0.000490888806248, 0.00025021768939, 0.000266630418871],
        turnover: [0.624375, 0.332666333167, 0.327259204165, 0.315274288631, 0.177753612581],
        value: [12487.5, 19325, 12550, 18000, 14387.5],
        cash: [7502.5, 842.5, 7432.6, 1127.6, 4522.5],
        total_cost: [10, 20, 29.9, 34.9, 40],
        bench: [0.01, -0.00990099009901, 0.02, 0.00980392156863, -0.0194174757282],
      },
      5e-12,
    );
    expectColumns(indicators, { ffr: [1, 1, 1, 1, 1], count: [2, 2, 1, 1, 1] });
  });
});

it.each([
  [10, 4, 0.0005, 5, 0],
  [10, 5, 0.0005, 5, 0],
  [10, 1000, 0.0005, 5, 99.5],
  [10, 10004, 0.0005, 5, 999.9],
  [10, 10005, 0.0005, 5, 1000],
  [10, 20000, 0.0005, 5, 1999.000499750125],
  [10, 1005, 0, 5, 100],
])("at price %d, cash %d buys no more than it pays for", (price, cash, rate, minCost, expected) => {
  expect(affordable(cash, price, rate, minCost)).toBeCloseTo(expected, 9);
});

it("refuses ranges, money and options that make no sense", async () => {
  await expect(trade(PLAIN, 2, 0)).rejects.toThrow(InvalidArgumentError);
  await expect(trade(PLAIN, 2, 1000, { start: "2024-01-06", end: "2024-01-07" })).rejects.toThrow(InvalidArgumentError);
  await expect(trade(PLAIN, 2, 1000, { exchange: { openCost: -1 } })).rejects.toThrow(InvalidArgumentError);
  expect(() => new TopkDropoutStrategy({ signal: signalOf(PLAIN), topk: 0, nDrop: 1 })).toThrow(InvalidArgumentError);
});
