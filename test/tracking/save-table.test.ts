import { execFileSync } from "node:child_process";
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { table, type ColumnTable } from "arquero";
import { beforeAll, describe, expect, it } from "vitest";
import { TABLE_FORMATS } from "../../src/engine/table-file.js";
import { DataError, InvalidArgumentError, UnknownNameError } from "../../src/errors.js";
import { Collected } from "../../src/collector/collected.js";
import { Panel } from "../../src/panel/panel.js";
import { TupleMap } from "../../src/collector/tuple-map.js";
import { R } from "../../src/tracking/r.js";
import { readTable, saveTable } from "../../src/tracking/save-table.js";
import { sql } from "../../src/tracking/sql.js";
import { itWith } from "../shared.js";
import { temporaryFolder } from "../temporary-folder.js";

const ODD_TEXTS = ['say "hi", twice', "two\nlines\r\nand a tab\t", "", null, "Ä 北京 <script>"];

/** Every kind of column, with what is hard about it. */
const odd = () =>
  table({
    datetime: ["2024-01-02", "2024-01-03", "2024-01-04", "2024-01-05", "2024-01-08"].map((day) => new Date(day)),
    seen_at: [
      new Date("2024-01-02T09:30"),
      null,
      new Date("1969-12-31T23:59:59.500Z"),
      new Date(0),
      new Date("2024-02-29"),
    ],
    instrument: ["SH600000", "SH600000", "A", "B", "C"],
    note: ODD_TEXTS,
    score: Float64Array.of(0.1, NaN, Infinity, -Infinity, 1.5e-300),
    weight: Float32Array.of(0.5, 0.25, NaN, -1, 3),
    small: Int32Array.of(1, -2, 2147483647, 0, 5),
    big: [9007199254740991, null, -9007199254740991, 0, 1],
    flag: [true, false, null, true, false],
  });

const folder = temporaryFolder();
const at = (name: string) => path.join(folder, name);
const plain = (rows: ColumnTable) => rows.objects().map((row) => ({ ...row }));

describe("a table in a file", () => {
  for (const format of TABLE_FORMATS)
    it(`comes back the same from ${format}`, async () => {
      const file = await saveTable(odd(), at(`odd.${format}`));
      const back = await readTable(file);
      expect(back.columnNames()).toEqual(odd().columnNames());
      expect(plain(back)).toEqual(plain(odd()));
    });

  it("is written from whatever is a table", async () => {
    R.setUri(at("store"));
    const run = await R.start({ experimentName: "out" });
    const pred = Panel.from({ datetime: ["2024-01-02", "2024-01-02"], instrument: ["A", "B"], score: [1, 2] });
    await run.saveObjects({ pred });
    await R.endExp();
    const values = {
      panel: pred,
      artifact: await run.loadObject("pred"),
      sql: await sql`SELECT datetime, instrument, score FROM artifact.pred ORDER BY instrument`,
      columns: { datetime: [new Date("2024-01-02"), new Date("2024-01-02")], instrument: ["A", "B"], score: [1, 2] },
    };
    for (const [name, value] of Object.entries(values))
      expect(plain(await readTable(await saveTable(value, at(`${name}.parquet`))))).toEqual(plain(pred.toTable()));
    const collected = new Collected([["pred", new TupleMap([["r0", pred]])]]);
    const rows = await readTable(await saveTable(collected, at("collected.csv")));
    expect(rows.columnNames()).toEqual(["artifact", "key", "datetime", "instrument", "score"]);
    expect(rows.get("key", 1)).toBe("r0");
  });

  it("says datetimes as short as it can", async () => {
    const lines = async (...times: string[]) => {
      await saveTable({ datetime: times.map((time) => new Date(`${time}Z`)) }, at("times.csv"));
      return readFileSync(at("times.csv"), "utf8").trim().split("\n").slice(1);
    };
    expect(await lines("2024-01-02T00:00", "2024-01-03T00:00")).toEqual(["2024-01-02", "2024-01-03"]);
    expect(await lines("2024-01-02T00:00", "2024-01-03T09:30")).toEqual(["2024-01-02 00:00", "2024-01-03 09:30"]);
    expect(await lines("2024-01-02T00:00:01")).toEqual(["2024-01-02 00:00:01"]);
    expect(await lines("2024-01-02T00:00:00.25")).toEqual(["2024-01-02 00:00:00.250"]);
  });

  it("keeps lists and objects as JSON, and an empty table's columns", async () => {
    const nested = table({ name: ["a", "b"], value: [{ x: [1, 2] }, [3]] });
    await saveTable(nested, at("nested.json"));
    expect(JSON.parse(readFileSync(at("nested.json"), "utf8"))).toEqual([
      { name: "a", value: { x: [1, 2] } },
      { name: "b", value: [3] },
    ]);
    await saveTable(table({ datetime: [] as Date[], score: Float64Array.of() }), at("empty.parquet"));
    const empty = await readTable(at("empty.parquet"));
    expect([empty.numRows(), empty.columnNames()]).toEqual([0, ["datetime", "score"]]);
  });

  it("replaces a file at once, and leaves it as it was when the table cannot be written", async () => {
    const file = at("kept.csv");
    await saveTable({ x: [1] }, file);
    await saveTable({ x: [2, 3] }, file);
    expect(readFileSync(file, "utf8")).toBe("x\n2\n3\n");
    const circular: unknown[] = [];
    circular.push(circular);
    await expect(saveTable({ x: [circular, [1]] }, file)).rejects.toThrow('column "x"');
    expect(readFileSync(file, "utf8")).toBe("x\n2\n3\n");
  });

  it("refuses what is no table, unknown endings, and folders that are not there", async () => {
    await expect(saveTable(5, at("x.csv"))).rejects.toThrow(InvalidArgumentError);
    await expect(saveTable(Promise.resolve(odd()), at("x.csv"))).rejects.toThrow("await it first");
    await expect(saveTable(table({}), at("x.csv"))).rejects.toThrow("no columns");
    await expect(saveTable(odd(), at("x.parqet"))).rejects.toThrow(UnknownNameError);
    await expect(saveTable(odd(), at("no/such/x.csv"))).rejects.toThrow("does not exist");
    await expect(readTable(at("nothing.csv"))).rejects.toThrow("no such file");
    writeFileSync(at("broken.parquet"), "PAR1 and no more");
    await expect(readTable(at("broken.parquet"))).rejects.toThrow(DataError);
    expect(existsSync(at("x.csv"))).toBe(false);
  });
});

