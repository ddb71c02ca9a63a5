import { spawn } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import os from "node:os";
import path from "node:path";
import { fileURLToPath } from "node:url";

const poolModule = path.join(
  path.dirname(fileURLToPath(import.meta.url)),
  "..",
  "..",
  "dist",
  "pool",
  "open-task-pool.js",
);
const WORKERS = 8;
const TASKS = 4_000;
/** The first tasks of each worker compile the code that takes them. */
const WARM_UP = 20;
/** What a worker does with a task; a real one trains for seconds. */
const WORK_MS = 5;

/** Says that it is there, and at a word takes and finishes tasks until none is left; prints how long each took to get and hand in. */
const WORK = `import { openTaskPool } from ${JSON.stringify(poolModule)};
  const pool = openTaskPool("bench", { store: process.argv[1] });
  await pool.stats();
  console.log("ready");
  process.stdin.once("data", async () => {
    const times = [];
    for (;;) {
      const start = performance.now();
      const claim = await pool.claim();
      const claimed = performance.now();
      if (!claim) break;
      await new Promise((resolve) => setTimeout(resolve, ${WORK_MS}));
      const handIn = performance.now();
      await claim.commit({ run: "r" });
      times.push(claimed - start + performance.now() - handIn);
    }
    await pool.close();
    process.stdout.write(JSON.stringify(times.slice(${WARM_UP})), () => process.exit(0));
  });`;

async function filledPool() {
  const store = mkdtempSync(path.join(os.tmpdir(), "alphabook-bench-pool-"));
  const { openTaskPool } = await import(poolModule);
  const pool = openTaskPool("bench", { store });
  await pool.submit(Array.from({ length: TASKS }, (_, i) => ({ i })));
  const workers = Array.from({ length: WORKERS }, () =>
    spawn(process.execPath, ["--input-type=module", "-e", WORK, store], { stdio: ["pipe", "pipe", "inherit"] }),
  );
  await Promise.all(workers.map((worker) => new Promise((resolve) => worker.stdout.once("data", resolve))));
  return { store, pool, workers };
}

/** @returns Milliseconds each task cost its worker. */
async function allDone({ pool, workers, store }) {
  try {
    const texts = workers.map(
      (worker) =>
        new Promise((resolve) => {
          let text = "";
          worker.stdout.on("data", (part) => (text += part));
          worker.once("close", () => resolve(text));
        }),
    );
    for (const worker of workers) worker.stdin.write("go");
    const times = (await Promise.all(texts)).flatMap((text) => JSON.parse(text));
    const { done } = await pool.stats();
    if (done !== TASKS) throw new Error(`${done} of ${TASKS} tasks were done`);
    return times;
  } finally {
    await pool.close();
    rmSync(store, { recursive: true, force: true });
  }
}

export default [
  {
    name: `pool: claim + finish on files, ${WORKERS} worker processes, p99`,
    unit: "ms",
    target: 2,
    prepare: filledPool,
    async measure(context) {
      const times = (await allDone(context)).sort((a, b) => a - b);
      return times[Math.floor(times.length * 0.99)];
    },
  },
];
