import { readdirSync } from "node:fs";
import path from "node:path";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { fromArquero, toArquero } from "../../src/engine/arquero.js";
import type { EngineColumn, EngineTable } from "../../src/engine/columns.js";
import { getEngine } from "../../src/engine/engine.js";
import { temporaryFolder } from "../temporary-folder.js";

const folder = temporaryFolder("engine");
let files = 0;
const newFile = () => path.join(folder, `${files++}.parquet`);

/** Rows as plain values: what a round trip must keep. Missing is null, whatever the column type shows it as; −0 is 0. */
function plainColumn(column: EngineColumn): unknown[] {
  if (column.type === "text") return Array.from(column.codes, (code) => column.dictionary[code] ?? null);
  return Array.from<unknown, unknown>(column.values as ArrayLike<unknown>, (value) =>
    Number.isNaN(value) ? null : value === 0 ? 0 : value,
  );
}
const plain = (table: EngineTable) =>
  [...table.columns].map(([name, column]) => [name, column.type, plainColumn(column)]);

const text = fc.string({ unit: "binary", maxLength: 20 }).map((value) => Buffer.from(value).toString());
const float = fc.oneof(fc.double(), fc.constantFrom(NaN, Infinity, -Infinity, 0, 1e-320));
const datetime = fc.oneof(fc.integer({ min: -62_135_596_800_000, max: 253_402_300_799_999 }), fc.constant(NaN));
const whole = fc.oneof(fc.maxSafeInteger(), fc.constant(NaN));

const tableOf = (numRows: number): fc.Arbitrary<EngineTable> => {
  const rows = <T>(value: fc.Arbitrary<T>) => fc.array(value, { minLength: numRows, maxLength: numRows });
  return fc
    .record({
      f64: rows(float),
      f32: rows(float.map(Math.fround)),
      i32: rows(fc.integer()),
      big: rows(whole),
      at: rows(datetime),
      dictionary: fc.uniqueArray(text, { maxLength: 300 }),
      code: rows(fc.integer({ min: -1, max: 299 })),
      flag: rows(fc.option(fc.boolean())),
      other: rows(
        fc.option(
          fc.oneof(
            fc.array(fc.integer()),
            fc.dictionary(fc.string(), fc.boolean()).map((value) => JSON.parse(JSON.stringify(value)) as unknown),
          ),
        ),
      ),
    })
    .map(({ f64, f32, i32, big, at, dictionary, code, flag, other }) => ({
      numRows,
      columns: new Map<string, EngineColumn>([
        ["f64", { type: "float64", values: Float64Array.from(f64) }],
        ["f32", { type: "float32", values: Float32Array.from(f32) }],
        ["i32", { type: "integer", values: Int32Array.from(i32) }],
        ['a big "integer"', { type: "integer", values: Float64Array.from(big) }],
        ["datetime", { type: "datetime", values: Float64Array.from(at) }],
        ["instrument", { type: "text", codes: Int32Array.from(code), dictionary }],
        ["flag", { type: "boolean", values: flag }],
        ["other", { type: "other", values: other }],
      ]),
    }));
};
const someTable = fc.oneof(tableOf(0), tableOf(1), tableOf(3), tableOf(40));

