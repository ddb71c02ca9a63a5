import { mkdtemp, rm, writeFile } from "node:fs/promises";
import os from "node:os";
import path from "node:path";
import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";
import type { Market, Universe } from "../../src/data/market.js";
import { openMarket } from "../../src/data/open-market.js";
import { synthetic } from "../../src/data/synthetic/synthetic.js";
import { formatDatetime } from "../../src/engine/datetime.js";
import { host } from "../../src/host/host.js";
import { InvalidArgumentError, UnknownNameError } from "../../src/errors.js";
import { basicFactorMeanings, basicFactors, defaultLabel } from "../../src/feature/basic-factors.js";
import { lookback } from "../../src/feature/lookback.js";
import { parseExpression } from "../../src/feature/parse-expression.js";
import { queryFeatures } from "../../src/feature/query-features.js";
import type { Panel } from "../../src/panel/panel.js";

const rowsOf = (panel: Panel) =>
  Array.from({ length: panel.numDates }, (_, d) => d).flatMap((d) => {
    const [from, to] = panel.rowsOf(d);
    return Array.from({ length: to - from }, (_, i) => {
      const row = from + i;
      return [
        formatDatetime(panel.dates[d]!),
        panel.instruments[panel.codes[row]!],
        ...panel.columnNames.map((name) => panel.get(name)[row]),
      ];
    });
  });

