import path from "node:path";
import { Worker } from "node:worker_threads";

const EVERY_MS = 10_000;

/**
 * The thread's program, as text so that it runs the same from source and from the built package. It has a log file of its own
 * (no file has two writers), makes it at the first beat and never keeps the process alive. A failed beat is tried again at the next;
 * after ten silent minutes, when the file may be gone, a new one is begun.
 */
const PROGRAM = `
const { parentPort, workerData } = require("node:worker_threads");
const fs = require("node:fs");
const { file, everyMs } = workerData;
const runs = new Set();
let fd, sequence = 0, files = 0, last = 0;
function beat() {
  if (runs.size === 0) return;
  const t = Date.now();
  const line = JSON.stringify([...runs].map((r) => ({ q: ++sequence, t, e: "h", r }))) + "\\n";
  try {
    if (fd !== undefined && t - last > 600000) { fs.closeSync(fd); fd = undefined; }
    fd ??= fs.openSync(files++ === 0 ? file : file.replace(/\.jsonl$/, "-" + files + ".jsonl"), "a");
    fs.writeSync(fd, line);
    last = t;
  } catch {}
}
setInterval(beat, everyMs);
parentPort.on("message", ({ add, remove }) => { if (add) runs.add(add); if (remove) runs.delete(remove); });
`;

/** Says for each open run that its owner is alive. */
export class Heartbeat {
  readonly #file: string;
  readonly #everyMs: number;
  #worker: Worker | undefined;

  constructor(root: string, writer: string, everyMs = EVERY_MS) {
    this.#file = path.join(root, "log", `${writer}.heartbeat.jsonl`);
    this.#everyMs = everyMs;
  }

  add(runId: string): () => void {
    const worker = (this.#worker ??= this.#start());
    worker.postMessage({ add: runId });
    return () => worker.postMessage({ remove: runId });
  }

  close(): void {
    void this.#worker?.terminate();
    this.#worker = undefined;
  }

  /** The thread starts with the first open run and stays, silent while none is open. */
  #start(): Worker {
    const worker = new Worker(PROGRAM, {
      eval: true,
      workerData: { file: this.#file, everyMs: this.#everyMs },
      execArgv: [],
    });
    worker.unref();
    return worker;
  }
}
