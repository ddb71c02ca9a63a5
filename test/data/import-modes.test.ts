import { mkdtemp, readFile, readdir, rm, writeFile } from "node:fs/promises";
import os from "node:os";
import path from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { importMarket } from "../../src/data/import-market.js";
import { openMarket } from "../../src/data/open-market.js";
import { formatDatetime } from "../../src/engine/datetime.js";

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(path.join(os.tmpdir(), "alphabook-modes-"));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

const place = (name: string) => path.join(folder, name);
async function csv(name: string, ...rows: string[]): Promise<string> {
  await writeFile(place(name), ["date,instrument,close", ...rows].join("\n"));
  return place(name);
}
/** `A 2020-01-02 1` for each stored place of the grid, missing ones too. */
async function rowsOf(address: string): Promise<string[]> {
  const { calendar, instruments } = await (await openMarket(address)).loadBars({ fields: ["$close"] });
  return instruments.flatMap(({ instrument, first, values }) =>
    Array.from(values.get("$close")!, (value, t) => `${instrument} ${formatDatetime(calendar.at(first + t))} ${value}`),
  );
}
const old = () => csv("old.csv", "2020-01-02,A,1", "2020-01-03,A,2", "2020-01-02,B,10", "2020-01-03,B,11");

describe.each(["parquet", "csv", "qlib"] as const)("bars brought into %s", (to) => {
  it("by update are those after each instrument's last bar, on the calendar where one skipped a day", async () => {
    await importMarket(await old(), place("m"), { to });
    const fresh = await csv(
      "new.csv",
      "2020-01-03,A,99",
      "2020-01-06,A,3",
      "2020-01-07,A,4",
      "2020-01-07,B,12",
      "2020-01-06,C,7",
    );
    const written = await importMarket(fresh, place("m"), { mode: "update" });
    expect(written.added).toEqual({ instruments: 1, rows: 4, days: 2, leftOut: 0 });
    expect(await rowsOf(place("m"))).toEqual([
      ...["A 2020-01-02 1", "A 2020-01-03 2", "A 2020-01-06 3", "A 2020-01-07 4"],
      ...["B 2020-01-02 10", "B 2020-01-03 11", "B 2020-01-06 NaN", "B 2020-01-07 12"],
      "C 2020-01-06 7",
    ]);
    expect((await readdir(folder)).sort()).toEqual(["m", "new.csv", "old.csv"]);
    const again = await importMarket(fresh, place("m"), { mode: "update" });
    expect(again.added).toEqual({ instruments: 0, rows: 0, days: 0, leftOut: 0 });
  });

  it("by fix take the place of the instruments given, on the days that are there", async () => {
    await importMarket(await old(), place("m"), { to });
    const fresh = await csv("new.csv", "2020-01-03,B,21", "2020-01-06,B,22", "2020-01-02,C,7", "2020-01-03,C,8");
    const written = await importMarket(fresh, place("m"), { mode: "fix" });
    expect(written.added).toEqual({ instruments: 1, rows: 3, days: 0, leftOut: 1 });
    expect(written.notes).toContain("1 bars left out: their days are not in the calendar that is kept");
    expect(await rowsOf(place("m"))).toEqual([
      ...["A 2020-01-02 1", "A 2020-01-03 2", "B 2020-01-03 21", "C 2020-01-02 7", "C 2020-01-03 8"],
    ]);
  });
});

describe("a market that is added to", () => {
  it("knows names in any case where it is a store of Qlib", async () => {
    await importMarket(await old(), place("m"), { to: "qlib" });
    const { added } = await importMarket(await csv("new.csv", "2020-01-06,a,3"), place("m"), { mode: "update" });
    expect(added).toEqual({ instruments: 0, rows: 1, days: 1, leftOut: 0 });
    expect((await rowsOf(place("m"))).slice(0, 3)).toEqual(["A 2020-01-02 1", "A 2020-01-03 2", "A 2020-01-06 3"]);
  });

  it("keeps its other universes and what else lies there", async () => {
    await importMarket("synthetic://?instruments=6&days=150&top=3&seed=3", place("m"));
    const before = await readFile(place("m/top3_membership.csv"), "utf8");
    const longer = "synthetic://?instruments=6&days=160&top=3&seed=3";
    const { added } = await importMarket(longer, place("m"), { mode: "update" });
    expect(added!.days).toBe(10);
    expect(await readFile(place("m/top3_membership.csv"), "utf8")).toBe(before);
    expect((await openMarket(place("m"))).calendar.length).toBe(160);
  });

  it("has to be there, with bars of the same length, and the mode has to be one", async () => {
    const fresh = await old();
    await expect(importMarket(fresh, place("none"), { mode: "update" })).rejects.toThrow("there is nothing");
    await expect(importMarket(fresh, place("none"), { mode: "updat" as "update" })).rejects.toThrow('"update"');
    await importMarket("synthetic://?instruments=2&days=60", place("m"));
    await expect(
      importMarket("synthetic://?instruments=2&days=60", place("m"), { mode: "update", freq: "week" }),
    ).rejects.toThrow("its bars are of 1day, the new ones of 1week");
  });
});