describe("features of a market", () => {
  let folder: string;
  let market: Market;
  beforeAll(async () => {
    folder = await mkdtemp(path.join(os.tmpdir(), "alphabook-features-"));
    await writeFile(
      path.join(folder, "stocks.csv"),
      [
        "date,instrument,close",
        "2020-01-02,A,1",
        "2020-01-03,A,2",
        "2020-01-06,A,4",
        "2020-01-07,A,8",
        "2020-01-08,A,16",
        "2020-01-03,B,30",
        "2020-01-07,B,60",
        "2020-01-07,C,5",
      ].join("\n"),
    );
    await writeFile(
      path.join(folder, "club_membership.csv"),
      "instrument,start_date,end_date\nA,2020-01-06,2020-01-08\nB,2020-01-01,2020-01-06\nB,2020-01-07,\n",
    );
    market = await openMarket(folder);
  });
  afterAll(() => rm(folder, { recursive: true, force: true }));

  it("have a row for each day between an instrument's first and last stored day, also a suspended one", async () => {
    const panel = await queryFeatures(market, [
      "$close",
      { name: "past", expression: "Ref($close, 1)" },
      { name: "next", expression: "Ref($close, -1)" },
    ]);
    expect(panel.columnNames).toEqual(["$close", "past", "next"]);
    expect(rowsOf(panel)).toEqual([
      ["2020-01-02", "A", 1, NaN, 2],
      ["2020-01-03", "A", 2, 1, 4],
      ["2020-01-03", "B", 30, NaN, NaN],
      ["2020-01-06", "A", 4, 2, 8],
      ["2020-01-06", "B", NaN, 30, 60],
      ["2020-01-07", "A", 8, 4, 16],
      ["2020-01-07", "B", 60, NaN, NaN],
      ["2020-01-07", "C", 5, NaN, NaN],
      ["2020-01-08", "A", 16, 8, NaN],
    ]);
  });

  it("see history from before the range and the membership, and look ahead past their end", async () => {
    const features = [
      { name: "mean", expression: "Mean($close, 3)" },
      { name: "next", expression: "Ref($close, -1)" },
    ];
    expect(
      rowsOf(await queryFeatures(market, features, { universe: "club", start: "2020-01-06", end: "2020-01-07" })),
    ).toEqual([
      ["2020-01-06", "A", 7 / 3, 8],
      ["2020-01-07", "A", 14 / 3, 16],
      ["2020-01-07", "B", 45, NaN],
    ]);
  });

  it("of a list of instruments are not masked", async () => {
    const panel = await queryFeatures(market, ["$close"], { universe: ["C", "B"] });
    expect(rowsOf(panel).map(([date, instrument]) => `${date} ${instrument}`)).toEqual([
      "2020-01-03 B",
      "2020-01-06 B",
      "2020-01-07 B",
      "2020-01-07 C",
    ]);
  });

  it("of instruments with spans of one's own are masked by all of them, in whatever order, each day once", async () => {
    const span = (start: string, end: string) => ({ start: Date.parse(start), end: Date.parse(end) });
    const keys = async (universe: Universe) =>
      rowsOf(await queryFeatures(market, ["$close"], { universe })).map(
        ([date, name]) => `${String(date).slice(8)}${name}`,
      );
    const late = span("2020-01-06", "2020-01-08");
    const early = span("2020-01-01", "2020-01-06");
    expect(await keys([{ instrument: "A", spans: [late, early] }])).toEqual(["02A", "03A", "06A", "07A", "08A"]);
    expect(
      await keys([
        { instrument: "A", spans: [span("2020-01-02", "2020-01-02")] },
        { instrument: "A", spans: [late] },
      ]),
    ).toEqual(["02A", "06A", "07A", "08A"]);
    expect(await keys([{ instrument: "B", spans: [early] }, "B"] as Universe)).toEqual(["03B", "06B", "07B"]);
    await expect(keys({ A: [["2020-01-02", "2020-01-03"]] } as never)).rejects.toThrow(
      /a list of instruments expected[^]*spans: \[\{ start/,
    );
  });

  it("can be kept in float32, computed in float64", async () => {
    const panel = await queryFeatures(market, ["$close / 3"], { universe: ["A"], dtype: "float32" });
    expect(panel.get("$close / 3")).toEqual(Float32Array.from([1, 2, 4, 8, 16].map((close) => close / 3)));
  });

  it("are empty, with their columns, where the calendar has no day", async () => {
    for (const range of [{ start: "2021-01-01" }, { end: "2019-01-01" }, { start: "2020-01-04", end: "2020-01-05" }]) {
      const panel = await queryFeatures(market, ["$close"], range);
      expect([panel.numRows, panel.numDates, panel.columnNames]).toEqual([0, 0, ["$close"]]);
    }
    await expect(queryFeatures(market, ["$close"], { start: "2020-02-01", end: "2020-01-01" })).rejects.toThrow(
      InvalidArgumentError,
    );
  });

  it("give one column for what is asked for twice, in the order of the first", async () => {
    const panel = await queryFeatures(market, ["$close", "$factor", "$close", "$close "]);
    expect(panel.columnNames).toEqual(["$close", "$factor", "$close "]);
    expect(panel.get("$close ")).toEqual(panel.get("$close"));
  });

  it("name the nearest field, and the column that is named twice", async () => {
    await expect(queryFeatures(market, ["Mean($clos, 5)"])).rejects.toThrow(UnknownNameError);
    await expect(queryFeatures(market, ["Mean($clos, 5)"])).rejects.toThrow(
      /Cannot evaluate "Mean\(\$clos, 5\)" on market [^]*unknown field "\$clos"[^]*did you mean "\$close"\?/,
    );
    await expect(queryFeatures(market, ["$close", { name: "$close", expression: "$factor" }])).rejects.toThrow(
      /the name "\$close" occurs twice/,
    );
    await expect(queryFeatures(market, ["$close"], { universe: ["D"] })).rejects.toThrow(/unknown instrument "D"/);
  });

  it("tell what was given in another's place, and a range before the first day", async () => {
    await expect(queryFeatures(market, "$close" as never)).rejects.toThrow(
      /a market and a list of expressions expected/,
    );
    await expect(queryFeatures(["A"] as never, ["$close"], "2020-01-02" as never)).rejects.toThrow(
      InvalidArgumentError,
    );
    await expect(queryFeatures(market, ["$close"], { universe: "A" })).rejects.toThrow(
      /unknown universe "A"\n {2}of one instrument: universe: \["A"\]/,
    );
    const told = vi.spyOn(host, "notice");
    await queryFeatures(market, ["$close"], { end: "2019-12-31" });
    await queryFeatures(market, ["$close"], { start: "2020-02-01" });
    await queryFeatures(market, ["$close"], { start: "2020-01-08", end: "2020-01-08" });
    expect(told.mock.calls.map(([text]) => text)).toEqual([
      "No features: end 2019-12-31 lies before the calendar's first day 2020-01-02",
      "No features: start 2020-02-01 lies after the calendar's last day 2020-01-08",
    ]);
    told.mockRestore();
  });

  it("do not depend on where the query starts, whatever the window", async () => {
    const market = synthetic({ instruments: 8, days: 200 });
    const features = [...basicFactors(), defaultLabel];
    const [whole, part] = [
      await queryFeatures(market, features),
      await queryFeatures(market, features, { start: market.calendar.at(130), end: market.calendar.at(160) }),
    ];
    const cut = whole.between(market.calendar.at(130), market.calendar.at(160));
    expect(part.numRows).toBeGreaterThan(100);
    expect([...part.codes].map((code) => part.instruments[code])).toEqual(
      [...cut.codes].map((code) => cut.instruments[code]),
    );
    for (const name of part.columnNames) {
      part.get(name).forEach((value, row) => {
        const expected = cut.get(name)[row]!;
        if (Number.isNaN(expected)) expect(value, name).toBeNaN();
        else expect(Math.abs(value - expected), name).toBeLessThanOrEqual(1e-12 * Math.max(1, Math.abs(expected)));
      });
    }
  });
});

describe("the basic factors", () => {
  it("are about twenty, named once, explained, and look only back", () => {
    const factors = basicFactors();
    expect(new Set(factors.map(({ name }) => name)).size).toBe(22);
    expect([...basicFactorMeanings().keys()]).toEqual(factors.map(({ name }) => name));
    for (const { name, expression } of factors) expect(lookback(parseExpression(expression)).right, name).toBe(0);
    expect(lookback(parseExpression(defaultLabel.expression))).toEqual({ left: 0, right: 2 });
  });

  it("do not change when prices or volumes are measured in another unit", async () => {
    const bars = (await synthetic({ instruments: 2, days: 150 }).loadBars()).instruments[0]!;
    const folder = await mkdtemp(path.join(os.tmpdir(), "alphabook-scale-"));
    const fields = ["open", "high", "low", "close"];
    const file = async (name: string, price: number, volume: number) => {
      const lines = Array.from({ length: bars.length }, (_, t) =>
        [
          `${new Date(Date.UTC(2020, 0, 1 + t)).toISOString().slice(0, 10)}`,
          "A",
          ...fields.map((field) => bars.values.get(`$${field}`)![t]! * price),
          bars.values.get("$volume")![t]! * volume,
        ].join(","),
      );
      await writeFile(path.join(folder, name), ["date,instrument,open,high,low,close,volume", ...lines].join("\n"));
      return queryFeatures(await openMarket(path.join(folder, name)), basicFactors());
    };
    const [plain, scaled] = [await file("a.csv", 1, 1), await file("b.csv", 64, 1024)];
    for (const { name } of basicFactors()) {
      const [a, b] = [plain.get(name), scaled.get(name)];
      expect(Number.isNaN(a.at(-1)!), name).toBe(false);
      a.forEach((value, row) =>
        expect(
          Number.isNaN(value) ? Number.isNaN(b[row]!) : Math.abs(value - b[row]!) < 1e-9,
          `${name} ${row}: ${value} and ${b[row]}`,
        ).toBe(true),
      );
    }
    await rm(folder, { recursive: true, force: true });
  });
});
