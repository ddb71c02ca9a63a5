import { appendFileSync, linkSync, readFileSync, rmSync, statSync, utimesSync, writeFileSync } from "node:fs";
import { v7 } from "uuid";
import { LeaseLostError } from "../../errors.js";
import { host } from "../../host/host.js";
import { isOwnerDead, processIdentity } from "../../store/liveness.js";
import { fitsWhere } from "../fits-filter.js";
import type { Change, Claimed, EngineFilter, NewTask, Outcome, PoolEngine } from "../pool-engine.js";
import { TASK_STATUSES } from "../pool-task.js";
import type { ClaimableStatus, PoolTask, TaskStats, TaskStatus } from "../pool-task.js";
import { Candidates } from "./candidates.js";
import { LeaseThread } from "./lease-thread.js";
import { isGone, PoolFolder, randomName, type Found } from "./pool-folder.js";
import { stateName } from "./state-name.js";
import { readNote, removeNote, writeNote, type TaskNote } from "./task-note.js";

/** What the state files of a task hold, from its submission on. */
interface Definition {
  readonly hash: string;
  readonly experiment: string;
  readonly def: unknown;
  readonly maxAttempts: number;
  readonly createdAt: number;
}

const REMOVAL_MS = 5_000;
const ABANDONED_MS = 3_600_000;
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
  readonly #leases = new LeaseThread();
  readonly #definitions = new Map<string, Definition>();
  readonly #claims = new Map<string, Found>();
  readonly #candidates: Record<ClaimableStatus, Candidates>;
  #leaveShutdown: (() => void) | undefined;

  /** @throws StoreError when a newer alphabook made the folder. */
  constructor(root: string, pool: string) {
    this.pool = pool;
    this.#folder = new PoolFolder(root);
    this.#folder.checkFormat();
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
    const name = stateName({ priority, sequence, id, attempts, from: "waiting", available: 0, note: "0" });
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
      this.#fits(candidate, filter) ? this.#take(candidate, leaseMs) : "other",
    );
    if (!found) return undefined;
    const { state, name } = found;
    const [token, startedAt] = [state.token!, Date.now()];
    this.#claims.set(token, found);
    this.#leaveShutdown ??= host.on("shutdown", () => this.#releaseAll());
    const owner = processIdentity();
    writeNote(this.#folder, state.id, token, { worker: `${owner.host}:${owner.pid}`, owner, startedAt });
    const task = this.#task(found);
    if (task) return { task, token };
    // Removed in between.
    this.#forget(token);
    removeNote(this.#folder, state.id, token);
    this.#folder.remove("running", name);
    return undefined;
  }

  /** The lease is written first: whoever sees the file among the running ones sees a time in the future. */
  #take({ status, name, state }: Found, leaseMs: number): Found | "gone" {
    const until = new Date(Date.now() + leaseMs);
    const taken = { ...state, from: status as ClaimableStatus, attempts: state.attempts + 1, available: 0 };
    const running = { ...taken, token: randomName() };
    const to = stateName(running);
    try {
      utimesSync(this.#folder.file(status, name), until, until);
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
    this.#forget(token);
    if (outcome.kind !== "release" && outcome.log) this.#writeLog(task, outcome.log);
    if (!found || !this.#finish(found, task, outcome))
      throw new LeaseLostError(
        `Cannot hand in task ${task.id} of pool "${this.pool}": this worker does not hold it any more\n  another one took it over, or it was cancelled, reset or removed; what was computed is not kept`,
      );
    removeNote(this.#folder, task.id, token);
  }

  #finish(found: Found, task: PoolTask, outcome: Outcome): boolean {
    const { token: _given, ...state } = found.state;
    if (outcome.kind === "release") {
      const attempts = Math.max(0, state.attempts - 1);
      return this.#settle(found, state.from, { ...state, attempts });
    }
    const note: TaskNote = {
      ...(task.worker !== undefined && { worker: task.worker }),
      ...(task.startedAt && { startedAt: task.startedAt.getTime() }),
      finishedAt: Date.now(),
    };
    if (outcome.kind === "commit") {
      const { status, result } = outcome;
      const next = status === "part_done" ? { ...state, attempts: 0, from: status } : state;
      return this.#settle(found, status, next, { ...note, result });
    }
    const { error, retryInMs } = outcome;
    const failed: TaskNote = { ...note, error, ...(task.result !== undefined && { result: task.result }) };
    if (retryInMs === undefined) return this.#settle(found, "failed", state, failed);
    return this.#settle(found, state.from, { ...state, available: Date.now() + Math.round(retryInMs) }, failed);
  }

  /** Moves a task; a note given replaces the one it has. */
  #settle({ status, name, state: before }: Found, to: TaskStatus, next: Found["state"], note?: TaskNote): boolean {
    const named = note ? { ...next, note: randomName() } : next;
    if (note) writeNote(this.#folder, named.id, named.note, note);
    const moved = this.#folder.move(`${status}/${name}`, `${to}/${stateName(named)}`);
    if (note && !moved) removeNote(this.#folder, named.id, named.note);
    if (moved && before.note !== named.note) removeNote(this.#folder, before.id, before.note);
    if (moved && (to === "waiting" || to === "part_done")) this.#folder.noteAdded(1);
    return moved;
  }

  async reclaim(): Promise<number> {
    this.#finishMoves();
    const now = Date.now();
    let count = 0;
    for (const found of this.#folder.states("running")) {
      const { state, name } = found;
      const until = statSync(this.#folder.file("running", name), { throwIfNoEntry: false })?.mtimeMs;
      if (until === undefined) continue;
      const note = readNote(this.#folder, state.id, state.token ?? "0");
      const isDead = note.owner !== undefined && isOwnerDead({ ...note.owner, lastSeen: now }, now);
      if ((until > now && !isDead) || this.#claims.has(state.token ?? "")) continue;
      const definition = this.#definition(found);
      if (!definition) continue;
      const { token, ...next } = state;
      const message = isDead ? `its worker ${note.worker ?? ""} died` : "its worker was not heard of in time";
      const isLast = state.attempts >= definition.maxAttempts;
      const moved = isLast
        ? this.#settle(found, "failed", next, {
            ...readNote(this.#folder, state.id, state.note),
            ...note,
            finishedAt: now,
            error: {
              name: "LeaseExpired",
              message,
              host: note.owner?.host ?? "",
              attempt: state.attempts,
              at: new Date(now).toISOString(),
            },
          })
        : this.#settle(found, state.from, next);
      if (!moved) continue;
      removeNote(this.#folder, state.id, token ?? "0");
      count++;
    }
    return count;
  }

  /** Moves that a process began and could not finish. */
  #finishMoves(): void {
    for (const name of this.#folder.names("submitting")) {
      const stat = statSync(this.#folder.file("submitting", name), { throwIfNoEntry: false });
      if (stat && stat.nlink > 1) {
        if (this.#folder.move(`submitting/${name}`, `waiting/${name}`)) this.#folder.noteAdded(1);
      } else if (stat && Date.now() - stat.ctimeMs > ABANDONED_MS) this.#folder.remove("submitting", name);
    }
    for (const name of this.#folder.names("removing")) {
      const stat = statSync(this.#folder.file("removing", name), { throwIfNoEntry: false });
      if (stat && Date.now() - stat.ctimeMs > REMOVAL_MS) this.#finishRemoval(name);
    }
  }

  /** The key goes only if it is this task's and not of the same one submitted anew. */
  #finishRemoval(name: string): void {
    const [, sequence, id] = name.split(".") as [string, string, string];
    const inode = (...parts: string[]) => statSync(this.#folder.file(...parts), { throwIfNoEntry: false })?.ino;
    if (inode("key", id) === inode("removing", name)) this.#folder.remove("key", id);
    this.#folder.remove("log", `${id}.log`);
    this.#definitions.delete(sequence);
    this.#folder.remove("removing", name);
  }

  async change(filter: EngineFilter, change: Change): Promise<number> {
    let count = 0;
    for (const found of await this.#found(filter)) {
      await host.breathe();
      if (this.#change(found, change)) count++;
    }
    return count;
  }

  #change(found: Found, change: Change): boolean {
    const { token, ...state } = found.state;
    const fresh = { ...state, attempts: 0, available: 0 };
    switch (change.kind) {
      case "prioritize": {
        const named = { ...found.state, priority: change.priority };
        return this.#settle(found, found.status, named);
      }
      case "cancel":
        return this.#ended(found, token, this.#settle(found, "cancelled", state));
      case "retry": {
        const { result } = readNote(this.#folder, state.id, state.note);
        if (state.from === "part_done") return this.#settle(found, "part_done", fresh, { result });
        return this.#settle(found, "waiting", { ...fresh, note: "0" });
      }
      case "reset":
        if (found.status === "running") return this.#ended(found, token, this.#settle(found, state.from, fresh));
        return this.#settle(found, "waiting", { ...fresh, from: "waiting", note: "0" });
      case "remove": {
        if (!this.#folder.move(`${found.status}/${found.name}`, `removing/${found.name}`)) return false;
        removeNote(this.#folder, state.id, state.note);
        this.#finishRemoval(found.name);
        return this.#ended(found, token, true);
      }
    }
  }

  #ended({ state }: Found, token: string | undefined, moved: boolean): boolean {
    if (moved && token !== undefined) removeNote(this.#folder, state.id, token);
    return moved;
  }

  async list(filter: EngineFilter): Promise<PoolTask[]> {
    const tasks: PoolTask[] = [];
    for (const found of await this.#found(filter)) {
      await host.breathe();
      const task = this.#task(found);
      if (task) tasks.push(task);
    }
    return tasks;
  }

  async stats(filter: EngineFilter): Promise<TaskStats> {
    const stats = Object.fromEntries(TASK_STATUSES.map((status) => [status, 0])) as Record<TaskStatus, number>;
    for (const { status } of await this.#found(filter)) stats[status]++;
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

  /** Each task once, though tasks move while folders are read: a task that was met nowhere is looked for again. */
  async #found(filter: EngineFilter): Promise<Found[]> {
    const found = new Map<string, Found>();
    for (let round = 0; round < 20; round++) {
      await host.breathe();
      const known = this.#folder.names("key");
      found.clear();
      for (const status of TASK_STATUSES)
        for (const one of this.#folder.states(status)) found.set(one.state.id, one);
      const onTheWay = new Set(this.#folder.names("submitting").map((name) => name.split(".")[2]));
      if (known.every((id) => found.has(id) || onTheWay.has(id))) break;
    }
    return [...found.values()]
      .filter((one) => filter.statuses.includes(one.status) && this.#fits(one, filter))
      .sort((a, b) => (a.name < b.name ? -1 : 1));
  }

  #fits(found: Found, { ids, experiment, where }: EngineFilter): boolean {
    if (ids && !ids.includes(found.state.id)) return false;
    if (experiment === undefined && where === undefined) return true;
    const definition = this.#definition(found);
    if (!definition) return false;
    return (experiment === undefined || definition.experiment === experiment) && fitsWhere(definition.def, where);
  }

  /** Undefined when the task has been removed. */
  #definition({ state: { id, sequence } }: Found): Definition | undefined {
    let known = this.#definitions.get(sequence);
    if (known) return known;
    try {
      known = JSON.parse(readFileSync(this.#folder.file("key", id), "utf8")) as Definition;
    } catch (error) {
      if (isGone(error)) return undefined;
      throw error;
    }
    this.#definitions.set(sequence, known);
    return known;
  }

  #task(found: Found): PoolTask | undefined {
    const definition = this.#definition(found);
    if (!definition) return undefined;
    const { status, state } = found;
    const note = readNote(this.#folder, state.id, state.note);
    const claim = state.token === undefined ? note : readNote(this.#folder, state.id, state.token);
    const date = (time: number | undefined) => (time === undefined ? undefined : new Date(time));
    return {
      id: state.id,
      pool: this.pool,
      experiment: definition.experiment,
      def: structuredClone(definition.def),
      hash: definition.hash,
      status,
      claimedFrom: state.from,
      priority: state.priority,
      attempts: state.attempts,
      maxAttempts: definition.maxAttempts,
      availableAt: state.available > Date.now() ? new Date(state.available) : undefined,
      result: note.result,
      error: note.error,
      worker: claim.worker,
      createdAt: new Date(definition.createdAt),
      startedAt: date(claim.startedAt),
      finishedAt: date(state.token === undefined ? note.finishedAt : undefined),
    };
  }

  #writeLog({ id, attempts }: PoolTask, log: string): void {
    const text = log.length > LOG_BYTES ? `… ${log.slice(-LOG_BYTES)}` : log;
    appendFileSync(this.#folder.file("log", `${id}.log`), `== attempt ${attempts}\n${text.replace(/\n?$/, "\n")}`);
  }

  #forget(token: string): void {
    this.#claims.delete(token);
  }

  /** Synchronous: the process may be about to end. */
  #releaseAll(): void {
    for (const [token, found] of this.#claims) {
      const { token: _given, ...state } = found.state;
      this.#settle(found, state.from, { ...state, attempts: Math.max(0, state.attempts - 1) });
      removeNote(this.#folder, state.id, token);
    }
    this.#claims.clear();
  }
}
