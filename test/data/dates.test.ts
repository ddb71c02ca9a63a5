import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import os from "node:os";
import path from "node:path";
import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";
import { openMarket } from "../../src/data/open-market.js";
import { readKeyTable } from "../../src/data/files/read-key-table.js";
import { formatDatetime } from "../../src/engine/datetime.js";
import type { EngineColumn } from "../../src/engine/columns.js";
import { getEngine } from "../../src/engine/engine.js";
import { Engine } from "../../src/engine/instance.js";
import { DataError } from "../../src/errors.js";
import { host } from "../../src/host/host.js";
import { queryFeatures } from "../../src/feature/query-features.js";

let folder: string;
let files = 0;
beforeAll(async () => {
  folder = await mkdtemp(path.join(os.tmpdir(), "alphabook-dates-"));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

/** A CSV file of two bars of A on these days. */
async function fileOf(...dates: string[]): Promise<string> {
  const file = path.join(folder, `bars${files++}.csv`);
  await writeFile(file, ["date,instrument,close", ...dates.map((date, i) => `${date},A,${i + 1}`)].join("\n"));
  return file;
}
const daysOf = async (...dates: string[]) =>
  [...(await openMarket(await fileOf(...dates))).calendar.datetimes].map(formatDatetime);

describe("dates of a file", () => {
  it.each([
    [
      ["2020-03-06", "2020-03-13"],
      ["2020-03-06", "2020-03-13"],
    ],
    [
      ["2020/03/06", "2020/03/13"],
      ["2020-03-06", "2020-03-13"],
    ],
    [
      ["2020-03-06T09:31", "2020-03-06 09:32:00"],
      ["2020-03-06 09:31", "2020-03-06 09:32"],
    ],
    [
      ["2020-03-06 00:00:00+00:00", "2020-03-09 00:00:00+00:00"],
      ["2020-03-06", "2020-03-09"],
    ],
    [
      ["2020-03-06T00:00:00Z", "2020-03-09T00:00:00Z"],
      ["2020-03-06", "2020-03-09"],
    ],
    // Over the change to summer time in New York: five hours to UTC, then four.
    [
      ["2020-03-06 16:00:00-05:00", "2020-03-09 16:00:00-04:00"],
      ["2020-03-06 21:00", "2020-03-09 20:00"],
    ],
  ])("%j are read as they stand, instants as UTC", async (dates, expected) => {
    expect(await daysOf(...dates)).toEqual(expected);
  });

  it.each([
    [["03/06/2020", "03/09/2020"], '"03/06/2020" (row 1)'],
    [["03/06/2020", "03/13/2020"], '"03/06/2020" (row 1)'],
    [["06.03.2020", "13.03.2020"], '"06.03.2020" (row 1)'],
    [["20-03-06", "20-03-13"], "0020-03-06: no trading day"],
    [["20200306", "20200309"], "holds BIGINT values"],
    [["2020-02-30", "2020-03-02"], '"2020-02-30" (row 1)'],
  ])("%j could be other days: refused with what is expected", async (dates, seen) => {
    const opened = daysOf(...dates);
    await expect(opened).rejects.toThrow(DataError);
    await expect(opened).rejects.toThrow(seen);
    await expect(opened).rejects.toThrow("expected: YYYY-MM-DD");
  });

  describe("at the exchange's midnight", () => {
    const winter = "2020-03-06 00:00:00-05:00";
    const summer = "2020-03-09 00:00:00-04:00";

    it.each([
      [[winter, summer]],
      [["2020-03-06T00:00:00+08:00", "2020-03-09T00:00:00+08:00"]],
      [["2020-03-06 00:00:00-05", "2020-03-09 00:00:00-04"]],
    ])("%j are the days that are written, told once", async (dates) => {
      const told = vi.spyOn(host, "notice").mockImplementation(() => undefined);
      const file = await fileOf(...dates);
      const market = await openMarket(file);
      const [texts] = told.mock.calls;
      expect(told).toHaveBeenCalledTimes(1);
      told.mockRestore();
      expect(texts![0]).toContain("taken as the day 2020-03-06, not as UTC");
      expect(texts![0]).toContain(path.basename(file));
      expect([...market.calendar.datetimes].map(formatDatetime)).toEqual(["2020-03-06", "2020-03-09"]);
      expect(market.freq).toBe("1day");
      expect([...(await queryFeatures(market, ["$close"])).get("$close")]).toEqual([1, 2]);
    });

    it("are days in a table of one's own factors", async () => {
      const { table } = await readKeyTable(await fileOf(winter, summer));
      const column = table.columns.get("datetime")!;
      expect(column.type === "datetime" && [...column.values].map(formatDatetime)).toEqual([
        "2020-03-06",
        "2020-03-09",
      ]);
    });

    it("among other clock times are instants, as in files of minutes", async () => {
      expect(await daysOf(winter, "2020-03-06 00:01:00-05:00")).toEqual(["2020-03-06 05:00", "2020-03-06 05:01"]);
    });

    it("are days in a file per instrument and in texts of a Parquet file, too", async () => {
      const place = path.join(folder, "each");
      await mkdir(place);
      for (const name of ["A", "B"])
        await writeFile(path.join(place, `${name}.csv`), `date,close\n${winter},1\n${summer},2\n`);
      const csv = await openMarket(place);
      expect([...csv.calendar.datetimes].map(formatDatetime)).toEqual(["2020-03-06", "2020-03-09"]);
      expect(csv.allInstruments).toEqual(["A", "B"]);

      const parquet = path.join(folder, "texts.parquet");
      const codes = Int32Array.from([0, 1]);
      await (
        await getEngine()
      ).writeParquet(parquet, {
        numRows: 2,
        columns: new Map<string, EngineColumn>([
          ["date", { type: "text", codes, dictionary: [winter, summer] }],
          ["instrument", { type: "text", codes: new Int32Array(2), dictionary: ["A"] }],
          ["close", { type: "float64", values: Float64Array.from([1, 2]) }],
        ]),
      });
      const opened = await openMarket(parquet);
      expect([...opened.calendar.datetimes].map(formatDatetime)).toEqual(["2020-03-06", "2020-03-09"]);
    });
  });

  it("of a table of one's own factors are never guessed either", async () => {
    const { table } = await readKeyTable(await fileOf("03/06/2020", "03/09/2020"));
    expect(table.columns.get("datetime")!.type).toBe("text");
  });

  it("with a zone do not depend on the machine's", async () => {
    const zone = process.env.TZ;
    try {
      for (const TZ of ["Asia/Tokyo", "America/New_York"]) {
        process.env.TZ = TZ;
        const engine = await Engine.open({ memoryShare: 0.05 });
        const { columns } = await engine.query(
          `SELECT current_setting('TimeZone') AS zone, CAST(CAST(TIMESTAMPTZ '2020-03-06 00:00:00+00' AS TIMESTAMP) AS VARCHAR) AS text`,
        );
        const texts = ["zone", "text"].map((name) => {
          const column = columns.get(name)!;
          return column.type === "text" ? column.dictionary[column.codes[0]!] : column.type;
        });
        expect(texts).toEqual(["UTC", "2020-03-06 00:00:00"]);
      }
    } finally {
      if (zone === undefined) delete process.env.TZ;
      else process.env.TZ = zone;
    }
  });
});

describe("bars in any order", () => {
  it("stand on the calendar in its order", async () => {
    const market = await openMarket(await fileOf("2020-03-09", "2020-03-05", "2020-03-06"));
    expect([...(await queryFeatures(market, ["$close"])).get("$close")]).toEqual([2, 3, 1]);
  });

  it("with infinities are read, and the health check calls them errors", async () => {
    const file = path.join(folder, "infinite.csv");
    await writeFile(file, "date,instrument,close\n2020-03-06,A,inf\n2020-03-09,A,2\n");
    const market = await openMarket(file);
    expect([...(await queryFeatures(market, ["$close"])).get("$close")]).toEqual([Infinity, 2]);
    const report = await market.healthCheck();
    expect(report.isHealthy).toBe(false);
    expect(report.findings).toContainEqual({
      check: "infinite",
      field: "$close",
      count: 1,
      severity: "error",
      examples: ["A 2020-03-06"],
      files: ["infinite.csv"],
    });
  });
});
