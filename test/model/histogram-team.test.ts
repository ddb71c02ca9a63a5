import { spawnSync } from "node:child_process";
import path from "node:path";
import { expect, it } from "vitest";

const gbdt = path.join(import.meta.dirname, "..", "..", "dist", "model", "gbdt");

/** A team with nothing to sum, whose threads somebody else wakes all the time, as a late call to wake them does. */
const program = `
import { Worker } from "node:worker_threads";
import { binColumns } from ${JSON.stringify(path.join(gbdt, "training-memory.js"))};
import { HistogramTeam, WORD } from ${JSON.stringify(path.join(gbdt, "histogram-team.js"))};
const { kernel, layout } = await binColumns(
  { columns: [Float32Array.from({ length: 64 }, (_, i) => i)], rows: 64, pair: false, histograms: 2 },
  { maxBin: 15, minDataInBin: 3, sampleSize: 64 },
);
const team = new HistogramTeam(kernel, layout, 2);
await team.ready();
const words = new Int32Array(layout.memory.buffer, layout.control, 16);
const alarm = new Worker(
  "import { workerData } from 'node:worker_threads'; const [buffer, at] = workerData; const words = new Int32Array(buffer);" +
    "for (;;) Atomics.notify(words, at);",
  { eval: true, workerData: [layout.memory.buffer, layout.control / 4 + WORD.turn] },
);
await new Promise((resolve) => alarm.once("online", resolve));
for (let job = 0; job < 3000; job++) {
  team.run(false);
  if (words[WORD.finished] !== 1) throw new Error("job " + job + " was done " + words[WORD.finished] + " times");
  if (job % 100 === 0) await new Promise((resolve) => setTimeout(resolve, 2));
}
await alarm.terminate();
await team.close();
console.log("done");
process.exit(0);
`;

it("does each job once, however often its threads are woken", () => {
  const { stdout, stderr } = spawnSync(process.execPath, ["--input-type=module", "-e", program], {
    encoding: "utf8",
    timeout: 30_000,
  });
  expect(stdout + stderr).toBe("done\n");
}, 60_000);
