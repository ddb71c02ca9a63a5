import { describe, expect, it } from "vitest";
import { openMarket } from "../../src/data/open-market.js";
import { Alpha158 } from "../../src/dataset/alpha158.js";
import { DataHandlerLP } from "../../src/dataset/data-handler-lp.js";
import { DatasetH } from "../../src/dataset/dataset-h.js";
import { filterInstruments } from "../../src/data/instrument-filter.js";
import { ExpressionDFilter } from "../../src/feature/expression-d-filter.js";
import { queryFeatures } from "../../src/feature/query-features.js";

const ADDRESS = "synthetic://?instruments=12&days=300&seed=9";

describe("a handler over longer or shorter bars", () => {
  it("counts its windows and labels in bars: weeks", async () => {
    const market = await openMarket(ADDRESS, { freq: "week" });
    const label = [
      { name: "NEXT", expression: "Ref($close, -2) / Ref($close, -1) - 1" },
      { name: "MONTH", expression: "Ref($close, -5) / Ref($close, -1) - 1" },
    ];
    const handler = new DataHandlerLP({ market, features: ["$close / Ref($close, 4) - 1"], label });
    const { panel: raw } = await handler.fetch("raw");
    expect(raw.numDates).toBe(market.calendar.length);
    const closes = await queryFeatures(market, ["$close"], { universe: ["S0003"] });
    const close = closes.get("$close");
    const rows = Array.from(raw.codes.keys()).filter((row) => raw.instruments[raw.codes[row]!] === "S0003");
    const at = 10;
    expect(raw.get("NEXT")[rows[at]!]).toBeCloseTo(close[at + 2]! / close[at + 1]! - 1, 12);
    expect(raw.get("MONTH")[rows[at]!]).toBeCloseTo(close[at + 5]! / close[at + 1]! - 1, 12);
    expect(raw.get("$close / Ref($close, 4) - 1")[rows[at]!]).toBeCloseTo(close[at]! / close[at - 4]! - 1, 6);
  });

  it("is described so that the same bars are opened again", async () => {
    const market = await openMarket(ADDRESS, { freq: "week" });
    const first = new DataHandlerLP({ market, features: ["$close"] });
    const { kwargs } = JSON.parse(JSON.stringify(first.config())) as { kwargs: { market: object } };
    expect(kwargs.market).toMatchObject({ address: market.address, freq: "week" });
    const again = new DataHandlerLP(kwargs as unknown as ConstructorParameters<typeof DataHandlerLP>[0]);
    const [one, other] = [await first.fetch("raw"), await again.fetch("raw")];
    expect([...other.panel.dates]).toEqual([...one.panel.dates]);
  });

  it("gives Alpha158 of half-hours, and cuts segments by datetime", async () => {
    const market = await openMarket("synthetic://?instruments=5&days=12&freq=30min");
    const dataset = new DatasetH({
      handler: new Alpha158({ market, learnProcessors: [] }),
      segments: { morning: ["2015-01-06 09:30", "2015-01-06 11:30"], day: ["2015-01-07", "2015-01-07"] },
    });
    const [morning, day] = [await dataset.prepare("morning"), await dataset.prepare("day")];
    expect([morning.numDates, day.numDates]).toEqual([5, 13]);
    expect(day.columnNames.length).toBe(159);
  });
});

describe("a handler over filtered instruments", () => {
  it("takes the spans that filters leave as its universe", async () => {
    const market = await openMarket(ADDRESS);
    const universe = await filterInstruments(market, "all", [new ExpressionDFilter({ ruleExpression: "$close > 35" })]);
    const { panel: raw } = await new DataHandlerLP({ market, features: ["$close"], universe }).fetch("raw");
    expect(raw.numRows).toBeGreaterThan(100);
    expect(raw.get("$close").filter((close) => !(close > 35)).length).toBe(0);
  });

  it("filters by itself, says so in its description, and gives the same rows again", async () => {
    const handler = new DataHandlerLP({
      market: ADDRESS,
      features: ["$close"],
      filterPipe: [
        { filter_type: "NameDFilter", name_rule_re: "S000", filter_start_time: null },
        new ExpressionDFilter({ ruleExpression: "$close > 35" }),
      ],
    });
    const { panel } = await handler.fetch("raw");
    expect(panel.instruments.every((name) => name.startsWith("S000"))).toBe(true);
    expect(panel.get("$close").filter((close) => !(close > 35)).length).toBe(0);
    const { kwargs } = JSON.parse(JSON.stringify(handler.config())) as { kwargs: Record<string, unknown> };
    expect(kwargs["filterPipe"]).toEqual([
      { class: "NameDFilter", kwargs: { nameRuleRe: "S000" } },
      { class: "ExpressionDFilter", kwargs: { ruleExpression: "$close > 35" } },
    ]);
    const again = new DataHandlerLP(kwargs as unknown as ConstructorParameters<typeof DataHandlerLP>[0]);
    expect((await again.fetch("raw")).panel.numRows).toBe(panel.numRows);
  });

  it("refuses what is no filter, and tells when none is left", async () => {
    const rows = async (filter: object) =>
      new DataHandlerLP({ market: ADDRESS, features: ["$close"], filterPipe: [filter as never] }).fetch("raw");
    await expect(rows({ class: "NameFilter" })).rejects.toThrow(
      /unknown filter "NameFilter"[^]*did you mean "NameDFilter"/,
    );
    await expect(rows({ rule: "x" })).rejects.toThrow(/is no filter[^]*expected: new NameDFilter/);
    await expect(rows({ class: "NameDFilter", kwargs: { name_rule_re: "Z" } })).rejects.toThrow(
      /NameDFilter\(Z\) leaves none of 12 instruments/,
    );
  });
});
