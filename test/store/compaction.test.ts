import { spawnSync } from "node:child_process";
import { existsSync, readdirSync, readFileSync, statSync, utimesSync, writeFileSync } from "node:fs";
import path from "node:path";
import { DuckDBInstance } from "@duckdb/node-api";
import { beforeAll, describe, expect, it } from "vitest";
import { manifestFile, newestGeneration, readNewestManifest } from "../../src/store/manifest.js";
import { Store } from "../../src/store/store.js";
import { buildStore } from "./built-store.js";
import { temporaryFolder } from "../temporary-folder.js";
import { rowsOf, startOf } from "./rows-and-events.js";

const folder = temporaryFolder();
let stores = 0;
let built = "";
beforeAll(() => {
  built = buildStore(path.join(folder, "built"));
});
/** The tests run without background compaction; those of this file that are about it turn it on. */
const compacting = { ...process.env, ALPHABOOK_COMPACTION: "on" };
const newStore = () => Store.open(path.join(folder, `s${stores++}`));
const point = (s: number, r = "r1") => ({ e: "m", r, k: "IC", s, v: s / 10 }) as const;
const ended = { e: "run", r: "r1", status: "FINISHED", endTime: Date.UTC(2026, 0, 3) } as const;
const until = async (holds: () => boolean) => {
  for (let waited = 0; !holds() && waited < 20_000; waited += 50)
    await new Promise((resolve) => setTimeout(resolve, 50));
};
const one = async (store: Store, text: string) => rowsOf(await store.sql(text))[0];

