import path from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import {
  AlreadyActiveError,
  ExpAlreadyExistsError,
  ExpNotFoundError,
  InvalidArgumentError,
  RecorderNotFoundError,
} from "../../src/errors.js";
import { VIEW } from "../../src/panel/view.js";
import { R } from "../../src/tracking/r.js";
import { sql } from "../../src/tracking/sql.js";
import { temporaryFolder } from "../temporary-folder.js";
import { runScript } from "./separate-process.js";

let store: string;
beforeEach(() => R.setUri((store = path.join(temporaryFolder(), "store"))));
afterEach(() => R.endExp());

const runNamed = (recorderName: string, experimentName = "a") =>
  R.start({ experimentName, recorderName }, (run) => run);
const namesOf = async (options: Parameters<typeof R.listRecorders>[0]) =>
  (await R.listRecorders(options)).map(({ name }) => name);

describe("R.createExp", () => {
  it("makes an experiment without a run; its name cannot be taken twice", async () => {
    const made = await R.createExp({ experimentName: "a" });
    expect([made.name, R.currentRun(), await R.getExp({ experimentName: "a" })]).toEqual(["a", undefined, made]);
    await expect(R.createExp({ experimentName: "a" })).rejects.toThrow(ExpAlreadyExistsError);
    await expect(R.createExp({ experimentName: " " })).rejects.toThrow(InvalidArgumentError);
    expect((await R.listExperiments()).map(({ name }) => name)).toEqual(["a"]);
  });
});

describe("a deleted run", () => {
  it("is left out of listings, lookups and runs_wide, keeps its data and comes back", async () => {
    const [kept, gone] = [await runNamed("kept"), await runNamed("gone")];
    gone.logMetrics({ IC: 0.1 });
    await R.deleteRecorder({ recorderId: gone.id });
    expect(await namesOf({ experimentName: "a" })).toEqual(["kept"]);
    expect((await sql`SELECT name FROM runs_wide`).rows()).toEqual([{ name: "kept" }]);
    await expect(R.getRecorder({ recorderId: gone.id })).rejects.toThrow(
      `it is deleted\n  to have it back: await R.restoreRecorder({ recorderId: "${gone.id}" })`,
    );
    expect(gone.deletedAt).toBeInstanceOf(Date);
    expect(() => gone.startRun()).toThrow(RecorderNotFoundError);
    await expect(R.start({ experimentName: "a", recorderId: gone.id, resume: true })).rejects.toThrow(
      RecorderNotFoundError,
    );

    const all = await R.listRecorders({ experimentName: "a", includeDeleted: true });
    expect(all.map(({ name, deletedAt }) => [name, deletedAt !== undefined])).toEqual([
      ["gone", true],
      ["kept", false],
    ]);
    expect((all[VIEW]().table as { deleted?: Date }[])[0]!.deleted).toEqual(gone.deletedAt);
    expect(await R.getRecorder({ recorderId: gone.id, includeDeleted: true })).toBe(gone);

    expect(await R.restoreRecorder({ recorderName: "gone", experimentName: "a" })).toBe(gone);
    expect([gone.deletedAt, await gone.listMetrics()]).toEqual([undefined, { IC: 0.1 }]);
    expect(await namesOf({ experimentName: "a" })).toEqual(["gone", "kept"]);
    expect(kept.deletedAt).toBeUndefined();
  });

  it("by name is the newest of the name that is not deleted", async () => {
    const [first, second] = [await runNamed("x"), await runNamed("x")];
    await R.deleteRecorder({ recorderName: "x", experimentName: "a" });
    expect([first.deletedAt === undefined, second.deletedAt === undefined]).toEqual([true, false]);
    const experiment = await R.getExp({ experimentName: "a" });
    expect(await experiment.getRecorder({ recorderName: "x" })).toBe(first);
    await experiment.deleteRecorder({ recorderName: "x" });
    await expect(experiment.deleteRecorder({ recorderName: "x" })).rejects.toThrow(RecorderNotFoundError);
    expect((await experiment.listRecorders({ includeDeleted: true })).length).toBe(2);
  });

  it("has to be named, must not run, and is not restored when it is not deleted", async () => {
    await expect(R.deleteRecorder({})).rejects.toThrow(InvalidArgumentError);
    await expect(R.restoreRecorder({ experimentName: "a" })).rejects.toThrow("neither recorderId nor recorderName");
    const run = await R.start({ experimentName: "a", recorderName: "busy" });
    await expect(R.deleteRecorder({ recorderId: run.id })).rejects.toThrow(AlreadyActiveError);
    await expect(R.deleteRecorder({ recorderId: run.id })).rejects.toThrow(
      `running: "busy" (${run.id}), in process ${process.pid}`,
    );
    await R.endExp();
    await expect(R.restoreRecorder({ recorderId: run.id })).rejects.toThrow("it is not deleted");
    await expect(R.restoreRecorder({ recorderName: "busy", experimentName: "a" })).rejects.toThrow(
      RecorderNotFoundError,
    );
  });
});

