import { appendFileSync, rmSync, truncateSync, writeFileSync } from "node:fs";
import path from "node:path";
import { table } from "arquero";
import { beforeAll, describe, expect, it } from "vitest";
import { MergeCollector } from "../../src/collector/merge-collector.js";
import { processCollect } from "../../src/collector/process-collect.js";
import { ART_KEY_RAW, RecorderCollector } from "../../src/collector/recorder-collector.js";
import { rollingGroup } from "../../src/collector/group.js";
import { TupleMap, keyText } from "../../src/collector/tuple-map.js";
import {
  ExpNotFoundError,
  InvalidArgumentError,
  LoadObjectError,
  MissingArtifactError,
  UnknownNameError,
} from "../../src/errors.js";
import { VIEW } from "../../src/panel/view.js";
import { R } from "../../src/tracking/r.js";
import type { Recorder } from "../../src/tracking/recorder.js";
import { temporaryFolder } from "../temporary-folder.js";

const pred = (start: string, scores: readonly number[]) =>
  table({
    datetime: scores.map((_, i) => new Date(Date.parse(start) + i * 86_400_000)),
    instrument: scores.map(() => "X"),
    score: Float64Array.from(scores),
  });

async function record(
  experimentName: string,
  name: string,
  objects: Record<string, unknown>,
  {
    status = "FINISHED",
    params = {} as Record<string, unknown>,
  }: { status?: "FINISHED" | "FAILED"; params?: Record<string, unknown> } = {},
): Promise<Recorder> {
  const run = await R.start({ experimentName, recorderName: name });
  run.logParams(params);
  await run.saveObjects(objects);
  await R.endExp(status);
  return run;
}

const names = (map: unknown, runs: Record<string, Recorder>) =>
  (map as TupleMap).keys().map((id) => Object.keys(runs).find((name) => runs[name]!.id === id));