describe("compaction", () => {
  it("makes a base, then deltas, and again a base when these have grown", async () => {
    const store = newStore();
    store.append([startOf("r1"), point(1)]);
    expect(await store.compact()).toMatchObject({ made: "none", generation: 0 });
    expect(await store.compact({ to: "delta" })).toMatchObject({ made: "base", generation: 1 });
    expect(await store.compact({ to: "delta" })).toMatchObject({ made: "none", generation: 1, logBytes: 0 });
    store.append(point(2));
    expect(await store.compact({ to: "delta" })).toMatchObject({ made: "delta", generation: 2 });
    for (let i = 0; i < 31; i++) {
      store.append(point(3 + i));
      expect((await store.compact({ to: "delta" })).made).toBe("delta");
    }
    store.append(point(34));
    expect(await store.compact({ to: "delta" })).toMatchObject({ made: "base", generation: 34 });
    expect(readNewestManifest(store.root)).toMatchObject({ base: "runs-00000034.duckdb", deltas: [] });
    expect(await one(store, "SELECT n, step, min, max FROM latest")).toEqual({ n: 34, step: 34, min: 0.1, max: 3.4 });
    await store.close();
  }, 60_000);

  it("lets late events of runs in the base count: tags, a deletion, an end after a wrong verdict", async () => {
    const store = newStore();
    const finder = { status: "FAILED", reason: "orphaned", byFinder: true } as const;
    store.append([
      startOf("r1"),
      startOf("r2"),
      { e: "g", r: "r1", k: "team", v: "a" },
      { e: "p", r: "r1", k: "lr", v: 1 },
    ]);
    store.append({ e: "run", r: "r1", ...finder });
    await store.compact({ to: "base" });
    await new Promise((resolve) => setTimeout(resolve, 5));
    store.append([{ e: "g", r: "r1", k: "team", v: "b" }, { e: "g", r: "r1", k: "note", v: "late" }, ended]);
    store.append({ e: "run", r: "r2", deletedAt: Date.UTC(2026, 0, 4) });
    const answer = {
      runs: [
        { run_id: "r1", status: "FINISHED", reason: null, deleted: false },
        { run_id: "r2", status: "RUNNING", reason: null, deleted: true },
      ],
      wide: [{ run_id: "r1", "p.lr": 1, "t.note": "late", "t.team": "b" }],
    };
    const ask = async (from: Store) => ({
      runs: rowsOf(
        await from.sql("SELECT run_id, status, reason, deleted_at IS NOT NULL AS deleted FROM runs ORDER BY run_id"),
      ),
      wide: rowsOf(await from.sql(`SELECT run_id, "p.lr", "t.note", "t.team" FROM runs_wide`)),
    });
    expect(await ask(store)).toEqual(answer);
    await store.compact({ to: "delta" });
    expect(await ask(store)).toEqual(answer);
    await store.compact({ to: "base" });
    const late = Store.open(store.root);
    expect(await ask(late)).toEqual(answer);
    await Promise.all([store.close(), late.close()]);
  }, 30_000);

  it("deletes what is superseded after the grace time, and readers of before go on", async () => {
    const store = newStore();
    const other = Store.open(store.root);
    store.append(point(1));
    expect(await one(other, "SELECT count(*) AS n FROM metrics")).toEqual({ n: 1 });
    await store.compact({ to: "base" });
    store.append(point(2));
    await store.close();
    const again = Store.open(store.root);
    expect(await again.compact({ to: "base" })).toMatchObject({ generation: 2, deleted: 0 });
    expect(readdirSync(path.join(store.root, "base"))).toHaveLength(2);
    const past = new Date(Date.now() - 10_000);
    for (const name of readdirSync(path.join(store.root, "log")))
      utimesSync(path.join(store.root, "log", name), past, past);
    utimesSync(path.join(store.root, "base", "runs-00000001.duckdb"), past, past);
    utimesSync(manifestFile(store.root, 2), new Date(Date.now() - 5000), new Date(Date.now() - 5000));
    expect((await again.compact({ graceMs: 1000 })).deleted).toBe(3);
    expect(readdirSync(path.join(store.root, "log"))).toEqual([]);
    expect(readdirSync(path.join(store.root, "base"))).toEqual(["runs-00000002.duckdb"]);
    expect(await one(other, "SELECT count(*) AS n FROM metrics")).toEqual({ n: 2 });
    expect(await one(again, "SELECT count(*) AS n FROM metrics")).toEqual({ n: 2 });
    // A log that is gone needs no watermark; the next generation forgets it.
    again.append(point(3));
    await again.compact({ to: "base" });
    expect(Object.keys(readNewestManifest(store.root).watermarks)).toHaveLength(1);
    expect(await one(other, "SELECT count(*) AS n FROM metrics")).toEqual({ n: 3 });
    await Promise.all([other.close(), again.close()]);
  }, 30_000);

  it("refuses a generation of a newer format, and says what to do", async () => {
    const store = newStore();
    store.append(point(1));
    await store.compact({ to: "base" });
    const manifest = readNewestManifest(store.root);
    writeFileSync(manifestFile(store.root, 2), JSON.stringify({ ...manifest, format: 2, generation: 2 }));
    await expect(store.sql("FROM runs")).rejects.toThrow(/MANIFEST-00000002 has format 2[\s\S]*update alphabook/);
    await store.close();
  });

  it("happens by itself in a process of its own when a log has grown, and holds nobody up", async () => {
    const root = path.join(folder, `s${stores++}`);
    const program = path.join(folder, "built", "grow.mjs");
    writeFileSync(
      program,
      `import { Store } from ${JSON.stringify(built)};
       const store = Store.open(process.argv[2]);
       let slowest = 0;
       for (let i = 0; i < 140_000; i++) {
         const before = performance.now();
         store.append({ e: "m", r: "r" + (i % 50), k: "loss", s: i, v: Math.random() });
         slowest = Math.max(slowest, performance.now() - before);
         if (i % 5000 === 0) await new Promise((resolve) => setTimeout(resolve, 230));
       }
       process.stdout.write(String(slowest));`,
    );
    const { stdout, status } = spawnSync(process.execPath, [program, root], { encoding: "utf8", env: compacting });
    expect(status).toBe(0);
    expect(Number(stdout)).toBeLessThan(500);
    for (let waited = 0; newestGeneration(root) === 0 && waited < 20_000; waited += 50)
      await new Promise((resolve) => setTimeout(resolve, 50));
    expect(newestGeneration(root)).toBeGreaterThan(0);
    const store = Store.open(root);
    expect(await one(store, "SELECT count(*) AS n, count(DISTINCT step) AS steps FROM metrics")).toEqual({
      n: 140_000,
      steps: 140_000,
    });
    for (let waited = 0; existsSync(path.join(root, ".compacting")) && waited < 20_000; waited += 50)
      await new Promise((resolve) => setTimeout(resolve, 50));
    await store.close();
  }, 60_000);
});

