import { spawn } from "node:child_process";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { noServer, startServer } from "../postgres.mjs";

const poolModule = path.join(
  path.dirname(fileURLToPath(import.meta.url)),
  "..",
  "..",
  "dist",
  "pool",
  "open-task-pool.js",
);
const WORKERS = 4;
const TASKS = 8_000;

/** Connects, says so, and at a word takes and finishes tasks until none is left. */
const WORK = `import { openTaskPool } from ${JSON.stringify(poolModule)};
  const pool = openTaskPool("bench");
  await pool.stats();
  console.log("ready");
  process.stdin.once("data", async () => {
    for (let claim = await pool.claim(); claim; claim = await pool.claim()) await claim.commit(1);
    await pool.close();
    process.exit(0);
  });`;

async function filledPool() {
  const url = await startServer();
  const { openTaskPool } = await import(poolModule);
  const pool = openTaskPool("bench", { url });
  await pool.submit(Array.from({ length: TASKS }, (_, i) => ({ i })));
  const workers = Array.from({ length: WORKERS }, () =>
    spawn(process.execPath, ["--input-type=module", "-e", WORK], {
      stdio: ["pipe", "pipe", "inherit"],
      env: { ...process.env, ALPHABOOK_POOL: url },
    }),
  );
  await Promise.all(workers.map((worker) => new Promise((resolve) => worker.stdout.once("data", resolve))));
  return { pool, workers };
}

export default [
  {
    name: "pool: claim + finish on PostgreSQL, 4 worker processes",
    unit: "tasks/s",
    better: "higher",
    target: 2000,
    skip: noServer,
    prepare: filledPool,
    async measure({ pool, workers }) {
      const start = performance.now();
      const ends = workers.map((worker) => new Promise((resolve) => worker.once("exit", resolve)));
      for (const worker of workers) worker.stdin.write("go");
      await Promise.all(ends);
      const took = (performance.now() - start) / 1000;
      const { done } = await pool.stats();
      await pool.close();
      if (done !== TASKS) throw new Error(`${done} of ${TASKS} tasks were done`);
      return TASKS / took;
    },
  },
];
