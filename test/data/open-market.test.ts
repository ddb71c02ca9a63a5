import { mkdtemp, mkdir, rm, writeFile } from "node:fs/promises";
import os from "node:os";
import path from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { openMarket } from "../../src/data/open-market.js";
import { formatDatetime } from "../../src/engine/datetime.js";
import { getEngine } from "../../src/engine/engine.js";
import { ConfigError, DataError, InvalidArgumentError, UnknownNameError } from "../../src/errors.js";

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(path.join(os.tmpdir(), "alphabook-market-"));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

const write = async (name: string, lines: readonly string[]) => {
  await writeFile(path.join(folder, name), `${lines.join("\n")}\n`);
  return path.join(folder, name);
};
/** B is listed a day late and misses a day; rows are not sorted. */
const PRICES = [
  "date,instrument,open,high,low,close,volume,sector",
  "2020-01-07,B,21,22,20,22,100,Tech",
  "2020-01-02,A,10,11,9,10,1000,Energy",
  "2020-01-03,A,10,12,10,12,1100,Energy",
  "2020-01-06,A,12,12,11,11,900,Energy",
  "2020-01-07,A,11,11,10,11,,Energy",
  "2020-01-03,B,20,21,19,20,50,Tech",
];

describe("a market of one CSV file", () => {
  it("puts bars on the calendar grid, missing days as NaN, and tells what it derived and left aside", async () => {
    const market = await openMarket(await write("prices.csv", PRICES));
    expect([...market.calendar.datetimes].map(formatDatetime)).toEqual([
      "2020-01-02",
      "2020-01-03",
      "2020-01-06",
      "2020-01-07",
    ]);
    expect(market.fields).toEqual(["$open", "$high", "$low", "$close", "$volume", "$factor", "$change", "$vwap"]);
    expect(market.derived).toEqual({
      $factor: "1",
      $change: "$close / previous traded $close - 1",
      $vwap: "($high + $low + $close) / 3",
    });
    expect(market.universes).toEqual(["all", "prices"]);
    expect(market.info()).toMatchObject({ rows: 6, instruments: 2, "left aside in prices.csv": "sector: no numbers" });

    const { instruments } = await market.loadBars({ fields: ["$close", "$change", "$factor", "$volume", "$vwap"] });
    const values = (i: number, field: string) => [...instruments[i]!.values.get(field)!];
    expect(instruments.map(({ instrument, first, length }) => [instrument, first, length])).toEqual([
      ["A", 0, 4],
      ["B", 1, 3],
    ]);
    expect(values(0, "$close")).toEqual([10, 12, 11, 11]);
    expect(values(0, "$volume")).toEqual([1000, 1100, 900, NaN]);
    expect(values(1, "$close")).toEqual([20, NaN, 22]);
    expect(values(1, "$factor")).toEqual([1, NaN, 1]);
    expect(values(1, "$change")).toEqual([NaN, NaN, 22 / 20 - 1]);
    expect(values(1, "$vwap")).toEqual([20, NaN, 64 / 3]);
  });

  it("clips bars to the range asked for", async () => {
    const market = await openMarket(await write("prices.csv", PRICES));
    const { instruments } = await market.loadBars({ fields: ["$close"], start: "2020-01-03", end: "2020-01-05" });
    expect(instruments.map(({ first, values }) => [first, ...values.get("$close")!])).toEqual([
      [1, 12],
      [1, 20],
    ]);
    expect(
      (await market.loadBars({ fields: ["$close"], end: "2020-01-02" })).instruments.map(
        ({ instrument }) => instrument,
      ),
    ).toEqual(["A"]);
  });

  it("names the nearest of an unknown field, instrument, universe or benchmark", async () => {
    const market = await openMarket(await write("prices.csv", PRICES));
    await expect(market.loadBars({ fields: ["$clos"] })).rejects.toThrow(
      /unknown field "\$clos"[^]*did you mean "\$close"\?/,
    );
    await expect(market.loadBars({ universe: ["A", "C"] })).rejects.toThrow(/unknown instrument "C"\n {2}known: A, B/);
    expect(() => market.instruments("sp500")).toThrow(UnknownNameError);
    await expect(openMarket(market.address, { benchmark: "SPY" })).rejects.toThrow(/unknown benchmark "SPY"/);
    await expect(market.benchmarkReturns()).rejects.toThrow(InvalidArgumentError);
    const { returns } = await (await openMarket(market.address, { benchmark: "B" })).benchmarkReturns();
    expect([...returns]).toEqual([NaN, NaN, NaN, 22 / 20 - 1]);
  });

  it("rounds to float32 when asked, after deriving", async () => {
    const address = await write("p.csv", ["datetime,instrument,close", "2020-01-02,A,0.1", "2020-01-03,A,0.3"]);
    const { instruments } = await (
      await openMarket(address, { precision: "float32" })
    ).loadBars({ fields: ["$close", "$change"] });
    expect([...instruments[0]!.values.get("$close")!]).toEqual([Math.fround(0.1), Math.fround(0.3)]);
    expect([...instruments[0]!.values.get("$change")!]).toEqual([NaN, Math.fround(0.3 / 0.1 - 1)]);
  });

  it("has a fingerprint of its content, wherever it lies", async () => {
    const first = await (await openMarket(await write("prices.csv", PRICES))).fingerprint();
    expect(first).toMatch(/^prices rows=6 last=2020-01-07 float64 sha256=[0-9a-f]{16}$/);
    await mkdir(path.join(folder, "copy"));
    await write("copy/prices.csv", PRICES);
    expect(await (await openMarket(path.join(folder, "copy", "prices.csv"))).fingerprint()).toBe(first);
    await write(
      "copy/prices.csv",
      PRICES.map((line) => line.replace("20,22,100", "20,22,101")),
    );
    expect(await (await openMarket(path.join(folder, "copy", "prices.csv"))).fingerprint()).not.toBe(first);
  });

  it("shows itself in one line and as facts", async () => {
    const market = await openMarket(await write("prices.csv", PRICES));
    expect(String(market)).toBe("Market(prices, 2 instruments, 4 days 2020-01-02 … 2020-01-07)");
    expect(market[Symbol.for("alphabook.view") as never]).toBeTypeOf("function");
  });
});