describe("runs.duckdb", () => {
  it("is opened by any DuckDB client, has the tables of the store, and says of which moment", async () => {
    const store = newStore();
    store.append([
      startOf("r1"),
      ended,
      point(1),
      { e: "p", r: "r1", k: "lr", v: 0.1 },
      { e: "experiment", experiment: "x1", name: "one" },
    ]);
    const file = await store.refreshSnapshot();
    expect(file).toBe(path.join(store.root, "runs.duckdb"));
    expect(statSync(file).mode & 0o777).toBe(0o444);
    const before = Date.now();
    const client = await DuckDBInstance.create(file, { access_mode: "READ_ONLY" });
    const connection = await client.connect();
    const ask = async (text: string) => (await connection.runAndReadAll(text)).getRowObjectsJS();
    expect(await ask(`SELECT experiment, status, "p.lr", "m.IC" FROM runs_wide`)).toEqual([
      { experiment: "one", status: "FINISHED", "p.lr": 0.1, "m.IC": 0.1 },
    ]);
    const [info] = await ask("SELECT generation, epoch_ms(time) AS time FROM snapshot_info");
    expect(info!.generation).toBe(1n);
    expect(Math.abs(Number(info!.time) - before)).toBeLessThan(10_000);
    for (const table of ["experiments", "runs", "attempts", "params", "metrics", "latest", "tags", "artifacts"])
      expect((await ask(`DESCRIBE ${table}`)).map(({ column_name }) => column_name)).toEqual([
        ...(await store.sql(`SELECT * FROM ${table} LIMIT 0`)).columns.keys(),
      ]);
    connection.closeSync();
    client.closeSync();
    await store.close();
  }, 30_000);

  it("may be opened for writing and locked by another process: none of ours notices, and it is renewed", async () => {
    const store = newStore();
    store.append([startOf("r1"), point(1)]);
    const file = await store.refreshSnapshot();
    const client = path.join(folder, "built", "client.mjs");
    writeFileSync(
      client,
      `import { chmodSync } from "node:fs";
       import { DuckDBInstance } from "@duckdb/node-api";
       import { Store } from ${JSON.stringify(built)};
       const [file, root] = process.argv.slice(2);
       chmodSync(file, 0o644);
       const connection = await (await DuckDBInstance.create(file)).connect();
       await connection.run("DELETE FROM state.metrics");
       // While the client has it open for writing, another of our processes starts, logs, asks, compacts and renews it.
       const store = Store.open(root);
       store.append({ e: "m", r: "r1", k: "IC", s: 2, v: 0.2 });
       await store.refreshSnapshot();
       const { columns } = await store.sql("SELECT count(*) AS n FROM metrics");
       console.log(columns.get("n").values[0]);
       await connection.run("CHECKPOINT");
       process.exit(0);`,
    );
    const { stdout, stderr, status } = spawnSync(process.execPath, [client, file, store.root], { encoding: "utf8" });
    expect({ stdout, stderr, status }).toEqual({ stdout: "2\n", stderr: "", status: 0 });
    expect(await one(store, "SELECT count(*) AS n FROM metrics")).toEqual({ n: 2 });
    store.append(point(3));
    await store.refreshSnapshot();
    const renewed = await DuckDBInstance.create(file, { access_mode: "READ_ONLY" });
    const connection = await renewed.connect();
    expect((await connection.runAndReadAll("SELECT count(*)::INT AS n FROM metrics")).getRowObjectsJS()).toEqual([
      { n: 3 },
    ]);
    connection.closeSync();
    renewed.closeSync();
    await store.close();
  }, 30_000);

  it("is not missed by a process that has removed its store before it ends", () => {
    const root = path.join(folder, `s${stores++}`);
    const program = path.join(folder, "built", "removed.mjs");
    writeFileSync(
      program,
      `import { existsSync, rmSync } from "node:fs";
       import { Store } from ${JSON.stringify(built)};
       const store = Store.open(process.argv[2]);
       store.append(JSON.parse(process.argv[3]));
       await store.sql("SELECT 1");
       if (!existsSync(process.argv[2])) process.exit(2);
       rmSync(process.argv[2], { recursive: true });`,
    );
    const events = JSON.stringify([startOf("r1"), ended, point(1)]);
    const { stderr, status } = spawnSync(process.execPath, [program, root, events], {
      encoding: "utf8",
      env: compacting,
    });
    expect({ stderr, status, isBack: existsSync(root) }).toEqual({ stderr: "", status: 0, isBack: false });
  });

  it("is made when the first local process ends, and renewed by the next", async () => {
    const root = path.join(folder, `s${stores++}`);
    const program = path.join(folder, "built", "last.mjs");
    writeFileSync(
      program,
      `import { Store } from ${JSON.stringify(built)};
       Store.open(process.argv[2]).append(JSON.parse(process.argv[3]));`,
    );
    const file = path.join(root, "runs.duckdb");
    const contents = () => (existsSync(file) ? readFileSync(file) : Buffer.alloc(0));
    for (const events of [[startOf("r1"), ended, point(1)], [point(2)]]) {
      const before = contents();
      expect(spawnSync(process.execPath, [program, root, JSON.stringify(events)], { env: compacting }).status).toBe(0);
      await until(() => !contents().equals(before) && !existsSync(path.join(root, ".compacting")));
      const snapshot = await DuckDBInstance.create(file, { access_mode: "READ_ONLY" });
      const connection = await snapshot.connect();
      const read = await connection.runAndReadAll("SELECT max(step)::INT AS s FROM metrics");
      expect(read.getRowObjectsJS()).toEqual([{ s: (events.at(-1) as { s: number }).s }]);
      connection.closeSync();
      snapshot.closeSync();
    }
  }, 60_000);
});
