import { spawnSync } from "node:child_process";
import { existsSync, readdirSync, rmSync } from "node:fs";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { DuckDBInstance } from "@duckdb/node-api";
import { describe, expect, it } from "vitest";
import { InvalidArgumentError, UnknownNameError } from "../../src/errors.js";
import { Store } from "../../src/store/store.js";
import { temporaryFolder } from "../temporary-folder.js";
import { startOf } from "./rows-and-events.js";

const folder = temporaryFolder();
const ODD = `it's "odd" 𝄞`;
let stores = 0;

async function storeOfOneRun(): Promise<Store> {
  const store = Store.open(path.join(folder, `s${stores++}`));
  store.append([
    { e: "experiment", experiment: "x1", name: "first-hour", createdAt: Date.UTC(2026, 0, 1) },
    startOf("r1", { gitDirty: true }),
    { e: "attempt", r: "r1", attempt: 1, startTime: Date.UTC(2026, 0, 2), status: "FINISHED" },
    { e: "run", r: "r1", status: "FINISHED", endTime: Date.UTC(2026, 0, 3) },
    { e: "p", r: "r1", k: "alpha", v: 0.05 },
    { e: "g", r: "r1", k: ODD, v: ODD },
    { e: "m", r: "r1", k: "loss", s: 0, v: NaN },
    { e: "m", r: "r1", k: "loss", s: 1, v: Infinity },
    { e: "m", r: "r1", k: "IC", s: 0, v: 0.04 },
  ]);
  for (const name of ["pred", "sig_analysis/ic"]) {
    const table = {
      numRows: 2,
      columns: new Map([["score", { type: "float64", values: Float64Array.of(1.5, 2.5) } as const]]),
    };
    const written = await store.artifacts("r1").writeTable(`${name}.parquet`, table);
    store.append({ e: "a", r: "r1", name, kind: "table", ...written });
  }
  return store;
}

/** What a DuckDB that knows nothing of us reads. */
async function asked(file: string, sql: string): Promise<unknown[]> {
  const instance = await DuckDBInstance.create(file, { access_mode: "READ_ONLY" });
  const connection = await instance.connect();
  const rows = (await connection.runAndReadAll(sql)).getRowObjectsJson();
  connection.closeSync();
  instance.closeSync();
  return rows;
}