describe("a market of a folder", () => {
  it("has a universe for each bar file, all of them, and each membership, clipped to stored prices", async () => {
    await write("stocks.csv", PRICES);
    await (
      await getEngine()
    ).writeParquet(path.join(folder, "etf.parquet"), {
      numRows: 2,
      columns: new Map([
        ["ts", { type: "datetime", values: Float64Array.of(Date.UTC(2020, 0, 2), Date.UTC(2020, 0, 8)) }],
        ["instrument", { type: "text", codes: Int32Array.of(0, 0), dictionary: ["SPY"] }],
        ["Close", { type: "float64", values: Float64Array.of(300, 303) }],
      ]),
    });
    await write("index_membership.csv", [
      "instrument,name,sector,start_date,end_date",
      'A,"Alpha, Inc",Energy,2019-01-01,2020-01-06',
      "A,Alpha,Utilities,2020-01-07,",
      "B,Beta,Tech,2020-01-04,2020-01-07",
      "GONE,Gone,Tech,2019-01-01,",
    ]);
    await write("README.md", ["not data"]);
    const market = await openMarket(folder, { benchmark: "SPY", universe: "index" });
    expect([...market.universes].sort()).toEqual(["all", "etf", "index", "stocks"]);
    expect(market.calendar.length).toBe(5);
    const spans = (universe?: string) =>
      market
        .instruments(universe)
        .map(({ instrument, spans }) => [
          instrument,
          ...spans.map(({ start, end }) => `${formatDatetime(start)}/${formatDatetime(end)}`),
        ]);
    expect(spans("all")).toEqual([
      ["A", "2020-01-02/2020-01-07"],
      ["B", "2020-01-03/2020-01-07"],
      ["SPY", "2020-01-02/2020-01-08"],
    ]);
    expect(spans("etf")).toEqual([["SPY", "2020-01-02/2020-01-08"]]);
    expect(spans()).toEqual([
      ["A", "2020-01-02/2020-01-03", "2020-01-07/2020-01-07"],
      ["B", "2020-01-06/2020-01-06"],
    ]);
    expect(market.sectors.get("A")).toBe("Utilities");
    expect(market.info()["members in index_membership.csv"]).toBe("2 instruments with prices, 1 without");
    const bars = await market.loadBars({ fields: ["$close"], start: "2020-01-03" });
    expect(bars.instruments.map(({ instrument, members }) => [instrument, members])).toEqual([
      [
        "A",
        [
          { from: 1, to: 1 },
          { from: 3, to: 3 },
        ],
      ],
      ["B", [{ from: 2, to: 2 }]],
    ]);
    expect([...(await market.benchmarkReturns({ start: "2020-01-08" })).returns]).toEqual([303 / 300 - 1]);
  });

  it("may describe itself in market.yaml; options win", async () => {
    await write("us_stocks_daily.csv", PRICES);
    await write("market.yaml", [
      "universes: { stocks: us_stocks_daily }",
      "universe: stocks",
      "benchmark: B",
      "region: cn",
    ]);
    const market = await openMarket(folder);
    expect([market.universes, market.universe, market.benchmark, market.region]).toEqual([
      ["all", "stocks"],
      "stocks",
      "B",
      "cn",
    ]);
    const other = await openMarket(folder, {
      universes: { shares: "us_stocks_daily" },
      universe: "shares",
      benchmark: "A",
      region: "us",
    });
    expect([other.universes, other.universe, other.benchmark, other.region]).toEqual([
      ["all", "shares"],
      "shares",
      "A",
      "us",
    ]);

    await write("market.yaml", ["region: us", "benchmrak: B"]);
    await expect(openMarket(folder)).rejects.toThrow(
      /market.yaml:2:12: unknown key "benchmrak"[^]*did you mean "benchmark"\?/,
    );
    await write("market.yaml", ["universe: [a"]);
    await expect(openMarket(folder)).rejects.toThrow(ConfigError);
    await write("market.yaml", ["region: 3"]);
    await expect(openMarket(folder)).rejects.toThrow(/market.yaml:1:9: region is 3, a name expected/);
    await write("market.yaml", ["universes: { stocks: us_stocks_dayly }"]);
    await expect(openMarket(folder)).rejects.toThrow(
      /unknown universe "us_stocks_dayly"[^]*did you mean "us_stocks_daily"\?/,
    );
  });

  it("says what is wrong with a folder", async () => {
    await expect(openMarket(folder)).rejects.toThrow(/no .parquet or .csv file in [^]*it holds: nothing/);
    await expect(openMarket(path.join(folder, "none"))).rejects.toThrow(/there is nothing at/);
    await mkdir(path.join(folder, "calendars"));
    await mkdir(path.join(folder, "features"));
    await expect(openMarket(folder)).rejects.toThrow(/binary store of Qlib without a calendar/);
    await write("x.txt", ["?"]);
    await expect(openMarket(path.join(folder, "x.txt"))).rejects.toThrow(DataError);
  });
});

