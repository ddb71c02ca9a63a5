import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { capacity } from "../../src/analysis/portfolio/capacity.js";
import { holdingPeriods } from "../../src/analysis/portfolio/holding-periods.js";
import { positionStatistics } from "../../src/analysis/portfolio/position-statistics.js";
import { roundTrips } from "../../src/analysis/portfolio/round-trips.js";
import { sectorAttribution } from "../../src/analysis/portfolio/sector-attribution.js";
import { InvalidArgumentError, UnknownNameError } from "../../src/errors.js";

const held = {
  datetime: ["2020-01-02", "2020-01-02", "2020-01-03", "2020-01-03", "2020-01-06"],
  instrument: ["A", "B", "A", "C", "C"],
  weight: [0.5, -0.25, 0.5, 0.25, 0.25],
};

describe("positions", () => {
  it("exposure, concentration and turnover of three dates, by hand", () => {
    const found = positionStatistics(held, { top: 1 });
    expect(found.object(0)).toMatchObject({ long: 0.5, short: -0.25, net: 0.25, gross: 0.75, names: 2, largest: 0.5 });
    expect(found.get("hhi", 0)).toBeCloseTo((2 / 3) ** 2 + (1 / 3) ** 2, 12);
    expect(found.get("top1", 0)).toBeCloseTo(2 / 3, 12);
    expect(Array.from(found.array("turnover"))).toEqual([NaN, 0.25, 0.25]);
    expect(found.get("effectiveNames", 2)).toBe(1);
    expect(() => positionStatistics(held, { weight: "wait" })).toThrow(UnknownNameError);
  });

  it("stretches of dates on which a name is held; those cut off by the data say so", () => {
    expect(holdingPeriods(held).objects()).toMatchObject([
      { instrument: "A", steps: 2, complete: 0 },
      { instrument: "B", steps: 1, complete: 0 },
      { instrument: "C", steps: 2, complete: 0 },
    ]);
    const again = {
      datetime: ["2020-01-01", "2020-01-02", "2020-01-03", "2020-01-04"],
      instrument: [..."XAXA"],
      weight: [1, 1, 1, 0],
    };
    expect(holdingPeriods(again).objects()).toMatchObject([
      { instrument: "X", steps: 1, complete: 0 },
      { instrument: "A", steps: 1, complete: 1 },
      { instrument: "X", steps: 1, complete: 1 },
    ]);
  });
});

describe("round trips", () => {
  it("first in, first out: a sale over two lots, then the other side", () => {
    const { trips, summary, byInstrument, open, skipped } = roundTrips({
      datetime: ["2020-01-01", "2020-01-02", "2020-01-03", "2020-01-04", "2020-01-04"],
      instrument: ["A", "A", "A", "A", "B"],
      amount: [10, 10, -30, 10, 0],
      price: [1, 2, 3, 2, 1],
      cost: [1, 0, 3, 0, 0],
    });
    expect(trips.objects()).toMatchObject([
      { side: "long", amount: 10, openPrice: 1, closePrice: 3, cost: 2, pnl: 18, days: 2 },
      { side: "long", amount: 10, openPrice: 2, closePrice: 3, cost: 1, pnl: 9, days: 1 },
      { side: "short", amount: 10, openPrice: 3, closePrice: 2, cost: 1, pnl: 9, days: 1 },
    ]);
    expect(summary.object(0)).toMatchObject({ side: "all", trips: 3, winRate: 1, pnl: 36 });
    expect(byInstrument.object(0)).toMatchObject({ instrument: "A", share: 1 });
    expect([open, skipped]).toEqual([0, 1]);
  });

  it("without costs the profit of the trips and of what is open is that of the cash flows", () =>
    fc.assert(
      fc.property(
        fc.array(fc.tuple(fc.integer({ min: -5, max: 5 }), fc.integer({ min: 1, max: 20 })), {
          minLength: 1,
          maxLength: 30,
        }),
        (fills) => {
          const last = 10;
          const net = fills.reduce((total, [amount]) => total + amount, 0);
          const closed = [...fills, [-net, last] as [number, number]];
          const { trips, open } = roundTrips({
            datetime: closed.map((_, i) => new Date(Date.UTC(2020, 0, 1 + i))),
            instrument: closed.map(() => "A"),
            amount: closed.map(([amount]) => amount),
            price: closed.map(([, price]) => price),
          });
          expect(open).toBe(0);
          const cash = closed.reduce((total, [amount, price]) => total - amount * price, 0);
          expect((trips.array("pnl") as Float64Array).reduce((a, b) => a + b, 0)).toBeCloseTo(cash, 9);
        },
      ),
    ));

  it("a fill that goes back in time and a missing column are named; no fill is no trip", () => {
    const back = { datetime: ["2020-01-02", "2020-01-01"], instrument: ["A", "A"], amount: [1, 1], price: [1, 1] };
    expect(() => roundTrips(back)).toThrow(/fill 1 of "A" is earlier/);
    expect(() => roundTrips({ datetime: [], instrument: [], amount: [] })).toThrow(UnknownNameError);
    expect(roundTrips({ datetime: [], instrument: [], amount: [], price: [] }).trips.numRows()).toBe(0);
  });
});

