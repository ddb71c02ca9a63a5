import { readdirSync, rmSync, writeFileSync } from "node:fs";
import path from "node:path";
import { describe, expect } from "vitest";
import { init } from "../../../src/workflow/init.js";
import { R as own, RecorderFacade } from "../../../src/tracking/r.js";
import { S3Artifacts } from "../../../src/store/artifacts/s3-artifacts.js";
import { temporaryFolder } from "../../temporary-folder.js";
import { rowsOf } from "../rows-and-events.js";
import { itS3, S3Server } from "./s3-server.js";

const folder = temporaryFolder();
const server = new S3Server();
let count = 0;

async function storeWithRun(): Promise<{ R: RecorderFacade; root: string; id: string; to: string }> {
  await server.start();
  const root = path.join(folder, `m${count++}`);
  const R = new RecorderFacade();
  R.setUri(root);
  return { R, root, id: await record(R), to: server.address(`m${count++}`) };
}

async function record(R: RecorderFacade): Promise<string> {
  const run = await R.start({ experimentName: "moved" });
  await R.saveObjects({ note: { text: "kept" }, other: [1, 2] });
  await R.endExp();
  return run.id;
}

const note = async (R: RecorderFacade, id: string) => (await R.getRecorder({ recorderId: id })).loadObject("note");

describe("moving the artifacts of a store", () => {
  itS3("to a bucket and back loses nothing, and what is done again does nothing", async () => {
    const { R, root, id, to } = await storeWithRun();
    const moved = await R.store.moveArtifacts(to);
    expect(moved).toMatchObject({ to, missing: [], previous: "local" });
    expect(moved.copied).toBe(moved.artifacts);
    expect(moved.artifacts).toBeGreaterThanOrEqual(2);
    expect(await R.store.moveArtifacts(to)).toMatchObject({
      copied: 0,
      artifacts: moved.artifacts,
      previous: undefined,
    });
    // A preview changes nothing.
    const preview = await R.store.removeOldArtifacts();
    expect(preview).toMatchObject({
      previous: "local",
      files: moved.artifacts,
      bytes: moved.bytes,
      kept: 0,
      applied: false,
    });
    expect(readdirSync(path.join(root, "artifacts", id))).toHaveLength(moved.artifacts);
    expect(await R.store.removeOldArtifacts({ apply: true })).toMatchObject({ files: moved.artifacts, applied: true });
    expect(readdirSync(path.join(root, "artifacts", id))).toEqual([]);
    expect(await note(R, id)).toEqual({ text: "kept" });
    expect(await R.store.doctor()).toEqual([]);
    const back = await R.store.moveArtifacts("local");
    expect(back).toMatchObject({ to: "local", copied: moved.artifacts, previous: to, missing: [] });
    await server.stop();
    rmSync(path.join(root, "fetched"), { recursive: true });
    expect(await note(R, id)).toEqual({ text: "kept" });
    await server.start();
    expect(await R.store.removeOldArtifacts({ apply: true })).toMatchObject({ previous: to, files: moved.artifacts });
    expect(await new S3Artifacts(to).list()).toEqual([]);
  });

  itS3("ended by a server that goes away is done again; what was saved meanwhile goes along", async () => {
    const { R, root, id, to } = await storeWithRun();
    await R.store.moveArtifacts(to);
    const second = server.address(`again${count++}`);
    // Begun and not ended: the new place is named, nothing is there.
    await R.store.sharing.places.remember({ ...R.store.sharing.places.current, next: second });
    const later = await record(R);
    await R.store.uploads();
    expect((await new S3Artifacts(second).list(later)).length).toBeGreaterThanOrEqual(2);
    await server.stop();
    await expect(R.store.moveArtifacts(second)).rejects.toThrow(/is not reached/);
    expect(R.store.sharing.address).toBe(to);
    await server.start();
    const moved = await R.store.moveArtifacts(second);
    expect(moved).toMatchObject({ to: second, previous: to, missing: [] });
    expect(R.store.sharing.address).toBe(second);
    rmSync(path.join(root, "artifacts"), { recursive: true });
    rmSync(path.join(root, "fetched"), { recursive: true, force: true });
    expect([await note(R, id), await note(R, later)]).toEqual([{ text: "kept" }, { text: "kept" }]);
    // Undone: everything is still there.
    expect(await R.store.moveArtifacts(to)).toMatchObject({ copied: 0, missing: [] });
  });

  itS3("is refused where another history lies, and by a file that is not what was saved", async () => {
    const [a, b] = [await storeWithRun(), await storeWithRun()];
    await a.R.store.moveArtifacts(a.to);
    await expect(b.R.store.moveArtifacts(a.to)).rejects.toThrow("it holds those of another history");
    expect(b.R.store.sharing.address).toBeUndefined();
    writeFileSync(path.join(b.root, "artifacts", b.id, "note.json"), '{"text":"fake"}');
    await expect(b.R.store.moveArtifacts(b.to)).rejects.toMatchObject({ name: "LoadObjectError" });
    expect(b.R.store.sharing.address).toBeUndefined();
    await expect(b.R.store.moveArtifacts("s3://key:secret@bucket/x")).rejects.toThrow("holds credentials");
    await expect(b.R.store.moveArtifacts("./folder")).rejects.toThrow("alphabook store merge");
  });

  itS3("a merged store takes what the other has in its bucket, and runs deleted for good leave it", async () => {
    const { R, root, id, to } = await storeWithRun();
    await R.store.moveArtifacts(to);
    await R.store.removeOldArtifacts({ apply: true });
    const target = new RecorderFacade();
    target.setUri(path.join(folder, `merged${count++}`));
    expect(await target.store.merge(root)).toMatchObject({ newRuns: 1, missing: [] });
    expect(await note(target, id)).toEqual({ text: "kept" });
    await R.deleteRecorder({ recorderId: id });
    expect(await R.store.gc({ olderThanDays: 0, apply: true })).toMatchObject({ runs: [id] });
    await R.store.uploads();
    expect(await new S3Artifacts(to).list()).toEqual([]);
  });

  itS3("is not needed by a session that names the bucket at once", async () => {
    await server.start();
    const [root, address] = [path.join(folder, `i${count++}`), server.address(`i${count++}`)];
    await init({ storeUri: root, artifacts: address });
    const id = await record(own as RecorderFacade);
    expect(await own.store.uploads()).toMatchObject({ address, waiting: 0 });
    expect(rowsOf(await own.store.sql("SELECT count(*) AS n FROM artifacts WHERE run_id = $1", [id]))[0]!.n).toBe(
      (await new S3Artifacts(address).list(id)).length,
    );
    await expect(init({ artifacts: server.address("other") })).rejects.toThrow("alphabook store move --to");
  });
});
