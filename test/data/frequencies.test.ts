import { mkdtemp, rm, writeFile } from "node:fs/promises";
import os from "node:os";
import path from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { resampleValues } from "../../src/data/resample-rules.js";
import { openMarket } from "../../src/data/open-market.js";
import { formatDatetime } from "../../src/engine/datetime.js";

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(path.join(os.tmpdir(), "alphabook-freq-"));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

describe("longer bars", () => {
  it("open first, close last, span highest and lowest, add volumes up", async () => {
    await writeFile(
      path.join(folder, "p.csv"),
      `datetime,instrument,open,high,low,close,volume,vwap,change,rating
2024-01-04,A,10,12,9,11,100,10.5,0.9,1
2024-01-05,A,11,15,11,14,300,13,0.27,2
2024-01-08,A,,,,,,,,
2024-01-09,A,14,14,13,13,,13.4,-0.07,
2024-01-10,B,1,1,1,1,5,1,,7
`,
    );
    const market = await openMarket(path.join(folder, "p.csv"), { freq: "week" });
    expect([...market.calendar.datetimes].map(formatDatetime)).toEqual(["2024-01-04", "2024-01-08"]);
    const { instruments } = await market.loadBars();
    const values = (i: number, field: string) => [...instruments[i]!.values.get(field)!];
    expect(values(0, "$open")).toEqual([10, 14]);
    expect(values(0, "$high")).toEqual([15, 14]);
    expect(values(0, "$low")).toEqual([9, 13]);
    expect(values(0, "$close")).toEqual([14, 13]);
    expect(values(0, "$volume")).toEqual([400, NaN]);
    expect(values(0, "$vwap")).toEqual([(10.5 * 100 + 13 * 300) / 400, 13.4]);
    expect(values(0, "$rating")).toEqual([2, NaN]);
    // The stored change is of days; the one of weeks is derived.
    expect(values(0, "$change")).toEqual([NaN, 13 / 14 - 1]);
    expect(market.derived).toMatchObject({ $change: "$close / previous traded $close - 1" });
    expect(instruments.map(({ first, length }) => [first, length])).toEqual([
      [0, 2],
      [1, 1],
    ]);
    expect(await market.fingerprint()).toMatch(/^p rows=3 last=2024-01-08 1week float64 sha256=/);
    expect(String(market)).toBe("Market(p, 2 instruments, 2 bars of 1week 2024-01-04 … 2024-01-08)");
  });

  it("belong to a universe when they begin in it, or are the instrument's first", async () => {
    const days = ["02", "03", "04", "05", "08", "09", "10", "11"];
    const rows = ["A", "B"].flatMap((name) =>
      days.slice(name === "B" ? 2 : 0).map((day) => `2024-01-${day},${name},1`),
    );
    await writeFile(path.join(folder, "p.csv"), `datetime,instrument,close\n${rows.join("\n")}\n`);
    await writeFile(
      path.join(folder, "x_membership.csv"),
      "instrument,start_date,end_date\nA,2024-01-03,2024-01-09\nB,2024-01-01,2024-01-05\n",
    );
    const market = await openMarket(folder, { freq: "week" });
    const spans = (universe: string) =>
      market
        .instruments(universe)
        .map(({ instrument, spans }) => [
          instrument,
          ...spans.map(({ start, end }) => `${formatDatetime(start)}/${formatDatetime(end)}`),
        ]);
    // A joins inside the first week: its first bar of the universe is the next one.
    expect(spans("x")).toEqual([
      ["A", "2024-01-08/2024-01-08"],
      ["B", "2024-01-02/2024-01-02"],
    ]);
    expect(spans("all")).toEqual([
      ["A", "2024-01-02/2024-01-08"],
      ["B", "2024-01-02/2024-01-08"],
    ]);
  });

  it("weigh by volume, and plainly where nothing was traded", () => {
    const out = new Float64Array(3);
    const [values, volume] = [Float64Array.of(1, 3, 5, 7, NaN), Float64Array.of(1, 3, 0, 0, 4)];
    resampleValues("volume-weighted mean", values, [0, 2, 4, 5], out, volume);
    expect([...out]).toEqual([2.5, 6, NaN]);
  });

  it("made of parts are those made of the whole", async () => {
    const address = "synthetic://?instruments=6&days=120&freq=30min";
    const whole = await (
      await openMarket(address, { freq: "week" })
    ).loadBars({ start: "2015-02-01", end: "2015-04-01" });
    const parts = await openMarket(address, { freq: "week", keepColumns: false });
    expect((await parts.loadBars({ start: "2015-02-01", end: "2015-04-01" })).instruments).toEqual(whole.instruments);
  });
});

describe("minutes of a synthetic market", () => {
  for (const [region, bars] of [
    ["us", 78],
    ["cn", 48],
  ] as const) {
    it(`put together are its days (${region})`, async () => {
      const address = `synthetic://?instruments=5&days=70&region=${region}&dividends=0.04`;
      const daily = await (await openMarket(address)).loadBars({ universe: ["INDEX", "S0001", "S0004"] });
      const minutes = await openMarket(`${address}&freq=5min`);
      expect([minutes.freq, minutes.calendar.length, minutes.region]).toEqual(["5min", 70 * bars, region]);
      const again = await openMarket(`${address}&freq=5min`, { freq: "day" });
      const put = await again.loadBars({
        fields: daily.fields.filter((f) => !f.startsWith("$limit")),
        universe: ["INDEX", "S0001", "S0004"],
      });
      expect(put.calendar.datetimes).toEqual(daily.calendar.datetimes);
      for (const [i, { instrument, values }] of daily.instruments.entries()) {
        for (const field of ["$open", "$high", "$low", "$close", "$factor", "$change"])
          expect([...put.instruments[i]!.values.get(field)!], `${instrument} ${field}`).toEqual([
            ...values.get(field)!,
          ]);
        put.instruments[i]!.values.get("$volume")!.forEach((volume, t) => {
          const wanted = values.get("$volume")![t]!;
          expect(Number.isNaN(volume) ? NaN : volume / wanted).toSatisfy(
            (ratio: number) => Number.isNaN(wanted) || Math.abs(ratio - 1) < 1e-12,
          );
        });
      }
      const report = await minutes.healthCheck();
      expect(report.findings.filter(({ severity }) => severity === "error")).toEqual([]);
    });
  }

  it("are the same for the same seed, in whole or in part", async () => {
    const address = "synthetic://?instruments=4&days=30&freq=30min";
    const range = { fields: ["$close", "$volume"], start: "2015-01-12 11:00", end: "2015-01-13" };
    const [kept, read] = [await openMarket(address), await openMarket(address, { keepColumns: false })];
    expect((await read.loadBars(range)).instruments).toEqual((await kept.loadBars(range)).instruments);
    const other = await openMarket(`${address}&seed=8`);
    expect(await other.fingerprint()).not.toBe(await kept.fingerprint());
  });
});
