import { appendFileSync, mkdirSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import path from "node:path";
import { describe, expect, it } from "vitest";
import { InvalidArgumentError } from "../../../src/errors.js";
import { VIEW } from "../../../src/panel/view.js";
import { importMlruns } from "../../../src/tracking/mlruns/import-mlruns.js";
import { parsePoints } from "../../../src/tracking/mlruns/parse-points.js";
import { R } from "../../../src/tracking/r.js";
import { temporaryFolder } from "../../temporary-folder.js";

const START = Date.UTC(2024, 0, 2, 9, 30);
const RUN = "a".repeat(32);

/** Writes files by their paths. */
function write(root: string, files: Readonly<Record<string, string | Buffer>>): void {
  for (const [name, content] of Object.entries(files)) {
    mkdirSync(path.dirname(path.join(root, name)), { recursive: true });
    writeFileSync(path.join(root, name), content);
  }
}

const runMeta = (id: string, more = "") =>
  `artifact_uri: file:///elsewhere/mlruns/1/${id}/artifacts\nend_time: ${START + 60_000}\nentry_point_name: ''\nexperiment_id: '1'\n` +
  `lifecycle_stage: active\nrun_id: ${id}\nrun_name: lgb\nrun_uuid: ${id}\nsource_type: 4\nstart_time: ${START}\nstatus: 3\ntags: []\nuser_id: quant\n${more}`;

/** The files of a store as Qlib leaves it. */
function mlruns(): string {
  const root = path.join(temporaryFolder(), "mlruns");
  write(root, {
    "0/meta.yaml":
      "artifact_location: file:///x/0\ncreation_time: 1\nexperiment_id: '0'\nlifecycle_stage: active\nname: Default\n",
    "1/meta.yaml": `artifact_location: file:///x/1\ncreation_time: ${START - 1000}\nexperiment_id: '1'\nlifecycle_stage: active\nname: workflow\n`,
    "1/tags/mlflow.experimentKind": "custom",
    [`1/${RUN}/meta.yaml`]: runMeta(RUN),
    [`1/${RUN}/params/model.kwargs.alpha`]: "10.0",
    [`1/${RUN}/params/note`]: "two\nlines",
    [`1/${RUN}/params/empty`]: "",
    [`1/${RUN}/metrics/IC`]: `${START} 0.01 0\n${START + 1} 0.03 2\n${START + 2} 0.02 1\n`,
    [`1/${RUN}/metrics/train/l2`]: `${START} nan 0\n${START} -inf 1\n`,
    [`1/${RUN}/tags/mlflow.runName`]: "lgb",
    [`1/${RUN}/tags/mlflow.source.git.commit`]: "0123abc",
    [`1/${RUN}/artifacts/pred.pkl`]: Buffer.from([0x80, 4, 0x95, 0]),
    [`1/${RUN}/artifacts/task`]: Buffer.from([0x80, 3, 0x7d]),
    [`1/${RUN}/artifacts/sig_analysis/ic.csv`]: "datetime,ic\n2024-01-02,0.1\n",
    [`1/${RUN}/inputs/1/meta.yaml`]: "source_id: 1\n",
    "models/m/meta.yaml.txt": "x",
    [`.trash/7/meta.yaml`]: `creation_time: ${START}\nexperiment_id: '7'\nlast_update_time: ${START + 5}\nlifecycle_stage: deleted\nname: workflow\n`,
    [`.trash/7/${"d".repeat(32)}/meta.yaml`]: runMeta("d".repeat(32)),
  });
  return root;
}

async function table(text: string): Promise<Record<string, unknown>[]> {
  const { toArquero } = await import("../../../src/engine/arquero.js");
  return toArquero(await R.store.sql(text)).objects() as Record<string, unknown>[];
}

const logBytes = (store: string) =>
  readdirSync(path.join(store, "log")).reduce(
    (sum, file) => sum + readFileSync(path.join(store, "log", file)).length,
    0,
  );

describe("importing an MLflow file store", () => {
  it("brings runs with their own times, histories, texts and files", async () => {
    R.setUri(temporaryFolder());
    const summary = await importMlruns(mlruns());
    expect(summary.counts).toMatchObject({ experiments: 3, runs: 2, params: 3, points: 5, tags: 2, artifacts: 3 });
    const run = await R.getRecorder({ recorderId: RUN });
    expect(run.info).toMatchObject({
      name: "lgb",
      experimentName: "workflow",
      status: "FINISHED",
      startTime: new Date(START),
      endTime: new Date(START + 60_000),
      attempts: 1,
    });
    expect(await run.listParams()).toEqual({ empty: "", "model.kwargs.alpha": "10.0", note: "two\nlines" });
    expect(await run.listMetrics()).toEqual({ IC: 0.03, "train/l2": -Infinity });
    expect((await run.getMetricHistory("IC")).objects()).toEqual([
      { step: 0, time: new Date(START), value: 0.01 },
      { step: 1, time: new Date(START + 2), value: 0.02 },
      { step: 2, time: new Date(START + 1), value: 0.03 },
    ]);
    expect((await run.listTags())["mlflow.runName"]).toBe("lgb");
    expect(await table("SELECT user_name, git_commit FROM runs WHERE deleted_at IS NULL")).toEqual([
      { user_name: "quant", git_commit: "0123abc" },
    ]);
    expect(await run.listArtifacts("", { recursive: true })).toEqual(["pred.pkl", "sig_analysis/ic.csv", "task"]);
    expect(Buffer.from((await run.loadObject("sig_analysis/ic.csv")) as Uint8Array).toString()).toContain("0.1");
    expect(await table("SELECT created_at FROM experiments WHERE name = 'workflow' AND deleted_at IS NULL")).toEqual([
      { created_at: new Date(START - 1000) },
    ]);
  });

  it("lists pickles and reads none, and says what it left", async () => {
    R.setUri(temporaryFolder());
    const summary = await importMlruns(mlruns());
    expect(summary.pickles).toEqual([`${RUN}/pred.pkl`, `${RUN}/task`]);
    const run = await R.getRecorder({ recorderId: RUN });
    expect(await run.loadObject("pred.pkl")).toEqual(Uint8Array.of(0x80, 4, 0x95, 0));
    expect(summary.skipped).toEqual([
      { path: "1/tags", reason: "tags of experiments are not imported" },
      { path: "models", reason: "registered models are not imported" },
      { path: `1/${RUN}/inputs`, reason: "it is no part of a run that is imported" },
    ]);
    expect(summary[VIEW]().notes?.[0]).toContain("2 pickled files are kept as files");
  });

  it("brings deleted experiments and runs as deleted, beside a living one of the name", async () => {
    R.setUri(temporaryFolder());
    const root = mlruns();
    const gone = "e".repeat(32);
    write(root, {
      [`1/${gone}/meta.yaml`]: runMeta(gone).replace(
        "lifecycle_stage: active",
        `lifecycle_stage: deleted\ndeleted_time: ${START + 9}`,
      ),
    });
    await importMlruns(root);
    expect((await R.listExperiments()).map(({ name }) => name).sort()).toEqual(["Default", "workflow"]);
    expect((await R.listExperiments({ includeDeleted: true })).filter(({ name }) => name === "workflow")).toHaveLength(
      2,
    );
    expect((await R.listRecorders({ experimentName: "workflow" })).map(({ id }) => id)).toEqual([RUN]);
    expect(await table("SELECT run_id FROM runs_wide")).toEqual([{ run_id: RUN }]);
    expect((await R.getRecorder({ recorderId: gone, includeDeleted: true })).deletedAt).toEqual(new Date(START + 9));
  });

  it("does nothing the second time, also after the user changed what came", async () => {
    const store = temporaryFolder();
    R.setUri(store);
    const root = mlruns();
    await importMlruns(path.dirname(root));
    const run = await R.getRecorder({ recorderId: RUN });
    run.setRecorderName("mine");
    await R.deleteRecorder({ recorderId: RUN });
    const bytes = logBytes(store);
    const again = await importMlruns(root);
    expect(again.counts).toMatchObject({ experiments: 0, runs: 0, continued: 0, present: 2, points: 0, artifacts: 0 });
    expect(logBytes(store)).toBe(bytes);
    expect((await R.getRecorder({ recorderId: RUN, includeDeleted: true })).name).toBe("mine");
  });

  it("goes on with a run that was running, point by point", async () => {
    const store = temporaryFolder();
    R.setUri(store);
    const root = mlruns();
    const folder = path.join(root, "1", RUN);
    writeFileSync(
      path.join(folder, "meta.yaml"),
      runMeta(RUN)
        .replace("status: 3", "status: 1")
        .replace(/end_time: \d+/, "end_time: null"),
    );
    await importMlruns(root);
    const run = await R.getRecorder({ recorderId: RUN });
    expect(run.info).toMatchObject({ status: "FAILED", reason: "imported while running", endTime: undefined });
    const bytes = logBytes(store);
    expect((await importMlruns(root)).counts).toMatchObject({ runs: 0, continued: 0, points: 0, artifacts: 0 });
    expect(logBytes(store)).toBe(bytes);
    appendFileSync(path.join(folder, "metrics", "IC"), `${START + 3} 0.05 3\n`);
    write(folder, { "meta.yaml": runMeta(RUN), "params/late": "1" });
    expect((await importMlruns(root)).counts).toMatchObject({
      runs: 0,
      continued: 1,
      points: 1,
      params: 1,
      artifacts: 0,
    });
    const ended = await R.getRecorder({ recorderId: RUN });
    expect(ended.info).toMatchObject({ status: "FINISHED", reason: undefined, endTime: new Date(START + 60_000) });
    expect((await ended.getMetricHistory("IC")).array("value")).toEqual([0.01, 0.02, 0.03, 0.05]);
  });

  it("does not double points of an import that was broken off before the run's own row", async () => {
    R.setUri(temporaryFolder());
    R.store.append([{ e: "m", r: RUN, k: "IC", s: 0, v: 0.01, at: START }]);
    const { counts } = await importMlruns(mlruns());
    expect(counts.points).toBe(4);
    expect((await (await R.getRecorder({ recorderId: RUN })).getMetricHistory("IC")).numRows()).toBe(3);
  });

  it("skips what is torn or missing, names it, and brings the rest", async () => {
    R.setUri(temporaryFolder());
    const root = mlruns();
    write(root, {
      [`1/${"b".repeat(32)}/params/x`]: "no meta",
      [`1/${"c".repeat(32)}/meta.yaml`]: "run_name: 'torn",
      [`1/${"f".repeat(32)}/meta.yaml`]: runMeta("f").replace("status: 3", "status: 9"),
      [`1/${RUN}/metrics/IC`]: `${START} 0.01 0\nnonsense\n${START + 1} 0.0`,
      [`1/${RUN}/params/${"k".repeat(251)}`]: "1",
      "no-meta/x/meta.yaml": "a: 1",
    });
    symlinkSync("/etc/hostname", path.join(root, "1", RUN, "artifacts", "host"));
    const { skipped, counts } = await importMlruns(root);
    expect(counts).toMatchObject({ runs: 2, points: 3, params: 3 });
    expect(skipped.map(({ path: file, reason }) => `${file.slice(0, 60)}: ${reason}`).sort()).toEqual([
      `1/${"a".repeat(32)}/artifacts/host: it is no plain file`,
      `1/${"a".repeat(32)}/inputs: it is no part of a run that is imported`,
      `1/${"a".repeat(32)}/metrics/IC: 2 lines are torn`,
      `1/${"a".repeat(32)}/params/${"k".repeat(251)}: Cannot log a param: its name has 251 characters ("${"k".repeat(40)}…")`.replace(
        "k".repeat(251),
        "k".repeat(18),
      ),
      `1/${"b".repeat(32)}: it has no meta.yaml`,
      expect.stringContaining(`1/${"c".repeat(32)}: its meta.yaml cannot be read`),
      `1/${"f".repeat(32)}: its status "9" is unknown`,
      "1/tags: tags of experiments are not imported",
      "models: registered models are not imported",
      "no-meta: it has no meta.yaml",
    ]);
  });

  it("refuses a folder that is none", async () => {
    const empty = temporaryFolder();
    await expect(importMlruns(empty)).rejects.toThrow(InvalidArgumentError);
    await expect(importMlruns(path.join(empty, "nothing"))).rejects.toThrow("there is no such folder");
    rmSync(empty, { recursive: true });
  });
});

describe("a metric's file", () => {
  it("is lines of time, value and step, the first versions' in seconds and without steps", () => {
    expect(parsePoints("m", "1500000000 0.5\n1700000000000 1e-3 7\n").points).toEqual([
      { key: "m", step: 0, time: 1_500_000_000_000, value: 0.5 },
      { key: "m", step: 7, time: 1_700_000_000_000, value: 0.001 },
    ]);
    for (const [word, value] of [
      ["nan", NaN],
      ["inf", Infinity],
      ["-Infinity", -Infinity],
      ["-1", -1],
    ] as const)
      expect(parsePoints("m", `1700000000000 ${word} 0\n`).points[0]!.value).toBe(value);
  });

  it("counts lines that are none", () => {
    const torn = (text: string) => parsePoints("m", text).torn;
    expect([
      torn(""),
      torn("\n"),
      torn("1700000000000 x 0\n"),
      torn("1700000000000 1 0.5\n"),
      torn("1 2 3 4\n"),
    ]).toEqual([0, 0, 1, 1, 1]);
    expect(torn("1700000000000 1 0\n1700000000000 1 1")).toBe(1);
  });
});
