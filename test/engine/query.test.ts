import { readdirSync, writeFileSync } from "node:fs";
import path from "node:path";
import { describe, expect, it } from "vitest";
import { toArquero } from "../../src/engine/arquero.js";
import { getEngine, openEngine, type SqlValue } from "../../src/engine/engine.js";
import { temporaryFolder } from "../temporary-folder.js";

const folder = temporaryFolder("query");

async function one(expression: string, params: SqlValue[] = []) {
  const { columns } = await (await getEngine()).query(`SELECT ${expression} AS x`, params);
  const column = columns.get("x")!;
  return [column.type, column.type === "text" ? (column.dictionary[column.codes[0]!] ?? null) : column.values[0]];
}

describe("a SQL value becomes", () => {
  it.each<[string, string, unknown]>([
    ["1.5::DOUBLE", "float64", 1.5],
    ["NULL::DOUBLE", "float64", NaN],
    ["'-inf'::DOUBLE", "float64", -Infinity],
    ["1.5::FLOAT", "float32", 1.5],
    ["-7::TINYINT", "integer", -7],
    ["200::UTINYINT", "integer", 200],
    ["-300::SMALLINT", "integer", -300],
    ["65535::USMALLINT", "integer", 65535],
    ["(-2147483648)::INTEGER", "integer", -2147483648],
    ["4294967295::UINTEGER", "integer", 4294967295],
    ["-9007199254740991::BIGINT", "integer", -9007199254740991],
    ["9223372036854775808::UBIGINT", "integer", 2 ** 63],
    ["(-170141183460469231731687303715884105727 - 1)::HUGEINT", "integer", -(2 ** 127)],
    ["340282366920938463463374607431768211455::UHUGEINT", "integer", 2 ** 128],
    ["NULL::INTEGER", "integer", NaN],
    ["12.34::DECIMAL(4, 2)", "float64", 12.34],
    ["-12345.678::DECIMAL(9, 3)", "float64", -12345.678],
    ["123456789012.25::DECIMAL(18, 2)", "float64", 123456789012.25],
    ["-12345678901234.5::DECIMAL(38, 1)", "float64", -12345678901234.5],
    ["42::DECIMAL(10, 0)", "integer", 42],
    ["DATE '1969-12-31'", "datetime", -86_400_000],
    ["TIMESTAMP '2020-01-31 09:30:00.5'", "datetime", Date.UTC(2020, 0, 31, 9, 30, 0, 500)],
    ["TIMESTAMP '0001-01-01'", "datetime", -62_135_596_800_000],
    ["TIMESTAMP_S '2020-01-31 09:30:00'", "datetime", Date.UTC(2020, 0, 31, 9, 30)],
    ["TIMESTAMP_MS '2020-01-31 09:30:00.123'", "datetime", Date.UTC(2020, 0, 31, 9, 30, 0, 123)],
    ["TIMESTAMP_NS '2020-01-31 09:30:00.123'", "datetime", Date.UTC(2020, 0, 31, 9, 30, 0, 123)],
    ["TIMESTAMPTZ '2020-01-31 09:30:00+02'", "datetime", Date.UTC(2020, 0, 31, 7, 30)],
    ["'infinity'::TIMESTAMP", "datetime", NaN],
    ["NULL::DATE", "datetime", NaN],
    ["'a text that is longer than twelve bytes'", "text", "a text that is longer than twelve bytes"],
    ["NULL::VARCHAR", "text", null],
    ["'b'::ENUM ('a', 'b')", "text", "b"],
    ["NULL::ENUM ('a', 'b')", "text", null],
    ["'0192f0c1-2222-7333-8444-000000000001'::UUID", "text", "0192f0c1-2222-7333-8444-000000000001"],
    ["TIME '09:30:00'", "text", "09:30:00"],
    ["true", "boolean", true],
    ["NULL::BOOLEAN", "boolean", null],
    ["[1, NULL, 3]", "other", [1, null, 3]],
    ["{'a': 1::BIGINT, 'b': [DATE '2020-01-31']}", "other", { a: 1, b: ["2020-01-31"] }],
    ["MAP {'a': 0.5::DOUBLE}", "other", [["a", 0.5]]],
    [`'{"a": [1, "x"]}'::JSON`, "other", { a: [1, "x"] }],
    ["NULL::INTEGER[]", "other", null],
  ])("%s → %s", async (expression, type, value) => {
    expect(await one(expression)).toEqual([type, value]);
  });
});

