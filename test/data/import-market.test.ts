import { mkdtemp, readFile, rm } from "node:fs/promises";
import os from "node:os";
import path from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import fc from "fast-check";
import { importMarket } from "../../src/data/import-market.js";
import type { Market } from "../../src/data/market.js";
import { openMarket } from "../../src/data/open-market.js";
import { formatDatetime } from "../../src/engine/datetime.js";
import { queryFeatures } from "../../src/feature/query-features.js";

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(path.join(os.tmpdir(), "alphabook-import-"));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

const FIELDS = ["$open", "$high", "$low", "$close", "$volume", "$factor", "$change", "$vwap"];

/** A universe's rows as plain text keys and numbers. */
async function panelOf(market: Market, universe: string) {
  const panel = await queryFeatures(market, FIELDS, { universe });
  const keys = Array.from(panel.codes, (code) => panel.instruments[code]);
  return { dates: [...panel.dates].map(formatDatetime), keys, columns: FIELDS.map((field) => [...panel.get(field)]) };
}

describe("a market written in another format", () => {
  it("is the same panel as CSV, as Parquet and, in float32, as Qlib's store, for any seed", async () => {
    let round = 0;
    await fc.assert(
      fc.asyncProperty(fc.integer({ min: 1, max: 1e6 }), fc.constantFrom("us", "cn"), async (seed, region) => {
        const address = `synthetic://?instruments=12&days=200&seed=${seed}&top=5&dividends=0.04&region=${region}`;
        const place = (name: string) => path.join(folder, `${name}${round}`);
        round++;
        const exact = await openMarket(address);
        const rounded = await openMarket(address, { precision: "float32" });
        for (const to of ["csv", "parquet", "qlib"] as const) await importMarket(address, place(to), { to });
        for (const universe of ["all", "top5"]) {
          const [expected, expected32] = [await panelOf(exact, universe), await panelOf(rounded, universe)];
          expect(await panelOf(await openMarket(place("csv")), universe)).toEqual(expected);
          expect(await panelOf(await openMarket(place("parquet")), universe)).toEqual(expected);
          expect(await panelOf(await openMarket(place("qlib")), universe)).toEqual(expected32);
          const both = await openMarket(place("parquet"), { precision: "float32" });
          expect(await panelOf(both, universe)).toEqual(expected32);
        }
        const again = await openMarket(place("parquet"));
        expect([again.benchmark, again.region, again.universe]).toEqual(["INDEX", region, "all"]);
        expect([...again.sectors].sort()).toEqual([...exact.sectors].sort());
      }),
      { numRuns: 4 },
    );
  });

  it("is told by what was written", async () => {
    const written = await importMarket("synthetic://?instruments=3&days=40", path.join(folder, "q"), { to: "qlib" });
    expect(written).toMatchObject({ format: "qlib", instruments: 4, universes: ["all"], files: 2 + 4 * 8 });
    expect(written.notes).toEqual(["values rounded to float32"]);
    const lines = (await readFile(path.join(folder, "q", "calendars", "day.txt"), "utf8")).split("\n");
    expect([lines[0], lines.length]).toEqual(["2015-01-02", 41]);
    const all = await readFile(path.join(folder, "q", "instruments", "all.txt"), "utf8");
    const [first] = (await openMarket("synthetic://?instruments=3&days=40")).instruments();
    const { start, end } = first!.spans[0]!;
    expect(all.split("\n")[0]).toBe(`S0001\t${formatDatetime(start)}\t${formatDatetime(end)}`);
  });

  it("may be one file, then without its universes", async () => {
    const file = path.join(folder, "sub", "prices.csv");
    const { notes, rows } = await importMarket("synthetic://?instruments=3&days=40", file);
    expect(notes).toEqual(["universes left out: all"]);
    expect((await readFile(file, "utf8")).trim().split("\n").length).toBe(rows + 1);
    expect((await readFile(file, "utf8")).split("\n")[0]).toBe(
      "datetime,instrument,open,high,low,close,volume,vwap,factor",
    );
    expect((await openMarket(file)).universes).toEqual(["all", "prices"]);
  });

  it("is written neither over something else nor in a format that is none", async () => {
    const address = "synthetic://?instruments=3&days=40";
    await importMarket(address, folder, { to: "csv" });
    await expect(importMarket(address, folder, { to: "csv" })).rejects.toThrow(/there is something already[^]*--force/);
    await importMarket(address, folder, { to: "csv", overwrite: true });
    await expect(importMarket(address, path.join(folder, "a.csv"), { to: "parquet" })).rejects.toThrow(
      /the format is "parquet"[^]*csv for this file/,
    );
    await expect(importMarket(address, path.join(folder, "x"), { to: "pickle" as never })).rejects.toThrow(/"pickle"/);
  });

  it("can be made of longer bars on the way", async () => {
    await importMarket("synthetic://?instruments=3&days=40", folder, { to: "qlib", freq: "week" });
    const market = await openMarket(folder);
    expect([market.freq, market.calendar.length]).toEqual(["1week", 10]);
  });
});
