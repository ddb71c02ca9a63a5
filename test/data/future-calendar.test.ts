import { mkdtemp, rm, writeFile } from "node:fs/promises";
import os from "node:os";
import path from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { importMarket } from "../../src/data/import-market.js";
import { openMarket } from "../../src/data/open-market.js";
import { formatDatetime } from "../../src/engine/datetime.js";
import { queryFeatures } from "../../src/feature/query-features.js";

let folder: string;
const future = (...days: string[]) => writeFile(path.join(folder, "calendars", "day_future.txt"), days.join("\n"));
beforeAll(async () => {
  folder = await mkdtemp(path.join(os.tmpdir(), "alphabook-future-"));
  await importMarket("synthetic://?instruments=2&days=4", folder, { to: "qlib" });
});
afterAll(() => rm(folder, { recursive: true, force: true }));

describe("the future calendar of a store of Qlib", () => {
  const stored = ["2015-01-02", "2015-01-05", "2015-01-06", "2015-01-07"];

  it("is not there without its file, or without a day to come", async () => {
    expect((await openMarket(folder)).futureCalendar).toBeUndefined();
    await future(...stored);
    expect((await openMarket(folder)).futureCalendar).toBeUndefined();
  });

  it("goes on after the bars' own, which stays as it is", async () => {
    await future(...stored, "2015-01-08", "2015-01-12");
    const market = await openMarket(folder);
    expect([...market.calendar.datetimes].map(formatDatetime)).toEqual(stored);
    expect([...market.futureCalendar!.datetimes].map(formatDatetime)).toEqual([...stored, "2015-01-08", "2015-01-12"]);
    expect(market.futureCalendar!.futureDays).toBe(2);
    expect(formatDatetime(market.futureCalendar!.getDateByShift("2015-01-07", 2, { future: true }))).toBe("2015-01-12");
    expect(market.info()["future calendar"]).toBe("2 days to come, up to 2015-01-12");
    expect((await queryFeatures(market, ["$close"])).numDates).toBe(4);
  });

  it("that does not ascend is named", async () => {
    await future("2015-01-12", "2015-01-08");
    await expect(openMarket(folder)).rejects.toThrow("day_future.txt");
  });
});
