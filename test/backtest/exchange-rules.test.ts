import { mkdtemp, rm, writeFile } from "node:fs/promises";
import os from "node:os";
import path from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { backtest, type BacktestOptions } from "../../src/backtest/backtest.js";
import { Exchange, type ExchangeOptions } from "../../src/backtest/exchange.js";
import type { Order } from "../../src/backtest/order.js";
import { openMarket } from "../../src/data/open-market.js";
import { InvalidArgumentError } from "../../src/errors.js";

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(path.join(os.tmpdir(), "alphabook-rules-"));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

const DAYS = ["2024-01-02", "2024-01-03", "2024-01-04", "2024-01-05", "2024-01-08"];
/** Rows of `close, open, volume, factor` by day for A; an empty text is a day without a row. B is always there. */
async function market(rows: readonly string[]) {
  const lines = DAYS.flatMap((day, i) => [...(rows[i] ? [`${day},A,${rows[i]}`] : []), `${day},B,5,5,1000000,1`]);
  const file = path.join(folder, "prices.csv");
  await writeFile(file, `datetime,instrument,close,open,volume,factor\n${lines.join("\n")}\n`);
  return openMarket(file, { region: "cn" });
}
const always = (row: string) => DAYS.map(() => row);
const ordering = (...orders: Order[]): BacktestOptions["strategy"] => ({ decide: () => orders });
const buy = (amount: number): Order => ({ instrument: "A", direction: "buy", amount });
const sell = (amount: number): Order => ({ instrument: "A", direction: "sell", amount });
/** The orders of one day, 01-03. */
async function dealt(
  rows: readonly string[],
  orders: readonly Order[],
  exchange: ExchangeOptions,
  account: BacktestOptions["account"] = 100_000,
) {
  const options = { start: DAYS[1]!, end: DAYS[1]!, benchmark: null, account, exchange };
  const result = await backtest(await market(rows), { ...options, strategy: ordering(...orders) });
  return result.orders.objects() as {
    deal_amount: number;
    price: number;
    value: number;
    cost: number;
    reason: string;
  }[];
}

it.each([
  [1206.349, 1, 1200],
  [99.95, 1, 100],
  [99.89, 1, 0],
  [3138.2, 0.25, 2800],
  [222.7, 0.5, 200],
  [50, 2, 50],
  [49.94, 2, 0],
])("%d adjusted shares of factor %d are %d in lots of 100 real ones", async (amount, factor, expected) => {
  const exchange = await Exchange.open(await market(always(`10,10,1000,${factor}`)));
  expect(exchange.roundAmount("A", 0, amount)).toBe(expected);
  const fractions = await Exchange.open(await market(always(`10,10,1000,${factor}`)), { tradeUnit: null });
  expect(fractions.roundAmount("A", 0, amount)).toBe(amount);
});

describe("who can trade", () => {
  const able = (exchange: Exchange, day: number) =>
    ([undefined, "buy", "sell"] as const).map((side) => exchange.isTradable("A", day, side));

  it("the change after a suspension counts from the last close there was; a missing change is no limit", async () => {
    const exchange = await Exchange.open(await market(["10,10,1,1", "", "11,11,1,1", "9.9,9.9,1,1", "9.9,9.9,1,1"]));
    expect(DAYS.map((_, day) => able(exchange, day))).toEqual([
      [true, true, true],
      [false, false, false],
      [false, false, true],
      [false, true, false],
      [true, true, true],
    ]);
    expect(exchange.isTradable("NOBODY", 0)).toBe(false);
  });

  it("a change that equals the threshold is limited, in either direction", async () => {
    const exchange = await Exchange.open(await market(["10,10,1,1", "10.95,10,1,1", "9.90975,10,1,1", "9.9,1,1,1"]));
    expect([able(exchange, 1), able(exchange, 2)]).toEqual([
      [false, false, true],
      [false, true, false],
    ]);
  });
});

