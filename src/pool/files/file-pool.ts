import { appendFileSync, existsSync, linkSync, readFileSync, rmSync, utimesSync, writeFileSync } from "node:fs";
import { v7 } from "uuid";
import { LeaseLostError } from "../../errors.js";
import { host } from "../../host/host.js";
import type { Change, Claimed, EngineFilter, NewTask, Outcome, PoolEngine } from "../pool-engine.js";
import { TASK_STATUSES } from "../pool-task.js";
import type { ClaimableStatus, PoolTask, TaskStats, TaskStatus } from "../pool-task.js";
import { Candidates } from "./candidates.js";
import { changeTask } from "./change-task.js";
import { endClaim, giveBack } from "./end-claim.js";
import { LeaseThread } from "./lease-thread.js";
import { isGone, PoolFolder, type Found } from "./pool-folder.js";
import { reclaimTasks } from "./reclaim-tasks.js";
import { stateName } from "./state-name.js";
import { TaskFiles, type Definition } from "./task-files.js";
import { NO_NOTE } from "./task-note.js";
import { finishMoves } from "./unfinished-moves.js";

/** A log longer than this keeps its end. */
const LOG_BYTES = 1 << 20;

/**
 * A task pool in a folder, for any number of processes on one host or a shared disk, without a server: a claim is one
 * rename, and a lease the modification time of the renamed file.
 *
 * Whatever a call has done survives `kill -9`. A power cut may lose what was done in the last seconds before it.
 */
export class FilePool implements PoolEngine {
  readonly kind = "files";
  readonly pool: string;
  readonly #folder: PoolFolder;
  readonly #files: TaskFiles;
  readonly #leases = new LeaseThread();
  readonly #claims = new Map<string, Found>();
  readonly #candidates: Record<ClaimableStatus, Candidates>;
  #leaveShutdown: (() => void) | undefined;

