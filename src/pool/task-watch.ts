import { Worker } from "node:worker_threads";

/** The number of the pipe on which a task's process says how much memory it took when it took too much. */
export const MEMORY_PIPE = 4;

const PROGRAM = `
const { workerData: { parent, limitMb, pipe } } = require("node:worker_threads");
setInterval(() => {
  if (process.ppid !== parent) process.kill(process.pid, "SIGKILL");
  if (limitMb === undefined) return;
  const used = process.memoryUsage.rss() / 1048576;
  if (used <= limitMb) return;
  require("node:fs").writeSync(pipe, String(Math.round(used)));
  process.kill(process.pid, "SIGKILL");
}, 200);
`;

/**
 * A thread that ends this process when its parent is gone, or when it takes more memory than its limit: also while the
 * main thread computes. V8's own limit knows nothing of typed arrays; what the process takes in all is what counts.
 */
export function watchProcess(limitMb: number | undefined): void {
  const workerData = { parent: process.ppid, limitMb, pipe: MEMORY_PIPE };
  new Worker(PROGRAM, { eval: true, workerData, execArgv: [] }).unref();
}
