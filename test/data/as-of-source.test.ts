import { describe, expect, it } from "vitest";
import { openMarket } from "../../src/data/open-market.js";
import { DataError } from "../../src/errors.js";

const ADDRESS = "synthetic://?instruments=6&days=40&seed=3";

describe("a market as it was known on a day", () => {
  it("has every field as stored up to the day, and nothing later", async () => {
    const whole = await openMarket(ADDRESS);
    const known = await openMarket(ADDRESS, { asOf: "2015-01-20" });
    expect(known.calendar.length).toBe(12);
    const [all, cut] = await Promise.all([whole.loadBars({ end: "2015-01-20" }), known.loadBars()]);
    expect(cut.instruments.map(({ instrument }) => instrument)).toEqual(
      all.instruments.map(({ instrument }) => instrument),
    );
    for (const [i, { values }] of cut.instruments.entries())
      for (const [field, column] of values) expect(column).toEqual(all.instruments[i]!.values.get(field));
  });

  it("is opened again by its options, and told apart by its fingerprint", async () => {
    const known = await openMarket(ADDRESS, { asOf: "2015-01-20" });
    const again = await openMarket(known.address, known.options);
    expect(again.calendar.length).toBe(12);
    expect(await again.fingerprint()).toBe(await known.fingerprint());
    expect(await known.fingerprint()).not.toBe(await (await openMarket(ADDRESS)).fingerprint());
  });

  it("makes longer bars only of what was known", async () => {
    const weeks = await openMarket(ADDRESS, { asOf: "2015-01-07", freq: "week" });
    const days = await openMarket(ADDRESS);
    const [bar] = (await weeks.loadBars({ fields: ["$close"] })).instruments;
    const [day] = (await days.loadBars({ fields: ["$close"], end: "2015-01-07" })).instruments;
    expect(bar!.values.get("$close")!.at(-1)).toBe(day!.values.get("$close")!.at(-1));
  });

  it("refuses a day before the first one", async () => {
    await expect(openMarket(ADDRESS, { asOf: "2014-12-31" })).rejects.toThrow(DataError);
  });
});
