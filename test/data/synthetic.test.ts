import { describe, expect, it } from "vitest";
import { openMarket } from "../../src/data/open-market.js";
import { Random } from "../../src/panel/random.js";
import { tradingSessions } from "../../src/data/synthetic/sessions.js";
import { simulate } from "../../src/data/synthetic/simulation.js";
import { syntheticSettings } from "../../src/data/synthetic/synthetic-options.js";
import { synthetic } from "../../src/data/synthetic/synthetic.js";
import { formatDatetime, parseDatetime } from "../../src/engine/datetime.js";
import { InvalidArgumentError, UnknownNameError } from "../../src/errors.js";
import { queryFeatures } from "../../src/feature/query-features.js";

const mean = (values: readonly number[]) => values.reduce((sum, value) => sum + value, 0) / values.length;
const centred = (values: readonly number[]) => {
  const middle = mean(values);
  return values.map((value) => value - middle);
};
const deviation = (values: readonly number[]) => Math.sqrt(mean(centred(values).map((value) => value ** 2)));
const correlation = (a: readonly number[], b: readonly number[]) => {
  const [left, right] = [centred(a), centred(b)];
  return mean(left.map((value, i) => value * right[i]!)) / (deviation(a) * deviation(b));
};

/** Day by day, the correlation between the planted alpha and the return it was planted into. */
function oracleIcs(ic: number, seed: number): number[] {
  const { stocks, alpha, days } = simulate(syntheticSettings({ ic, seed, days: 750 }));
  return Array.from({ length: days.length - 1 }, (_, i) => i + 1).map((day) => {
    const pairs = stocks
      .map(
        (stock, s) =>
          [alpha[s * days.length + day]!, stock.columns.close[day]! / stock.columns.close[day - 1]! - 1] as const,
      )
      .filter(([known, got]) => !Number.isNaN(known + got));
    return correlation(
      pairs.map(([known]) => known),
      pairs.map(([, got]) => got),
    );
  });
}