describe("a deleted experiment", () => {
  it("takes its runs along; its name is free, and its runs stay reachable when asked for", async () => {
    const old = await runNamed("old");
    const experiment = await R.getExp({ experimentName: "a" });
    await R.deleteExp({ experimentName: "a" });
    expect([experiment.deletedAt === undefined, old.deletedAt === undefined]).toEqual([false, false]);
    expect([...(await R.listExperiments())]).toEqual([]);
    await expect(R.getExp({ experimentName: "a", create: false })).rejects.toThrow(ExpNotFoundError);
    await expect(experiment.start()).rejects.toThrow(
      `it is deleted\n  to have it back: await R.restoreExp({ experimentId: "${experiment.id}" })`,
    );
    const fresh = await runNamed("new");
    expect(fresh.experimentId).not.toBe(experiment.id);
    expect(await namesOf({ experimentName: "a", includeDeleted: true })).toEqual(["new"]);
    expect(await namesOf({ experimentId: experiment.id, includeDeleted: true })).toEqual(["old"]);
    const all = await R.listExperiments({ includeDeleted: true });
    expect(all.map(({ name, deletedAt }) => [name, deletedAt === undefined])).toEqual([
      ["a", false],
      ["a", true],
    ]);
  });

  it("comes back with just the runs that were deleted with it, unless its name is taken", async () => {
    const [single, together] = [await runNamed("single"), await runNamed("together")];
    const { experimentId } = single;
    await R.deleteRecorder({ recorderId: single.id });
    await R.deleteExp({ experimentId });
    await expect(R.restoreRecorder({ recorderId: single.id })).rejects.toThrow('its experiment "a" is deleted');
    const other = await R.createExp({ experimentName: "a" });
    await expect(R.restoreExp({ experimentId })).rejects.toThrow(ExpAlreadyExistsError);
    await R.deleteExp({ experimentId: other.id });
    expect((await R.restoreExp({ experimentId })).id).toBe(experimentId);
    expect(await namesOf({ experimentName: "a" })).toEqual(["together"]);
    expect([together.deletedAt, single.deletedAt === undefined]).toEqual([undefined, false]);
    await expect(R.restoreExp({ experimentId })).rejects.toThrow("no deleted experiment has this id\n  deleted: a");
  });

  it("is refused while a run of it is running, here or in another process; nothing is deleted then", async () => {
    const run = await R.start({ experimentName: "a", recorderName: "busy" });
    await expect(R.deleteExp({ experimentName: "a" })).rejects.toThrow(
      `a run of it is running\n  running: "busy" (${run.id})`,
    );
    await R.endExp();
    const code = `await R.start({ experimentName: "a" }); console.log("ready"); setTimeout(() => {}, 60_000);`;
    let refusal: unknown;
    await runScript(store, code, {
      cwd: process.cwd(),
      onReady: (kill) =>
        void R.deleteExp({ experimentName: "a" })
          .catch((error: unknown) => (refusal = error))
          .finally(() => kill("SIGKILL")),
    });
    expect(refusal).toBeInstanceOf(AlreadyActiveError);
    expect((await R.listExperiments()).map(({ name }) => name)).toEqual(["a"]);
    await R.deleteExp({ experimentName: "a" });
    expect([...(await R.listExperiments())]).toEqual([]);
    await expect(R.deleteExp({})).rejects.toThrow("neither experimentId nor experimentName");
  });
});

