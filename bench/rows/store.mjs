import { execFileSync } from "node:child_process";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { makeStore } from "../stores.mjs";
import { milliseconds, seconds, temporaryFolder } from "../timing.mjs";

const root = path.join(path.dirname(fileURLToPath(import.meta.url)), "..", "..");
const storeModule = path.join(root, "dist", "store", "store.js");
const RUNS = 10_000;

/** A store of 10,000 ended runs with 40 params and 10 metrics each, written straight to the log by another process. */
function tenThousandRuns() {
  const folder = temporaryFolder();
  const code = `import { Store } from ${JSON.stringify(storeModule)};
    import { v7 } from "uuid";
    const store = Store.open(${JSON.stringify(folder)});
    for (let e = 0; e < 20; e++) store.append({ e: "experiment", experiment: "e" + e, name: "e" + e, createdAt: Date.now() });
    for (let n = 0; n < ${RUNS}; n++) {
      const r = v7();
      const started = { e: "run", r, experiment: "e" + (n % 20), name: "run", status: "FINISHED", startTime: Date.now(), endTime: Date.now() };
      const params = Array.from({ length: 40 }, (_, i) => ({ e: "p", r, k: "p" + i, v: i === 0 ? n : i * 0.5 }));
      const metrics = Array.from({ length: 10 }, (_, i) => ({ e: "m", r, k: "m" + i, s: 0, v: Math.sin(n * (i + 1)) }));
      store.append([started, ...params, ...metrics]);
    }
    process.exit(0);`;
  execFileSync(process.execPath, ["--input-type=module", "-e", code], { stdio: "pipe", cwd: root });
  return folder;
}
async function search(folder) {
  const { R, sql } = await import("../../dist/index.js");
  R.setUri(folder);
  return (
    await sql`SELECT name, "p.p0", "m.m0" FROM runs_wide WHERE "p.p0" > 100 AND "m.m0" > 0.5 ORDER BY "m.m0" DESC LIMIT 20`
  ).numRows;
}

/** Compacted stores: what a long history looks like. */
async function compactedStore(options) {
  const folder = temporaryFolder();
  await makeStore(folder, options);
  return folder;
}
const history10k = () => compactedStore({ runs: 10_000, points: 10_000_000 });
const history100k = () => compactedStore({ runs: 100_000, points: 10_000_000 });
async function warm(folder) {
  for (let i = 0; i < 4; i++) await filtered(folder);
  return folder;
}
async function filtered(folder) {
  const { R, sql } = await import("../../dist/index.js");
  R.setUri(folder);
  return (
    await sql`SELECT name, "p.p7", "m.m3" FROM runs_wide WHERE "p.p7" > 900 AND "m.m3" > 0.5 ORDER BY "m.m3" DESC LIMIT 20`
  ).numRows;
}
async function opened(folder) {
  const { R, sql } = await import("../../dist/index.js");
  R.setUri(folder);
  await sql`SELECT 1`;
}

export default [
  {
    name: "store: open 10,000 runs + 10 M points, compacted",
    unit: "s",
    target: 0.1,
    processes: 3,
    async prepare() {
      const folder = await history10k();
      await Promise.all([import("../../dist/index.js"), import("../../dist/engine/instance.js")]);
      return folder;
    },
    measure: (folder) => seconds(() => opened(folder)),
  },
  {
    name: "store: filtered search over 10,000 runs + 10 M points, first",
    unit: "ms",
    target: 20,
    processes: 3,
    async prepare() {
      const folder = await history10k();
      await opened(folder);
      return folder;
    },
    measure: (folder) => milliseconds(() => filtered(folder)),
  },
  {
    name: "store: filtered search over 10,000 runs + 10 M points, warm",
    unit: "ms",
    target: 10,
    processes: 1,
    warm: true,
    prepare: async () => warm(await history10k()),
    measure: (folder) => milliseconds(() => filtered(folder)),
  },
  {
    name: "store: filtered search over 100,000 runs, first",
    unit: "ms",
    target: 100,
    processes: 1,
    async prepare() {
      const folder = await history100k();
      await opened(folder);
      return folder;
    },
    measure: (folder) => milliseconds(() => filtered(folder)),
  },
  {
    name: "store: filtered search over 100,000 runs, warm",
    unit: "ms",
    target: 50,
    processes: 1,
    warm: true,
    prepare: async () => warm(await history100k()),
    measure: (folder) => milliseconds(() => filtered(folder)),
  },
  {
    name: "store: history of 1 M points",
    unit: "s",
    target: 0.3,
    processes: 1,
    async prepare() {
      const folder = await history10k();
      await opened(folder);
      return folder;
    },
    async measure() {
      const { sql } = await import("../../dist/index.js");
      return seconds(() => sql`SELECT step, time, value FROM metrics WHERE key = 'm3'`);
    },
  },
  {
    name: "store: 10,000 runs × 63 keys, compacted, to an arquero table",
    unit: "s",
    target: 0.3,
    processes: 1,
    async prepare() {
      const folder = await history10k();
      await opened(folder);
      return folder;
    },
    async measure() {
      const { sql } = await import("../../dist/index.js");
      return seconds(() => sql`SELECT * FROM runs_wide`.toTable());
    },
  },
  {
    name: "store: open 10,000 runs × 50 keys and search, cold",
    unit: "s",
    target: 0.1,
    processes: 3,
    prepare: tenThousandRuns,
    measure: (folder) => seconds(() => search(folder)),
  },
  {
    name: "store: filtered search over 10,000 runs, warm",
    unit: "ms",
    target: 10,
    processes: 1,
    warm: true,
    async prepare() {
      const folder = tenThousandRuns();
      await search(folder);
      return folder;
    },
    measure: (folder) => milliseconds(() => search(folder)),
  },
  {
    name: "store: 10,000 runs × 50 keys to an arquero table",
    unit: "s",
    target: 0.3,
    processes: 1,
    async prepare() {
      const folder = tenThousandRuns();
      await search(folder);
      return folder;
    },
    async measure() {
      const { sql } = await import("../../dist/index.js");
      return seconds(() => sql`SELECT * FROM runs_wide`.toTable());
    },
  },
];
