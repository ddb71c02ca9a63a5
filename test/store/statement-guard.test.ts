import { existsSync, readdirSync } from "node:fs";
import path from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { Store } from "../../src/store/store.js";
import { temporaryFolder } from "../temporary-folder.js";
import { rowsOf, startOf } from "./rows-and-events.js";

const folder = temporaryFolder();
let store: Store;
beforeAll(() => {
  store = Store.open(path.join(folder, "store"));
  store.append([
    startOf("r1"),
    startOf("r2"),
    { e: "p", r: "r1", k: "model", v: "ridge" },
    { e: "p", r: "r2", k: "model", v: "ols" },
    { e: "m", r: "r1", k: "IC", s: 0, v: 0.25 },
    { e: "m", r: "r2", k: "IC", s: 0, v: 0.5 },
  ]);
});
afterAll(() => store.close());

describe("reading statements run", () => {
  it.each([
    "SELECT count(*) FROM runs",
    "WITH best AS (SELECT * FROM latest) SELECT * FROM best",
    "FROM runs SELECT run_id",
    "VALUES (1), (2)",
    "DESCRIBE runs",
    "SHOW TABLES",
    "SUMMARIZE params",
    "EXPLAIN SELECT * FROM runs",
    "EXPLAIN ANALYZE SELECT * FROM runs",
    "/* why */ EXPLAIN (FORMAT json) SELECT DATE '2020-01-31' AS d",
    "PIVOT latest ON key USING max(value) GROUP BY run_id",
    "WITH w AS (PIVOT latest ON key USING max(value) GROUP BY run_id) SELECT * FROM w;",
    'SELECT \';\' AS a, ";" FROM (SELECT 1 AS ";") -- a comment; with a semicolon',
    "SELECT 'drop table runs; copy' AS words",
    "SELECT 1 ; ",
  ])("%s", async (sql) => {
    expect((await store.sql(sql)).numRows).toBeGreaterThan(0);
  });

  it("a PIVOT without IN gives a column per value", async () => {
    expect(rowsOf(await store.sql("PIVOT latest ON run_id USING max(value) GROUP BY key"))).toEqual([
      { key: "IC", r1: 0.25, r2: 0.5 },
    ]);
  });
});

const inStore = (name: string) => path.join(folder, "store", name);

describe("what is refused says why", () => {
  it.each([
    ["INSERT INTO tail.params VALUES ('r', 'k', '1', '1', 1, 1)", "INSERT is refused", "only written through runs"],
    ["UPDATE tail.runs SET status = 'FINISHED'", "UPDATE is refused", "only written through runs"],
    ["DELETE FROM tail.metrics", "DELETE is refused", "only written through runs"],
    ["DROP VIEW runs", "DROP is refused", "only written through runs"],
    ["ALTER TABLE tail.runs ADD COLUMN z INT", "ALTER is refused", "only written through runs"],
    ["CREATE TABLE mine AS SELECT 1", "CREATE is refused", "WITH … SELECT"],
    ["CREATE TABLE mine AS PIVOT latest ON key USING max(value)", "CREATE is refused", "WITH … SELECT"],
    ["TRUNCATE tail.metrics", "DELETE is refused", "only written through runs"],
    [
      "MERGE INTO tail.runs USING (SELECT 'r1' AS run_id) x USING (run_id) WHEN MATCHED THEN DELETE",
      "MERGE INTO is refused",
      "only written through runs",
    ],
    ["EXPLAIN ANALYZE DELETE FROM tail.metrics", "DELETE is refused", "only written through runs"],
    ["EXPLAIN (FORMAT json) DELETE FROM tail.metrics", "DELETE is refused", "only written through runs"],
    [`COPY (SELECT 1) TO '${inStore("x.parquet")}'`, "COPY is refused", ".toTable()"],
    [`EXPORT DATABASE '${inStore("x")}'`, "EXPORT is refused", "store export"],
    [`ATTACH '${inStore("x.db")}'`, "ATTACH is refused", "openMarket"],
    ["SET threads = 1", "SET is refused", "settings are fixed"],
    ["LOAD json", "LOAD is refused", "not loaded"],
    ["CALL enable_logging()", "enable_logging is refused", "settings are fixed"],
    ["SELECT * FROM query('FROM enable_logging()')", "query is refused", "runs a text"],
    [`SELECT * FROM enable_logging(storage = 'file')`, "enable_logging is refused", "settings are fixed"],
    [`SELECT * FROM "enable_logging" ()`, "enable_logging is refused", "settings are fixed"],
    ["CALL pragma_version()", "CALL is refused", "procedure"],
    ["BEGIN", "BEGIN is refused", "one state"],
    ["COMMIT", "TRANSACTION is refused", "one state"],
    ["PREPARE q AS SELECT 1", "PREPARE is refused", "bind values"],
    ["SELECT 1; SELECT 2", "several statements is refused", "one statement"],
    ["SELECT 1; DROP VIEW runs", "several statements is refused", "one statement"],
    ["", "the statement is empty", ""],
    ["-- nothing\n;", "the statement is empty", ""],
  ])("%s", async (sql, what, why) => {
    const error = await store.sql(sql).then(
      () => expect.unreachable(`${sql} ran`),
      (reason: Error) => reason,
    );
    expect(error.name).toBe("SqlError");
    expect(error.message).toContain(what);
    expect(error.message).toContain(why);
  });

  it.each([
    "SELECT * FROM read_text('/etc/hosts')",
    "SELECT * FROM '/etc/hosts'",
    "SELECT * FROM glob('/etc/*')",
    "SELECT * FROM read_csv('/etc/hosts')",
    "SELECT * FROM read_parquet('s3://bucket/x.parquet')",
  ])("%s, outside the store", async (sql) => {
    await expect(store.sql(sql)).rejects.toMatchObject({ name: "SqlError" });
  });

  it("and nothing of all this changed the store", async () => {
    expect(
      rowsOf(
        await store.sql(
          "SELECT (SELECT count(*) FROM runs) AS runs, (SELECT count(*) FROM params) AS params, (SELECT count(*) FROM metrics) AS points",
        ),
      ),
    ).toEqual([{ runs: 2, params: 2, points: 2 }]);
    expect(readdirSync(path.join(folder, "store")).sort()).toEqual(["FORMAT", "log"]);
    expect(existsSync(inStore("x.parquet"))).toBe(false);
  });
});

describe("a wrong statement", () => {
  it("names the candidates and carries the statement", async () => {
    const error = (await store.sql("SELECT stat FROM runs").catch((reason: Error) => reason)) as Error;
    expect(error.name).toBe("SqlError");
    expect(error.message).toContain('"stat" not found');
    expect(error.message).toContain('"status"');
    expect(error.message).toContain("statement: SELECT stat FROM runs");
  });

  it("says which value cannot be bound", async () => {
    await expect(store.sql("SELECT $1, $2", [1, { a: 1 } as never])).rejects.toThrow(
      "Cannot bind $2: an object has no SQL counterpart",
    );
    await expect(store.sql("SELECT $1", [["a", 1] as never])).rejects.toThrow("mixes VARCHAR, INTEGER");
  });

  it("is stopped by a signal", async () => {
    const abort = new AbortController();
    const started = performance.now();
    setTimeout(() => abort.abort(), 100);
    await expect(
      store.sql("SELECT count(*) FROM range(1000000000000)", [], { signal: abort.signal }),
    ).rejects.toMatchObject({ name: "InterruptedError" });
    expect(performance.now() - started).toBeLessThan(5000);
    expect((await store.sql("SELECT 1")).numRows).toBe(1);
  });
});
