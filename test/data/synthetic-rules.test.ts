import { describe, expect, it } from "vitest";
import { openMarket } from "../../src/data/open-market.js";
import { synthetic } from "../../src/data/synthetic/synthetic.js";
import { tradingSessions } from "../../src/data/synthetic/sessions.js";
import { formatDatetime } from "../../src/engine/datetime.js";
import { InvalidArgumentError, UnknownNameError } from "../../src/errors.js";

describe("a synthetic market with Chinese rules", () => {
  const market = synthetic({ instruments: 60, days: 500, region: "cn", seed: 11 });

  it("stays inside its limits, hits them, and locks some days at one", async () => {
    let [days, hits, locked] = [0, 0, 0];
    const { instruments } = await market.loadBars();
    for (const { instrument, values } of instruments) {
      const of = (field: string) => values.get(field)!;
      const [up, down, factor] = [of("$limit_up"), of("$limit_down"), of("$factor")];
      let before = NaN;
      for (let t = 0; t < up.length; t++) {
        const close = of("$close")[t]! / factor[t]!;
        if (Number.isNaN(close)) {
          expect([up[t], down[t]], `${instrument} ${t}`).toEqual([NaN, NaN]);
          continue;
        }
        days++;
        const [high, low] = [of("$high")[t]!, of("$low")[t]!];
        expect(high).toBeLessThanOrEqual(up[t]!);
        expect(low).toBeGreaterThanOrEqual(down[t]!);
        // Of a day without a split: 10 % around the previous close, to the cent.
        const last = before / factor[t]!;
        if (Math.abs(last * 1.1 - up[t]! / factor[t]!) < 0.3)
          expect(Math.abs(last * 1.1 - up[t]! / factor[t]!)).toBeLessThan(0.0051);
        if (of("$close")[t] === up[t] || of("$close")[t] === down[t]) {
          hits++;
          if (high === low) locked++;
        }
        before = of("$close")[t]!;
      }
    }
    expect(hits / days).toBeGreaterThan(0.001);
    expect(hits / days).toBeLessThan(0.02);
    expect(locked / hits).toBeGreaterThan(0.15);
    expect(locked / hits).toBeLessThan(0.55);
  });

  it("suspends more often, says what settles when, and has no impossible bar", async () => {
    const american = synthetic({ instruments: 60, days: 500, seed: 11 });
    const missing = async (one: typeof market) =>
      (await one.healthCheck()).findings.find(({ check }) => check.startsWith("no row"))!.count;
    expect(await missing(market)).toBeGreaterThan(2 * (await missing(american)));
    expect(market.info()).toMatchObject({ region: "cn", settlement: expect.stringMatching(/^T\+1/) });
    expect((await market.healthCheck()).isHealthy).toBe(true);
    expect(american.fields).not.toContain("$limit_up");
  });

  it("rests on its holidays with a fixed date", () => {
    const days = [...tradingSessions(Date.UTC(2015, 8, 30), 4, "cn")].map(formatDatetime);
    expect(days).toEqual(["2015-09-30", "2015-10-08", "2015-10-09", "2015-10-12"]);
  });
});

describe("dividends", () => {
  it("raise the factor, leave adjusted prices without a jump, and add up to what was asked for", async () => {
    const options = { instruments: 30, days: 505, seed: 2 };
    const { instruments } = await synthetic({ ...options, dividends: 0.05 }).loadBars();
    const steps: number[] = [];
    for (const { instrument, values } of instruments) {
      if (instrument === "INDEX") continue;
      const factor = values.get("$factor")!.filter((value) => !Number.isNaN(value));
      for (let t = 1; t < factor.length; t++) {
        const step = factor[t]! / factor[t - 1]!;
        if (step > 1 && step < 1.2) steps.push(step - 1);
      }
    }
    // Two years of quarterly dividends of 1.25 % for each of the 30 stocks, but for those listed late or gone.
    expect(steps.length).toBeGreaterThan(150);
    expect(steps.length).toBeLessThanOrEqual(240);
    const mean = steps.reduce((sum, step) => sum + step, 0) / steps.length;
    expect(mean).toBeCloseTo(0.0125 / (1 - 0.0125), 3);
    const change = instruments.flatMap(({ values }) => [...values.get("$change")!].filter((c) => Math.abs(c) > 0.5));
    expect(change.length).toBeLessThan(3);
  });
});

describe("the universe of the largest", () => {
  it("is chosen each half-year from the dollar volume before", async () => {
    const market = await openMarket("synthetic://?instruments=40&days=600&top=10&seed=4");
    const top = market.instruments("top10");
    const on = (ms: number) =>
      top
        .filter(({ spans }) => spans.some(({ start, end }) => start <= ms && ms <= end))
        .map(({ instrument }) => instrument);
    const { calendar } = market;
    const july = calendar.firstAtOrAfter("2016-07-01");
    expect(on(calendar.at(0))).toEqual([]);
    expect(on(calendar.at(july)).length).toBe(10);
    const { instruments } = await market.loadBars({
      fields: ["$close", "$volume"],
      start: calendar.at(calendar.firstAtOrAfter("2016-01-01")),
      end: calendar.at(july - 1),
    });
    const dollars = instruments
      .filter(({ first, length }) => first + length > july - 5)
      .map(({ instrument, values }) => ({
        instrument,
        sum: values.get("$close")!.reduce((sum, close, t) => {
          const value = close * values.get("$volume")![t]!;
          return Number.isNaN(value) ? sum : sum + value;
        }, 0),
      }));
    const wanted = dollars.sort((a, b) => b.sum - a.sum).slice(0, 10);
    expect(on(calendar.at(july))).toEqual(wanted.map(({ instrument }) => instrument).sort());
    // Somebody came and somebody went.
    expect(on(calendar.last)).not.toEqual(on(calendar.at(july - 1)));
    expect(() => synthetic({ instruments: 20, days: 50, top: 5 })).toThrow(/in 50 days no half-year ends/);
  });
});

describe("the address of a synthetic market", () => {
  it("names later options only where they differ, and gives the same market back", async () => {
    expect(synthetic({ instruments: 4, days: 10 }).address).toBe(
      "synthetic://?instruments=4&days=10&seed=7&ic=0.08&start=2015-01-02",
    );
    const market = synthetic({ instruments: 4, days: 10, region: "cn", dividends: 0.02, freq: "30min" });
    expect(market.address).toMatch(/start=2015-01-02&region=cn&dividends=0.02&freq=30min$/);
    expect(await (await openMarket(market.address)).fingerprint()).toBe(await market.fingerprint());
  });

  it("is refused with an option or a value that is none", async () => {
    await expect(openMarket("synthetic://?regoin=cn")).rejects.toThrow(UnknownNameError);
    await expect(openMarket("synthetic://?region=uk")).rejects.toThrow(/region is uk[^]*us or cn/);
    await expect(openMarket("synthetic://?freq=week")).rejects.toThrow(InvalidArgumentError);
    await expect(openMarket("synthetic://?dividends=2")).rejects.toThrow(/dividends is 2/);
    await expect(openMarket("synthetic://?instruments=5&top=6")).rejects.toThrow(/top is 6/);
  });
});
