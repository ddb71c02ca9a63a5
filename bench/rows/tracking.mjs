import { execFileSync } from "node:child_process";
import { mkdirSync, writeFileSync } from "node:fs";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { milliseconds, seconds, temporaryFolder } from "../timing.mjs";

const packageUrl = path.join(path.dirname(fileURLToPath(import.meta.url)), "..", "..", "dist", "index.js");
const load = () => import("../../dist/index.js");

/** A git repository of 1,000 files, 20 of them changed. */
function dirtyRepository() {
  const folder = temporaryFolder();
  const git = (...args) =>
    execFileSync("git", ["-c", "user.name=bench", "-c", "user.email=bench@localhost", ...args], {
      cwd: folder,
      stdio: "pipe",
    });
  for (let i = 0; i < 1000; i++) {
    const file = path.join(folder, `d${i % 50}`, `f${i}.ts`);
    mkdirSync(path.dirname(file), { recursive: true });
    writeFileSync(file, `export const value${i} = ${i};\n`.repeat(20));
  }
  git("init", "-q");
  git("add", ".");
  git("commit", "-qm", "files");
  for (let i = 0; i < 20; i++)
    writeFileSync(path.join(folder, `d${i}`, `f${i}.ts`), `export const value${i} = "changed";\n`);
  return folder;
}

async function openRun() {
  const { R } = await load();
  R.setUri(temporaryFolder());
  return { R, run: await R.start({ experimentName: "bench" }) };
}

export default [
  {
    name: "tracking: fresh process to first ended run",
    unit: "s",
    target: 0.5,
    prepare: () => temporaryFolder(),
    measure: (folder) =>
      seconds(() =>
        execFileSync(
          process.execPath,
          [
            "--input-type=module",
            "-e",
            `import { R } from ${JSON.stringify(packageUrl)}; await R.start({ experimentName: "bench" }); R.logMetrics({ ic: 0.05 }); await R.endExp();`,
          ],
          { cwd: folder, env: { ...process.env, ALPHABOOK_STORE: path.join(folder, "store") } },
        ),
      ),
  },
  {
    name: "tracking: start + end of a run, dirty repository of 1,000 files",
    unit: "ms",
    target: 3,
    warm: true,
    async prepare() {
      process.chdir(dirtyRepository());
      const { R } = await load();
      R.setUri(temporaryFolder());
      return R;
    },
    measure: (R) =>
      milliseconds(async () => {
        await R.start({ experimentName: "bench" });
        await R.endExp();
      }),
  },
  {
    name: "tracking: one logMetrics call",
    unit: "µs",
    target: 10,
    warm: true,
    prepare: openRun,
    async measure({ run }) {
      const start = performance.now();
      for (let i = 0; i < 1000; i++) run.logMetrics({ loss: 1 / (i + 1) }, { step: i });
      return performance.now() - start;
    },
    cleanup: ({ R }) => R.endExp(),
  },
  {
    name: "tracking: durable metrics per second, 20 a call",
    unit: "1/s",
    better: "higher",
    target: 200_000,
    prepare: openRun,
    async measure({ run }) {
      const metrics = Object.fromEntries(Array.from({ length: 20 }, (_, i) => [`metric${i}`, i / 7]));
      const calls = 5000;
      const taken = await seconds(() => {
        for (let step = 0; step < calls; step++) run.logMetrics(metrics, { step });
      });
      return (20 * calls) / taken;
    },
    cleanup: ({ R }) => R.endExp(),
  },
  {
    name: "store: history of 1 M points",
    unit: "s",
    target: 0.3,
    async prepare() {
      const { R, run } = await openRun();
      for (let step = 0; step < 1_000_000; step += 1) run.logMetrics({ loss: 1 / (step + 1) }, { step });
      const { sql } = await load();
      await sql`SELECT count(*) FROM metrics`;
      return { R, run };
    },
    measure: ({ run }) => seconds(() => run.getMetricHistory("loss")),
    cleanup: ({ R }) => R.endExp(),
    processes: 3,
  },
];
