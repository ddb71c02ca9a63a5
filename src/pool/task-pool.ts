import { createHash } from "node:crypto";
import { inspect } from "node:util";
import { refuseUnknownOptions } from "../engine/refuse-unknown-options.js";
import { InvalidArgumentError, UnknownNameError } from "../errors.js";
import { canonicalJson, taskHash } from "../task/task-hash.js";
import { PoolState } from "./pool-state.js";
import type { Change, EngineFilter, NewTask, PoolEngine } from "./pool-engine.js";
import { statusesOf, TASK_STATUSES } from "./pool-task.js";
import type { ClaimableStatus, PoolTask, TaskFilter, TaskStats, TaskStatus } from "./pool-task.js";
import { TaskClaim } from "./task-claim.js";
import { waitForTasks, type WaitOptions } from "./wait-for-tasks.js";

export interface SubmitOptions {
  /** The experiment the tasks' runs belong to. The same definition in two experiments is two tasks. Default "". */
  readonly experiment?: string;
  /** Whole number; larger is sooner, equal ones in the order of submission. Default 0. */
  readonly priority?: number;
  /** How often a failing task is tried. Default 3. */
  readonly maxAttempts?: number;
}

/** What became of one submitted definition. */
export interface SubmittedTask {
  readonly id: string;
  /** False: the pool has had it before, and it is not run again. */
  readonly isNew: boolean;
}

export interface ClaimOptions {
  /** Which step: untouched tasks, or those whose first step is finished. Default `waiting`. */
  readonly from?: ClaimableStatus;
  /** Only tasks that fit; its status is not looked at. */
  readonly filter?: TaskFilter;
}

export interface TaskPoolOptions {
  /** A worker not heard of for so long has lost its task; it is heard of three times as often. Default 60,000. */
  readonly leaseMs?: number;
  /** Wait before the second attempt; twice as long before each further one, five minutes at most. Default 1,000. */
  readonly backoffMs?: number;
}

const HIGHEST_PRIORITY = 1_000_000_000;
/** How often, at most, a claim looks for tasks of dead workers. */
const RECLAIM_MS = 1_000;

/**
 * A queue of tasks that any number of workers, of any process or host, take and finish: each is done once, whoever dies.
 *
 * A task is `waiting`, then `running` at one worker, then `done`; or `part_done` after the first of two steps; or
 * `failed` after its last attempt; or `cancelled`. What is submitted twice, in any order of its keys, is one task.
 *
 * In Qlib: qlib.workflow.task.manage.TaskManager
 *
 * @example
 * const pool = openTaskPool("docs-empty", { store: "/no/such/folder/yet" });
 * (await pool.stats()).waiting // -> 0
 */
export class TaskPool {
  readonly #engine: PoolEngine;
  readonly #options: Required<TaskPoolOptions>;
  #reclaimed = -Infinity;

  /** Usually `openTaskPool` makes it. */
  constructor(engine: PoolEngine, { leaseMs = 60_000, backoffMs = 1_000 }: TaskPoolOptions = {}) {
    for (const [name, value] of Object.entries({ leaseMs, backoffMs }))
      if (!(value > 0))
        throw new InvalidArgumentError(`Cannot open a task pool: ${name} is ${value}\n  expected: milliseconds`);
    this.#engine = engine;
    this.#options = { leaseMs, backoffMs };
  }

  get name(): string {
    return this.#engine.pool;
  }

  /** What it is kept in. */
  get engine(): "files" | "postgres" {
    return this.#engine.kind;
  }

  /** Where: a folder, or host and database, never a password. */
  get place(): string {
    return this.#engine.place;
  }