describe("collecting recorders", () => {
  const runs: Record<string, Recorder> = {};

  beforeAll(async () => {
    R.setUri(temporaryFolder());
    runs.r0 = await record("vector", "r0", { pred: pred("2024-01-02", [0]) });
    runs.r1 = await record("vector", "r1", { note: "no prediction" });
    runs.r2 = await record("vector", "r2", { pred: pred("2024-01-02", [2]) }, { status: "FAILED" });
    runs.r3 = await record("vector", "r3", { pred: pred("2024-01-02", [3]) });
  });

  it("takes finished runs, newest first, and tells what it skipped", async () => {
    const collected = await new RecorderCollector({ experiment: "vector" }).collect();
    expect(collected.keys()).toEqual(["pred"]);
    expect(names(collected.get("pred"), runs)).toEqual(["r3", "r0"]);
    expect(collected.getTable("pred", runs.r3!.id).objects()).toEqual(pred("2024-01-02", [3]).objects());
    expect(collected.skipped).toEqual([{ artifact: "pred", recorder: runs.r1!.id, reason: "the run has none" }]);
    expect(collected[VIEW]().notes).toEqual(['Skipped 1, no "pred": the run has none']);
  });

  it("takes all statuses when asked, the recorders themselves, and gives no key to what nobody has", async () => {
    const all = new RecorderCollector({ experiment: "vector", status: null });
    expect(names((await all.collect()).get("pred"), runs)).toEqual(["r3", "r2", "r0"]);
    const raw = (await new RecorderCollector({ experiment: "vector", artifactsKey: ART_KEY_RAW }).collect()).get(
      ART_KEY_RAW,
    );
    expect((raw as TupleMap).values()).toEqual([runs.r3, runs.r1, runs.r0]);
    const none = new RecorderCollector({ experiment: "vector", artifactsPath: { ic: "sig_analysis/ic" } });
    expect((await none.collect()).size).toBe(0);
    expect((await new RecorderCollector({ experiment: () => [] }).collect()).size).toBe(0);
  });

  it("makes what is missing an error when told so, naming all of it", async () => {
    const collector = new RecorderCollector({
      experiment: "vector",
      status: null,
      artifactsPath: { pred: "pred.pkl", note: "note" },
    });
    const error = await collector.collect({ onlyExist: false }).catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(MissingArtifactError);
    expect((error as MissingArtifactError).paths).toHaveLength(4);
  });

  it("of runs with one key gives it to the newest, to the oldest, or refuses", async () => {
    const one = { experiment: "vector", recKeyFunc: () => "same" } as const;
    const score = async (onDuplicate: "newest" | "oldest") => {
      const collected = await new RecorderCollector({ ...one, onDuplicate }).collect();
      expect(collected.replaced).toHaveLength(1);
      return collected.getTable("pred", "same").get("score", 0);
    };
    expect(await score("newest")).toBe(3);
    expect(await score("oldest")).toBe(0);
    await expect(new RecorderCollector({ ...one, onDuplicate: "error" }).collect()).rejects.toThrow(
      'have the same key "same"',
    );
    const backwards = { ...one, experiment: () => [runs.r0!, runs.r3!] };
    expect((await new RecorderCollector(backwards).collect()).getTable("pred", "same").get("score", 0)).toBe(3);
  });

  it("runs its steps over each artifact with the arguments of the call", async () => {
    const collector = new RecorderCollector({
      experiment: "vector",
      processList: [(map: TupleMap) => map.size, async (n: number, times: number) => n * times],
    });
    expect((await collector.run(10)).get("pred")).toBe(20);
    expect(collector.getExpName()).toBe("vector");
  });

  it("refuses what it cannot know", async () => {
    expect(() => new RecorderCollector({ experiment: "vector", artifactsKey: "label" })).toThrow(UnknownNameError);
    expect(() => new RecorderCollector({ experiment: "vector", status: "FINISHED" as never })).toThrow(
      "a list such as",
    );
    expect(() => new RecorderCollector({ experiment: () => [], listKwargs: { limit: 1 } })).toThrow(
      InvalidArgumentError,
    );
    expect(() => new RecorderCollector({ experiment: () => [] }).getExpName()).toThrow(InvalidArgumentError);
    await expect(new RecorderCollector({ experiment: "vectr" }).collect()).rejects.toThrow(ExpNotFoundError);
    expect((await R.listExperiments()).map(({ name }) => name)).toEqual(["vector"]);
    const collected = await new RecorderCollector({ experiment: "vector" }).collect();
    expect(() => collected.getTable("pred", "nobody")).toThrow(UnknownNameError);
    expect(() => collected.getTable("pred")).toThrow("holds a map with the keys");
  });
});