describe("prices and costs", () => {
  it("each side has its price, written as an object or a pair; a missing one and one of 0 are the close", async () => {
    for (const dealPrice of [{ buy: "open", sell: "$close" }, ["open", "close"] as const])
      expect(
        (await dealt(always("10,9,1000,1"), [buy(100), sell(100)], { dealPrice })).map(({ price }) => price),
      ).toEqual([9, 10]);
    for (const open of ["", "0"])
      expect((await dealt(always(`10,${open},1000,1`), [buy(100)], { dealPrice: "open" }))[0]!.price).toBe(10);
  });

  it.each([
    // 100 · 10 of 1,000 · 10 traded is a tenth: 0.1 · 0.1² = 0.001 beside 0.001.
    ["a tenth of the volume", "1000", 2],
    ["no volume", "0", 101],
    ["a missing volume", "", 101],
  ])("impact cost of %s", async (_, volume, cost) => {
    const options = { openCost: 0.001, minCost: 0, impactCost: 0.1 };
    expect((await dealt(always(`10,10,${volume},1`), [buy(100)], options))[0]!.cost).toBeCloseTo(cost, 12);
  });

  it("odd lots leave with a whole holding, and stay otherwise; what would cost more than there is stays, too", async () => {
    const row = always("10,10,1000000,1");
    expect((await dealt(row, [sell(250)], {}, { cash: 100, A: 250 }))[0]).toMatchObject({
      deal_amount: 250,
      reason: "",
    });
    expect((await dealt(row, [sell(249)], {}, { cash: 100, A: 250 }))[0]).toMatchObject({
      deal_amount: 200,
      reason: "lot",
    });
    expect((await dealt(row, [sell(900)], {}, { cash: 100, A: 250 }))[0]).toMatchObject({
      deal_amount: 200,
      reason: "lot",
    });
    expect((await dealt(always("0.01,1,1,1"), [sell(100)], {}, { cash: 2, A: 100 }))[0]).toMatchObject({
      deal_amount: 0,
      cost: 0,
      reason: "cash",
    });
    expect((await dealt(row, [sell(100)], {}))[0]).toMatchObject({ deal_amount: 0, reason: "no holding" });
  });

  it("cash below the least cost buys nothing, cash below price and cost the lots it pays for", async () => {
    const row = always("10,10,1000000,1");
    const amounts = async (cash: number) => (await dealt(row, [buy(100)], { tradeUnit: 1 }, cash))[0]!;
    expect(await amounts(4)).toMatchObject({ deal_amount: 0, cost: 0, reason: "cash" });
    // (1000 − 5) / 10 = 99.5.
    expect(await amounts(1000)).toMatchObject({ deal_amount: 99, value: 990, cost: 5, reason: "cash" });
    expect(await amounts(1005)).toMatchObject({ deal_amount: 100, value: 1000, cost: 5, reason: "" });
  });

  it("rounds by instrument: one without a factor is dealt in fractions, the others in lots, and the notes say so", async () => {
    const result = await backtest(await market(always("10,10,1000,")), {
      strategy: ordering(buy(123.5), { instrument: "B", direction: "buy", amount: 123.5 }),
      ...{ start: DAYS[1]!, end: DAYS[1]!, benchmark: null, account: 100_000 },
    });
    const amounts = result.orders.array("deal_amount") as ArrayLike<number>;
    expect([amounts[0], amounts[1]]).toEqual([123.5, 100]);
    expect(result.notes.join()).toContain("lack factors on some days and are dealt in fractions then: A");
  });
});

it("what is held already is worth its last close, though it is suspended when the back-test begins", async () => {
  const { report } = await backtest(await market(["10,10,1,1", "", "", "11,11,1,1", "11,11,1,1"]), {
    strategy: ordering(),
    ...{ start: DAYS[2]!, end: DAYS[4]!, benchmark: null, account: { cash: 100, A: 10.5 } },
  });
  // 100 + 10.5 · 10 before; 10.5 · 1 more from 01-05 on.
  expect(Array.from(report.array("account") as ArrayLike<number>)).toEqual([205, 215.5, 215.5]);
  expect(report.get("return", 0)).toBe(0);
});

it.each<[string, object, string]>([
  ["costs of Qlib's spelling", { open_cost: 0.1 }, 'unknown option "open_cost"'],
  ["a number in quotes", { limitThreshold: "0.1" }, "limitThreshold is '0.1', a number > 0 or null expected"],
  ["a cost in quotes", { openCost: "0.001" }, "openCost is 0.001, a number ≥ 0 expected"],
  ["one side of a pair", { limitThreshold: ["$close"] }, "limitThreshold says nothing for one side"],
  ["no price", { dealPrice: [] }, "dealPrice is []"],
])("refuses %s", async (_, exchange, message) => {
  const data = await market(always("10,10,1000,1"));
  const options = { strategy: ordering(), start: DAYS[1]!, end: DAYS[2]!, exchange };
  await expect(Exchange.open(data, exchange)).rejects.toThrow(message);
  await expect(backtest(data, options)).rejects.toThrow(message);
});

it("a pair of limits is the object of two sides", async () => {
  const limits = { datetime: [DAYS[1]!, DAYS[1]!], instrument: ["A", "B"], value: [1, 0] };
  const data = await market(always("10,10,1000,1"));
  const [pair, object] = [
    await Exchange.open(data, { limitThreshold: [limits, limits] }),
    await Exchange.open(data, { limitThreshold: { buy: limits, sell: limits } }),
  ];
  for (const name of ["A", "B"]) expect(pair.isTradable(name, 1)).toBe(object.isTradable(name, 1));
  expect([pair.isTradable("A", 1), pair.isTradable("B", 1)]).toEqual([false, true]);
});

it("orders that are no list are refused with what the strategy decided", async () => {
  const data = await market(always("10,10,1000,1"));
  const options = { start: DAYS[1]!, end: DAYS[2]!, benchmark: null };
  const decide = (decided: unknown) => ({ decide: () => decided }) as unknown as BacktestOptions["strategy"];
  await expect(backtest(data, { ...options, strategy: decide(undefined) })).rejects.toThrow("decided undefined");
  await expect(backtest(data, { ...options, strategy: decide(buy(1)) })).rejects.toThrow("a list of orders expected");
  await expect(backtest(data, { ...options } as never)).rejects.toThrow(InvalidArgumentError);
});