  /** @throws StoreError when a newer alphabook made the folder. */
  constructor(root: string, pool: string) {
    this.pool = pool;
    this.#folder = new PoolFolder(root);
    this.#folder.checkFormat();
    this.#files = new TaskFiles(this.#folder);
    this.#candidates = {
      waiting: new Candidates(this.#folder, "waiting"),
      part_done: new Candidates(this.#folder, "part_done"),
    };
  }

  get place(): string {
    return this.#folder.root;
  }

  async insert(tasks: readonly NewTask[]): Promise<boolean[]> {
    this.#folder.ensure();
    const isNew: boolean[] = [];
    try {
      for (const task of tasks) {
        await host.breathe();
        isNew.push(this.#insert(task));
      }
    } finally {
      this.#folder.noteAdded(isNew.filter(Boolean).length);
    }
    return isNew;
  }

  /** The file is made where nobody takes it, gets its key if the key is free, and only then moves to where it is taken. */
  #insert({ id, priority, ...task }: NewTask): boolean {
    const [sequence, attempts] = [v7().replaceAll("-", ""), 0];
    const name = stateName({ priority, sequence, id, attempts, from: "waiting", available: 0, note: NO_NOTE });
    const file = this.#folder.file("submitting", name);
    const { hash, experiment, def, maxAttempts } = task;
    const content: Definition = { hash, experiment, def, maxAttempts, createdAt: Date.now() };
    writeFileSync(file, JSON.stringify(content));
    try {
      linkSync(file, this.#folder.file("key", id));
    } catch (error) {
      rmSync(file, { force: true });
      if ((error as NodeJS.ErrnoException).code === "EEXIST") return false;
      throw error;
    }
    // Not there any more: another process has finished the move.
    this.#folder.move(`submitting/${name}`, `waiting/${name}`);
    return true;
  }

  async claim(from: ClaimableStatus, filter: EngineFilter, leaseMs: number): Promise<Claimed | undefined> {
    const found = this.#candidates[from].take(Date.now(), (candidate) =>
      this.#files.fits(candidate, filter) ? this.#take(candidate, leaseMs) : "other",
    );
    if (!found) return undefined;
    const { state, name } = found;
    const token = state.token!;
    this.#claims.set(token, found);
    this.#leaveShutdown ??= host.on("shutdown", () => this.#releaseAll());
    const task = this.#files.task(found, this.pool);
    const damage = task?.error && this.#files.damage(found);
    if (task && !damage) return { task, token };
    this.#claims.delete(token);
    const { token: _given, ...next } = state;
    if (damage) this.#files.settle(found, "failed", next, { error: damage, finishedAt: Date.now() });
    // Removed in between.
    else this.#folder.remove("running", name);
    return this.claim(from, filter, leaseMs);
  }

  /** The lease is written first: whoever sees the file among the running ones sees a time in the future. */
  #take({ status, name, state }: Found, leaseMs: number): Found | "gone" {
    const file = this.#folder.file(status, name);
    // Most candidates that several workers want are gone: an answer costs less than an error.
    if (!existsSync(file)) return "gone";
    const until = new Date(Date.now() + leaseMs);
    const taken = { ...state, from: status as ClaimableStatus, attempts: state.attempts + 1, available: 0 };
    const running = { ...taken, token: this.#files.workers.token() };
    const to = stateName(running);
    try {
      utimesSync(file, until, until);
    } catch (error) {
      if (isGone(error)) return "gone";
      throw error;
    }
    if (!this.#folder.move(`${status}/${name}`, `running/${to}`)) return "gone";
    return { status: "running", name: to, state: running };
  }

  keep({ token }: Claimed, leaseMs: number, onLost: () => void): () => void {
    const found = this.#claims.get(token);
    return found ? this.#leases.keep(this.#folder.file("running", found.name), leaseMs, onLost) : () => {};
  }

  async finish({ task, token }: Claimed, outcome: Outcome): Promise<void> {
    const found = this.#claims.get(token);
    this.#claims.delete(token);
    if (outcome.kind !== "release" && outcome.log) this.#writeLog(task, outcome.log);
    if (!found || !endClaim(this.#files, found, task, outcome))
      throw new LeaseLostError(
        `Cannot hand in task ${task.id} of pool "${this.pool}": this worker does not hold it any more\n  another one took it over, or it was cancelled, reset or removed; what was computed is not kept`,
      );
  }

  async reclaim(): Promise<number> {
    finishMoves(this.#files);
    return reclaimTasks(this.#files, (token) => this.#claims.has(token));
  }

  async change(filter: EngineFilter, change: Change): Promise<number> {
    let count = 0;
    for (const found of await this.#files.find(filter)) {
      await host.breathe();
      if (changeTask(this.#files, found, change)) count++;
    }
    return count;
  }

  async list(filter: EngineFilter): Promise<PoolTask[]> {
    const tasks: PoolTask[] = [];
    for (const found of await this.#files.find(filter)) {
      await host.breathe();
      const task = this.#files.task(found, this.pool);
      if (task) tasks.push(task);
    }
    return tasks;
  }

  async stats(filter: EngineFilter): Promise<TaskStats> {
    const stats = Object.fromEntries(TASK_STATUSES.map((status) => [status, 0])) as Record<TaskStatus, number>;
    for (const { status } of await this.#files.find(filter)) stats[status]++;
    return stats;
  }

  async log(id: string): Promise<string> {
    try {
      return readFileSync(this.#folder.file("log", `${id}.log`), "utf8");
    } catch (error) {
      if (isGone(error)) return "";
      throw error;
    }
  }

  async close(): Promise<void> {
    this.#releaseAll();
    this.#leaveShutdown?.();
    await this.#leases.close();
  }

  #writeLog({ id, attempts }: PoolTask, log: string): void {
    const text = log.length > LOG_BYTES ? `… ${log.slice(-LOG_BYTES)}` : log;
    appendFileSync(this.#folder.file("log", `${id}.log`), `== attempt ${attempts}\n${text.replace(/\n?$/, "\n")}`);
  }

  /** Synchronous: the process may be about to end. */
  #releaseAll(): void {
    for (const found of this.#claims.values()) giveBack(this.#files, found);
    this.#claims.clear();
    this.#files.workers.leave();
  }
}