describe("collecting many periods", () => {
  beforeAll(async () => {
    R.setUri(temporaryFolder());
    const periods = [
      ["2024-01-02", [1, 2, 3]],
      ["2024-01-04", [4, 5]],
      ["2024-01-06", [6]],
    ] as const;
    for (const model of ["ridge", "ols"])
      for (const [start, scores] of periods)
        await record(
          "rolling",
          `${model} ${start}`,
          {
            pred: pred(
              start,
              scores.map((x) => (model === "ols" ? -x : x)),
            ),
            task: { model },
            extra: Float64Array.of(1, 2),
          },
          { params: { model, test: [start, null] } },
        );
    await record(
      "rolling",
      "wide",
      { pred: pred("2024-02-01", [9]).derive({ other: () => "text" }) },
      { params: { model: "wide" } },
    );
  });

  const recKeyFunc = ({ params }: Recorder) => [params.model as string, (params.test ?? []) as string[]];

  it("rolls the runs of each model into one, and all into one tidy table", async () => {
    const rolled = await new RecorderCollector({
      experiment: "rolling",
      recKeyFunc,
      processList: rollingGroup(),
    }).run();
    expect((rolled.get("pred") as TupleMap).keys()).toEqual([["wide"], ["ols"], ["ridge"]]);
    expect(rolled.getTable("pred", ["ridge"]).array("score")).toEqual([1, 2, 4, 5, 6]);
    const tidy = rolled.toTable({ names: ["artifact", "model"] });
    expect(tidy.columnNames()).toEqual(["artifact", "model", "datetime", "instrument", "score", "other"]);
    expect(tidy.objects()[0]).toEqual({
      artifact: "pred",
      model: "wide",
      datetime: new Date("2024-02-01"),
      instrument: "X",
      score: 9,
      other: "text",
    });
    expect(tidy.array("score")).toEqual([9, -1, -2, -4, -5, -6, 1, 2, 4, 5, 6]);
    expect(tidy.array("other")?.[3]).toBe(null);
    expect(rolled[VIEW]().table).toContainEqual({
      artifact: "pred",
      key: "ridge",
      rows: 5,
      first: "2024-01-02",
      last: "2024-01-06",
      columns: "score",
    });
  });

  it("leaves the choice of runs to the store", async () => {
    const size = async (listKwargs: ConstructorParameters<typeof RecorderCollector>[0]["listKwargs"]) =>
      (
        (await new RecorderCollector({ experiment: "rolling", ...(listKwargs && { listKwargs }) }).collect()).get(
          "pred",
        ) as TupleMap | undefined
      )?.size;
    expect(await size(undefined)).toBe(7);
    expect(await size({ where: { params: { model: "ridge" } } })).toBe(3);
    expect(await size({ filter: "params.model = 'ols' and name like '%04'" })).toBe(1);
    expect(await size({ limit: 2 })).toBe(2);
    expect(await size({ where: { attributes: { status: "FAILED" } } })).toBe(undefined);
    const only = new RecorderCollector({ experiment: "rolling", recFilterFunc: async ({ name }) => name === "wide" });
    expect(((await only.collect()).get("pred") as TupleMap).size).toBe(1);
  });

  it("reads other objects too, and of tables only the columns asked for", async () => {
    const collector = new RecorderCollector({
      experiment: "rolling",
      recKeyFunc: async (run) =>
        ((await run.loadObject("task").catch(() => ({ model: "none" }))) as { model: string }).model,
      artifactsPath: { task: "task", extra: "extra", pred: "pred" },
      columns: { pred: ["score"] },
    });
    const collected = await collector.collect();
    expect((collected.get("task") as TupleMap).get("ridge")).toEqual({ model: "ridge" });
    expect((collected.get("extra") as TupleMap).get("ols")).toEqual(Float64Array.of(1, 2));
    expect(collected.getTable("pred", "none").columnNames()).toEqual(["datetime", "instrument", "score"]);
    const tidy = collected.toTable();
    expect(tidy.columnNames()).toEqual(["artifact", "key", "value", "datetime", "instrument", "score"]);
    const unknown = new RecorderCollector({ experiment: "rolling", columns: { pred: ["scroe"] } });
    await expect(unknown.collect()).rejects.toThrow('did you mean "score"');
  });

  it("says which name a key column and a table have in common", async () => {
    const collected = await new RecorderCollector({ experiment: "rolling" }).collect();
    expect(() => collected.toTable({ names: ["artifact", "score"] })).toThrow(
      '"score" is a column of the tables and of the keys',
    );
    expect(() => collected.toTable({ names: ["artifact"] })).toThrow("1 names are given, the keys have 2 parts");
  });

  it("merges collectors under both names and refuses a key that comes twice", async () => {
    const of = (model: string) =>
      new RecorderCollector({
        experiment: "rolling",
        listKwargs: { where: { params: { model } } },
        recKeyFunc,
        processList: [rollingGroup()],
      });
    const collectorDict = { A: of("ridge"), B: of("ols") };
    const merged = await new MergeCollector({ collectorDict }).run();
    expect(merged.keys()).toEqual([
      ["A", "pred"],
      ["B", "pred"],
    ]);
    expect(merged.toTable().columnNames().slice(0, 3)).toEqual(["collector", "artifact", "key"]);
    const joined = new MergeCollector({ collectorDict, mergeFunc: (name, key) => `${name}_${String(key)}` });
    expect((await joined.run()).keys()).toEqual(["A_pred", "B_pred"]);
    await expect(new MergeCollector({ collectorDict, mergeFunc: (_, key) => key }).run()).rejects.toThrow(
      'key "pred" comes twice',
    );
  });
});

