import { mkdirSync, writeFileSync } from "node:fs";
import path from "node:path";
import { describe, expect, it } from "vitest";
import { registry } from "../../src/config/registry.js";
import { ConfigError, UnknownNameError } from "../../src/errors.js";
import { install } from "../../src/install.js";
import { LinearModel } from "../../src/model/linear-model.js";
import { taskHash } from "../../src/task/task-hash.js";
import { componentsOf, loadOwnClasses } from "../../src/trainer/own-classes.js";
import { poolNameOf } from "../../src/trainer/pool-of-trainer.js";
import { taskForPool } from "../../src/trainer/task-for-pool.js";
import { temporaryFolder } from "../temporary-folder.js";
import { SEGMENTS, smallTask } from "./small-tasks.js";

install();
const withModel = (model: object) => ({ ...smallTask(SEGMENTS), model });

describe("a task for a pool", () => {
  it("is the task itself where all its classes are ours, so that its hash is the same", () => {
    expect(taskForPool(smallTask(SEGMENTS))).toEqual(smallTask(SEGMENTS));
    expect(taskHash(taskForPool(smallTask(SEGMENTS)))).toBe(taskHash(smallTask(SEGMENTS)));
    expect(componentsOf(smallTask(SEGMENTS)).map((each) => each.class)).toEqual([
      "LinearModel",
      "DatasetH",
      "DataHandlerLP",
      "RobustZScoreNorm",
      "Fillna",
      "DropnaLabel",
      "SignalRecord",
    ]);
  });

  it("names the file of a class of the user's own, once, and leaves the task given as it is", () => {
    registry.add("FiledModel", class FiledModel extends LinearModel {}, { module: "./filed-model.ts" });
    const task = withModel({ class: "FiledModel", kwargs: {} });
    expect(taskForPool(task).model).toEqual({ class: "FiledModel", kwargs: {}, module_path: "./filed-model.ts" });
    expect(task.model).toEqual({ class: "FiledModel", kwargs: {} });
    const elsewhere = { class: "FiledModel", module_path: "./other.js" };
    expect(taskForPool(withModel(elsewhere)).model).toEqual(elsewhere);
  });

  it("refuses classes of this process only, and unknown ones, but takes an unknown one that has a file", () => {
    registry.add("OnlyHere", class OnlyHere extends LinearModel {});
    expect(() => taskForPool(withModel({ class: "OnlyHere" }))).toThrow(ConfigError);
    expect(() => taskForPool(withModel({ class: "OnlyHere" }))).toThrow(
      'move it to a file beside the notebook and name it in registry.add("OnlyHere", OnlyHere, { module: "./only-here.js" })',
    );
    expect(() => taskForPool({ ...smallTask(SEGMENTS), record: { class: "SigAnaRecrd" } })).toThrow(UnknownNameError);
    expect(() => taskForPool(withModel({ class: "Elsewhere", module_path: "./elsewhere.js" }))).not.toThrow();
    expect(() => taskForPool(withModel(new Map()))).toThrow(/model: Map, which is known in this process only/);
  });

  it("knows our own classes as ours", () => {
    const ours = registry.names().filter((name) => registry.identityOf(name)!.module === "alphabook");
    for (const name of ["LinearModel", "LGBModel", "Alpha158", "DatasetH", "SignalRecord", "TrainerRM"])
      expect(ours).toContain(name);
  });
});

describe("classes of the user's own", () => {
  const folder = temporaryFolder();

  it("are loaded from their file, which registers or exports them", async () => {
    mkdirSync(folder, { recursive: true });
    const file = path.join(folder, "exported.mjs");
    writeFileSync(file, "export class Exported {}\n");
    await loadOwnClasses(withModel({ class: "Exported", module_path: file }));
    expect(registry.identityOf("Exported")).toEqual({ class: "Exported", module: file, version: 1 });
    const without = withModel({ class: "NotInIt", module_path: file });
    await expect(loadOwnClasses(without)).rejects.toThrow(
      /neither exports it nor names it in registry.add\n {2}exported: Exported/,
    );
  });

  it("a module path of Qlib's means nothing", async () => {
    await expect(
      loadOwnClasses(withModel({ class: "Unheard", module_path: "qlib.contrib.model.x" })),
    ).resolves.toBeUndefined();
  });
});

it("a pool is named after its experiment", () => {
  expect(["rolls", "Rolling rolls", "年"].map(poolNameOf)).toEqual(["rolls", "Rolling-rolls", "Experiment"]);
});
