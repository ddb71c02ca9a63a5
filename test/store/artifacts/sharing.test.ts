import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import path from "node:path";
import { table } from "arquero";
import { afterEach, describe, expect, it } from "vitest";
import { RecorderFacade } from "../../../src/tracking/r.js";
import { Store } from "../../../src/store/store.js";
import { S3Artifacts } from "../../../src/store/artifacts/s3-artifacts.js";
import { temporaryFolder } from "../../temporary-folder.js";
import { rowsOf } from "../rows-and-events.js";
import { itS3, S3Server, useCredentials } from "./s3-server.js";

const folder = temporaryFolder();
const server = new S3Server();
let count = 0;

const DAY = new Date(Date.UTC(2026, 0, 5));

/** A store whose artifacts are kept in the bucket, and a recorder on it. */
async function sharedStore(
  prefix = `team${count++}`,
): Promise<{ R: RecorderFacade; store: Store; prefix: string; root: string }> {
  await server.start();
  const root = path.join(folder, `s${count++}`);
  process.env.ALPHABOOK_ARTIFACTS = server.address(prefix);
  const R = new RecorderFacade();
  R.setUri(root);
  return { R, store: R.store, prefix, root };
}
afterEach(() => {
  delete process.env.ALPHABOOK_ARTIFACTS;
  useCredentials();
});

const SCORES = table({ datetime: [DAY, DAY], instrument: ["A", "B"], score: [0.5, -0.25] });

async function recordedRun(R: RecorderFacade, scores = SCORES): Promise<string> {
  const run = await R.start({ experimentName: "shared" });
  await R.saveObjects({ pred: scores, note: { text: "kept" } });
  await R.endExp();
  return run.id;
}

/** What another host has: the log, and none of the files. */
function withoutFiles(root: string): void {
  rmSync(path.join(root, "artifacts"), { recursive: true, force: true });
  rmSync(path.join(root, "fetched"), { recursive: true, force: true });
}