describe("a bound value arrives as it is", () => {
  it.each<[string, SqlValue, unknown]>([
    ["typeof($1)", 5, "INTEGER"],
    ["typeof($1)", 2 ** 40, "BIGINT"],
    ["typeof($1)", 0.5, "DOUBLE"],
    ["typeof($1)", 5n, "BIGINT"],
    ["typeof($1)", 2n ** 100n, "HUGEINT"],
    ["typeof($1)", "it's", "VARCHAR"],
    ["typeof($1)", true, "BOOLEAN"],
    ["typeof($1)", new Date(0), "TIMESTAMP"],
    ["typeof($1)", Uint8Array.of(1, 0, 2), "BLOB"],
    ["typeof($1)", ["a", null], "VARCHAR[]"],
    ["typeof($1)", [1, 2.5], "DOUBLE[]"],
    ["typeof($1)", [1, 5n], "BIGINT[]"],
    ["len($1)", [], 0],
    ["list_sum($1)", Float64Array.of(0.25, 0.5), 0.75],
    ["$1", "'; DROP TABLE runs; --", "'; DROP TABLE runs; --"],
    ["octet_length($1)", Uint8Array.of(1, 0, 2), 3],
    ["isnan($1)", NaN, true],
    ["$1 IS NULL", null, true],
  ])("%s of %s", async (expression, param, value) => {
    expect((await one(expression, [param]))[1]).toEqual(value);
  });
});

describe("statements", () => {
  it("run side by side", async () => {
    const engine = await getEngine();
    const sums = await Promise.all(
      Array.from({ length: 6 }, (_, n) => engine.query("SELECT sum(i * $1)::BIGINT AS s FROM range(200000) t(i)", [n])),
    );
    expect(sums.map(({ columns }) => (columns.get("s") as { values: Float64Array }).values[0])).toEqual(
      [0, 1, 2, 3, 4, 5].map((n) => (n * 200000 * 199999) / 2),
    );
  });

  it("give columns of one name names of their own", async () => {
    const { columns } = await (await getEngine()).query("SELECT 1 AS x, 2 AS x");
    expect([...columns.keys()]).toEqual(["x", "x:1"]);
  });

  it("that fail say what, and which statement", async () => {
    await expect((await getEngine()).query("SELECT nope FROM (SELECT 1 AS nape)")).rejects.toThrow(
      /nape[\s\S]*statement: SELECT nope/,
    );
    await expect((await getEngine()).query("SELECT error('at row ' || i) FROM range(3) t(i)")).rejects.toMatchObject({
      name: "SqlError",
    });
  });

  it("do not begin when the signal is aborted already, and stop when it is aborted", async () => {
    const engine = await getEngine();
    await expect(engine.query("SELECT 1", [], { signal: AbortSignal.abort() })).rejects.toMatchObject({
      name: "InterruptedError",
    });
    await expect(
      engine.query("SELECT count(*) FROM range(1000000000000)", [], { signal: AbortSignal.timeout(100) }),
    ).rejects.toMatchObject({ name: "InterruptedError" });
    expect((await engine.query("SELECT 1")).numRows).toBe(1);
  });

  it("load nothing from the network", async () => {
    await expect((await getEngine()).run("SELECT * FROM 'https://example.invalid/a.parquet'")).rejects.toThrow(
      /[Ee]xtension|httpfs/,
    );
  });

  it("of two engines do not see each other's tables", async () => {
    const other = await openEngine({ memoryShare: 0.1 });
    await other.run("CREATE TABLE secret AS SELECT 1 AS x");
    await expect((await getEngine()).query("FROM secret")).rejects.toThrow("secret");
    other.close();
  });
});

describe("Parquet files", () => {
  it("with different columns are read as one table", async () => {
    const engine = await getEngine();
    await engine.writeParquet(path.join(folder, "a.parquet"), {
      numRows: 1,
      columns: new Map([["x", { type: "float64", values: Float64Array.of(1) }]]),
    });
    await engine.writeParquet(path.join(folder, "b.parquet"), {
      numRows: 1,
      columns: new Map([["y", { type: "float64", values: Float64Array.of(2) }]]),
    });
    const both = await engine.readParquet([path.join(folder, "a.parquet"), path.join(folder, "b.parquet")]);
    expect(toArquero(both).objects()).toEqual([
      { x: 1, y: NaN },
      { x: NaN, y: 2 },
    ]);
  });

  it("stay as they were when writing fails", async () => {
    const engine = await getEngine();
    const file = path.join(folder, "kept.parquet");
    writeFileSync(file, "what was there before");
    const wrong = { numRows: 1, columns: new Map([["x", { type: "integer", values: Float64Array.of(1.5) } as const]]) };
    await expect(engine.writeParquet(file, wrong)).rejects.toThrow('column "x": 1.5 is no whole number');
    const fine = { numRows: 1, columns: new Map([["x", { type: "float64", values: Float64Array.of(1.5) } as const]]) };
    await expect(engine.writeParquet(file, fine, { orderBy: ["nope"] })).rejects.toThrow("nope");
    await expect(engine.writeParquet(path.join(folder, "no", "folder.parquet"), fine)).rejects.toMatchObject({
      name: "SqlError",
    });
    const circular: unknown[] = [];
    circular.push(circular);
    await expect(
      engine.writeParquet(file, {
        numRows: 1,
        columns: new Map([["x", { type: "other", values: [circular] } as const]]),
      }),
    ).rejects.toThrow('column "x": row 0 cannot be written as JSON');
    await expect(engine.writeParquet(file, { numRows: 0, columns: new Map() })).rejects.toThrow("it has no columns");
    await expect(engine.readParquet(file)).rejects.toMatchObject({ name: "SqlError" });
    expect(readdirSync(folder).sort()).toEqual(["a.parquet", "b.parquet", "kept.parquet"]);
  });
});
