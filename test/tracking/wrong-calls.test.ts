import path from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { MergeCollector } from "../../src/collector/merge-collector.js";
import { RecorderCollector, type RecorderCollectorOptions } from "../../src/collector/recorder-collector.js";
import { InvalidArgumentError, UnknownNameError } from "../../src/errors.js";
import { compareRuns } from "../../src/tracking/compare-runs.js";
import { R } from "../../src/tracking/r.js";
import { sql } from "../../src/tracking/sql.js";
import { temporaryFolder } from "../temporary-folder.js";

/** A call as JavaScript allows it, without what the types would have said. */
type Loose = (...given: unknown[]) => unknown;
const loose = <T extends object>(object: T) => object as unknown as Record<string, Loose>;

beforeEach(() => R.setUri(path.join(temporaryFolder(), "store")));
afterEach(() => R.endExp());

const collector = (options: object) => new RecorderCollector(options as RecorderCollectorOptions);

function nested(levels: number): unknown {
  let value: unknown = 1;
  for (let level = 0; level < levels; level++) value = { in: value };
  return value;
}

const wrong = async (call: () => unknown) => {
  try {
    await call();
  } catch (error) {
    return error as Error;
  }
  return undefined;
};

describe("a call with what is not expected", () => {
  it.each<[string, Loose, RegExp]>([
    [
      "a text for the options of getExp",
      () => loose(R).getExp!("a"),
      /'a' is no object of options\n {2}expected: \{ experimentId: … \}/,
    ],
    ["a text for the options of getRecorder", () => loose(R).getRecorder!("id"), /'id' is no object of options/],
    ["a text for the options of listRecorders", () => loose(R).listRecorders!("a"), /'a' is no object of options/],
    ["a text for the options of start", () => loose(R).start!("a", () => 1), /'a' is no object of options/],
    ["a body for the options of start", () => loose(R).start!(() => 1), /expected: R\.start\(\{\}, async/],
    ["deleteExp of nothing", () => loose(R).deleteExp!(), /undefined is no object of options/],
    ["restoreExp of nothing", () => loose(R).restoreExp!(), /undefined is no object of options/],
    ["deleteRecorder of nothing", () => loose(R).deleteRecorder!(), /undefined is no object of options/],
    ["restoreRecorder of nothing", () => loose(R).restoreRecorder!(), /undefined is no object of options/],
    ["createExp of nothing", () => loose(R).createExp!(), /undefined is no object of options/],
    ["createExp without a name", () => loose(R).createExp!({}), /it has no name/],
    ["a number for a name", () => loose(R).start!({ experimentName: 5 }), /experimentName is 5, text is expected/],
    ["null for a name", () => loose(R).start!({ experimentName: null }), /experimentName is null.*\n.*leave it out/],
    ["a limit below 0", () => R.listRecorders({ limit: -1 }), /limit -1 is no whole number/],
    ["withUri without a body", () => loose(R).withUri!("/tmp/x"), /expected: R\.withUri/],
    ["a text for a list of experiments", () => loose(R).searchRecords!({ experimentNames: "a" }), /a list is expected/],
    ["sql as a function", () => (sql as unknown as Loose)("select 1"), /a tag of a template/],
    ["compareRuns of nothing", () => (compareRuns as unknown as Loose)(), /two or more/],
    [
      "a param without end",
      () => R.start({ experimentName: "Experiment" }, (run) => run.logParams({ deep: nested(20_000) })),
      /Cannot log param "deep\.in.*nested in more than 500 levels/,
    ],
    ["a merging collector of nothing", () => new (MergeCollector as unknown as new () => unknown)(), /none are given/],
    ["a collector without experiment", () => collector({}), /no experiment is given/],
    [
      "a collector's key that is no function",
      () => collector({ experiment: "a", recKeyFunc: "id" }),
      /recKeyFunc is id/,
    ],
    ["a collector of nothing", () => new (RecorderCollector as unknown as new () => unknown)(), /no options are given/],
  ])("%s is an error that says what is", async (_, call, message) => {
    await R.createExp({ experimentName: "Experiment" });
    const error = await wrong(call);
    expect(error).toBeInstanceOf(InvalidArgumentError);
    expect(error!.message).toMatch(message);
    expect((await R.listExperiments()).map(({ name }) => name)).toEqual(["Experiment"]);
  });

  it.each<[string, Loose, string]>([
    ["getExp", () => loose(R).getExp!({ experiment_name: "a" }), 'unknown option "experiment_name"'],
    ["getRecorder", () => loose(R).getRecorder!({ recorder_id: "a" }), 'did you mean "recorderId"?'],
    ["listRecorders", () => loose(R).listRecorders!({ experiment_name: "a" }), 'did you mean "experimentName"?'],
    ["listExperiments", () => loose(R).listExperiments!({ deleted: true }), 'unknown option "deleted"'],
    ["deleteExp", () => loose(R).deleteExp!({ experimentNam: "a" }), 'did you mean "experimentName"?'],
    ["a collector", () => collector({ experiment: "a", rec_key_func: String }), 'did you mean "recKeyFunc"?'],
    ["collect", () => loose(collector({ experiment: "a" })).collect!({ only_exist: false }), '"onlyExist"?'],
    ["a status", () => loose(R).listRecorders!({ status: "finished" }), 'did you mean "FINISHED"?'],
    ["a view", () => loose(R).searchRecords!({ view: 1 }), 'unknown view "1"'],
  ])("a misspelt name is named: %s", async (_, call, message) => {
    await R.createExp({ experimentName: "Experiment" });
    const error = await wrong(call);
    expect(error).toBeInstanceOf(UnknownNameError);
    expect(error!.message).toContain(message);
  });

  it("params nested in 500 levels come back", async () => {
    const run = await R.start({ experimentName: "a" });
    run.logParams({ deep: nested(500) });
    expect((await run.listParams()).deep).toEqual(nested(500));
  });

  it("on a run is refused, and nothing is written", async () => {
    const run = await R.start({ experimentName: "a" });
    run.setTags({ kept: 1 });
    const before = await run.listTags();
    for (const [call, message] of [
      [() => loose(run).deleteTags!(["kept"]), /\[ 'kept' \] as the name of a tag/],
      [() => loose(run).setRecorderName!(), /undefined as the name of a run/],
      [() => loose(run).getMetricHistory!(), /undefined as the name of a metric/],
      [() => loose(run).loadObject!(), /its name is undefined/],
      [() => loose(run).downloadArtifact!(), /its name is undefined/],
      [() => loose(run).hasArtifact!(), /its name is undefined/],
      [() => loose(run).saveFiles!(), /undefined is no path/],
      [() => loose(run).logMetrics!({ a: 1 }, 5), /5 is no object of options\n {2}expected: \{ step: … \}/],
      [() => loose(run).logMetrics!({ a: 1 }, { stp: 5 }), /did you mean "step"/],
      [() => loose(run).saveObjects!({ a: 1 }, { artifact_path: "x" }), /did you mean "artifactPath"/],
      [() => loose(run).saveFiles!(".", { artifact_path: "x" }), /did you mean "artifactPath"/],
    ] as const)
      expect((await wrong(call))?.message).toMatch(message);
    expect(await run.listTags()).toEqual(before);
    expect([await run.listMetrics(), await run.hasArtifact("a")]).toEqual([{}, false]);
  });
});

describe("an empty choice of experiments", () => {
  it("finds no run, as a table", async () => {
    await R.start({ experimentName: "a" }, () => undefined);
    const found = await R.searchRecords({ experimentIds: [] });
    expect([found.numRows(), found.columnNames().slice(0, 2)]).toEqual([0, ["run_id", "experiment_id"]]);
    expect((await R.searchRecords({ experimentNames: [] })).numRows()).toBe(0);
  });
});

describe("points of one step in one millisecond", () => {
  it("count by their value, NaN above all, and the run in memory says what the store says", async () => {
    const run = await R.start({ experimentName: "a" });
    for (let i = 0; i < 30; i++)
      for (const [key, values] of Object.entries({ falls: [5, 1, 3], hole: [NaN, 2], ends: [2, NaN], rises: [1, 5] }))
        for (const value of values) run.logMetrics({ [`${key}${i}`]: value });
    for (let step = 3; step > -3; step--) run.logMetrics({ steps: step }, { step });
    const live = run.metrics;
    expect(live).toEqual(await run.listMetrics());
    expect(live.steps).toBe(3);
    expect(Object.keys(live)).toHaveLength(121);
  });
});
