import { spawnSync } from "node:child_process";
import { appendFileSync, existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import path from "node:path";
import { pathToFileURL } from "node:url";
import { beforeAll, describe, expect, it } from "vitest";
import { Store } from "../../src/store/store.js";
import { itWith } from "../shared.js";
import { buildStore } from "./built-store.js";
import { temporaryFolder } from "../temporary-folder.js";
import { rowsOf } from "./rows-and-events.js";

const folder = temporaryFolder();
let stores = 0;
const newRoot = () => path.join(folder, `s${stores++}`);
const point = (s: number) => ({ e: "m", r: "r1", k: "n", s, v: s }) as const;
const steps = async (store: Store) =>
  rowsOf(await store.sql("SELECT step FROM metrics ORDER BY step")).map(({ step }) => step);

describe("a store", () => {
  it("creates nothing until something is written, and nothing by being read", async () => {
    const root = newRoot();
    const store = Store.open(root);
    expect(await steps(store)).toEqual([]);
    store.append([]);
    store.flush();
    expect(existsSync(root)).toBe(false);
    store.append(point(1));
    expect(readdirSync(root).sort()).toEqual(["FORMAT", "log"]);
    await store.close();
    await store.close();
  });

  it("of a newer format is refused, and so is a folder that is none", () => {
    const root = newRoot();
    mkdirSync(root);
    writeFileSync(path.join(root, "FORMAT"), "alphabook-store 2\n");
    expect(() => Store.open(root)).toThrow(
      /has format 2, this version of alphabook reads up to 1[\s\S]*update alphabook/,
    );
    writeFileSync(path.join(root, "FORMAT"), "something else");
    expect(() => Store.open(root)).toThrow("is not one of a store");
  });

  it("opens in less than 5 ms", () => {
    Store.open(newRoot());
    const started = performance.now();
    for (let i = 0; i < 20; i++) Store.open(folder);
    expect((performance.now() - started) / 20).toBeLessThan(5);
  });
});

describe("a long log", () => {
  it("goes on in the next file after 16 MB, and lines of any length are read", async () => {
    const root = newRoot();
    const store = Store.open(root);
    const long = "ü€𝄞".repeat(15_000);
    for (let i = 0; i < 140; i++) store.append({ e: "p", r: "r1", k: `text ${i}`, v: `${long}${i}` });
    expect(readdirSync(path.join(root, "log")).length).toBe(2);
    expect(
      rowsOf(
        await store.sql(
          "SELECT count(*) AS n, count(DISTINCT value) AS texts, min(length(value)) AS shortest FROM params",
        ),
      ),
    ).toEqual([{ n: 140, texts: 140, shortest: 45_003 }]);
    await store.close();
    await expect(store.sql("FROM params")).rejects.toThrow("it was closed");
  });
});

describe("what does not belong into a log", () => {
  it("is skipped, counted and named, and the rest is read", async () => {
    const root = newRoot();
    const store = Store.open(root);
    store.append([point(1), point(2)]);
    const log = path.join(root, "log");
    const [own] = readdirSync(log);
    writeFileSync(path.join(log, "alien.txt"), "not a log");
    mkdirSync(path.join(log, ".ipynb_checkpoints"));
    writeFileSync(
      path.join(log, "other.00000.jsonl"),
      '{"q":1,"t":1,"e":"m","r":"r1","k":"n","s":3,"v":3}\nnot json\n{"q":2,"t":1,"e":"m","r":"r1","k":"n","s":1.5,"v":3}\n{"q":3,"t":1,"e":"from the future"}\n[]\n\n{"q":4,"t":1,"e":"m","r":"r1","k":"n","s":4,"v":4}\n',
    );
    expect(await steps(store)).toEqual([1, 2, 3, 4]);
    expect(store.problems()).toEqual([
      { file: path.join(log, "other.00000.jsonl"), count: 4, what: "lines that are no events were skipped" },
    ]);
    expect(await steps(store)).toEqual([1, 2, 3, 4]);
    expect(store.problems()[0]!.count).toBe(4);
    expect(readFileSync(path.join(log, own!), "utf8").split("\n").length).toBe(2);
    await store.close();
  });

  it("a line is read when its end has come, not before, and then once", async () => {
    const root = newRoot();
    const store = Store.open(root);
    store.append(point(1));
    const file = path.join(root, "log", "slow.00000.jsonl");
    const line = '{"q":1,"t":1,"e":"m","r":"r1","k":"n","s":2,"v":2}\n';
    for (const part of [line.slice(0, 20), line.slice(20, -1)]) {
      appendFileSync(file, part);
      expect(await steps(store)).toEqual([1]);
    }
    appendFileSync(file, "\n");
    expect(await steps(store)).toEqual([1, 2]);
    expect(store.problems()).toEqual([]);
    await store.close();
  });
});

describe("what cannot be written", () => {
  it("is an error at the call, and nothing of it is stored", async () => {
    const store = Store.open(newRoot());
    store.append(point(1));
    const circular: Record<string, unknown> = {};
    circular.self = circular;
    expect(() => store.append([point(2), { e: "p", r: "r1", k: "odd", v: circular }])).toThrow(
      'Cannot log "odd": the value cannot be written as JSON',
    );
    expect(() => store.append({ e: "p", r: "r1", k: "big", v: 5n })).toThrow('Cannot log "big"');
    expect(await steps(store)).toEqual([1]);
    await store.close();
  });

  it("says why when the folder is a file", () => {
    const root = newRoot();
    writeFileSync(root, "");
    const store = Store.open(root);
    expect(() => store.append(point(1))).toThrow(/Cannot write to store .*[\s\S]*log again/);
  });

  it("goes to a new file when the store was deleted under the process", async () => {
    const root = newRoot();
    const store = Store.open(root);
    store.append(point(1));
    rmSync(root, { recursive: true });
    store.append(point(2));
    await new Promise((resolve) => setTimeout(resolve, 1300));
    store.append(point(3));
    const late = Store.open(root);
    expect(await steps(late)).toEqual([3]);
    await Promise.all([store.close(), late.close()]);
  });
});

const canMount =
  process.platform === "linux" &&
  spawnSync("unshare", ["-rm", "sh", "-c", 'd=$(mktemp -d) && mount -t tmpfs -o size=1m tmpfs "$d"'], {
    stdio: "ignore",
  }).status === 0;
const itTmpfs = itWith("tmpfs", canMount, "needs Linux with `unshare -rm` allowed");

describe("a disk", () => {
  let built = "";
  beforeAll(() => {
    built = pathToFileURL(buildStore(path.join(folder, "built"))).href;
  });

  /** Runs a module with a tmpfs of 1 MB mounted; returns what it says as JSON. */
  function onSmallDisk(code: string): unknown {
    const program = path.join(folder, "built", `disk-${stores++}.mjs`);
    const mount = newRoot();
    mkdirSync(mount);
    writeFileSync(
      program,
      `import fs from "node:fs"; import path from "node:path"; import { execFileSync } from "node:child_process"; import { Store } from ${JSON.stringify(built)}; const disk = ${JSON.stringify(mount)}; const root = path.join(disk, "store");\n${code}`,
    );
    const { stdout, stderr, status } = spawnSync(
      "unshare",
      ["-rm", "sh", "-c", `mount -t tmpfs -o size=1m tmpfs ${mount} && exec ${process.execPath} ${program}`],
      { encoding: "utf8" },
    );
    expect([status, stderr]).toEqual([0, ""]);
    return JSON.parse(stdout);
  }

  itTmpfs("that is full is an error at the call; earlier data are intact, and it goes on when there is space", () => {
    const result = onSmallDisk(`
      const store = Store.open(root);
      store.append({ e: "m", r: "r1", k: "n", s: 0, v: 0 });
      fs.writeFileSync(path.join(disk, "filler"), Buffer.alloc(600_000));
      let acknowledged = 1, error;
      const log = (s) => store.append(s % 2 ? { e: "m", r: "r1", k: "n", s, v: s } : [{ e: "m", r: "r1", k: "n", s, v: s }, { e: "m", r: "r1", k: "twin", s, v: s }]);
      for (; acknowledged < 100_000 && !error; acknowledged++) try { log(acknowledged); } catch (caught) { error = caught; acknowledged--; }
      let second;
      try { log(acknowledged); } catch (caught) { second = caught.name; }
      const reader = Store.open(root);
      const count = async (of) => (await of.sql("SELECT count(*) AS n, max(step) + 1 AS next, count(*) FILTER (key = 'twin') AS twins FROM metrics WHERE key IN ('n', 'twin')")).columns;
      const first = await count(reader);
      fs.rmSync(path.join(disk, "filler"));
      log(acknowledged);
      const after = await count(reader);
      console.log(JSON.stringify({ acknowledged, name: error?.name, message: error?.message, second, before: [...first.values()].map((c) => c.values[0]), after: [...after.values()].map((c) => c.values[0]), problems: reader.problems() }));
      await store.close(); await reader.close();`) as {
      acknowledged: number;
      name: string;
      message: string;
      second: string;
      before: number[];
      after: number[];
      problems: unknown[];
    };
    const twins = (n: number) => Math.floor((n - 1) / 2);
    expect(result.acknowledged).toBeGreaterThan(1000);
    expect(result.name).toBe("StoreError");
    expect(result.message).toMatch(/ENOSPC[\s\S]*log again/);
    expect(result.second).toBe("StoreError");
    expect(result.before).toEqual([
      result.acknowledged + twins(result.acknowledged),
      result.acknowledged,
      twins(result.acknowledged),
    ]);
    const n = result.acknowledged + 1;
    expect(result.after).toEqual([n + twins(n), n, twins(n)]);
    expect(result.problems).toEqual([]);
  });

  itTmpfs("that is full leaves an earlier artifact as it was", () => {
    const result = onSmallDisk(`
      const store = Store.open(root);
      const files = store.artifacts("r1");
      await files.write("note.txt", "first");
      let error;
      try { await files.write("note.txt", Buffer.alloc(3_000_000)); } catch (caught) { error = caught; }
      console.log(JSON.stringify({ name: error?.name, note: files.read("note.txt").toString(), listed: files.list(), raw: fs.readdirSync(files.folder) }));
      await store.close();`);
    expect(result).toEqual({ name: "StoreError", note: "first", listed: ["note.txt"], raw: ["note.txt"] });
  });

  itTmpfs("that can only be read is read", () => {
    const result = onSmallDisk(`
      const writer = Store.open(root);
      writer.append([{ e: "m", r: "r1", k: "n", s: 7, v: 1 }, { e: "run", r: "r1", status: "RUNNING", host: "elsewhere", pid: 1, startTime: 5 }]);
      await writer.close();
      // The owner has been silent for years, so a reader would like to say so in a log of its own.
      const log = path.join(root, "log", fs.readdirSync(path.join(root, "log"))[0]);
      fs.writeFileSync(log, fs.readFileSync(log, "utf8").replace(/"t":\\d+/g, '"t":5'));
      execFileSync("mount", ["-o", "remount,ro", disk]);
      const store = Store.open(root);
      const steps = [...(await store.sql("SELECT step FROM metrics")).columns.get("step").values];
      let error;
      try { store.append({ e: "m", r: "r1", k: "n", s: 8, v: 1 }); } catch (caught) { error = caught; }
      console.log(JSON.stringify({ steps, name: error?.name, readOnly: /EROFS/.test(error?.message), problem: store.problems()[0]?.what }));
      await store.close();`) as { problem: string };
    expect(result).toMatchObject({ steps: [7], name: "StoreError", readOnly: true });
    expect(result.problem).toMatch(/runs whose owner died could not be marked: .*EROFS/);
  });
});
