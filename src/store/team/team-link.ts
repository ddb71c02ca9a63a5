import { spawn } from "node:child_process";
import { existsSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { Worker } from "node:worker_threads";
import { serverPlace } from "../../engine/postgres/server-address.js";
import { host } from "../../host/host.js";
import { newestGeneration } from "../manifest.js";
import type { TeamNews } from "./exchange.js";
import { Leader } from "./leader.js";
import { isMember, storeId } from "./team-state.js";

/** The first question waits so long for what the others have shared. */
const FIRST_MS = 5_000;
/** An absence that is shorter is not worth a word. */
const SHORT_MS = 5_000;
const END_MS = 3_000;

const program = fileURLToPath(new URL("./team-main.js", import.meta.url));

/**
 * A store's link to the history it shares: a thread of this process that ships and takes, also while the main thread
 * computes. When the process ends, a small process ships what is left; when it is killed, the store's next one does.
 */
export class TeamLink {
  readonly #root: string;
  readonly #address: string;
  #worker: Worker | undefined;
  #first: Promise<void> | undefined;
  #resolve: () => void = () => {};
  #away: { message: string; since: number; told: boolean } | undefined;
  #leave: (() => void) | undefined;
  #wasHeard = false;

  constructor(root: string, address: string) {
    this.#root = root;
    this.#address = address;
  }

  /** Begins, once: with the first event or question. */
  begin(): void {
    if (this.#first) return;
    this.#first = new Promise((resolve) => {
      this.#resolve = resolve;
      setTimeout(resolve, FIRST_MS).unref();
    });
    if (!existsSync(program)) return this.#resolve();
    if (newestGeneration(this.#root) > 0 && !isMember(this.#root))
      host.notice(
        `Store ${this.#root} begins to share its history at ${serverPlace(this.#address)}: runs from now on, and what its log files still hold
  older runs, already compacted, stay here; another store takes them in with: alphabook store merge FOLDER`,
      );
    storeId(this.#root);
    const worker = new Worker(program, {
      workerData: { root: this.#root, address: this.#address },
      execArgv: [],
    });
    worker.unref();
    worker.on("message", (news: TeamNews) => this.#hear(news));
    worker.on("error", (error) => this.#hear({ kind: "away", message: error.message }));
    this.#worker = worker;
    const onExit = () => this.#shipRest();
    process.once("exit", onExit);
    this.#leave = () => process.off("exit", onExit);
  }

  /** Resolves when the store has what the others have shared, or cannot have it now. */
  async ready(): Promise<void> {
    this.begin();
    await this.#first;
  }

  /** Why the others cannot be heard; undefined while they can. */
  get problem(): string | undefined {
    return this.#away?.message;
  }

  /** Ships what is left, if the server is there. */
  async close(): Promise<void> {
    const worker = this.#worker;
    this.#worker = undefined;
    if (!worker) return;
    this.#leave?.();
    const ended = new Promise<void>((resolve) => worker.once("exit", () => resolve()));
    worker.postMessage("end");
    // A thread that is waited for keeps the process alive.
    worker.ref();
    const late = setTimeout(() => void worker.terminate(), END_MS);
    await ended;
    clearTimeout(late);
  }

  #hear(news: TeamNews): void {
    this.#resolve();
    const isFirst = !this.#wasHeard;
    this.#wasHeard = true;
    const place = serverPlace(this.#address);
    if (news.kind !== "away") {
      if (this.#away?.told) host.notice(`The team's history at ${place} is there again`);
      this.#away = undefined;
      return;
    }
    this.#away ??= { message: news.message, since: Date.now(), told: false };
    this.#away.message = news.message;
    const isShort = Date.now() - this.#away.since < SHORT_MS;
    if (this.#away.told || (isShort && !isFirst)) return;
    this.#away.told = true;
    host.notice(
      `The team's history cannot be reached now: ${news.message}\n  runs are recorded here as ever, and shipped when it is there again`,
    );
  }

  #shipRest(): void {
    if (!existsSync(this.#root) || Leader.isElsewhere(this.#root)) return;
    const child = spawn(process.execPath, [program, this.#root], {
      detached: true,
      stdio: "ignore",
      windowsHide: true,
      env: { ...process.env, ALPHABOOK_TEAM: this.#address },
    });
    child.on("error", () => {
      // No process can be had now; the store's next one ships the rest.
    });
    child.unref();
  }
}