describe("a store whose artifacts are kept in a bucket", () => {
  itS3("reads, downloads and asks in SQL for what is only there", async () => {
    const { R, store, prefix, root } = await sharedStore();
    const id = await recordedRun(R);
    expect(await store.uploads()).toMatchObject({ waiting: 0, problem: undefined, givenUp: [] });
    const inBucket = await new S3Artifacts(server.address(prefix)).list(id);
    expect(inBucket.length).toBeGreaterThanOrEqual(2);
    withoutFiles(root);
    const run = await R.getRecorder({ recorderId: id });
    expect(await run.loadObject("note")).toEqual({ text: "kept" });
    expect(await run.listArtifacts()).toContain("pred");
    const copy = await run.downloadArtifact("note", path.join(folder, `down${count++}`));
    expect([path.basename(copy), JSON.parse(readFileSync(copy, "utf8"))]).toEqual(["note.json", { text: "kept" }]);
    const rows = rowsOf(await store.sql(`SELECT run_id, instrument, score FROM artifact.pred ORDER BY score`));
    expect(rows).toEqual([
      { run_id: id, instrument: "B", score: -0.25 },
      { run_id: id, instrument: "A", score: 0.5 },
    ]);
    expect(store.problems()).toEqual([]);
    // What was fetched is asked for once.
    await server.stop();
    expect(await run.loadObject("note")).toEqual({ text: "kept" });
    await server.start();
  });

  itS3("fetches for SQL only the artifact that is asked", async () => {
    const { R, store, root } = await sharedStore();
    const id = await recordedRun(R);
    await store.uploads();
    withoutFiles(root);
    await store.sql("SELECT count(*) FROM artifacts");
    expect(existsSync(path.join(root, "fetched"))).toBe(false);
    await store.sql("SELECT count(*) FROM artifact.pred");
    expect(readdirSync(path.join(root, "fetched", "artifacts"))).toEqual([id]);
    expect(readdirSync(path.join(root, "fetched", "artifacts", id))).toHaveLength(1);
  });

  itS3("records on while the server is gone and uploads when it is back", async () => {
    const { R, store, prefix } = await sharedStore();
    await recordedRun(R);
    await store.uploads();
    await server.stop();
    const id = await recordedRun(R);
    const state = await store.uploads();
    expect(state.waiting).toBeGreaterThanOrEqual(2);
    expect(state.problem).toContain("is not reached: ECONNREFUSED");
    expect(store.problems().map(({ file }) => file)).toContain("uploads");
    await server.start();
    expect(await store.uploads()).toMatchObject({ waiting: 0, problem: undefined });
    expect((await new S3Artifacts(server.address(prefix)).list(id)).length).toBeGreaterThanOrEqual(2);
  });

  itS3("tells missing, changed, not reached and not allowed apart", async () => {
    const { R, store, prefix, root } = await sharedStore();
    const id = await recordedRun(R);
    await store.uploads();
    const [{ sha256 } = { sha256: "" }] = rowsOf(
      await store.sql("SELECT sha256 FROM artifacts WHERE name = 'note'"),
    ) as { sha256: string }[];
    const object = server.fileOf(prefix, id, sha256);
    const right = readFileSync(object);
    withoutFiles(root);
    const run = await R.getRecorder({ recorderId: id });
    writeFileSync(object, "wrong");
    await expect(run.loadObject("note")).rejects.toMatchObject({ name: "LoadObjectError" });
    rmSync(object);
    await expect(run.loadObject("note")).rejects.toMatchObject({ name: "MissingArtifactError" });
    writeFileSync(object, right);
    await server.stop();
    await expect(run.loadObject("note")).rejects.toThrow(/^Cannot fetch artifact "note.json".*is not reached/);
    await expect(store.sql("FROM artifact.pred")).rejects.toThrow(/is not reached/);
    await server.start();
    expect(await run.loadObject("note")).toEqual({ text: "kept" });
  });

  itS3(
    "keeps what it saves with wrong credentials, says so without them, and uploads with the right ones",
    async () => {
      const { R, store } = await sharedStore();
      useCredentials("someone-else");
      await recordedRun(R);
      const state = await store.uploads();
      expect(state.problem).toContain("refuses the credentials (InvalidAccessKeyId)");
      expect(state.problem).not.toContain("someone-else");
      expect(state.waiting).toBeGreaterThanOrEqual(2);
      useCredentials();
      expect(await store.uploads()).toMatchObject({ waiting: 0, problem: undefined });
    },
  );

  itS3("finishes what a process did not upload that was killed, also between upload and note", async () => {
    const { root, prefix, store } = await sharedStore();
    const address = process.env.ALPHABOOK_ARTIFACTS!;
    const program = path.join(folder, `killed${count++}.mjs`);
    // Records with a server that is not there, so that all is waiting; is killed then.
    writeFileSync(
      program,
      `import { R } from ${JSON.stringify(path.resolve("dist/index.js"))};
       R.setUri(${JSON.stringify(root)});
       const run = await R.start({ experimentName: "killed" });
       await R.saveObjects({ note: { text: "kept" }, other: [1, 2, 3] });
       console.log(run.id);
       setInterval(() => {}, 1000);`,
    );
    const child = spawn(process.execPath, [program], {
      env: { ...process.env, ALPHABOOK_ARTIFACTS: address.replace(String(server.port), "1") },
      stdio: ["ignore", "pipe", "ignore"],
    });
    const [line] = (await once(child.stdout, "data")) as [Buffer];
    child.kill("SIGKILL");
    await once(child, "exit");
    const id = String(line).trim();
    const waiting = readdirSync(path.join(root, "uploads"));
    expect(waiting.length).toBeGreaterThanOrEqual(2);
    expect(await new S3Artifacts(address).list()).toEqual([]);
    // The bucket has one of them already, as after a kill between the upload and its note's removal.
    const tasks = waiting.map((name) => JSON.parse(readFileSync(path.join(root, "uploads", name), "utf8")));
    const { put } = tasks.find(({ put }) => put.path === "note.json");
    await new S3Artifacts(address).put(put, path.join(root, "artifacts", id, "note.json"));
    writeFileSync(path.join(root, "uploads", "half.json"), '{"put":{"run"');
    await store.uploads();
    expect(new Set((await new S3Artifacts(address).list(id)).map(({ key }) => key))).toEqual(
      new Set(tasks.map(({ put }) => put.sha256)),
    );
    withoutFiles(root);
    const R = new RecorderFacade();
    R.setUri(root);
    expect(await (await R.getRecorder({ recorderId: id })).loadObject("note")).toEqual({ text: "kept" });
    expect(prefix).not.toBe("");
  });

  itS3("gives the newest version to a host that has an older one", async () => {
    const { R, store, root } = await sharedStore();
    const run = await R.start({ experimentName: "versions" });
    await R.saveObjects({ note: { text: "1" } });
    const file = path.join(root, "artifacts", run.id, "note.json");
    const old = readFileSync(file);
    await R.saveObjects({ note: { text: "2" } });
    await R.endExp();
    await store.uploads();
    writeFileSync(file, old);
    expect(await (await R.getRecorder({ recorderId: run.id })).loadObject("note")).toEqual({ text: "2" });
    expect(readFileSync(file)).toEqual(old);
  });

  itS3("is one history: another one is not let in", async () => {
    const { R, store, prefix } = await sharedStore();
    await recordedRun(R);
    await store.uploads();
    const other = await sharedStore(prefix);
    // A new folder takes part in the history it finds.
    await recordedRun(other.R);
    expect(await other.store.uploads()).toMatchObject({ waiting: 0, problem: undefined });
    const third = await sharedStore();
    await recordedRun(third.R);
    await third.store.uploads();
    rmSync(path.join(server.folder, "team", third.prefix), { recursive: true });
    await new S3Artifacts(server.address(third.prefix)).claim("somebody else");
    await recordedRun(third.R);
    const again = Store.open(third.root);
    again.sharing.forgetBuckets();
    expect((await again.uploads()).problem).toContain("it holds those of another history");
  });

  itS3("does not move by a changed variable, and remembers its place without one", async () => {
    const { R, store, root } = await sharedStore();
    const id = await recordedRun(R);
    await store.uploads();
    process.env.ALPHABOOK_ARTIFACTS = server.address("elsewhere");
    await expect((await R.getRecorder({ recorderId: id })).loadObject("note")).rejects.toThrow("alphabook store move");
    delete process.env.ALPHABOOK_ARTIFACTS;
    withoutFiles(root);
    expect(await (await R.getRecorder({ recorderId: id })).loadObject("note")).toEqual({ text: "kept" });
    const text = readFileSync(path.join(root, "artifacts.json"), "utf8");
    expect(JSON.parse(text)).toMatchObject({ address: store.sharing.address });
    expect(text).not.toContain("S3RVER");
  });
});

describe("a store that keeps its artifacts in its folder", () => {
  it("writes nothing about uploads", async () => {
    const R = new RecorderFacade();
    const root = path.join(folder, `plain${count++}`);
    R.setUri(root);
    await recordedRun(R);
    expect(await R.store.uploads()).toEqual({ address: undefined, waiting: 0, problem: undefined, givenUp: [] });
    expect(["uploads", "fetched", "artifacts.json"].filter((name) => existsSync(path.join(root, name)))).toEqual([]);
  });
});
