import { mkdtemp, rm, writeFile } from "node:fs/promises";
import os from "node:os";
import path from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { backtest, type BacktestOptions } from "../../src/backtest/backtest.js";
import { Exchange } from "../../src/backtest/exchange.js";
import { FileOrderStrategy } from "../../src/backtest/file-order-strategy.js";
import { makeExecutor, makeStrategy } from "../../src/backtest/make-strategy.js";
import { NestedExecutor } from "../../src/backtest/nested-executor.js";
import { SimulatorExecutor } from "../../src/backtest/simulator-executor.js";
import { SoftTopkStrategy, softWeights } from "../../src/backtest/soft-topk-strategy.js";
import { TopkDropoutStrategy } from "../../src/backtest/topk-dropout-strategy.js";
import { TWAPStrategy } from "../../src/backtest/twap-strategy.js";
import type { Market } from "../../src/data/market.js";
import { openMarket } from "../../src/data/open-market.js";
import { DataError, InvalidArgumentError, UnknownNameError } from "../../src/errors.js";

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(path.join(os.tmpdir(), "alphabook-strategies-"));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

async function marketOf(lines: string): Promise<Market> {
  const file = path.join(folder, "prices.csv");
  await writeFile(file, `datetime,instrument,close,open,volume,factor\n${lines.trim()}\n`);
  return openMarket(file, { region: "us" });
}
const column = (result: { array(name: string): unknown }, name: string) => Array.from(result.array(name) as number[]);

describe("SoftTopkStrategy", () => {
  const scores = new Map([
    ["A", 0.1],
    ["B", 0.1],
    ["C", 0.9],
    ["D", 0.8],
  ]);
  const held = new Map([
    ["A", 0.8],
    ["B", 0.2],
  ]);
  const round = (weights: ReadonlyMap<string, number>) =>
    Object.fromEntries([...weights].map(([name, weight]) => [name, Number(weight.toFixed(12))]));

  it("has the specification's vectors", () => {
    const options = { topk: 2, riskDegree: 0.95 };
    expect(round(softWeights(scores, held, { ...options, limit: 0.1 }))).toEqual({
      A: 0.7,
      B: 0.1,
      C: 0.075,
      D: 0.075,
    });
    expect(round(softWeights(scores, held, { ...options, limit: 1 }))).toEqual({ C: 0.475, D: 0.475 });
    expect(round(softWeights(scores, new Map(), { ...options, limit: 0.1 }))).toEqual({ C: 0.1, D: 0.1 });
    expect(round(softWeights(scores, new Map(), { ...options, limit: 1 }))).toEqual({ C: 0.475, D: 0.475 });
  });

  it("trades towards the best", async () => {
    const market = await marketOf(
      [1, 2, 3, 4].map((day) => `2024-01-0${day},A,10,10,1000,1\n2024-01-0${day},B,20,20,1000,1`).join("\n"),
    );
    const signal = { datetime: ["2024-01-01", "2024-01-02"], instrument: ["B", "A"], score: [1, 1] };
    const { positions } = await backtest(market, {
      strategy: new SoftTopkStrategy({ signal, topk: 1 }),
      start: "2024-01-02",
      end: "2024-01-03",
      account: 10_000,
      exchange: { openCost: 0, closeCost: 0, minCost: 0 },
    });
    // 95 % of 10,000: 475 of B at 20, then 950 of A at 10.
    expect(column(positions, "instrument")).toEqual(["B", "A"]);
    expect(column(positions, "amount")).toEqual([475, 950]);
  });
});

