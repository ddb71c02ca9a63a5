import path from "node:path";
import type { ColumnTable } from "arquero";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { ExpNotFoundError, InvalidArgumentError, UnknownNameError } from "../../../src/errors.js";
import { Store } from "../../../src/store/store.js";
import { R } from "../../../src/tracking/r.js";
import type { SearchOptions } from "../../../src/tracking/search/search-records.js";
import { temporaryFolder } from "../../temporary-folder.js";

const ODD = `it's "odd"; DROP VIEW runs; -- \u{1d11e}`;
const names = async (options: SearchOptions) => (await R.searchRecords(options)).array("name") as string[];
const row = (table: ColumnTable, name: string) =>
  (table.objects() as Record<string, unknown>[]).find((each) => each.name === name)!;

beforeAll(async () => {
  R.setUri(path.join(temporaryFolder(), "store"));
  await R.start({ experimentName: "x", recorderName: "first" }, (run) => {
    run.logParams({ model: "ridge", alpha: 0.05, shuffle: true, layers: [64, 32], seed: 1 });
    run.logMetrics({ IC: 0.02, "Rank IC": 0.03 });
    run.setTags({ team: "A", [ODD]: ODD });
  });
  await R.start({ experimentName: "x", recorderName: "second" }, (run) => {
    run.logParams({ model: "lgb", alpha: "auto", seed: 2 });
    run.logMetrics({ IC: 0.5 }, { step: 1 });
    run.logMetrics({ IC: 0.04 }, { step: 2 });
    run.logMetrics({ loss: NaN });
  });
  await R.start({ experimentName: "y", recorderName: "third" }, (run) => {
    run.logParams({ model: "Ridge", alpha: 0.5, seed: 3 });
    run.logMetrics({ IC: -0.01, loss: Infinity });
    run.setTags({ team: "B", round: "7" });
  });
  const gone = await R.start({ experimentName: "y", recorderName: "gone" }, (run) => run);
  await R.deleteRecorder({ recorderId: gone.id });
});
afterAll(() => R.endExp());

