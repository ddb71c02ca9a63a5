import path from "node:path";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { Store } from "../../src/store/store.js";
import { temporaryFolder } from "../temporary-folder.js";
import { rowsOf, startOf } from "./rows-and-events.js";

const folder = temporaryFolder();
let stores = 0;
const newStore = () => Store.open(path.join(folder, `s${stores++}`));
const ask = async (store: Store, sql: string, ...params: (string | number | Date | string[])[]) =>
  rowsOf(await store.sql(sql, params));

describe("the tables of the history", () => {
  it("have the columns that the documentation names, in its order", async () => {
    const store = newStore();
    const columns = async (name: string) => [...(await store.sql(`FROM ${name}`)).columns.keys()].join(", ");
    expect(await columns("experiments")).toBe("experiment_id, name, created_at, deleted_at");
    const runs =
      "run_id, experiment_id, experiment, name, status, reason, start_time, end_time, heartbeat, host, pid, user_name, notebook, git_commit, git_branch, git_dirty, parent_run_id, deleted_at";
    expect(await columns("runs")).toBe(runs);
    expect(await columns("runs_wide")).toBe(runs);
    expect(await columns("attempts")).toBe(
      "run_id, attempt, start_time, end_time, status, reason, error_name, error_message, error_stack, command, host, pid",
    );
    expect(await columns("params")).toBe("run_id, key, value, num");
    expect(await columns("metrics")).toBe("run_id, key, step, time, value");
    expect(await columns("latest")).toBe("run_id, key, step, time, value, min, max, n");
    expect(await columns("tags")).toBe("run_id, key, value, time");
    expect(await columns("artifacts")).toBe("run_id, name, kind, bytes, sha256, path, time");
    await store.close();
  });

  it("show what was logged", async () => {
    const store = newStore();
    store.append([
      { e: "experiment", experiment: "x1", name: "first-hour", createdAt: Date.UTC(2026, 0, 1) },
      startOf("r1", { gitCommit: "abc", gitDirty: true }),
      { e: "attempt", r: "r1", attempt: 1, startTime: Date.UTC(2026, 0, 2), status: "RUNNING", command: "node a.js" },
      { e: "p", r: "r1", k: "model", v: "ridge" },
      { e: "p", r: "r1", k: "alpha", v: 0.05 },
      { e: "p", r: "r1", k: "layers", v: [64, 32] },
      { e: "g", r: "r1", k: "team", v: "alpha" },
      { e: "m", r: "r1", k: "Rank IC", s: 0, v: 0.04 },
      { e: "a", r: "r1", name: "note", kind: "text", bytes: 3, sha256: "00", path: "note.txt" },
    ]);
    store.append({ e: "run", r: "r1", status: "FINISHED", endTime: Date.UTC(2026, 0, 3), gitCommit: null });
    expect(
      await ask(store, "SELECT experiment, name, status, start_time, end_time, git_commit, git_dirty FROM runs"),
    ).toEqual([
      {
        experiment: "first-hour",
        name: "run r1",
        status: "FINISHED",
        start_time: "2026-01-02",
        end_time: "2026-01-03",
        git_commit: null,
        git_dirty: true,
      },
    ]);
    expect(await ask(store, "SELECT attempt, status, command, end_time FROM attempts")).toEqual([
      { attempt: 1, status: "RUNNING", command: "node a.js", end_time: null },
    ]);
    expect(await ask(store, "FROM params ORDER BY key")).toEqual([
      { run_id: "r1", key: "alpha", value: "0.05", num: 0.05 },
      { run_id: "r1", key: "layers", value: "[64,32]", num: null },
      { run_id: "r1", key: "model", value: '"ridge"', num: null },
    ]);
    expect(
      await ask(store, `SELECT "p.model", "p.alpha" * 2 AS double_alpha, "m.Rank IC", "t.team" FROM runs_wide`),
    ).toEqual([{ "p.model": "ridge", double_alpha: 0.1, "m.Rank IC": 0.04, "t.team": "alpha" }]);
    expect(await ask(store, "SELECT name, kind, bytes, path FROM artifacts")).toEqual([
      { name: "note", kind: "text", bytes: 3, path: "note.txt" },
    ]);
    await store.close();
  });

  it("keep NaN and infinities of metrics; latest shows NaN as missing and keeps infinities", async () => {
    const store = newStore();
    store.append(startOf("r1"));
    store.append([
      { e: "m", r: "r1", k: "loss", s: 1, v: 2 },
      { e: "m", r: "r1", k: "loss", s: 2, v: Infinity },
      { e: "m", r: "r1", k: "loss", s: 3, v: NaN },
      { e: "m", r: "r1", k: "drop", s: 0, v: -Infinity },
      { e: "m", r: "r1", k: "tiny", s: 0, v: 5e-324 },
    ]);
    expect(
      await ask(store, "SELECT step, value::VARCHAR AS value FROM metrics WHERE key = 'loss' ORDER BY step"),
    ).toEqual([
      { step: 1, value: "2.0" },
      { step: 2, value: "inf" },
      { step: 3, value: "nan" },
    ]);
    expect(await ask(store, "SELECT key, step, value, min, max, n FROM latest ORDER BY key")).toEqual([
      { key: "drop", step: 0, value: -Infinity, min: -Infinity, max: -Infinity, n: 1 },
      { key: "loss", step: 3, value: null, min: 2, max: Infinity, n: 3 },
      { key: "tiny", step: 0, value: 5e-324, min: 5e-324, max: 5e-324, n: 1 },
    ]);
    expect(await ask(store, `SELECT "m.loss" IS NULL AS missing, "m.drop" FROM runs_wide`)).toEqual([
      { missing: true, "m.drop": -Infinity },
    ]);
    await store.close();
  });

  it("take the metric of the greatest step for the latest, not the last one logged", async () => {
    const store = newStore();
    store.append({ e: "m", r: "r1", k: "ic", s: 7, v: 0.5 });
    expect(await ask(store, "SELECT step, value FROM latest")).toEqual([{ step: 7, value: 0.5 }]);
    store.append({ e: "m", r: "r1", k: "ic", s: 3, v: 0.9 });
    expect(await ask(store, "SELECT step, value, max, n FROM latest")).toEqual([
      { step: 7, value: 0.5, max: 0.9, n: 2 },
    ]);
    await store.close();
  });

  it("let the last param and tag win, and a tag be deleted", async () => {
    const store = newStore();
    store.append([
      { e: "p", r: "r1", k: "a", v: 1 },
      { e: "g", r: "r1", k: "t", v: "x" },
      { e: "g", r: "r1", k: "u", v: "y" },
    ]);
    await store.refresh();
    store.append([
      { e: "p", r: "r1", k: "a", v: 2 },
      { e: "p", r: "r1", k: "a", v: 3 },
      { e: "g", r: "r1", k: "t", v: null },
    ]);
    expect(await ask(store, "SELECT value, num FROM params")).toEqual([{ value: "3", num: 3 }]);
    expect(await ask(store, "SELECT key, value FROM tags")).toEqual([{ key: "u", value: '"y"' }]);
    await store.close();
  });

  it("give names that differ only in case columns of their own, and text for a param that is not always a number", async () => {
    const store = newStore();
    store.append([startOf("r1"), startOf("r2")]);
    store.append([
      { e: "m", r: "r1", k: "IC", s: 0, v: 1 },
      { e: "m", r: "r1", k: "ic", s: 0, v: 2 },
      { e: "p", r: "r1", k: "lr", v: 0.5 },
    ]);
    expect(
      await ask(store, `SELECT "m.IC" AS a, "m.ic_2" AS b, "p.lr" + 1 AS c FROM runs_wide WHERE run_id = 'r1'`),
    ).toEqual([{ a: 1, b: 2, c: 1.5 }]);
    store.append([
      { e: "p", r: "r2", k: "lr", v: "auto" },
      { e: "p", r: "r2", k: `it's "quoted"; --`, v: true },
    ]);
    expect(
      await ask(store, `SELECT "p.lr" AS lr, "p.it's ""quoted""; --" AS odd FROM runs_wide ORDER BY run_id`),
    ).toEqual([
      { lr: "0.5", odd: null },
      { lr: "auto", odd: "true" },
    ]);
    await store.close();
  });

  it("stay readable whatever texts are logged", async () => {
    const store = newStore();
    const odd = [
      "",
      "\0",
      "nul\0inside",
      "\ud800 half a pair",
      "it's",
      'quo"te',
      "\\",
      "line\nbreak",
      "\u202e",
      "𝄞",
      "'; DROP VIEW runs; --",
      "p.x",
      "runs",
      "__proto__",
    ];
    store.append(startOf("r1"));
    for (const text of odd) {
      store.append([
        { e: "p", r: "r1", k: text, v: text },
        { e: "g", r: "r1", k: text, v: text },
        { e: "m", r: "r1", k: text, s: 0, v: 1 },
      ]);
    }
    expect(await ask(store, "SELECT count(DISTINCT key) AS keys, count(*) AS n FROM params")).toEqual([
      { keys: odd.length, n: odd.length },
    ]);
    const [wide] = await ask(store, "SELECT * FROM runs_wide");
    for (const text of odd.filter((text) => !/[\0\ud800]/.test(text)))
      expect([text, wide![`p.${text}`], wide![`t.${text}`], wide![`m.${text}`]]).toEqual([text, text, text, 1]);
    const values = await ask(store, "SELECT value FROM params");
    expect(values.map(({ value }) => JSON.parse(value as string) as string).sort()).toEqual([...odd].sort());
    await store.close();
  });

  it("give every param back as the JSON it was, whatever the key", async () => {
    const text = fc.string({ unit: "binary", maxLength: 12 }).map((value) => Buffer.from(value).toString());
    await fc.assert(
      fc.asyncProperty(fc.dictionary(text, fc.jsonValue({ maxDepth: 3 }), { maxKeys: 30 }), async (params) => {
        const store = newStore();
        const logged = Object.entries(params).map(
          ([k, v]) => ({ e: "p", r: "r1", k, v: JSON.parse(JSON.stringify(v)) as unknown }) as const,
        );
        store.append([startOf("r1"), ...logged]);
        const rows = await ask(store, "SELECT key, value FROM params");
        expect(new Map(rows.map(({ key, value }) => [key, JSON.parse(value as string) as unknown]))).toEqual(
          new Map(logged.map(({ k, v }) => [k, v])),
        );
        expect(await ask(store, "SELECT run_id FROM runs_wide")).toEqual([{ run_id: "r1" }]);
        expect(store.problems()).toEqual([]);
        await store.close();
      }),
      { numRuns: 25 },
    );
  });

  it("leave deleted runs out of runs_wide and keep them in runs", async () => {
    const store = newStore();
    store.append([startOf("r1"), { e: "run", r: "r1", deletedAt: Date.UTC(2026, 0, 5) }]);
    expect(await ask(store, "SELECT deleted_at FROM runs")).toEqual([{ deleted_at: "2026-01-05" }]);
    expect(await ask(store, "SELECT run_id FROM runs_wide")).toEqual([]);
    store.append({ e: "run", r: "r1", deletedAt: null });
    expect(await ask(store, "SELECT run_id FROM runs_wide")).toEqual([{ run_id: "r1" }]);
    await store.close();
  });

  it("bind dates, whole numbers and lists", async () => {
    const store = newStore();
    store.append([startOf("r1"), startOf("r2", { startTime: Date.UTC(2026, 5, 1) })]);
    expect(await ask(store, "SELECT run_id FROM runs WHERE start_time >= $1", new Date(Date.UTC(2026, 5, 1)))).toEqual([
      { run_id: "r2" },
    ]);
    expect(
      await ask(store, "SELECT run_id FROM runs WHERE list_contains($1, run_id) LIMIT $2", ["r1", "r9"], 5),
    ).toEqual([{ run_id: "r1" }]);
    await store.close();
  });
});
