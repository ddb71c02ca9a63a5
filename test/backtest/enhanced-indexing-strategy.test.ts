import { mkdtemp, rm, writeFile } from "node:fs/promises";
import os from "node:os";
import path from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { backtest } from "../../src/backtest/backtest.js";
import { EnhancedIndexingStrategy } from "../../src/backtest/enhanced-indexing-strategy.js";
import { makeStrategy } from "../../src/backtest/make-strategy.js";
import { Exchange } from "../../src/backtest/exchange.js";
import { SimulatorExecutor } from "../../src/backtest/simulator-executor.js";
import type { RiskQuestion } from "../../src/backtest/risk-model.js";
import type { Market } from "../../src/data/market.js";
import { openMarket } from "../../src/data/open-market.js";
import { formatDatetime } from "../../src/engine/datetime.js";
import { DataError, InvalidArgumentError, UnknownNameError } from "../../src/errors.js";
import { Random } from "../../src/panel/random.js";

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(path.join(os.tmpdir(), "alphabook-enhanced-"));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

const column = (table: { array(name: string): unknown }, name: string) =>
  Array.from(table.array(name) as ArrayLike<number>);
const names = (table: { array(name: string): unknown }, name: string) =>
  Array.from(table.array(name) as ArrayLike<string>);

describe("worked by hand", () => {
  const DAYS = [2, 3, 4, 5];
  /** Prices that never move, so that amounts are weights; A of weight 0.6 in the index, B 0.4. */
  async function flatMarket(volumeOfB = (day: number): number => 1000 * day): Promise<Market> {
    const lines = DAYS.flatMap((day) => [
      `2024-01-0${day},A,10,1000,1,0.6`,
      `2024-01-0${day},B,20,${volumeOfB(day)},1,0.4`,
      `2024-01-0${day},C,5,1000,1,`,
    ]);
    const file = path.join(folder, "prices.csv");
    await writeFile(file, `datetime,instrument,close,volume,factor,index_weight\n${lines.join("\n")}\n`);
    return openMarket(file, { region: "us" });
  }
  const signal = {
    datetime: DAYS.flatMap((day) => [`2024-01-0${day}`, `2024-01-0${day}`]),
    instrument: DAYS.flatMap(() => ["A", "B"]),
    score: DAYS.flatMap(() => [0.01, -0.01]),
  };
  const independent = ({ instruments }: RiskQuestion) => ({
    instruments,
    exposures: [],
    factorCovariance: [],
    specificRisk: instruments.map(() => 0.2),
  });
  const options = { signal, market: "index", riskModel: independent, riskDegree: 1 };
  const loose = { lamb: 2, bDev: null, scaleReturn: false };
  const dates = { start: "2024-01-03", end: "2024-01-05", account: 1e6, benchmark: null };
  const free = { tradeUnit: null, openCost: 0, closeCost: 0, minCost: 0, limitThreshold: null };
  async function weightsOf(market: Market, strategy: EnhancedIndexingStrategy) {
    const { positions, notes } = await backtest(market, { ...dates, strategy, exchange: free });
    const weights: Record<string, Record<string, number>> = {};
    names(positions, "instrument").forEach((name, row) => {
      const day = formatDatetime(column(positions, "datetime")[row]!);
      (weights[day] ??= {})[name] = Math.round(column(positions, "weight")[row]! * 1e6) / 1e6;
    });
    return { weights, notes };
  }

  it("holds the index plus what the scores are worth", async () => {
    // 0.02 x − 2 · 0.08 x² is largest at 0.0625.
    const strategy = new EnhancedIndexingStrategy({ ...options, optimizerKwargs: loose });
    const held = { A: 0.6625, B: 0.3375 };
    expect((await weightsOf(await flatMarket(), strategy)).weights).toEqual({
      "2024-01-03": held,
      "2024-01-04": held,
      "2024-01-05": held,
    });
  });

  it("takes the weights of a table, the last ones before the day", async () => {
    const benchmarkWeights = {
      datetime: ["2024-01-01", "2024-01-01", "2024-01-03", "2024-01-03"],
      instrument: ["A", "B", "A", "B"],
      weight: [0.5, 0.5, 0.25, 0.75],
    };
    const { market: _, ...rest } = options;
    const strategy = new EnhancedIndexingStrategy({
      ...rest,
      benchmarkWeights,
      optimizerKwargs: { ...loose, delta: 2 },
    });
    expect((await weightsOf(await flatMarket(), strategy)).weights).toEqual({
      "2024-01-03": { A: 0.5625, B: 0.4375 },
      "2024-01-04": { A: 0.3125, B: 0.6875 },
      "2024-01-05": { A: 0.3125, B: 0.6875 },
    });
  });

  it("moves no more than the turnover limit a day, and says when it had to", async () => {
    const benchmarkWeights = {
      datetime: ["2024-01-01", "2024-01-01", "2024-01-03", "2024-01-03"],
      instrument: ["A", "B", "A", "B"],
      weight: [0.5, 0.5, 0.25, 0.75],
    };
    const { market: _, ...rest } = options;
    const optimizerKwargs = { ...loose, delta: 0.2 };
    const slow = await weightsOf(
      await flatMarket(),
      new EnhancedIndexingStrategy({ ...rest, benchmarkWeights, optimizerKwargs }),
    );
    expect(slow.weights["2024-01-04"]).toEqual({ A: 0.4625, B: 0.5375 });
    expect(slow.weights["2024-01-05"]).toEqual({ A: 0.3625, B: 0.6375 });
    expect(slow.notes).toEqual([]);
    const strict = await weightsOf(
      await flatMarket(),
      new EnhancedIndexingStrategy({ ...rest, benchmarkWeights, optimizerKwargs: { ...optimizerKwargs, bDev: 0.01 } }),
    );
    expect(strict.weights["2024-01-04"]).toEqual({ A: 0.26, B: 0.74 });
    expect(strict.notes).toEqual([
      "enhanced indexing: on 1 of 3 days no weights met the turnover limit 0.2 and it was dropped",
    ]);
  });

  it("holds who had no volume, sells who is on the blacklist, and has no orders where nothing fits", async () => {
    // On the 3rd B had no volume: on the 4th its weight stays, whatever the scores say.
    const strategy = new EnhancedIndexingStrategy({
      ...options,
      signal: { ...signal, score: DAYS.flatMap((day) => (day === 2 ? [0, 0] : [0.01, -0.01])) },
      optimizerKwargs: loose,
    });
    const market = await flatMarket((day) => (day === 3 ? 0 : 1000));
    expect((await weightsOf(market, strategy)).weights).toEqual({
      "2024-01-03": { A: 0.6, B: 0.4 },
      "2024-01-04": { A: 0.6, B: 0.4 },
      "2024-01-05": { A: 0.6625, B: 0.3375 },
    });
    const banned = new EnhancedIndexingStrategy({
      ...options,
      riskModel: (question) => ({ ...independent(question), blacklist: question.day > 0 ? ["A"] : [] }),
      optimizerKwargs: { ...loose, delta: null },
    });
    expect((await weightsOf(await flatMarket(), banned)).weights["2024-01-05"]).toEqual({ B: 1 });
    const stuck = new EnhancedIndexingStrategy({
      ...options,
      riskModel: (question) => ({ ...independent(question), blacklist: question.day > 0 ? ["A", "B"] : [] }),
      optimizerKwargs: loose,
    });
    const kept = await weightsOf(await flatMarket(), stuck);
    expect(kept.weights["2024-01-05"]).toEqual({ A: 0.6625, B: 0.3375 });
    expect(kept.notes).toEqual(["enhanced indexing: on 2 of 3 days no weights met the limits and all was kept"]);
  });

  it("tells of days without scores or a risk model, old risk models, and benchmark weight nobody knows", async () => {
    const some = { datetime: ["2024-01-02", "2024-01-03"], instrument: ["A", "A"], score: [1, 1] };
    const strategy = new EnhancedIndexingStrategy({
      ...options,
      signal: some,
      riskModel: (question) =>
        question.day === 0 ? undefined : { ...independent({ ...question, instruments: ["A", "C"] }), made: 0 },
      optimizerKwargs: loose,
    });
    const { notes } = await weightsOf(await flatMarket(), strategy);
    expect(notes).toEqual([
      "enhanced indexing: 1 of 3 days without a risk model had no orders",
      "enhanced indexing: 1 of 3 days without a score had no orders",
      "enhanced indexing: on 1 of 1 days the risk model was that of an earlier date",
      "enhanced indexing: 40.00 % of the benchmark's weight is in instruments the risk model does not know",
    ]);
    // A second back-test with the same object begins to count anew.
    expect((await weightsOf(await flatMarket(), strategy)).notes).toEqual(notes);
  });

  it("finds the index's instruments though they have no score", async () => {
    const asked: string[][] = [];
    const strategy = new EnhancedIndexingStrategy({
      ...options,
      signal: { datetime: ["2024-01-02"], instrument: ["C"], score: [1] },
      riskModel: (question) => {
        asked.push([...question.instruments]);
        return independent(question);
      },
      optimizerKwargs: { ...loose, lamb: 0, bDev: 0.1 },
    });
    const { weights } = await weightsOf(await flatMarket(), strategy);
    expect(asked).toEqual([["A", "B", "C"]]);
    // All have the same score: C alone is scored, the others have the lowest. Nothing is to be gained.
    expect(weights["2024-01-03"]!["A"]).toBeGreaterThanOrEqual(0.5);
  });

  it("refuses weights that are no shares, with their sum", async () => {
    const percent = { datetime: ["2024-01-01", "2024-01-01"], instrument: ["A", "B"], weight: [60, 40] };
    const { market: _, ...rest } = options;
    const strategy = new EnhancedIndexingStrategy({ ...rest, benchmarkWeights: percent });
    const attempt = weightsOf(await flatMarket(), strategy);
    await expect(attempt).rejects.toThrow(DataError);
    await expect(attempt).rejects.toThrow("add up to 100 the day before");
    const unknown = new EnhancedIndexingStrategy({ ...rest, benchmarkWeights: "$no_weight" });
    await expect(weightsOf(await flatMarket(), unknown)).rejects.toThrow(UnknownNameError);
  });
});

