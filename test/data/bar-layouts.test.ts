import { mkdtemp, mkdir, rm, writeFile } from "node:fs/promises";
import os from "node:os";
import path from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { checkMarket } from "../../src/data/check-market.js";
import { openMarket } from "../../src/data/open-market.js";
import { getEngine } from "../../src/engine/engine.js";
import { DataError, UnknownNameError } from "../../src/errors.js";

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(path.join(os.tmpdir(), "alphabook-layout-"));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

async function write(name: string, ...lines: readonly string[]): Promise<string> {
  const file = path.join(folder, name);
  await mkdir(path.dirname(file), { recursive: true });
  await writeFile(file, `${lines.join("\n")}\n`);
  return file;
}
const closes = async (market: Awaited<ReturnType<typeof openMarket>>) =>
  (await market.loadBars({ fields: ["$close"] })).instruments.map(({ instrument, first, values }) => [
    instrument,
    first,
    ...values.get("$close")!,
  ]);

describe("a folder with a file per instrument", () => {
  it("names instruments by their files, in capitals", async () => {
    await write("aapl.csv", "date,close,volume", "2024-01-02,10,5", "2024-01-03,11,6");
    await write("brk.b.csv", "date,close,volume", "2024-01-03,300,7");
    const market = await openMarket(folder);
    expect(await closes(market)).toEqual([
      ["AAPL", 0, 10, 11],
      ["BRK.B", 1, 300],
    ]);
    expect(market.universes).toEqual(["all"]);
    expect((await openMarket(folder, { limitNums: 1 })).allInstruments).toEqual(["AAPL"]);
  });

  it("may have another suffix, and columns of other names, left out or chosen", async () => {
    await write("a_1d.csv", "day,close,volume,pe,note", "2024-01-02,10,5,20,x");
    await write("b_1d.csv", "day,close,volume,pe,note", "2024-01-02,11,6,21,y");
    await write("other.csv", "x", "1");
    const options = { fileSuffix: "_1d.csv", dateFieldName: "day" };
    const market = await openMarket(folder, { ...options, excludeFields: ["volume"] });
    expect([market.allInstruments, market.fields]).toEqual([
      ["A", "B"],
      ["$close", "$pe", "$factor", "$change"],
    ]);
    expect((await openMarket(folder, { ...options, includeFields: ["CLOSE"] })).fields).toEqual([
      "$close",
      "$factor",
      "$change",
    ]);
    await expect(openMarket(folder, { ...options, includeFields: ["close", "volum"] })).rejects.toThrow(
      /unknown column "volum"[^]*did you mean "volume"\?/,
    );
    await expect(openMarket(folder, { ...options, fileSuffix: "_1w.csv" })).rejects.toThrow(/no _1w.csv file/);
    // The options come along when the market is opened again.
    expect(market.options).toMatchObject(options);
  });

  it("tells the file and row of a fault", async () => {
    await write("a.csv", "date,close", "2024-01-02,10");
    await write("b.csv", "date,close", "2024-01-02,10", "2024-01-03,ten");
    await expect(openMarket(folder)).rejects.toThrow(/b.csv: column "close" holds "ten" \(row 2\): no number/);
    await write("b.csv", "date,close", "2024-01-02,10", "03/2024,11");
    await expect(openMarket(folder)).rejects.toThrow(/b.csv: column "date" holds "03\/2024" \(row 2\): no date/);
    await write("b.csv", "date,close,instrument", "2024-01-02,10,X");
    await expect(openMarket(folder)).rejects.toThrow(/some of its 2 files have a column "instrument", others not/);
  });
});

describe("one file of many instruments", () => {
  it("may call its columns otherwise", async () => {
    const file = await write("p.csv", "trade_date,symbol,close", "2024-01-02,A,10");
    const market = await openMarket(file, { symbolFieldName: "symbol", dateFieldName: "trade_date" });
    expect(await closes(market)).toEqual([["A", 0, 10]]);
    await expect(openMarket(file)).rejects.toThrow(/no column "instrument"[^]*symbolFieldName/);
    await expect(openMarket(file, { symbolFieldName: "symbol", dateFieldName: "day" })).rejects.toThrow(
      /no column "day"/,
    );
  });
});

describe("partitions", () => {
  it("are one universe, named after their folder", async () => {
    await write("bars/year=2023/a.csv", "datetime,instrument,close", "2023-12-29,A,10");
    await write("bars/year=2024/a.csv", "datetime,instrument,close", "2024-01-02,A,11", "2024-01-02,B,5");
    const market = await openMarket(path.join(folder, "bars"));
    expect([market.universes, market.fields.includes("$year")]).toEqual([["all", "bars"], true]);
    expect(await closes(market)).toEqual([
      ["A", 0, 10, 11],
      ["B", 1, 5],
    ]);
    // Beside other files they are one of several universes.
    await write("etf.csv", "datetime,instrument,close", "2024-01-02,SPY,400");
    expect([...(await openMarket(folder)).universes].sort()).toEqual(["all", "bars", "etf"]);
    await write("bars/year=2024/b.parquet", "x");
    await expect(openMarket(path.join(folder, "bars"))).rejects.toThrow(/both Parquet and CSV/);
  });

  it("may be Parquet, with the instrument in the folder's name", async () => {
    for (const [name, close] of [
      ["A", 1],
      ["B", 2],
    ] as const) {
      await mkdir(path.join(folder, `instrument=${name}`));
      await (
        await getEngine()
      ).writeParquet(path.join(folder, `instrument=${name}`, "0.parquet"), {
        numRows: 1,
        columns: new Map([
          ["datetime", { type: "datetime", values: Float64Array.of(Date.UTC(2024, 0, 2)) }],
          ["close", { type: "float64", values: Float64Array.of(close) }],
        ]),
      });
    }
    expect(await closes(await openMarket(folder))).toEqual([
      ["A", 0, 1],
      ["B", 0, 2],
    ]);
  });
});