describe("FileOrderStrategy", () => {
  // The case of the reference's own test: cash 150,000, least cost 500, lots of 100.
  it("deals a list of orders as far as cash and lots allow", async () => {
    const days = ["02", "03", "04", "05", "08", "09", "10"].map((day) => `2024-01-${day}`);
    const market = await marketOf(days.map((day) => `${day},A,200,200,1000000,1`).join("\n"));
    const file = {
      datetime: days.slice(1),
      instrument: Array(6).fill("A"),
      direction: ["buy", "buy", "sell", "buy", "sell", "sell"],
      amount: [1000, 1, 1000, 1000, 1, 700],
    };
    const { orders, indicators } = await backtest(market, {
      strategy: new FileOrderStrategy({ file }),
      start: days[1]!,
      end: days[6]!,
      account: 150_000,
      exchange: { tradeUnit: 100, minCost: 500, limitThreshold: null },
    });
    // 150,000 buys 747.5 after costs, so seven lots; one share is no lot.
    expect(column(orders, "deal_amount")).toEqual([700, 0, 700, 700, 0, 700]);
    expect(column(indicators, "ffr")).toEqual([0.7, 0, 0.7, 0.7, 0, 1]);
    expect(column(orders, "reason")).toEqual(["cash", "lot", "lot", "cash", "lot", ""]);
  });

  it("names the row that is no order", () => {
    const file = { datetime: ["2024-01-02"], instrument: ["A"], direction: ["hold"], amount: [1] };
    expect(() => new FileOrderStrategy({ file })).toThrow(/row 0 is hold 1 of A/);
    expect(() => new FileOrderStrategy({ file: { datetime: [], instrument: [], amount: [] } })).toThrow(
      UnknownNameError,
    );
    expect(String(new FileOrderStrategy({ file: { ...file, direction: ["BUY"] } }))).toMatch(/1 orders/);
  });
});

describe("configurations", () => {
  it("make strategies and executors by Qlib's names", () => {
    const signal = { datetime: ["2024-01-02"], instrument: ["A"], score: [1] };
    expect(makeStrategy({ class: "TopkDropoutStrategy", kwargs: { signal, topk: 2, n_drop: 1 } })).toBeInstanceOf(
      TopkDropoutStrategy,
    );
    const nested = makeExecutor({
      class: "NestedExecutor",
      kwargs: {
        time_per_step: "day",
        inner_executor: { class: "SimulatorExecutor", kwargs: { time_per_step: "30min" } },
        inner_strategy: { class: "TWAPStrategy" },
      },
    }) as NestedExecutor;
    expect([nested.freq, nested.innerExecutor.freq]).toEqual(["1day", "30min"]);
    expect(() => makeStrategy({ class: "TopkDropuotStrategy" })).toThrow(/did you mean "TopkDropoutStrategy"/);
    expect(() => makeExecutor({ class: "SimulatorExecutor", kwargs: { trade_type: "both" } })).toThrow(
      UnknownNameError,
    );
    expect(() => makeStrategy({} as never)).toThrow(InvalidArgumentError);
    expect(() => new NestedExecutor({} as never)).toThrow(InvalidArgumentError);
  });
});

describe("NestedExecutor", () => {
  const minutes = ["09:30", "10:00", "10:30", "11:00"];
  const bars = (day: string, closes: readonly number[]) =>
    closes.map((close, i) => `${day} ${minutes[i]},A,${close},${close},1000,1`).join("\n");
  const market = () =>
    marketOf(
      [
        bars("2024-01-02", [10, 10, 10, 10]),
        bars("2024-01-03", [10, 11, 12, 13]),
        bars("2024-01-04", [13, 13, 13, 13]),
      ].join("\n"),
    );
  const once: BacktestOptions["strategy"] = {
    decide: ({ position }) => (position.holdings.size ? [] : [{ instrument: "A", direction: "buy", amount: 400 }]),
  };
  const free = { openCost: 0, closeCost: 0, minCost: 0 };

  it("spreads a day's order over its bars, and holds the price against their mean", async () => {
    const executor = new NestedExecutor({
      timePerStep: "day",
      innerExecutor: new SimulatorExecutor({ timePerStep: "30min" }),
      innerStrategy: new TWAPStrategy(),
    });
    const options = { strategy: once, start: "2024-01-03", end: "2024-01-04", account: 10_000, exchange: free };
    const { levels, orders, report } = await backtest(await market(), { ...options, executor });
    expect([...levels.keys()]).toEqual(["1day", "30min"]);
    // 100 at 10, 11, 12 and 13: 4,600 for 400, worth 5,200 at the end.
    expect(orders.object(0)).toMatchObject({
      amount: 400,
      deal_amount: 400,
      price: 11.5,
      value: 4600,
      base_price: 11.5,
      pa: 0,
    });
    expect(column(report, "account")).toEqual([10_600, 10_600]);
    const inner = levels.get("30min")!;
    expect(column(inner.orders, "deal_amount")).toEqual([100, 100, 100, 100]);
    expect(column(inner.report!, "account")).toEqual([10_000, 10_100, 10_300, 10_600]);
    // The second day has no order: the finer level is not entered.
    expect(inner.report!.numRows()).toBe(4);
  });

  it("has a price advantage when it buys below the mean", async () => {
    const early: BacktestOptions["strategy"] = {
      decide: ({ outer }) => (outer!.index === 0 ? outer!.orders : []),
    };
    const executor = new NestedExecutor({
      innerExecutor: new SimulatorExecutor({ timePerStep: "30min", generatePortfolioMetrics: false }),
      innerStrategy: early,
      skipEmptyDecision: false,
    });
    const { orders, indicators, levels } = await backtest(await market(), {
      strategy: once,
      start: "2024-01-03",
      end: "2024-01-04",
      account: 10_000,
      exchange: free,
      executor,
    });
    expect(orders.get("pa", 0)).toBeCloseTo(1 - 10 / 11.5, 12);
    expect(column(indicators, "pos")).toEqual([1, NaN]);
    expect(levels.get("30min")!.report).toBeUndefined();
    expect(levels.get("30min")!.indicators.numRows()).toBe(8);
  });

  it("steps of a day see the last price, the day's volume, and limits only when all bars are limited", async () => {
    const exchange = await Exchange.open(await market(), { limitThreshold: 0.05 });
    const { exchange: daily, starts } = exchange.resample("day");
    expect([...starts]).toEqual([0, 4, 8, 12]);
    expect([daily.close("A", 1), daily.quote("A", 1, "$volume")]).toEqual([13, 4000]);
    expect(exchange.isTradable("A", 5, "buy")).toBe(false);
    expect(daily.isTradable("A", 1, "buy")).toBe(true);
    expect(daily.isSuspended("A", 3)).toBe(true);
  });
});