  /**
   * Adds tasks, each once: a definition the pool has is not added again, whatever became of it (see `retry`, `reset`).
   *
   * @param defs One definition or a list of them: plain data that JSON can hold.
   * @returns One entry for each definition, in order. @throws ConfigError naming the value that JSON cannot hold; nothing is added
   * then.
   */
  async submit(defs: object | readonly object[], options: SubmitOptions = {}): Promise<SubmittedTask[]> {
    refuseUnknownOptions("Cannot submit tasks", options, ["experiment", "priority", "maxAttempts"]);
    const { experiment = "", priority = 0, maxAttempts = 3 } = options;
    checkPriority(priority);
    if (!Number.isInteger(maxAttempts) || maxAttempts < 1)
      throw new InvalidArgumentError(`Cannot submit tasks: maxAttempts is ${maxAttempts}\n  expected: 1 or more`);
    const list = Array.isArray(defs) ? (defs as readonly object[]) : [defs as object];
    const tasks = list.map((def, i): NewTask => {
      const text = canonicalJson(def, list.length === 1 ? "task" : `task ${i + 1} of ${list.length}`);
      if (!text.startsWith("{"))
        throw new InvalidArgumentError(`Cannot submit task ${i + 1}: ${text} is no task\n  expected: an object`);
      const hash = taskHash(def);
      const id = createHash("sha256")
        .update(JSON.stringify([experiment, hash]))
        .digest("hex")
        .slice(0, 32);
      return { id, hash, experiment, def: JSON.parse(text), priority, maxAttempts };
    });
    const isNew = await this.#engine.insert(tasks);
    return tasks.map(({ id }, i) => ({ id, isNew: isNew[i]! }));
  }

