import { describe, expect, it } from "vitest";
import { riskModelOfTables, type RiskQuestion } from "../../src/backtest/risk-model.js";
import { statisticalRiskModel } from "../../src/backtest/statistical-risk-model.js";
import { DataError, InvalidArgumentError } from "../../src/errors.js";
import { Random } from "../../src/panel/random.js";

const at = (day: number) => Date.UTC(2024, 0, day);
const ask = (day: number, parts: Partial<RiskQuestion> = {}): RiskQuestion => ({
  datetime: at(day),
  day,
  instruments: [],
  close: () => NaN,
  ...parts,
});

describe("a risk model of tables", () => {
  const tables = {
    exposures: {
      datetime: ["2024-01-02", "2024-01-02", "2024-01-04"],
      instrument: ["A", "B", "C"],
      size: [1, -1, 2],
      value: [0.5, NaN, 0.25],
    },
    covariance: {
      datetime: ["2024-01-02", "2024-01-02"],
      instrument: ["size", "value"],
      value: [0.01, 0.09],
      size: [0.04, 0.01],
    },
    specificRisk: { datetime: ["2024-01-02"], instrument: ["A"], risk: [0.02] },
    blacklist: { datetime: ["2024-01-03"], instrument: ["B"] },
  };
  const model = riskModelOfTables(tables);

  it("has no answer before its first date", () => {
    expect(model(ask(1))).toBeUndefined();
  });

  it("answers with the last date up to the day, in the order of the factors", () => {
    expect(model(ask(2))).toEqual({
      instruments: ["A", "B"],
      exposures: [1, 0.5, -1, 0],
      factorCovariance: [0.04, 0.01, 0.01, 0.09],
      specificRisk: [0.02, NaN],
      blacklist: [],
      made: at(2),
    });
    expect(model(ask(3))).toMatchObject({ instruments: ["A", "B"], blacklist: ["B"], made: at(2) });
    expect(model(ask(9))).toMatchObject({ instruments: ["C"], exposures: [2, 0.25], specificRisk: [NaN], made: at(4) });
  });

  it("names the factors whose covariance is missing", () => {
    const broken = riskModelOfTables({
      ...tables,
      covariance: { datetime: ["2024-01-02"], instrument: ["size"], size: [1], value: [1] },
    });
    expect(() => broken(ask(2))).toThrow(DataError);
    expect(() => broken(ask(2))).toThrow('the covariance of "value" and "size" is missing');
  });
});