describe("capacity", () => {
  it("days to sell scale with the capital; names without a volume are counted", () => {
    const source = {
      datetime: Array(3).fill("2020-01-02"),
      instrument: [..."ABC"],
      weight: [0.5, 0.25, 0.25],
      dollarVolume: [1e6, 1e6, NaN],
    };
    const found = capacity(source, { capital: [1e5, 1e6], participation: 0.1 });
    expect(Array.from(found.array("maxDays"))).toEqual([0.5, 5]);
    expect(found.get("withinOneDay", 0)).toBe(1);
    expect(found.get("withinOneDay", 1)).toBeCloseTo((0.5 * 0.2 + 0.25 * 0.4) / 0.75, 12);
    expect(found.get("unknown", 0)).toBe(0.25);
    expect(() => capacity(source, { participation: 2 })).toThrow(InvalidArgumentError);
  });
});

describe("sector attribution", () => {
  const number = fc.integer({ min: 0, max: 100 });
  it("the three effects add up to the active return, whatever is held", () =>
    fc.assert(
      fc.property(
        fc.array(fc.record({ w: number, v: number, r: fc.integer({ min: -50, max: 50 }) }), {
          minLength: 6,
          maxLength: 6,
        }),
        (names) => {
          fc.pre(names.some(({ w }) => w > 0) && names.some(({ v }) => v > 0));
          const [own, other] = [names.reduce((sum, { w }) => sum + w, 0), names.reduce((sum, { v }) => sum + v, 0)];
          const source = {
            datetime: names.map(() => "2020-01-02"),
            instrument: [..."ABCDEF"],
            weight: names.map(({ w }) => w / own),
            benchmarkWeight: names.map(({ v }) => v / other),
            return: names.map(({ r }) => r / 1000),
          };
          const { groups, daily } = sectorAttribution(source, { A: "x", B: "x", C: "y", D: "y", E: "z", F: "z" });
          const active = (daily.get("portfolio", 0) as number) - (daily.get("benchmark", 0) as number);
          expect(groups.get("total", groups.numRows() - 1)).toBeCloseTo(active, 12);
        },
      ),
    ));

  it("a sector of better return that is overweighted is allocation, a better name inside it selection", () => {
    const day = {
      datetime: Array(4).fill("2020-01-02"),
      instrument: [..."ABCD"],
      weight: [0.5, 0, 0.25, 0.25],
      benchmarkWeight: [0.25, 0.25, 0.25, 0.25],
      return: [0.04, 0, 0.01, 0.01],
    };
    const { daily } = sectorAttribution(day, { A: "x", B: "x", C: "y", D: "y" });
    expect(daily.get("selection", 0)).toBeCloseTo(0.5 * (0.04 - 0.02), 12);
    expect(daily.get("allocation", 0)).toBeCloseTo(0, 12);
  });
});