  /**
   * Takes the most urgent task that nobody has, for this process.
   * @returns Undefined when none can be taken now.
   */
  async claim(options: ClaimOptions = {}): Promise<TaskClaim | undefined> {
    refuseUnknownOptions("Cannot claim a task", options, ["from", "filter"]);
    const { from = "waiting", filter = {} } = options;
    const wanted = { ...resolved(filter), statuses: [from] };
    const now = performance.now();
    if (now - this.#reclaimed >= Math.min(RECLAIM_MS, this.#options.leaseMs)) {
      this.#reclaimed = now;
      await this.#engine.reclaim();
    }
    const claimed = await this.#engine.claim(from, wanted, this.#options.leaseMs);
    return claimed && new TaskClaim(this.#engine, claimed, this.#options);
  }

  /**
   * One task. @param id Its id, or the beginning of it that no other has. @throws UnknownNameError;
   * InvalidArgumentError for a beginning that several have.
   */
  async get(id: string): Promise<PoolTask> {
    const [exact] = await this.list({ ids: [id] });
    if (exact) return exact;
    const all = await this.list();
    const [one, other] = id === "" ? [] : all.filter((task) => task.id.startsWith(id));
    if (one && other)
      throw new InvalidArgumentError(
        `Cannot tell which task "${id}" is: several begin so, e.g. ${one.id} and ${other.id}\n  give more of it`,
      );
    if (one) return one;
    throw new UnknownNameError(
      "task",
      id,
      all.map((task) => task.id),
      { context: `Pool "${this.name}"` },
    );
  }

  /** Tasks in the order in which workers take them: priority, then submission. */
  list(filter: TaskFilter = {}): Promise<PoolTask[]> {
    return this.#engine.list(resolved(filter));
  }

  /** How many tasks stand where. */
  stats(filter: TaskFilter = {}): Promise<TaskStats> {
    return this.#engine.stats(resolved(filter));
  }

  /** What the attempts of a task printed; "" when nothing was kept. */
  async log(id: string): Promise<string> {
    return this.#engine.log((await this.get(id)).id);
  }

  /** The pool as it is now: counts and tasks; shows itself as the last value of a cell. */
  async state(filter: TaskFilter = {}): Promise<PoolState> {
    await this.#engine.reclaim();
    const tasks = await this.list(filter);
    return new PoolState({ name: this.name, engine: this.engine, place: this.place, tasks });
  }

  /**
   * Lets failed tasks be tried again from the step they failed at, with all attempts before them. Also cancelled ones,
   * when the filter names that status. @returns How many.
   */
  retry(filter: TaskFilter = {}): Promise<number> {
    return this.#change(filter, { kind: "retry" }, ["failed"], ["failed", "cancelled"]);
  }

  /**
   * Puts running tasks back to where they were taken from; their workers cannot hand in any more. Tasks of other
   * statuses, when the filter names them, become `waiting` as if new, without their result. @returns How many.
   */
  reset(filter: TaskFilter = {}): Promise<number> {
    return this.#change(filter, { kind: "reset" }, ["running"], TASK_STATUSES);
  }

  /** Ends tasks that are not finished; workers that have one hear of it. @returns How many. */
  cancel(filter: TaskFilter = {}): Promise<number> {
    const open = ["waiting", "part_done", "running"] as const;
    return this.#change(filter, { kind: "cancel" }, open, [...open, "failed"]);
  }

  /** Sets the priority of tasks that wait. @returns How many. */
  async prioritize(filter: TaskFilter, priority: number): Promise<number> {
    checkPriority(priority);
    const waiting = ["waiting", "part_done"] as const;
    return this.#change(filter, { kind: "prioritize", priority }, waiting, waiting);
  }

  /**
   * Deletes tasks with their results, whatever their status; they may then be submitted anew.
   * @param filter `{ all: true }` for the whole pool. @returns How many. @throws InvalidArgumentError for an empty filter.
   */
  async remove(filter: TaskFilter & { readonly all?: boolean }): Promise<number> {
    const { all = false, ...rest } = filter;
    if (!all && Object.values(rest).every((value) => value === undefined))
      throw new InvalidArgumentError(
        `Cannot remove tasks of pool "${this.name}": no filter was given\n  name some, e.g. { status: "done" }, or all: { all: true }`,
      );
    return this.#change(rest, { kind: "remove" }, TASK_STATUSES, TASK_STATUSES);
  }

  /**
   * Waits until tasks are finished, with a bar that shows how many. Tasks of workers that died go back in the meantime.
   *
   * @param filter Which; default all. Tasks that are added and fit are waited for, too.
   * @returns The tasks, with their results. @throws TasksFailedError when some have failed or were cancelled, unless
   * `allowFailed`; InterruptedError; InvalidArgumentError after `timeoutMs`.
   */
  wait(filter: TaskFilter = {}, options: WaitOptions = {}): Promise<PoolTask[]> {
    resolved(filter);
    return waitForTasks(this.#engine, filter, options);
  }

  /** Gives back what this process has claimed, and connections; the pool stays. */
  close(): Promise<void> {
    return this.#engine.close();
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  toString(): string {
    return `TaskPool(${this.name}, ${this.engine} in ${this.place})`;
  }

  [inspect.custom](): string {
    return this.toString();
  }

  async #change(
    filter: TaskFilter,
    change: Change,
    usual: readonly TaskStatus[],
    possible: readonly TaskStatus[],
  ): Promise<number> {
    const wanted = resolved(filter, usual);
    const wrong = wanted.statuses.find((status) => !possible.includes(status));
    if (wrong !== undefined)
      throw new InvalidArgumentError(
        `Cannot ${change.kind} tasks that are ${wrong}\n  possible for: ${possible.join(", ")}`,
      );
    return this.#engine.change(wanted, change);
  }
}

/** @throws UnknownNameError for a key that is none: left unread, it would choose all tasks. */
function resolved(filter: TaskFilter, usual?: readonly TaskStatus[]): EngineFilter {
  refuseUnknownOptions("Cannot choose tasks", filter, ["ids", "status", "experiment", "where"]);
  const { status: _status, ...rest } = filter;
  const statuses = statusesOf(filter, usual);
  for (const status of statuses)
    if (!TASK_STATUSES.includes(status)) throw new UnknownNameError("task status", status, TASK_STATUSES);
  return { ...rest, statuses };
}

function checkPriority(priority: number): void {
  if (!Number.isInteger(priority) || Math.abs(priority) > HIGHEST_PRIORITY)
    throw new InvalidArgumentError(
      `Cannot give a task priority ${priority}\n  expected: a whole number from -${HIGHEST_PRIORITY} to ${HIGHEST_PRIORITY}`,
    );
}
