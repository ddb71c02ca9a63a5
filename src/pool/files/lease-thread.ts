import { Worker } from "node:worker_threads";

/**
 * The thread's program, as text so that it runs the same from source and from the built package. A claim's file has the
 * time its lease ends as its modification time; a file that is gone is a claim that is lost.
 */
const PROGRAM = `
const { parentPort } = require("node:worker_threads");
const fs = require("node:fs");
const kept = new Map();
function beat(file) {
  const entry = kept.get(file);
  if (!entry) return;
  const until = new Date(Date.now() + entry.leaseMs);
  try { fs.utimesSync(file, until, until); }
  catch (error) {
    if (error.code !== "ENOENT") return;
    clearInterval(entry.timer);
    kept.delete(file);
    parentPort.postMessage({ lost: file });
  }
}
parentPort.on("message", ({ add, leaseMs, removed }) => {
  kept.set(add, { leaseMs, timer: setInterval(beat, Math.max(leaseMs / 3, 10), add) });
  for (const file of removed) { clearInterval(kept.get(file)?.timer); kept.delete(file); }
});
`;

/** Renews claims on files, also while the main thread computes. */
export class LeaseThread {
  readonly #lost = new Map<string, () => void>();
  /** Told with the next claim; until then the thread looks for files that are gone, which does no harm. */
  readonly #removed: string[] = [];
  #worker: Worker | undefined;

  keep(file: string, leaseMs: number, onLost: () => void): () => void {
    this.#worker ??= this.#start();
    this.#lost.set(file, onLost);
    this.#worker.postMessage({ add: file, leaseMs, removed: this.#removed.splice(0) });
    return () => {
      if (this.#lost.delete(file)) this.#removed.push(file);
    };
  }

  async close(): Promise<void> {
    const worker = this.#worker;
    this.#worker = undefined;
    this.#lost.clear();
    await worker?.terminate();
  }

  #start(): Worker {
    const worker = new Worker(PROGRAM, { eval: true, execArgv: [] });
    worker.on("message", ({ lost }: { lost: string }) => {
      const onLost = this.#lost.get(lost);
      this.#lost.delete(lost);
      onLost?.();
    });
    worker.unref();
    return worker;
  }
}
