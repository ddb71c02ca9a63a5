import { Worker } from "node:worker_threads";
import { clientLibrary, type Database } from "../../engine/postgres/database.js";
import { RENEW } from "./statements.js";

/**
 * The thread's program, as text so that it runs the same from source and from the built package. All claims are renewed
 * by one statement, three times in the shortest lease; one that the server does not know any more is lost.
 */
const PROGRAM = `
const { parentPort, workerData } = require("node:worker_threads");
const { Client } = require(workerData.library);
const kept = new Map();
let client, timer, isBusy = true;
async function connect() {
  const made = new Client({ ...workerData.settings, query_timeout: 15000 });
  made.on("error", () => { if (client === made) client = undefined; });
  await made.connect();
  client = made;
}
async function beat() {
  if (isBusy || kept.size === 0) return;
  isBusy = true;
  const tokens = [...kept.keys()];
  try {
    if (!client) await connect();
    const { rows } = await client.query({ ...workerData.statement, values: [workerData.pool, tokens] });
    const held = new Set(rows.map((row) => row.lease_token));
    for (const token of tokens)
      if (!held.has(token) && kept.delete(token)) parentPort.postMessage({ lost: token });
  } catch {
    const broken = client;
    client = undefined;
    broken?.end().catch(() => {});
  }
  isBusy = false;
}
function setTimer() {
  clearInterval(timer);
  timer = kept.size > 0 ? setInterval(beat, Math.max(Math.min(...kept.values()) / 3, 10)) : undefined;
}
let shortest;
connect().catch(() => {}).then(() => { isBusy = false; parentPort.postMessage({ ready: true }); });
parentPort.on("message", ({ add, leaseMs, remove }) => {
  if (add) kept.set(add, leaseMs);
  if (remove) kept.delete(remove);
  const now = kept.size > 0 ? Math.min(...kept.values()) : undefined;
  // A timer that runs is left alone, else frequent claims would put it off for ever.
  if (now !== shortest && (now !== undefined || remove === undefined)) { shortest = now; setTimer(); }
});
`;

/** Renews claims on a server over a connection of its own, also while the main thread computes. */
export class LeaseConnection {
  readonly #database: Database;
  readonly #pool: string;
  readonly #lost = new Map<string, () => void>();
  #worker: Worker | undefined;
  #ready: Promise<void> | undefined;

  constructor(database: Database, pool: string) {
    this.#database = database;
    this.#pool = pool;
  }

  /** Resolves when leases can be renewed, or the server has refused: no task is taken before. */
  ready(): Promise<void> {
    return (this.#ready ??= new Promise((resolve) => {
      const worker = (this.#worker ??= this.#start());
      // Until then it keeps the process alive, which has nothing else to wait for.
      worker.ref();
      const end = () => {
        worker.unref();
        resolve();
      };
      worker.once("message", end);
      worker.once("exit", end);
    }));
  }

  keep(token: string, leaseMs: number, onLost: () => void): () => void {
    this.#worker ??= this.#start();
    this.#lost.set(token, onLost);
    this.#worker.postMessage({ add: token, leaseMs });
    return () => {
      if (this.#lost.delete(token)) this.#worker?.postMessage({ remove: token });
    };
  }

  async close(): Promise<void> {
    const worker = this.#worker;
    this.#worker = undefined;
    this.#ready = undefined;
    this.#lost.clear();
    await worker?.terminate();
  }

  #start(): Worker {
    const workerData = {
      library: clientLibrary(),
      settings: this.#database.settings(),
      statement: RENEW,
      pool: this.#pool,
    };
    const worker = new Worker(PROGRAM, { eval: true, execArgv: [], workerData });
    worker.unref();
    worker.on("message", ({ lost }: { lost?: string }) => {
      if (lost === undefined) return;
      const onLost = this.#lost.get(lost);
      this.#lost.delete(lost);
      onLost?.();
    });
    return worker;
  }
}