describe("R.searchRecords", () => {
  it("gives one row per run, newest first: ids, times, metrics, params, tags; missing values NaN and null", async () => {
    const table = await R.searchRecords();
    expect(table.columnNames().filter((name) => !name.startsWith("tags.source."))).toEqual([
      ...["run_id", "experiment_id", "experiment", "name", "status", "reason", "start_time", "end_time"],
      ...["metrics.IC", "metrics.Rank IC", "metrics.loss"],
      ...["params.alpha", "params.layers", "params.model", "params.seed", "params.shuffle"],
      ...[`tags.${ODD}`, "tags.round", "tags.team"],
    ]);
    expect(table.array("name")).toEqual(["third", "second", "first"]);
    expect(row(table, "first")).toMatchObject({
      experiment: "x",
      status: "FINISHED",
      reason: null,
      start_time: expect.any(Date) as Date,
      "metrics.IC": 0.02,
      "metrics.Rank IC": 0.03,
      "metrics.loss": NaN,
      "params.alpha": 0.05,
      "params.layers": [64, 32],
      "params.shuffle": true,
      "tags.team": "A",
      [`tags.${ODD}`]: ODD,
    });
    expect(row(table, "second")).toMatchObject({
      "metrics.IC": 0.04,
      "metrics.Rank IC": NaN,
      "params.alpha": "auto",
      "params.shuffle": null,
      "tags.team": null,
    });
    expect(table.column("params.seed")).toEqual(Float64Array.of(3, 2, 1));
  });

  it.each([
    ["metrics.IC > 0.01", ["second", "first"]],
    ["metrics.IC >= 0.02 and metrics.IC < 0.04", ["first"]],
    ["metrics.IC != 0.02", ["third", "second"]],
    ['metrics."Rank IC" > 0', ["first"]],
    ["metrics.loss > 0", ["third"]],
    ["params.model = 'ridge'", ["first"]],
    ["params.model ILIKE 'ri%'", ["third", "first"]],
    ["params.model LIKE 'ri%'", ["first"]],
    ["params.alpha = 0.05", ["first"]],
    ["params.alpha = '0.05'", ["first"]],
    ["params.alpha > 0.01", ["third", "first"]],
    ["params.alpha != 0.05", ["third", "second"]],
    ["params.alpha != 'auto'", ["third", "first"]],
    ["params.shuffle = 'true'", ["first"]],
    ["tags.team != 'A'", ["third"]],
    ["tags.round = '7'", ["third"]],
    [`tags."${ODD.replaceAll('"', '""')}" = '${ODD.replaceAll("'", "''")}'`, ["first"]],
    ["attributes.status = 'FINISHED' and run_name LIKE '%ir%'", ["third", "first"]],
    ["experiment = 'y'", ["third"]],
    ["reason != 'orphaned'", ["third", "second", "first"]],
    ["start_time > '2026-01-01' and end_time < '2999-01-01'", ["third", "second", "first"]],
    ["start_time < '2026-01-01'", []],
  ])("filter %s", async (filter, expected) => {
    expect(await names({ filter })).toEqual(expected);
  });

  it.each<[string, SearchOptions["where"], string[]]>([
    ["a list", { params: { model: ["ridge", "lgb"] } }, ["second", "first"]],
    ["numbers", { params: { seed: [1, 3] } }, ["third", "first"]],
    ["a missing param", { params: { shuffle: null } }, ["third", "second"]],
    ["a param that is there", { params: { shuffle: { "!=": null } } }, ["first"]],
    ["a metric that is NaN counts as missing", { metrics: { loss: null } }, ["second", "first"]],
    ["a boolean", { params: { shuffle: true } }, ["first"]],
    ["a list of booleans", { params: { shuffle: [true, false] } }, ["first"]],
    ["two comparisons", { metrics: { IC: { ">": 0, "<": 0.03 } } }, ["first"]],
    ["a missing reason", { attributes: { reason: null } }, ["third", "second", "first"]],
    ["dates", { attributes: { startTime: { ">": new Date(0) }, name: ["first", "third"] } }, ["third", "first"]],
  ])("where %s", async (_name, where, expected) => {
    expect(await names({ where })).toEqual(expected);
  });

  it("needs filter and where to hold, and takes experiments, views, limits and orders", async () => {
    expect(await names({ filter: "metrics.IC > 0", where: { params: { model: "lgb" } } })).toEqual(["second"]);
    expect(await names({ experimentNames: ["x"] })).toEqual(["second", "first"]);
    const y = await R.getExp({ experimentName: "y", create: false });
    expect(await names({ experimentIds: [y.id] })).toEqual(["third"]);
    expect((await y.searchRecords({ view: "deleted" })).array("name")).toEqual(["gone"]);
    const all = await R.searchRecords({ view: "all", limit: 2 });
    expect([all.array("name"), row(all, "third").deleted_at]).toEqual([["gone", "third"], null]);
    expect(await names({ orderBy: "metrics.IC DESC" })).toEqual(["second", "first", "third"]);
    expect(await names({ orderBy: ["metrics.loss", "name DESC"] })).toEqual(["third", "second", "first"]);
    expect(await names({ orderBy: "params.alpha" })).toEqual(["first", "third", "second"]);
    expect(await names({ orderBy: "tags.team DESC", limit: 1 })).toEqual(["third"]);
    expect(await names({ limit: 0 })).toEqual([]);
  });

  it("names options, views and experiments that do not exist", async () => {
    await expect(R.searchRecords({ filterString: "" } as never)).rejects.toThrow(UnknownNameError);
    await expect(R.searchRecords({ view: "ALL" } as never)).rejects.toThrow('did you mean "all"?');
    await expect(R.searchRecords({ limit: -1 })).rejects.toThrow(InvalidArgumentError);
    await expect(R.searchRecords({ experimentNames: ["X"] })).rejects.toThrow(ExpNotFoundError);
    await expect(R.searchRecords({ experimentIds: ["nobody"] })).rejects.toThrow(ExpNotFoundError);
  });

  it("finds nothing in an empty store, and all of more runs than a backend of pages would give", async () => {
    const root = path.join(temporaryFolder(), "big");
    await R.withUri(root, async () => {
      expect((await R.searchRecords()).numRows()).toBe(0);
      const store = Store.open(root);
      const runs = Array.from({ length: 3000 }, (_, i) => `r${i}`);
      store.append(
        runs.map((r, i) => ({ e: "run", r, experiment: "e", name: r, status: "FINISHED", startTime: i }) as const),
      );
      store.append(runs.map((r, i) => ({ e: "m", r, k: "IC", s: 0, v: i / 3000 }) as const));
      await store.close();
      const table = await R.searchRecords({ filter: "metrics.IC >= 0.1" });
      expect([table.numRows(), table.get("name", 0), table.get("metrics.IC", 2699)]).toEqual([2700, "r2999", 0.1]);
    });
  });
});
