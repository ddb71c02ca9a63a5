import { createHash } from "node:crypto";
import { appendFileSync, existsSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import path from "node:path";
import { describe, expect, it } from "vitest";
import type { ArtifactRef, ArtifactStore } from "../../../src/store/artifacts/artifact-store.js";
import { FolderArtifacts } from "../../../src/store/artifacts/folder-artifacts.js";
import { S3Artifacts } from "../../../src/store/artifacts/s3-artifacts.js";
import { temporaryFolder } from "../../temporary-folder.js";
import { itS3, S3Server, useCredentials } from "./s3-server.js";

const folder = temporaryFolder();
let count = 0;

/** A file with this content, and its artifact. */
function fileWith(content: string, place = "notes/a.txt", run = "r1"): { file: string; artifact: ArtifactRef } {
  const file = path.join(folder, `file-${count++}`);
  writeFileSync(file, content);
  const sha256 = createHash("sha256").update(content).digest("hex");
  return { file, artifact: { run, path: place, bytes: Buffer.byteLength(content), sha256 } };
}

/** What every store of artifacts must do. */
function conformance(
  name: string,
  test: typeof it,
  open: () => Promise<ArtifactStore>,
  damage: (store: ArtifactStore, artifact: ArtifactRef, how: "change" | "remove") => void,
): void {
  describe(`artifacts in ${name}`, () => {
    test("come back as they were put in", async () => {
      const store = await open();
      const { file, artifact } = fileWith("höchst geheim\n");
      expect(await store.has(artifact)).toBe(false);
      await store.put(artifact, file);
      expect(await store.has(artifact)).toBe(true);
      await store.verify(artifact);
      const copy = path.join(folder, `new-${count++}`, "copy");
      await store.get(artifact, copy);
      expect(readFileSync(copy, "utf8")).toBe("höchst geheim\n");
    });

    test("may be empty, or some megabytes", async () => {
      const store = await open();
      for (const content of ["", "0123456789abcdef".repeat(200_000)]) {
        const { file, artifact } = fileWith(content, `${content.length}.txt`);
        await store.put(artifact, file);
        const copy = path.join(folder, `copy-${count++}`);
        await store.get(artifact, copy);
        expect(readFileSync(copy, "utf8") === content).toBe(true);
      }
    });

    test("are put in twice, or at once, with no harm", async () => {
      const store = await open();
      const { file, artifact } = fileWith("once");
      await store.put(artifact, file);
      await Promise.all([store.put(artifact, file), store.put(artifact, file)]);
      expect(await store.list()).toEqual([{ run: "r1", key: store.keyOf(artifact), bytes: 4 }]);
    });

    test("are listed by run and removed by run", async () => {
      const store = await open();
      expect(await store.list()).toEqual([]);
      const [a, b] = [fileWith("a"), fileWith("bb", "b.txt", "r10")];
      await store.put(a.artifact, a.file);
      await store.put(b.artifact, b.file);
      const [one, other] = [
        { run: "r1", key: store.keyOf(a.artifact), bytes: 1 },
        { run: "r10", key: store.keyOf(b.artifact), bytes: 2 },
      ];
      expect(await store.list()).toEqual([one, other]);
      expect(await store.list("r1")).toEqual([one]);
      await store.remove("r1");
      await store.remove("nobody");
      expect(await store.list()).toEqual([other]);
    });

    test("that are not there are missing, and nothing is left of the attempt", async () => {
      const store = await open();
      const { artifact } = fileWith("never put in");
      const copy = path.join(folder, `copy-${count++}`);
      await expect(store.get(artifact, copy)).rejects.toMatchObject({
        name: "MissingArtifactError",
        paths: ["notes/a.txt"],
      });
      await expect(store.verify(artifact)).rejects.toMatchObject({ name: "MissingArtifactError" });
      expect(existsSync(copy)).toBe(false);
    });

    test("that were changed are told from those missing, and nothing is left of the attempt", async () => {
      const store = await open();
      const { file, artifact } = fileWith("right");
      await store.put(artifact, file);
      damage(store, artifact, "change");
      const copy = path.join(folder, `copy-${count++}`);
      await expect(store.get(artifact, copy)).rejects.toMatchObject({ name: "LoadObjectError" });
      await expect(store.verify(artifact)).rejects.toThrow("is not what was saved");
      expect(existsSync(copy)).toBe(false);
      damage(store, artifact, "remove");
      await expect(store.get(artifact, copy)).rejects.toMatchObject({ name: "MissingArtifactError" });
    });

    test("that are not what they are said to be are not taken", async () => {
      const store = await open();
      const { artifact } = fileWith("said");
      await expect(store.put(artifact, fileWith("done").file)).rejects.toMatchObject({ name: "LoadObjectError" });
      expect(await store.has(artifact)).toBe(false);
    });

    test("have an owner when somebody has said so", async () => {
      const store = await open();
      expect(await store.owner()).toBeUndefined();
      await store.claim("one");
      expect(await store.owner()).toBe("one");
      expect(await store.list()).toEqual([]);
    });
  });
}

let roots = 0;
const rootOf = new Map<ArtifactStore, string>();
conformance(
  "a folder",
  it,
  async () => {
    const root = path.join(folder, `root-${roots++}`);
    const store = new FolderArtifacts(root);
    rootOf.set(store, root);
    return store;
  },
  (store, { run, path: relative }, how) => {
    const file = path.join(rootOf.get(store)!, "artifacts", run, relative);
    if (how === "change") appendFileSync(file, "x");
    else rmSync(file);
  },
);

const server = new S3Server();
let started: Promise<S3Server> | undefined;
const running = () => (started ??= server.start());
conformance(
  "a bucket",
  itS3,
  async () => {
    await running();
    const prefix = `p${roots++}`;
    const store = new S3Artifacts(server.address(prefix));
    rootOf.set(store, prefix);
    return store;
  },
  (store, { run, sha256 }, how) => {
    const file = server.fileOf(rootOf.get(store)!, run, sha256);
    if (how === "change") writeFileSync(file, "wrong");
    else rmSync(file);
  },
);

describe("a bucket", () => {
  itS3("that does not exist, wrong credentials and a server that is gone are three different errors", async () => {
    await running();
    const { file, artifact } = fileWith("x");
    const nowhere = new S3Artifacts(server.address("p", "nobucket"));
    await expect(nowhere.put(artifact, file)).rejects.toThrow(/^Cannot upload .* names a bucket that does not exist/);
    useCredentials("wrong-secret-0815");
    const refused = new S3Artifacts(server.address("p"));
    const refusal = await refused.put(artifact, file).catch((error: unknown) => error);
    useCredentials();
    expect(refusal).toMatchObject({ name: "StoreError" });
    expect(String(refusal)).toContain("refuses the credentials");
    expect(String(refusal)).not.toContain("0815");
    const gone = new S3Artifacts("s3://team/p?endpoint=http://127.0.0.1:1");
    await expect(gone.get(artifact, path.join(folder, "never"))).rejects.toThrow(/is not reached: ECONNREFUSED/);
  });
});