describe("limits", () => {
  const market = () => marketOf([1, 2, 3, 4, 5].map((day) => `2024-01-0${day},A,10,10,${100 * day},1`).join("\n"));
  const buy = (amount: number): BacktestOptions["strategy"] => ({
    decide: () => [
      { instrument: "A", direction: "buy", amount },
      { instrument: "A", direction: "buy", amount },
    ],
  });
  const options = { start: "2024-01-02", end: "2024-01-04", account: 1e6, benchmark: null };

  it("volume: cum counts what was dealt on the day, current does not", async () => {
    const deal = async (kind: "cum" | "current", side?: "sell") => {
      const volumeThreshold = side ? { [side]: [kind, "$volume"] as const } : ([kind, "$volume"] as const);
      const { orders } = await backtest(await market(), {
        ...options,
        strategy: buy(150),
        exchange: { volumeThreshold },
      });
      return [column(orders, "deal_amount"), column(orders, "reason")];
    };
    expect(await deal("cum")).toEqual([
      [150, 50, 150, 150, 150, 150],
      ["", "volume", "", "", "", ""],
    ]);
    expect((await deal("current"))[0]).toEqual([150, 150, 150, 150, 150, 150]);
    expect((await deal("cum", "sell"))[0]).toEqual([150, 150, 150, 150, 150, 150]);
  });

  it("conditions: a table says who is limited, a missing row limits too", async () => {
    const day = (datetime: string, value: number) => ({ datetime, value });
    const rows = [day("2024-01-02", 1), day("2024-01-03", 0)];
    const limits = {
      datetime: rows.map(({ datetime }) => datetime),
      instrument: rows.map(() => "A"),
      value: rows.map(({ value }) => value),
    };
    const { orders } = await backtest(await market(), {
      ...options,
      strategy: buy(10),
      exchange: { limitThreshold: { buy: limits, sell: limits } },
    });
    expect(column(orders, "reason")).toEqual(["limit", "limit", "", "", "limit", "limit"]);
  });

  it("wrong words are errors that name the right ones", async () => {
    const open = async (exchange: object) => Exchange.open(await market(), exchange);
    await expect(open({ volumeThreshold: ["sum", "$volume"] })).rejects.toThrow(UnknownNameError);
    await expect(open({ volumeThreshold: { both: ["cum", "$volume"] } })).rejects.toThrow(UnknownNameError);
    await expect(open({ limitBasis: "open" })).rejects.toThrow(UnknownNameError);
    await expect(open({ dealPrice: "clsoe" })).rejects.toThrow(/close/);
    await expect(open({ limitThreshold: -0.1 })).rejects.toThrow(InvalidArgumentError);
  });
});