describe("collecting what is damaged", () => {
  const fileOf = (run: Recorder, name = "pred.parquet") => path.join(run.getLocalDir(), name);

  it("is an error that names the run and the file, whatever is skipped", async () => {
    R.setUri(temporaryFolder());
    const runs = [];
    for (let i = 0; i < 3; i++)
      runs.push(await record("broken", `r${i}`, { pred: pred("2024-01-02", [i]), task: { i } }));
    const collector = new RecorderCollector({ experiment: "broken" });
    expect(((await collector.collect()).get("pred") as TupleMap).size).toBe(3);
    appendFileSync(fileOf(runs[1]!), "x");
    const longer = await collector.collect().catch((thrown: unknown) => thrown as Error);
    expect(longer).toBeInstanceOf(LoadObjectError);
    expect((longer as Error).message).toContain(`"pred" of run ${runs[1]!.id}`);
    truncateSync(fileOf(runs[1]!), 4);
    await expect(collector.collect()).rejects.toThrow(LoadObjectError);
    rmSync(fileOf(runs[1]!));
    const collected = await collector.collect();
    expect(collected.skipped).toEqual([{ artifact: "pred", recorder: runs[1]!.id, reason: "its file is gone" }]);
    writeFileSync(fileOf(runs[2]!, "task.json"), "{".padEnd(7));
    await expect(
      new RecorderCollector({ experiment: "broken", artifactsPath: { task: "task" } }).collect(),
    ).rejects.toThrow(LoadObjectError);
  });

  it("finds the file that has the right length and the wrong content", async () => {
    R.setUri(temporaryFolder());
    const runs = [];
    for (let i = 0; i < 3; i++) runs.push(await record("rotten", `r${i}`, { pred: pred("2024-01-02", [i]) }));
    const [row] = (await R.store.sql("SELECT bytes FROM artifacts WHERE run_id = $1", [runs[1]!.id])).columns.values();
    writeFileSync(fileOf(runs[1]!), Buffer.alloc((row as { values: Float64Array }).values[0]!, 7));
    await expect(new RecorderCollector({ experiment: "rotten" }).collect()).rejects.toThrow(
      `"pred" of run ${runs[1]!.id}`,
    );
  });
});

describe("a process chain", () => {
  it("takes one step or several and refuses what is none", async () => {
    const map = new TupleMap([
      ["p", 1],
      ["q", 2],
    ]);
    expect(await processCollect(map, (x: number) => x + 1)).toEqual([
      ["p", 2],
      ["q", 3],
    ]);
    await expect(processCollect(map, [(x: number) => x, 5 as never])).rejects.toThrow("step 2 is no function");
  });
});

describe("a tuple map", () => {
  it("compares keys by value, and tells a tuple from its only part", () => {
    const map = new TupleMap([
      [["M"], 1],
      ["M", 2],
      [[new Date("2024-01-02"), null], 3],
    ]);
    expect([map.get(["M"]), map.get("M"), map.get(["2024-01-02", null])]).toEqual([1, 2, 3]);
    expect(map.set(["M"], 4).keys()[0]).toEqual(["M"]);
    expect(map.delete("M")).toBe(true);
    expect(map.size).toBe(2);
    for (const wrong of [undefined, {}, NaN, [Infinity], new Date(NaN)])
      expect(() => keyText(wrong as never)).toThrow(InvalidArgumentError);
  });
});