describe("bad files", () => {
  const fault = async (lines: readonly string[]) => {
    try {
      await (await openMarket(await write("bad.csv", lines))).loadBars();
    } catch (error) {
      expect(error).toBeInstanceOf(DataError);
      return (error as Error).message.replaceAll(folder, "");
    }
    throw new Error("the file was read");
  };

  it("with wrong columns are named with their columns and first rows", async () => {
    expect(await fault(["date,symbol,close", "2020-01-02,A,1", "2020-01-03,A,2"])).toBe(
      'Cannot read /bad.csv as bars: no column "instrument"\n  it has: date, symbol, close\n  row 1: 2020-01-02, A, 1\n  row 2: 2020-01-03, A, 2\n  a column of another name? openMarket(address, { symbolFieldName: "…", dateFieldName: "…" })',
    );
    expect(await fault(["day,instrument,close", "2020-01-02,A,1"])).toContain(
      'no column "datetime" or "date" or "ts" or "timestamp"',
    );
    expect(await fault(["date,instrument,price", "2020-01-02,A,1"])).toContain('no column "close"');
  });

  it("with a text that is no date, or no number, are named with column and row", async () => {
    expect(await fault(["date,instrument,close", "2020-01-02,A,1", "2020-13-01,A,2"])).toBe(
      'Cannot read /bad.csv: column "date" holds "2020-13-01" (row 2): no date\n  expected: YYYY-MM-DD or YYYY-MM-DD HH:MM',
    );
    expect(await fault(["date,instrument,close", "2020-01-02,A,1", "2020-01-03,A,n.a."])).toContain(
      'column "close" holds "n.a." (row 2): no number',
    );
    expect(await fault(["date,instrument,close", "2020-01-02,A,1", ",A,2"])).toContain(
      '1 rows have no "instrument" or no "date"',
    );
  });

  it("with duplicate keys are refused when read, and reported by the health check", async () => {
    const lines = [
      "date,instrument,open,high,low,close,volume",
      "2020-01-02,A,1,1,1,1,5",
      "2020-01-02,A,1,1,1,2,5",
      "2020-01-03,A,1,1,1,1,5",
    ];
    expect(await fault(lines)).toBe(
      "Cannot read bars of bad: 1 duplicate key, first A 2020-01-02 in bad.csv\n  each instrument may have one row a day; healthCheck() lists all faults",
    );
    const report = await (await openMarket(await write("bad.csv", lines))).healthCheck();
    expect(report.findings).toEqual([
      {
        check: "duplicate key",
        field: "instrument, datetime",
        count: 1,
        severity: "error",
        examples: ["A 2020-01-02"],
        files: ["bad.csv"],
      },
    ]);
    expect(report.isHealthy).toBe(false);
  });

  it("with impossible bars are listed by the health check, with counts and places", async () => {
    const address = await write("odd.csv", [
      "date,instrument,open,high,low,close,volume",
      "2020-01-02,A,10,9,11,10,5",
      "2020-01-03,A,10,11,9,10,-5",
      "2020-01-06,A,10,16,9,16,50",
      "2020-01-07,A,0,16,0,16,0",
      "2020-01-09,A,16,16,16,16,",
      "2020-01-08,B,1,1,1,1,1",
    ]);
    const report = await (await openMarket(address)).healthCheck();
    expect(
      report.findings
        .map(({ check, field, count, examples }) => `${check} | ${field} | ${count} | ${examples.join("; ")}`)
        .sort(),
    ).toEqual([
      "high below low | $high, $low | 1 | A 2020-01-02",
      "high below open or close | $high, $open, $close | 1 | A 2020-01-02",
      "low above open or close | $low, $open, $close | 1 | A 2020-01-02",
      "more than 10 % of the days missing | all | 1 | A 17 %",
      "no row between first and last day | all | 1 | A 2020-01-08",
      "price not above 0 | $low | 1 | A 2020-01-07",
      "price not above 0 | $open | 1 | A 2020-01-07",
      "price step above 50 % | $close | 1 | A 2020-01-06",
      "value missing | $volume | 1 | A 2020-01-09",
      "volume 0 | $volume | 1 | A 2020-01-07",
      "volume below 0 | $volume | 1 | A 2020-01-03",
    ]);
  });

  it("of membership with a turned span, or without a column, are named with the row", async () => {
    await write("stocks.csv", PRICES);
    await write("x_membership.csv", ["instrument,start_date,end_date", "A,2020-01-07,2020-01-02"]);
    await expect(openMarket(folder)).rejects.toThrow(
      /x_membership.csv, row 1: start_date 2020-01-07 is not before end_date 2020-01-02/,
    );
    await write("x_membership.csv", ["instrument,start_date", "A,2020-01-07"]);
    await expect(openMarket(folder)).rejects.toThrow(/as a membership: no column "end_date"/);
  });
});
