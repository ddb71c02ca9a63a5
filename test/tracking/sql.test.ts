import { beforeAll, describe, expect, it } from "vitest";
import { SqlError, UnknownNameError } from "../../src/errors.js";
import { VIEW } from "../../src/panel/view.js";
import { R } from "../../src/tracking/r.js";
import { runSqlCell, sql } from "../../src/tracking/sql.js";
import { bindNames } from "../../src/tracking/sql-text.js";
import { temporaryFolder } from "../temporary-folder.js";

beforeAll(async () => {
  R.setUri(temporaryFolder());
  for (const [name, ic] of [
    ["a", 0.02],
    ["b'; DROP TABLE runs --", 0.05],
    ["c", NaN],
  ] as const) {
    await R.start({ experimentName: "x", recorderName: name }, (run) => run.logMetrics({ IC: ic, 'Rank "IC"': ic }));
  }
});

describe("sql`…`", () => {
  it("binds values: text with quotes in it is text", async () => {
    const rows = (await sql`SELECT name FROM runs WHERE name = ${"b'; DROP TABLE runs --"}`).rows();
    expect(rows).toEqual([{ name: "b'; DROP TABLE runs --" }]);
    expect((await sql`SELECT count(*) AS n FROM runs`).rows()).toEqual([{ n: 3 }]);
  });

  it("binds arrays, dates and null", async () => {
    expect(
      (
        await sql`SELECT name FROM runs WHERE name = ANY(${["a", "c"]}) AND start_time > ${new Date("2020-01-01")} ORDER BY name`
      ).rows(),
    ).toEqual([{ name: "a" }, { name: "c" }]);
    expect((await sql`SELECT ${null} IS NULL AS missing, ${new Date(Date.UTC(2020, 0, 2))} AS day`).rows()).toEqual([
      { missing: true, day: new Date(Date.UTC(2020, 0, 2)) },
    ]);
  });

  it("puts templates and names together", async () => {
    const good = sql`value > ${0.03}`;
    const key = sql.identifier('m.Rank "IC"');
    expect(
      (
        await sql`SELECT name, ${key} AS ic FROM runs_wide WHERE ${key} > ${0.01} AND run_id IN (SELECT run_id FROM latest WHERE ${good})`
      ).rows(),
    ).toEqual([{ name: "b'; DROP TABLE runs --", ic: 0.05 }]);
  });

  it("asks once, however often it is awaited", async () => {
    const query = sql`SELECT random() AS x`;
    expect((await query).rows()).toEqual((await query).rows());
  });

  it("gives a table, its rows, and a view of them", async () => {
    const result = await sql`SELECT name, "m.IC" AS ic FROM runs_wide ORDER BY ic DESC NULLS LAST, name`;
    expect(result.toTable().array("ic")).toEqual([0.05, 0.02, NaN]);
    expect([...result].map(({ name }) => name)).toEqual(["b'; DROP TABLE runs --", "a", "c"]);
    expect(result[VIEW]()).toMatchObject({ kind: "sql", title: "3 rows" });
    expect(String(result)).toBe("SqlResult(3 rows: name, ic)");
  });

  it("refuses what would change something, and says the statement", async () => {
    await expect(sql`DROP VIEW runs`.then()).rejects.toThrow(SqlError);
    await expect(sql`SELECT nme FROM runs`.then()).rejects.toThrow(/"name"[\s\S]*SELECT nme FROM runs/);
  });

  it("refuses a value that is undefined, and one SQL has no counterpart for", async () => {
    await expect(sql`SELECT ${undefined}`.then()).rejects.toThrow(
      "Cannot bind value 1 of the SQL template: it is undefined",
    );
    await expect(sql`SELECT ${() => 1}`.then()).rejects.toThrow("Cannot bind $1");
    expect(() => sql.identifier("")).toThrow("Cannot make an SQL identifier");
  });
});