describe("Store.exportDatabase", () => {
  it("writes all tables with their column types, which a plain DuckDB opens without the store", async () => {
    const store = await storeOfOneRun();
    const file = path.join(folder, "all.duckdb");
    const typesOf =
      "SELECT table_name, column_name, data_type FROM duckdb_columns() WHERE schema_name = 'main' AND NOT internal ORDER BY table_name, column_index";
    await store.exportDatabase(file);
    const ours = await store.sql(typesOf);
    rmSync(store.root, { recursive: true });
    const theirs = await asked(file, typesOf);
    expect(theirs.length).toBeGreaterThan(60);
    expect(theirs).toHaveLength(ours.numRows);
    const columnsOf = (rows: unknown[]) => rows.map((row) => Object.values(row as object).join(" "));
    const texts = (name: string) => {
      const column = ours.columns.get(name);
      return column?.type === "text" ? Array.from(column.codes, (code) => column.dictionary[code]!) : [];
    };
    const [tables, names, types] = [texts("table_name"), texts("column_name"), texts("data_type")];
    expect(columnsOf(theirs)).toEqual(tables.map((table, i) => `${table} ${names[i]!} ${types[i]!}`));
    expect(await asked(file, "SELECT experiment, name, status, end_time, git_dirty, git_commit FROM runs")).toEqual([
      {
        experiment: "first-hour",
        name: "run r1",
        status: "FINISHED",
        end_time: "2026-01-03 00:00:00",
        git_dirty: true,
        git_commit: null,
      },
    ]);
    expect(await asked(file, "SELECT key, step, value::VARCHAR AS value FROM metrics ORDER BY key, step")).toEqual([
      { key: "IC", step: "0", value: "0.04" },
      { key: "loss", step: "0", value: "nan" },
      { key: "loss", step: "1", value: "inf" },
    ]);
    expect(
      await asked(
        file,
        `SELECT "m.IC" AS ic, "p.alpha" AS alpha, "t.${ODD.replaceAll('"', '""')}" AS odd FROM runs_wide`,
      ),
    ).toEqual([{ ic: 0.04, alpha: 0.05, odd: ODD }]);
    expect(
      await asked(file, "SELECT count(*) AS n FROM information_schema.schemata WHERE schema_name = 'artifact'"),
    ).toEqual([{ n: "0" }]);
    await store.close();
  });

  it("takes table artifacts along when asked, all or those named", async () => {
    const store = await storeOfOneRun();
    const [all, one] = [path.join(folder, "artifacts.duckdb"), path.join(folder, "one.duckdb")];
    await store.exportDatabase(all, { artifacts: true });
    await store.exportDatabase(one, { artifacts: ["pred"] });
    const tables = "SELECT table_name FROM information_schema.tables WHERE table_schema = 'artifact' ORDER BY 1";
    expect(await asked(all, tables)).toEqual([{ table_name: "pred" }, { table_name: "sig_analysis/ic" }]);
    expect(await asked(one, tables)).toEqual([{ table_name: "pred" }]);
    expect(await asked(all, 'SELECT run_id, score FROM artifact."sig_analysis/ic" ORDER BY score')).toEqual([
      { run_id: "r1", score: 1.5 },
      { run_id: "r1", score: 2.5 },
    ]);
    await expect(store.exportDatabase(path.join(folder, "no.duckdb"), { artifacts: ["prd"] })).rejects.toThrow(
      UnknownNameError,
    );
    expect(existsSync(path.join(folder, "no.duckdb"))).toBe(false);
    await store.close();
  });

  it("replaces a file only when told to, leaves nothing behind, and goes on with the store", async () => {
    const store = await storeOfOneRun();
    const file = path.join(folder, "twice", "h.duckdb");
    await expect(store.exportDatabase(file)).rejects.toThrow(`${path.dirname(file)} does not exist`);
    const target = path.join(folder, "h.duckdb");
    await store.exportDatabase(target);
    await expect(store.exportDatabase(target)).rejects.toThrow(InvalidArgumentError);
    store.append(startOf("r2"));
    await store.exportDatabase(target, { overwrite: true });
    expect(await asked(target, "SELECT count(*) AS n FROM runs")).toEqual([{ n: "2" }]);
    expect(readdirSync(folder).filter((name) => /tmp|wal/.test(name))).toEqual([]);
    await store.close();
  });

  it("writes an empty history too", async () => {
    const store = Store.open(path.join(folder, "nothing"));
    const file = path.join(folder, "empty.duckdb");
    await store.exportDatabase(file, { artifacts: true });
    expect(await asked(file, "SELECT count(*) AS n FROM runs_wide")).toEqual([{ n: "0" }]);
    await store.close();
  });
});

describe("alphabook store export", () => {
  it("writes the database, and refuses to replace one without --force", async () => {
    const store = await storeOfOneRun();
    await store.close();
    const main = path.join(path.dirname(fileURLToPath(import.meta.url)), "..", "..", "dist", "cli", "main.js");
    const file = path.join(folder, "cli.duckdb");
    const save = (...words: string[]) =>
      spawnSync(process.execPath, [main, "store", "export", file, "--store", store.root, ...words], {
        encoding: "utf8",
        env: { ...process.env, CI: "1" },
      });
    expect(save("--artifacts", "pred")).toMatchObject({ status: 0, stdout: `Database: ${file}\n` });
    expect(await asked(file, "SELECT count(*) AS n FROM artifact.pred")).toEqual([{ n: "2" }]);
    expect(save()).toMatchObject({ status: 1, stderr: expect.stringContaining("the file is there already") as string });
    expect(JSON.parse(save("--force", "--json").stdout)).toEqual({ database: file });
    expect(save("--help").stdout).toContain("Example:\n  alphabook store export history.duckdb");
  });
});