describe("R.withUri", () => {
  const other = () => path.join(path.dirname(store), "other");

  it("sends lookups, lists, SQL and new runs to another store, and back afterwards, also after an error", async () => {
    const here = await runNamed("here");
    const there = await R.withUri(other(), async () => {
      expect(R.getUri()).toBe(other());
      const run = await runNamed("there");
      expect(await namesOf({ experimentName: "a" })).toEqual(["there"]);
      await expect(R.getRecorder({ recorderId: here.id })).rejects.toThrow(RecorderNotFoundError);
      expect((await sql`SELECT name FROM runs`).rows()).toEqual([{ name: "there" }]);
      return run;
    });
    expect([R.getUri(), await namesOf({ experimentName: "a" })]).toEqual([store, ["here"]]);
    expect(await there.listMetrics()).toEqual({});
    await expect(R.withUri(other(), () => Promise.reject(new Error("inside")))).rejects.toThrow("inside");
    expect(R.getUri()).toBe(store);
  });

  it("wins over an active run's store for lookups, while that run goes on where it is", async () => {
    const ended = await R.start({ uri: other() }, (run) => run);
    const active = await R.start({ experimentName: "a" });
    await R.withUri(other(), async () => {
      expect(await R.getRecorder()).toBe(ended);
      R.logMetrics({ IC: 0.1 });
    });
    expect([await R.getRecorder(), await active.listMetrics()]).toEqual([active, { IC: 0.1 }]);
    await R.withUri(store, async () => expect(await R.getRecorder()).toBe(active));
  });

  it("holds for what its body does only, also at the same time as others", async () => {
    const third = path.join(path.dirname(store), "third");
    const uriLater = async () => {
      await new Promise((resolve) => setTimeout(resolve, 5));
      return R.getUri();
    };
    expect(
      await Promise.all([
        R.withUri(other(), uriLater),
        uriLater(),
        R.withUri(third, () => R.withUri(other(), uriLater)),
      ]),
    ).toEqual([other(), store, other()]);
    await R.withUri(other(), () =>
      R.start({ uri: third }, async () => {
        expect(R.getUri()).toBe(third);
        await R.withUri(store, () => expect(R.getUri()).toBe(store));
      }),
    );
    await expect(R.withUri("s3://bucket/x", () => 1)).rejects.toThrow(InvalidArgumentError);
  });
});

describe("R.logArtifact and R.downloadArtifact", () => {
  it("copy into the active run and give back the path", async () => {
    await expect(R.downloadArtifact("note")).rejects.toThrow("no run is active");
    await R.start({ experimentName: "a" });
    const note = path.join(temporaryFolder(), "note.txt");
    const { readFileSync, writeFileSync } = await import("node:fs");
    writeFileSync(note, "kept");
    await R.logArtifact(note, { artifactPath: "docs" });
    const inPlace = await R.downloadArtifact("docs/note.txt");
    const folder = temporaryFolder();
    const copy = await R.downloadArtifact("docs/note.txt", folder);
    expect([path.dirname(copy), readFileSync(copy, "utf8"), readFileSync(inPlace, "utf8")]).toEqual([
      folder,
      "kept",
      "kept",
    ]);
  });
});