describe("accounts and benchmarks", () => {
  const market = () =>
    marketOf(
      [10, 12, 12, 15]
        .map((close, i) => `2024-01-0${i + 1},A,${close},10,1000,1\n2024-01-0${i + 1},B,20,20,1000,1`)
        .join("\n"),
    );
  const waits: BacktestOptions["strategy"] = { decide: () => [] };
  const options = { strategy: waits, start: "2024-01-02", end: "2024-01-04" };

  it("an account may begin with holdings, whose first return counts from the close before", async () => {
    const account = { cash: 100, A: 10 };
    const { report } = await backtest(await market(), { ...options, account, benchmark: null });
    // 100 + 10 · 10 before; 220, 220, 250 after.
    expect(column(report, "account")).toEqual([220, 220, 250]);
    expect(column(report, "return")[0]).toBeCloseTo(0.1, 12);
    expect(account).toEqual({ cash: 100, A: 10 });
    await expect(backtest(await market(), { ...options, account: { cash: 1, NOBODY: 1 } })).rejects.toThrow(DataError);
    await expect(backtest(await market(), { ...options, account: { cash: 1, A: -1 } })).rejects.toThrow(
      InvalidArgumentError,
    );
  });

  it("a benchmark may be an instrument, several, a series, or none", async () => {
    const bench = async (benchmark: BacktestOptions["benchmark"]) => {
      const result = await backtest(await market(), { ...options, ...(benchmark === undefined ? {} : { benchmark }) });
      return [column(result.report, "bench").map((value) => Number(value.toFixed(12))), result.notes] as const;
    };
    expect((await bench("A"))[0]).toEqual([0.2, 0, 0.25]);
    expect((await bench(["A", "B"]))[0]).toEqual([0.1, 0, 0.125]);
    expect((await bench(null))[0]).toEqual([0, 0, 0]);
    expect((await bench(undefined))[0]).toEqual([0, 0, 0]);
    const series = { datetime: ["2024-01-02", "2024-01-04"], return: [0.5, 0.1] };
    expect(await bench(series)).toEqual([[0.5, 0, 0.1], ["the benchmark has no return on 1 of 3 bars: taken as 0"]]);
    expect((await bench(new Map([["2024-01-03", 0.3]])))[0]).toEqual([0, 0.3, 0]);
    await expect(bench([])).rejects.toThrow(InvalidArgumentError);
    await expect(bench("NOBODY")).rejects.toThrow(UnknownNameError);
    await expect(bench({ datetime: [] } as never)).rejects.toThrow(UnknownNameError);
  });

  it("InfPosition never runs out, and has no report", async () => {
    const sells: BacktestOptions["strategy"] = { decide: () => [{ instrument: "A", direction: "sell", amount: 500 }] };
    const result = await backtest(await market(), { ...options, strategy: sells, posType: "InfPosition" });
    expect(column(result.orders, "deal_amount")).toEqual([500, 500, 500]);
    expect(() => result.report).toThrow(InvalidArgumentError);
  });

  it("keeps a position whose name is no longer quoted at its last price", async () => {
    const market = await marketOf(
      "2024-01-01,A,10,10,1,1\n2024-01-02,A,8,8,1,1\n2024-01-01,B,5,5,1,1\n2024-01-02,B,5,5,1,1\n2024-01-03,B,5,5,1,1\n2024-01-04,B,5,5,1,1",
    );
    const strategy: BacktestOptions["strategy"] = {
      decide: ({ position }) => [{ instrument: "A", direction: position.holdings.size ? "sell" : "buy", amount: 100 }],
    };
    const { report, orders } = await backtest(market, {
      ...options,
      strategy,
      account: 1000,
      exchange: { minCost: 0, openCost: 0 },
    });
    expect(column(report, "account")).toEqual([1000, 1000, 1000]);
    expect(column(orders, "reason")).toEqual(["", "suspended", "suspended"]);
  });

  it("can be watched and stopped, and refuses orders that make no sense", async () => {
    const seen: number[] = [];
    await backtest(await market(), { ...options, onStep: ({ done, total }) => seen.push(done / total) });
    expect(seen).toEqual([1 / 3, 2 / 3, 1]);
    const stop = () => {
      throw new Error("enough");
    };
    await expect(backtest(await market(), { ...options, onStep: stop })).rejects.toThrow("enough");
    const wrong: BacktestOptions["strategy"] = { decide: () => [{ instrument: "A", direction: "buy", amount: NaN }] };
    await expect(backtest(await market(), { ...options, strategy: wrong })).rejects.toThrow(DataError);
  });
});