describe("on the synthetic market", () => {
  const open = () => openMarket("synthetic://?instruments=40&days=330&seed=3&ic=0.1");
  /** Tomorrow's return with noise, for most instruments. */
  async function signalOf(market: Market) {
    const { calendar, instruments } = await market.loadBars({ fields: ["$close"] });
    const random = new Random(11);
    const rows = { datetime: [] as number[], instrument: [] as string[], score: [] as number[] };
    for (const { instrument, first, values } of instruments)
      for (let day = 280; day < calendar.length; day++) {
        const close = values.get("$close")!;
        const move = (close[day + 2 - first] ?? NaN) / (close[day + 1 - first] ?? NaN) - 1;
        rows.datetime.push(calendar.at(day));
        rows.instrument.push(instrument);
        rows.score.push((Number.isFinite(move) ? move : 0) + 0.02 * random.normal());
      }
    return rows;
  }

  it("stays near the benchmark, trades within the limit, and gains on it", async () => {
    const market = await open();
    const signal = await signalOf(market);
    const strategy = makeStrategy({
      class: "EnhancedIndexingStrategy",
      kwargs: {
        signal,
        benchmark_weights: "equal",
        risk_model: { factors: 5, window_days: 60 },
        optimizer_kwargs: { b_dev: 0.02, delta: 0.3 },
      },
    });
    const range = { start: market.calendar.at(281), end: market.calendar.at(320), account: 1e8 };
    const exchange = { tradeUnit: null, limitThreshold: null };
    const { report, positions, notes } = await backtest(market, { ...range, strategy, exchange, benchmark: null });
    const [dates, weights] = [column(positions, "datetime").map(Number), column(positions, "weight")];
    const first = dates[0]!;
    const held = weights.filter((_, row) => dates[row] === first).map((weight) => weight / 0.95);
    // 40 instruments of 1/40 each, ± 0.02, and prices move by the day's end.
    expect(Math.max(...held)).toBeLessThan(0.045 * 1.1);
    expect(Math.min(...held)).toBeGreaterThan(0.005 * 0.9);
    expect(held.reduce((sum, weight) => sum + weight, 0)).toBeCloseTo(1, 1);
    const turnover = column(report, "turnover").slice(1);
    expect(Math.max(...turnover)).toBeLessThan(0.3 + 0.02);
    expect(Math.min(...turnover)).toBeGreaterThan(0);
    expect(notes).toEqual([]);

    const equal = await backtest(market, {
      ...range,
      strategy: new EnhancedIndexingStrategy({
        signal,
        benchmarkWeights: "equal",
        riskModel: { windowDays: 60 },
        optimizerKwargs: { lamb: 1e9 },
      }),
      exchange,
      benchmark: null,
    });
    expect(column(report, "account").at(-1)!).toBeGreaterThan(column(equal.report, "account").at(-1)! * 1.01);
  });

  it("decides the same with an exchange that was opened before, and in weekly steps it trades too", async () => {
    const market = await open();
    const options = {
      signal: await signalOf(market),
      benchmarkWeights: "equal",
      riskModel: { factors: 3, windowDays: 60 },
    };
    const range = { start: market.calendar.at(281), end: market.calendar.at(300), account: 1e7, benchmark: null };
    const run = async (parts: object) =>
      (await backtest(market, { ...range, strategy: new EnhancedIndexingStrategy(options), ...parts })).report;
    const opened = await Exchange.open(market, { start: market.calendar.at(280), end: market.calendar.at(300) });
    expect(column(await run({ exchange: opened }), "account")).toEqual(column(await run({}), "account"));
    const weekly = await run({ executor: new SimulatorExecutor({ timePerStep: "week" }) });
    expect(column(weekly, "value").at(-1)).toBeGreaterThan(0);
  });
});

it("refuses options that are not there, and a folder of risk data", () => {
  const signal = { datetime: ["2024-01-02"], instrument: ["A"], score: [1] };
  expect(() => new EnhancedIndexingStrategy({ signal })).toThrow(InvalidArgumentError);
  expect(() => new EnhancedIndexingStrategy({ signal, market: "index", riskDegree: 0 })).toThrow(InvalidArgumentError);
  const of = (kwargs: Record<string, unknown>) => () =>
    makeStrategy({ class: "EnhancedIndexingStrategy", kwargs: { signal, market: "index", ...kwargs } });
  expect(of({ riskmodel_root: "risk" })).toThrow('unknown option "riskmodelRoot"');
  expect(of({ optimizer_kwargs: { lambda: 1 } })).toThrow(UnknownNameError);
  expect(of({ risk_model: { window: 9 } })).toThrow(UnknownNameError);
  expect(of({ optimizer_kwargs: { b_dev: 0.1 } })).not.toThrow();
});