describe("a %%sql cell", () => {
  it("binds $names of the notebook, the same name once", async () => {
    expect(
      (
        await runSqlCell('SELECT name FROM runs_wide WHERE "m.IC" BETWEEN $low AND $low + 0.01', {
          low: 0.015,
          other: 1,
        })
      ).rows(),
    ).toEqual([{ name: "a" }]);
  });

  it("leaves text, quoted names, comments and dollar quotes alone", () => {
    const body = `SELECT '$a', "$a", $$ $a $$, $q$ $a $q$ -- $a\n/* $a */ , $a, $b, $a`;
    expect(bindNames(body, { a: 1, b: 2 })).toEqual({
      text: body.replace(", $a, $b, $a", ", $1, $2, $1"),
      params: [1, 2],
    });
  });

  it("names the nearest variable", async () => {
    const asked = runSqlCell("SELECT $treshold", { threshold: 1 });
    await expect(asked).rejects.toThrow(UnknownNameError);
    await expect(asked).rejects.toThrow('did you mean "threshold"?');
  });
});

describe("sql.explain", () => {
  it("tells the plan without answering; with analyze also how many rows each part gave", async () => {
    const query = sql`SELECT name FROM runs WHERE status = ${"FINISHED"}`;
    const plan = await sql.explain(query);
    expect(plan.text).toMatch(/PHYSICAL_PLAN|PROJECTION|FILTER|SEQ_SCAN/);
    expect(plan.text).not.toMatch(/Total Time/);
    expect((await sql.explain(query, { analyze: true })).text).toMatch(/Total Time/);
    expect(plan[VIEW]()).toMatchObject({ kind: "sql-plan", notes: ["SELECT name FROM runs WHERE status = $1"] });
  });

  it("refuses what the question itself may not do", async () => {
    await expect(sql.explain(sql`DROP TABLE runs`, { analyze: true })).rejects.toThrow(/only reading statements/);
    expect((await sql`SELECT count(*) AS n FROM runs`).rows()).toEqual([{ n: 3 }]);
  });
});

describe("sql.options", () => {
  const ENDLESS = sql`SELECT sum(a.range * b.range) FROM range(2000000) a, range(2000000) b`;

  it("stops a question that takes longer than the time limit, and says how to allow more", async () => {
    expect(sql.options({ timeLimit: 0.2 })).toEqual({ timeLimit: 0.2, memoryLimit: undefined });
    try {
      await expect(sql`SELECT * FROM (${ENDLESS})`).rejects.toThrow(
        /longer than 0.2 s and was stopped\n.*timeLimit: 2 .*\n {2}statement: SELECT \* FROM/,
      );
      expect((await sql`SELECT 1 AS one`).rows()).toEqual([{ one: 1 }]);
    } finally {
      sql.options({ timeLimit: null });
    }
  });

  it("a question that needs more memory than the limit is refused, and says how to allow more", async () => {
    await R.withUri(temporaryFolder(), async () => {
      const held = await new Promise<unknown>((resolve) => {
        const store = R.store;
        store.limitMemory("100MB");
        store.sql("SELECT len(list(range)) AS n FROM range(40000000)").then(resolve, resolve);
      });
      expect(held).toBeInstanceOf(SqlError);
      await expect(sql`SELECT len(list(range)) AS n FROM range(40000000)`).rejects.toThrow(
        /Out of Memory[^]*sql\.options\(\{ memoryLimit/i,
      );
    });
  });

  it("a memory limit comes too late for a store that has been read", () => {
    expect(() => sql.options({ memoryLimit: "1GB" })).toThrow(/read already[^]*first cell/);
    expect(() => R.store.limitMemory("lots")).toThrow(/expected: a size such as 512MB/);
  });

  it("refuses other options and times that are none", () => {
    expect(() => sql.options({ timelimit: 3 } as never)).toThrow(UnknownNameError);
    for (const timeLimit of [0, -1, NaN, Infinity]) expect(() => sql.options({ timeLimit })).toThrow(/seconds above 0/);
    expect(sql.options()).toEqual({ timeLimit: null, memoryLimit: undefined });
  });
});
