import { spawnSync } from "node:child_process";
import {
  appendFileSync,
  existsSync,
  mkdirSync,
  readFileSync,
  readdirSync,
  rmSync,
  utimesSync,
  writeFileSync,
} from "node:fs";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";
import { Store } from "../../src/store/store.js";
import { temporaryFolder } from "../temporary-folder.js";
import { rowsOf, startOf } from "./rows-and-events.js";

const folder = temporaryFolder();
let stores = 0;
const newRoot = () => path.join(folder, `s${stores++}`);
const HOUR = 3_600_000;
const runs = async (store: Store) => rowsOf(await store.sql("SELECT run_id, status, reason FROM runs ORDER BY run_id"));

/** A store with one ended run that has one artifact, and a dead writer's log. */
async function storeOfOneRun(): Promise<{ root: string; log: string }> {
  const root = newRoot();
  const store = Store.open(root);
  store.append([startOf("r1"), { e: "run", r: "r1", status: "FINISHED" }]);
  const written = await store.artifacts("r1").write("note.txt", "kept");
  store.append({ e: "a", r: "r1", name: "note", kind: "text", ...written });
  await store.close();
  // A process that cannot be there any more.
  const log = path.join(root, "log", "m0-elsewhere-999999-0a0b0c0d.00000.jsonl");
  writeFileSync(log, `${JSON.stringify({ q: 1, t: 5, ...startOf("r2", { status: "FINISHED" }) })}\n`);
  return { root, log };
}
const age = (file: string, ms: number) => utimesSync(file, (Date.now() - ms) / 1000, (Date.now() - ms) / 1000);
const kinds = async (root: string, options = {}) => {
  const store = Store.open(root);
  const findings = await store.doctor(options);
  await store.close();
  return findings.map(({ kind, where, state }) => `${kind} ${where} ${state}`);
};

describe("Store.doctor", () => {
  it("finds nothing in a healthy store, in one that does not exist, and in one at work", async () => {
    const { root } = await storeOfOneRun();
    expect(await kinds(root)).toEqual([]);
    expect(await kinds(path.join(folder, "nothing"))).toEqual([]);
    expect(existsSync(path.join(folder, "nothing"))).toBe(false);
    const store = Store.open(root);
    store.append(startOf("r3"));
    await store.artifacts("r3").write("not-logged-yet.txt", "x");
    expect(await store.doctor()).toEqual([]);
    await store.close();
  });

  it("names a torn end of a log; a repair cuts it off, keeps its bytes and loses no event", async () => {
    const { root, log } = await storeOfOneRun();
    const whole = readFileSync(log, "utf8");
    appendFileSync(log, '{"q":2,"t":6,"e":"m","r":"r2","k":"IC","s":0,"v":0.');
    expect(await kinds(root), "a writer may be at it").toEqual([]);
    age(log, HOUR);
    const where = `log/${path.basename(log)}`;
    expect(await kinds(root)).toEqual([`torn-tail ${where} open`]);
    expect(readFileSync(log, "utf8")).not.toBe(whole);
    expect(await kinds(root, { repair: true })).toEqual([`torn-tail ${where} repaired`]);
    expect(readFileSync(log, "utf8")).toBe(whole);
    expect(readFileSync(path.join(root, "aside", `${where}.torn`), "utf8")).toContain('"v":0.');
    expect(await kinds(root)).toEqual([]);
    const store = Store.open(root);
    expect((await runs(store)).map(({ run_id }) => run_id)).toEqual(["r1", "r2"]);
    await store.close();
  });

  it("leaves the unfinished line of a living writer alone, however old", async () => {
    const { root } = await storeOfOneRun();
    const own = readdirSync(path.join(root, "log")).find((name) => name.includes(`-${process.pid}-`))!;
    appendFileSync(path.join(root, "log", own), '{"q":9');
    age(path.join(root, "log", own), 100 * HOUR);
    expect(await kinds(root, { repair: true })).toEqual([]);
  });

  it("counts lines that are no events, and files that are no part of a store, and leaves them", async () => {
    const { root, log } = await storeOfOneRun();
    appendFileSync(log, 'rubbish\n{"q":3,"t":7,"e":"unheard of"}\n');
    writeFileSync(path.join(root, "log", "notes.md"), "mine");
    writeFileSync(path.join(root, "todo.txt"), "mine");
    const expected = [
      "alien-file todo.txt open",
      `unreadable-line log/${path.basename(log)} open`,
      "alien-file log/notes.md open",
    ];
    expect(await kinds(root)).toEqual(expected);
    expect(await kinds(root, { repair: true })).toEqual(expected);
    const store = Store.open(root);
    expect((await store.doctor())[1]!.what).toBe("2 lines are no event of this version; all others are read");
    await store.close();
  });

  it("names artifacts that are gone or cut, and moves files that no run names aside once they are old", async () => {
    const { root } = await storeOfOneRun();
    const note = path.join(root, "artifacts", "r1", "note.txt");
    writeFileSync(note, "ke");
    expect(await kinds(root)).toEqual(["missing-artifact artifacts/r1/note.txt open"]);
    rmSync(note);
    expect(await kinds(root, { repair: true })).toEqual(["missing-artifact artifacts/r1/note.txt open"]);
    writeFileSync(note, "kept");
    const stray = path.join(root, "artifacts", "r9", "deep", "stray.txt");
    mkdirSync(path.dirname(stray), { recursive: true });
    writeFileSync(stray, "whose?");
    expect(await kinds(root)).toEqual([]);
    age(stray, 2 * HOUR);
    expect(await kinds(root)).toEqual(["alien-artifact artifacts/r9/deep/stray.txt open"]);
    expect(existsSync(stray)).toBe(true);
    expect(await kinds(root, { repair: true })).toEqual(["alien-artifact artifacts/r9/deep/stray.txt repaired"]);
    expect(readFileSync(path.join(root, "aside", "artifacts", "r9", "deep", "stray.txt"), "utf8")).toBe("whose?");
    expect(await kinds(root)).toEqual([]);
  });

  it("tells of the dead runs it found", async () => {
    const { root, log } = await storeOfOneRun();
    const dead = startOf("r4", { pid: 2 ** 30 });
    appendFileSync(log, `${JSON.stringify({ q: 2, t: 6, ...dead })}\n`);
    expect(await kinds(root)).toEqual(["orphan r4 repaired"]);
    const store = Store.open(root);
    expect((await runs(store)).at(-1)).toEqual({ run_id: "r4", status: "FAILED", reason: "orphaned" });
    await store.close();
  });
});