describe("a statistical risk model", () => {
  /** Closes by instrument and day, from returns. */
  function pricesOf(returns: Readonly<Record<string, readonly number[]>>) {
    const closes = Object.entries(returns).map(([name, moves]) => {
      let price = 100;
      return [name, [price, ...moves.map((move) => (price *= 1 + move))]] as const;
    });
    return new Map(closes);
  }
  function market(seed: number, { names = 12, days = 130 } = {}) {
    const random = new Random(seed);
    const common = Array.from({ length: days }, () => 0.01 * random.normal());
    const returns: Record<string, number[]> = {};
    for (let i = 0; i < names; i++)
      returns[`S${10 + i}`] = common.map((move) => (0.5 + i / names) * move + 0.005 * random.normal());
    return pricesOf(returns);
  }

  it("finds the covariance exactly where one factor moves all", async () => {
    const moves = Array.from({ length: 60 }, (_, t) => 0.01 * Math.sin(t * t));
    const closes = pricesOf({ A: moves, B: moves.map((move) => 2 * move), C: moves.map((move) => -0.5 * move) });
    const mean = moves.reduce((sum, move) => sum + move, 0) / 60;
    const variance = moves.reduce((sum, move) => sum + (move - mean) ** 2, 0) / 60;
    const model = statisticalRiskModel({ factors: 3, windowDays: 60, refitDays: 1 });
    const close = (name: string, day: number) => closes.get(name)?.[day] ?? NaN;
    const answer = (await model(ask(60, { instruments: ["A", "B", "C"], close })))!;
    expect(answer.factorCovariance).toEqual(Float64Array.of(1));
    const [a, b, c] = answer.exposures as Float64Array;
    expect(a! * a!).toBeCloseTo(variance, 14);
    expect(a! * b!).toBeCloseTo(2 * variance, 14);
    expect(b! * c!).toBeCloseTo(-variance, 14);
    expect(Math.max(...Array.from(answer.specificRisk))).toBeLessThan(1e-7);
  });

  it("with as many factors as there are, exposures and specific risk add up to the variance of each", async () => {
    const closes = market(3, { names: 5, days: 80 });
    const model = statisticalRiskModel({ factors: 2, windowDays: 80, refitDays: 1 });
    const instruments = [...closes.keys()];
    const answer = (await model(ask(80, { instruments, close: (name, day) => closes.get(name)![day]! })))!;
    instruments.forEach((name, i) => {
      const prices = closes.get(name)!;
      const returns = Array.from({ length: 80 }, (_, t) => prices[t + 1]! / prices[t]! - 1);
      const mean = returns.reduce((sum, value) => sum + value, 0) / 80;
      const squares = returns.reduce((sum, value) => sum + (value - mean) ** 2, 0);
      const [x, y] = [answer.exposures[2 * i]!, answer.exposures[2 * i + 1]!];
      // The rest has 80 − 2 − 1 degrees of freedom.
      expect(80 * (x ** 2 + y ** 2) + 77 * answer.specificRisk[i]! ** 2).toBeCloseTo(squares, 14);
    });
  });

  it("never asks for a close after the day, and is the same whatever comes later", async () => {
    const closes = market(5);
    const instruments = [...closes.keys()];
    const answer = async (later: number) => {
      let latest = -Infinity;
      const model = statisticalRiskModel({ factors: 3, windowDays: 60, refitDays: 7 });
      const close = (name: string, day: number) => {
        latest = Math.max(latest, day);
        return day > 100 ? later : closes.get(name)![day]!;
      };
      return { risk: await model(ask(100, { instruments, close })), latest };
    };
    const [one, other] = [await answer(1), await answer(1000)];
    // 98 is the last multiple of 7.
    expect(one.latest).toBe(98);
    expect(one.risk).toEqual(other.risk);
  });

  it("has no answer for twenty days, none for a single name, and leaves a young name's risk missing", async () => {
    const closes = market(1);
    const close = (name: string, day: number) => (name === "S21" && day < 70 ? NaN : closes.get(name)![day]!);
    const model = statisticalRiskModel({ factors: 2, windowDays: 60, refitDays: 1 });
    expect(await model(ask(19, { instruments: ["S10", "S11"], close }))).toBeUndefined();
    expect(await model(ask(20, { instruments: ["S10", "S11"], close }))).toBeDefined();
    expect(await model(ask(90, { instruments: ["S10"], close }))).toBeUndefined();
    const answer = (await model(ask(90, { instruments: ["S10", "S11", "S21"], close })))!;
    expect(Array.from(answer.specificRisk, Number.isNaN)).toEqual([false, false, true]);
    expect(Array.from(answer.exposures).every(Number.isFinite)).toBe(true);
  });

  it("does not carry a window over to another back-test", async () => {
    const closes = market(2);
    const close = (name: string, day: number) => closes.get(name)![day]!;
    const model = statisticalRiskModel({ factors: 2, windowDays: 60, refitDays: 20 });
    const names = [...closes.keys()];
    const first = await model(ask(100, { instruments: names.slice(0, 6), close }));
    await model(ask(101, { instruments: names, close }));
    await model(ask(90, { instruments: names, close }));
    expect(await model(ask(100, { instruments: names.slice(0, 6), close }))).toEqual(first);
  });

  it("refuses a window of days that tell nothing", () => {
    for (const options of [{ factors: 0 }, { windowDays: 19 }, { refitDays: 1.5 }])
      expect(() => statisticalRiskModel(options)).toThrow(InvalidArgumentError);
  });
});