describe("a table survives", () => {
  it("Parquet, with every type, missing value, infinity and text", async () => {
    const engine = await getEngine();
    await fc.assert(
      fc.asyncProperty(someTable, async (table) => {
        const file = newFile();
        await engine.writeParquet(file, table);
        expect(plain(await engine.readParquet(file))).toEqual(plain(table));
      }),
      { numRuns: 60 },
    );
    expect(readdirSync(folder).filter((name) => !name.endsWith(".parquet"))).toEqual([]);
  });

  it("registration as a SQL relation", async () => {
    const engine = await getEngine();
    await fc.assert(
      fc.asyncProperty(someTable, async (table) => {
        await engine.register("My table", table);
        expect(plain(await engine.query(`SELECT * FROM "My table"`))).toEqual(plain(table));
      }),
      { numRuns: 60 },
    );
    await engine.unregister("My table");
    await expect(engine.query(`FROM "My table"`)).rejects.toThrow("My table");
    await expect(engine.unregister("My table")).rejects.toThrow("no table is registered");
  });

  it("arquero when filtered and sorted", () => {
    const table: EngineTable = {
      numRows: 3,
      columns: new Map<string, EngineColumn>([
        ["datetime", { type: "datetime", values: Float64Array.of(2e11, NaN, 1e11) }],
        ["instrument", { type: "text", codes: Int32Array.of(1, 0, -1), dictionary: ["a", "b"] }],
        ["n", { type: "integer", values: Float64Array.of(7, NaN, 9) }],
        ["x", { type: "float32", values: Float32Array.of(1.5, 2.5, NaN) }],
      ]),
    };
    const half = toArquero(table)
      .filter((row: { datetime: Date | null }) => row.datetime !== null)
      .orderby("datetime");
    expect(plain(fromArquero(half))).toEqual([
      ["datetime", "datetime", [1e11, 2e11]],
      ["instrument", "text", [null, "b"]],
      ["n", "integer", [9, 7]],
      ["x", "float32", [null, 1.5]],
    ]);
  });

  it("arquero, floats without a copy", () => {
    fc.assert(
      fc.property(someTable, (table) => {
        const there = toArquero(table);
        const back = fromArquero(there);
        expect([...back.columns.keys()]).toEqual([...table.columns.keys()]);
        expect([...back.columns.values()].map(plainColumn)).toEqual([...table.columns.values()].map(plainColumn));
        const f64 = table.columns.get("f64")!;
        expect(f64.type === "float64" && there.columnAt(0) === f64.values).toBe(true);
      }),
      { numRuns: 60 },
    );
  });
});

describe("more rows than one vector holds", () => {
  const numRows = 100_003;
  const rows = Int32Array.from({ length: numRows }, (_, row) => row);
  const dictionary = Array.from({ length: 700 }, (_, code) => `instrument with a long name ${code}`);
  const table: EngineTable = {
    numRows,
    columns: new Map<string, EngineColumn>([
      [
        "datetime",
        { type: "datetime", values: Float64Array.from(rows, (row) => Math.floor((numRows - row) / 700) * 86_400_000) },
      ],
      [
        "instrument",
        { type: "text", codes: Uint16Array.from(rows, (row) => (row % 701 === 700 ? 65_535 : row % 700)), dictionary },
      ],
      ["score", { type: "float64", values: Float64Array.from(rows, (row) => (row % 13 ? row / 7 : NaN)) }],
      ["row", { type: "integer", values: rows }],
    ]),
  };

  it("come back in order", async () => {
    const file = newFile();
    await (await getEngine()).writeParquet(file, table);
    expect(plain(await (await getEngine()).readParquet(file))).toEqual(plain(table));
  });

  it("come back sorted, chosen and filtered when asked", async () => {
    const engine = await getEngine();
    const file = newFile();
    await engine.writeParquet(file, table, { orderBy: ["datetime", "instrument"] });
    const first = await engine.readParquet(file, {
      columns: ["row", "datetime"],
      where: "datetime <= $1 AND row >= $2",
      params: [new Date(0), 99_400],
      orderBy: ["row"],
    });
    expect([...first.columns.keys()]).toEqual(["row", "datetime"]);
    expect(Array.from((first.columns.get("row") as { values: Int32Array }).values)).toEqual(
      Array.from(rows.slice(99_400)),
    );
    const sorted = await engine.readParquet(file);
    const at = (sorted.columns.get("datetime") as { values: Float64Array }).values;
    expect(at.every((ms, row) => row === 0 || at[row - 1]! <= ms)).toBe(true);
  });

  it("can be counted without reading a column", async () => {
    const engine = await getEngine();
    await engine.register("counted", table);
    expect(plain(await engine.query("SELECT count(*) AS n, count(score) AS scores FROM counted"))).toEqual([
      ["n", "integer", [numRows]],
      ["scores", "integer", [numRows - Math.ceil(numRows / 13)]],
    ]);
    await engine.unregister("counted");
  });
});