describe("a synthetic market", () => {
  it("has the planted alpha's daily IC that was asked for, and none with ic 0", () => {
    for (const ic of [0.08, 0.03, 0]) {
      const ics = oracleIcs(ic, 11);
      const standardError = deviation(ics) / Math.sqrt(ics.length);
      expect(Math.abs(mean(ics) - ic), `${mean(ics)} for ${ic}`).toBeLessThan(3 * standardError);
      expect(standardError).toBeLessThan(0.003);
    }
  });

  it("is the same for the same seed and another for another", async () => {
    const [a, b, c] = await Promise.all(
      [{ seed: 3 }, { seed: 3 }, { seed: 4 }].map((options) =>
        synthetic({ instruments: 20, days: 100, ...options }).fingerprint(),
      ),
    );
    expect(a).toBe(b);
    expect(a).not.toBe(c);
    // Figures to seven digits: on another machine the last bits of a logarithm may differ.
    const bars = await synthetic({ instruments: 20, days: 100, seed: 3 }).loadBars({ fields: ["$close", "$volume"] });
    const sums = ["$close", "$volume"].map((field) =>
      bars.instruments.reduce(
        (sum, { values }) => sum + values.get(field)!.reduce((s, v) => s + (Number.isNaN(v) ? 0 : v), 0),
        0,
      ),
    );
    expect(sums.map((sum) => Number(sum.toPrecision(7)))).toMatchInlineSnapshot(`
      [
        68145.48,
        4202057000,
      ]
    `);
  });

  it("has no impossible bar", async () => {
    const report = await synthetic({ instruments: 150, days: 800, seed: 5 }).healthCheck();
    expect(report.isHealthy).toBe(true);
    const bars = await synthetic({ instruments: 50, days: 300 }).loadBars();
    for (const { values, instrument } of bars.instruments) {
      const [high, low, vwap] = [values.get("$high")!, values.get("$low")!, values.get("$vwap")!];
      // Prices are multiples of a cent times the factor, vwap of a hundredth of one.
      vwap.forEach((price, t) =>
        expect(Number.isNaN(price) || (price <= high[t]! + 1e-9 && price >= low[t]! - 1e-9), `${instrument} ${t}`).toBe(
          true,
        ),
      );
    }
  });

  it("moves like a market: volatility, fat tails, clusters, a common part", async () => {
    const panel = await queryFeatures(synthetic({ ic: 0 }), [
      { name: "r", expression: "Log($close/Ref($close, 1))" },
      { name: "before", expression: "Ref(Abs(Log($close/Ref($close, 1))), 1)" },
    ]);
    const [r, before] = [panel.get("r"), panel.get("before")];
    const pairs = Array.from(r, (value, row) => [value, before[row]!] as const).filter(
      ([a, b]) => !Number.isNaN(a + b),
    );
    const returns = pairs.map(([value]) => value);
    const annual = deviation(returns) * Math.sqrt(252);
    expect(annual).toBeGreaterThan(0.25);
    expect(annual).toBeLessThan(0.45);
    expect(mean(centred(returns).map((value) => value ** 4)) / deviation(returns) ** 4).toBeGreaterThan(6);
    expect(
      correlation(
        pairs.map(([value]) => Math.abs(value)),
        pairs.map(([, value]) => value),
      ),
    ).toBeGreaterThan(0.05);
    const index = await synthetic({ ic: 0 }).benchmarkReturns();
    const daily = [...index.returns].filter((value) => !Number.isNaN(value));
    expect(daily.length).toBe(1259);
    expect(deviation(daily) * Math.sqrt(252)).toBeGreaterThan(0.1);
    expect(deviation(daily) * Math.sqrt(252)).toBeLessThan(0.3);
  });

  it("lists late, delists, suspends and splits", async () => {
    const market = synthetic();
    const { stocks } = simulate(syntheticSettings());
    const fates = stocks.map(({ listing }) => listing.fate);
    expect(fates.filter((fate) => fate === "merger").length).toBeGreaterThan(4);
    expect(fates.filter((fate) => fate === "failure").length).toBeGreaterThan(4);
    expect(stocks.filter(({ listing }) => listing.first > 0).length).toBeGreaterThan(20);
    const { instruments } = await market.loadBars({ fields: ["$close", "$factor"] });
    const suspended = instruments.reduce(
      (sum, { values }) => sum + values.get("$close")!.filter(Number.isNaN).length,
      0,
    );
    expect(suspended).toBeGreaterThan(100);
    expect(
      instruments.filter(({ values }) => values.get("$factor")!.some((factor) => factor > 1)).length,
    ).toBeGreaterThan(3);
    expect(instruments.map(({ instrument }) => instrument)).not.toContain("INDEX");
    expect(market.sectors.get("S0001")).toBe("Energy");
    expect(market.benchmark).toBe("INDEX");
  });

  it("splits without a jump in any adjusted price or volume", async () => {
    const market = synthetic();
    const panel = await queryFeatures(market, [
      { name: "split", expression: "$factor/Ref($factor, 1)" },
      { name: "return", expression: "$close/Ref($close, 1) - 1" },
      { name: "change", expression: "$change" },
      { name: "volume", expression: "Log($volume/Mean($volume, 20))" },
      { name: "real", expression: "($close/$factor)/Ref($close/$factor, 1) - 1" },
    ]);
    const days = [...panel.get("split").keys()].filter((row) => panel.get("split")[row]! > 1);
    expect(days.length).toBeGreaterThan(3);
    for (const row of days) {
      expect(Math.abs(panel.get("return")[row]!)).toBeLessThan(0.2);
      expect(panel.get("change")[row]).toBeCloseTo(panel.get("return")[row]!, 12);
      expect(panel.get("real")[row]!).toBeLessThan(-0.3);
    }
    // Adjusted volume stays at its level: twice the shares at half the price.
    expect(Math.abs(mean(days.map((row) => panel.get("volume")[row]!)))).toBeLessThan(0.35);
  });

  it("is opened by its address, which spells out every setting", async () => {
    const market = await openMarket("synthetic://?instruments=5&days=30&start=2020-06-01");
    expect(market.address).toBe("synthetic://?instruments=5&days=30&seed=7&ic=0.08&start=2020-06-01");
    expect(await (await openMarket(market.address)).fingerprint()).toBe(await market.fingerprint());
    expect(formatDatetime(market.calendar.first)).toBe("2020-06-01");
    expect((await openMarket("synthetic://?instruments=2&days=2")).address).toContain("instruments=2&days=2&seed=7");
    await expect(openMarket("synthetic://?instrument=5")).rejects.toThrow(UnknownNameError);
    await expect(openMarket("synthetic://?days=many")).rejects.toThrow(/days is "many"/);
    expect(() => synthetic({ instruments: 1 })).toThrow(InvalidArgumentError);
    expect(() => synthetic({ ic: -1 })).toThrow(/ic is -1\n {2}expected: a number from 0 to 0.5/);
    expect(() => synthetic({ instruments: 3, days: 5, universe: "sp500" })).toThrow(UnknownNameError);
  });
});

describe("trading sessions", () => {
  it("leave out weekends and the holidays of the exchanges", () => {
    const sessions = new Set([...tradingSessions(parseDatetime("2015-01-01"), 1260)].map(formatDatetime));
    const holidays = [
      "2015-01-01",
      "2015-01-19",
      "2015-02-16",
      "2015-04-03",
      "2015-05-25",
      "2015-07-03",
      "2015-09-07",
      "2015-11-26",
      "2015-12-25",
      "2016-03-25",
      "2016-12-26",
      "2017-01-02",
      "2018-03-30",
    ];
    for (const holiday of holidays) expect(sessions.has(holiday), holiday).toBe(false);
    for (const day of ["2015-01-02", "2015-06-19", "2015-07-02", "2016-12-27", "2017-01-03"])
      expect(sessions.has(day), day).toBe(true);
    expect([...sessions].filter((day) => day.startsWith("2015")).length).toBe(252);
    expect([...sessions].filter((day) => day.startsWith("2018")).length).toBe(252);
    expect([...tradingSessions(parseDatetime("2022-06-17"), 2)].map(formatDatetime)).toEqual([
      "2022-06-17",
      "2022-06-21",
    ]);
  });
});

describe("random numbers", () => {
  it("have the moments of their distributions", () => {
    const random = new Random(1);
    const uniform = Array.from({ length: 20_000 }, () => random.uniform());
    expect(Math.min(...uniform)).toBeGreaterThan(0);
    expect(Math.max(...uniform)).toBeLessThan(1);
    expect(Math.abs(mean(uniform) - 0.5)).toBeLessThan(0.01);
    for (const draw of [() => random.normal(), () => random.fatTailed()]) {
      const values = Array.from({ length: 20_000 }, draw);
      expect(Math.abs(mean(values))).toBeLessThan(0.03);
      expect(Math.abs(deviation(values) - 1)).toBeLessThan(0.05);
    }
  });
});