const root = path.join(path.dirname(fileURLToPath(import.meta.url)), "..", "..");
const python = path.join(process.env.ALPHABOOK_VENV ?? path.join(root, ".venv"), "bin", "python");
const hasPandas = () => {
  try {
    execFileSync(python, ["-c", "import pandas, pyarrow, duckdb"], { stdio: "ignore" });
    return true;
  } catch {
    return false;
  }
};
const itPandas = itWith("pandas", existsSync(python) && hasPandas(), "pip install pandas pyarrow duckdb into .venv");

/** Prints what pandas and DuckDB read, each value in one spelling. */
const SPELL = `
import sys, json, math, warnings, duckdb, pandas as pd
warnings.simplefilter("ignore")
def spell(v):
    if v is None or v is pd.NaT or v is pd.NA: return None
    if isinstance(v, pd.Timestamp) or hasattr(v, "isoformat"): return pd.Timestamp(v).isoformat(timespec="milliseconds")
    if isinstance(v, bool) or type(v).__name__ == "bool_": return bool(v)
    if isinstance(v, str): return v
    v = float(v)
    return None if math.isnan(v) else repr(v)
def rows(frame): return [[spell(v) for v in row] for row in frame.astype(object).itertuples(index=False, name=None)]
folder = sys.argv[1]
read = {
  "parquet": pd.read_parquet(folder + "/odd.parquet"),
  "arrow": pd.read_feather(folder + "/odd.arrow"),
  "csv": pd.read_csv(folder + "/odd.csv", parse_dates=["datetime", "seen_at"]),
  "json": pd.read_json(folder + "/odd.json", convert_dates=["datetime", "seen_at"], dtype={"flag": "boolean"}),
}
out = {name: rows(frame) for name, frame in read.items()}
out["types"] = {column: str(kind) for column, kind in read["parquet"].dtypes.items()}
for name in ["parquet", "csv", "json"]:
    options = ", header=true, allow_quoted_nulls=false" if name == "csv" else ""
    got = duckdb.sql(f"SELECT * FROM read_{name}('{folder}/odd.{name}'{options})").fetchall()
    out["duckdb " + name] = [[spell(v) for v in row] for row in got]
print(json.dumps(out))
`;

describe("pandas and DuckDB", () => {
  let read: Record<string, unknown[][]> & { types: Record<string, string> };
  const number = (x: unknown) => (x == null || Number.isNaN(x) ? null : Number(x));
  const spelled = plain(odd()).map((row) =>
    Object.values(row).map((value) => {
      if (value instanceof Date) return value.toISOString().slice(0, -1);
      return typeof value === "number" ? number(value) : (value as string | boolean | null);
    }),
  );
  /** Numbers are compared as numbers: Python spells 1 as 1.0. */
  const comparable = (rows: unknown[][]) =>
    rows.map((row) =>
      row.map((value, i) =>
        i >= 4 && i <= 7 && value !== null ? Number(String(value).replace("inf", "Infinity")) : value,
      ),
    );

  beforeAll(async () => {
    for (const format of TABLE_FORMATS) await saveTable(odd(), at(`odd.${format}`));
    if (existsSync(python) && hasPandas())
      read = JSON.parse(execFileSync(python, ["-c", SPELL, folder], { encoding: "utf8" })) as typeof read;
  });

  for (const format of ["parquet", "arrow", "json", "duckdb parquet", "duckdb json", "duckdb csv"])
    itPandas(`read the same from ${format}`, () => {
      expect(comparable(read[format]!)).toEqual(spelled);
    });

  itPandas("read the same from csv, but for the empty text, which pandas takes for missing", () => {
    expect(comparable(read.csv!)).toEqual(spelled.map((row) => row.map((value) => (value === "" ? null : value))));
  });

  itPandas("find the types one expects", () => {
    expect(read.types).toMatchObject({
      score: "float64",
      weight: "float32",
      small: "int32",
      datetime: "datetime64[us]",
    });
  });
});