describe("Store.doctor on a compacted store", () => {
  it("names a generation that cannot be read; a repair goes back to the one before and loses nothing", async () => {
    const { root } = await storeOfOneRun();
    const store = Store.open(root);
    store.append({ e: "m", r: "r1", k: "IC", s: 1, v: 0.1 });
    await store.compact({ to: "base" });
    store.append({ e: "m", r: "r1", k: "IC", s: 2, v: 0.2 });
    await store.compact({ to: "delta" });
    store.append({ e: "m", r: "r1", k: "IC", s: 3, v: 0.3 });
    await store.compact({ to: "base" });
    await store.close();
    expect(await kinds(root)).toEqual([]);
    writeFileSync(path.join(root, "base", "notes.txt"), "x");
    rmSync(path.join(root, "base", "runs-00000003.duckdb"));
    expect(await kinds(root)).toEqual(["alien-file base/notes.txt open", "damaged-generation MANIFEST-00000003 open"]);
    const broken = Store.open(root);
    await expect(broken.sql("FROM runs")).rejects.toThrow("Cannot read generation 3");
    expect(await kinds(root, { repair: true })).toEqual([
      "alien-file base/notes.txt open",
      "damaged-generation MANIFEST-00000003 repaired",
    ]);
    expect(rowsOf(await broken.sql("SELECT step FROM metrics ORDER BY step"))).toEqual(
      [1, 2, 3].map((step) => ({ step })),
    );
    await broken.close();
  });

  it("says when no generation is left that could be gone back to", async () => {
    const { root } = await storeOfOneRun();
    const store = Store.open(root);
    await store.compact({ to: "base" });
    await store.close();
    writeFileSync(path.join(root, "MANIFEST-00000001"), "{");
    const again = Store.open(root);
    expect(await again.doctor({ repair: true })).toEqual([
      {
        kind: "damaged-generation",
        where: "MANIFEST-00000001",
        what: expect.stringContaining("MANIFEST-00000001 is damaged") as string,
        repair: undefined,
        state: "open",
      },
    ]);
    await again.close();
  });
});

describe("alphabook store doctor", () => {
  const main = path.join(path.dirname(fileURLToPath(import.meta.url)), "..", "..", "dist", "cli", "main.js");
  const alphabook = (...words: string[]) =>
    spawnSync(process.execPath, [main, ...words], { encoding: "utf8", env: { ...process.env, CI: "1" } });

  it("previews, repairs, and says by its exit code whether something is open", async () => {
    const { root, log } = await storeOfOneRun();
    expect(alphabook("store", "doctor", "--store", root)).toMatchObject({ status: 0, stdout: `${root} is healthy\n` });
    appendFileSync(log, '{"q":2');
    age(log, HOUR);
    const preview = alphabook("store", "doctor", "--store", root);
    expect([preview.status, preview.stdout]).toEqual([1, expect.stringContaining("1 findings, 1 open")]);
    expect(preview.stdout).toContain("cut them off and keep them in aside/log/");
    const repaired = alphabook("store", "doctor", "--store", root, "--repair", "--json");
    expect([repaired.status, JSON.parse(repaired.stdout)]).toMatchObject([
      0,
      { findings: [{ kind: "torn-tail", state: "repaired" }] },
    ]);
    expect(alphabook("store", "doctor", "--help").stdout).toContain("Example:\n  alphabook store doctor --repair");
  });
});