describe("columns that are not kept", () => {
  it("give the same bars, derived fields included, for any request", async () => {
    const rows = ["A", "B", "C"].flatMap((name, n) =>
      Array.from(
        { length: 8 },
        (_, i) => `2024-01-${String(i + 2 + n).padStart(2, "0")},${name},${i + n + 1},${i + 3},${i + 1}`,
      ),
    );
    rows.splice(4, 1);
    const file = await write("p.csv", "datetime,instrument,close,high,low", ...rows);
    const [kept, read] = [await openMarket(file), await openMarket(file, { keepColumns: false })];
    for (const request of [
      {},
      { fields: ["$close"], start: "2024-01-05", end: "2024-01-08" },
      { fields: ["$change", "$vwap"], start: "2024-01-07", universe: ["A", "C"] },
      { fields: ["$vwap"], universe: ["B"], end: "2024-01-04" },
      { fields: ["$close"], start: "2025-01-01" },
    ])
      expect((await read.loadBars(request)).instruments).toEqual((await kept.loadBars(request)).instruments);
    const range = { start: "2024-01-04", end: "2024-01-20" };
    expect(await (await openMarket(file, { keepColumns: false, benchmark: "B" })).benchmarkReturns(range)).toEqual(
      await (await openMarket(file, { benchmark: "B" })).benchmarkReturns(range),
    );
  });
});

describe("an empty universe", () => {
  it("is an error that says why", async () => {
    await write("p.csv", "datetime,instrument,close", "2024-01-02,A,1");
    await write("x_membership.csv", "instrument,start_date,end_date", "GONE,2020-01-01,");
    const market = await openMarket(folder);
    expect(() => market.instruments("x")).toThrow(DataError);
    expect(() => market.instruments("x")).toThrow(
      /universe "x" of market [^:]*: it is empty\n {2}members in x_membership.csv: 0 instruments with prices, 1 without; known universes: all, p, x/,
    );
    await expect(market.loadBars({ universe: [] })).rejects.toThrow(/Cannot use the universe: it is empty/);
    await expect(market.loadBars({ universe: [{ instrument: "Z", spans: [] }] })).rejects.toThrow(UnknownNameError);
  });
});

describe("checkMarket", () => {
  const told = async (address = folder) =>
    (await checkMarket(address)).findings.map(({ check, field, files, examples, severity }) => ({
      check,
      field,
      file: files.join(),
      first: examples[0],
      severity,
    }));

  it("tells every file that cannot be read, each with its fault", async () => {
    await write("a.csv", "date,instrument,close", "2024-01-02,A,1", "2024-13-03,A,2");
    await write("b.csv", "date,instrument,price", "2024-01-02,B,1");
    await write("c.csv", "date,instrument,close", "2024-01-02,C,1");
    const found = await told();
    expect(found.map(({ check, field, file, severity }) => [check, field, file, severity])).toEqual([
      ['column "date" holds "2024-13-03" (row 2): no date', "date", "a.csv", "error"],
      ['no column "close"', "", "b.csv", "error"],
    ]);
    expect(found[1]!.first).toBe("it has: date, instrument, price");
  });

  it("tells duplicates, rows out of order and impossible bars with file, column and first rows", async () => {
    await write(
      "odd.csv",
      "date,instrument,open,high,low,close,volume,change",
      "2024-01-03,A,10,11,9,10,5,0.3",
      "2024-01-02,A,10,9,9,10,5,",
      "2024-01-03,A,10,11,9,10,5,0",
    );
    expect(await told()).toEqual([
      {
        check: "duplicate key",
        field: "instrument, datetime",
        file: "odd.csv",
        first: "A 2024-01-03",
        severity: "error",
      },
      {
        check: "high below open or close",
        field: "$high, $open, $close",
        file: "odd.csv",
        first: "A 2024-01-02",
        severity: "error",
      },
      {
        check: "rows not in order of time",
        field: "datetime",
        file: "odd.csv",
        first: "A 2024-01-02 (row 2)",
        severity: "warning",
      },
      {
        check: "change is not close / previous close - 1",
        field: "$close, $change",
        file: "odd.csv",
        first: "A 2024-01-03",
        severity: "warning",
      },
      { check: "value missing", field: "$change", file: "odd.csv", first: "A 2024-01-02", severity: "warning" },
    ]);
  });

  it("tells what stands against opening the market at all", async () => {
    expect((await told(path.join(folder, "none")))[0]!.check).toMatch(/^there is nothing at/);
    await write("a.csv", "date,instrument,close", "2024-01-02,A,1", ",A,2");
    expect((await told())[0]!.check).toMatch(/1 rows have no "instrument" or no "date"/);
  });
});
