import { InterruptedError, LeaseLostError } from "../errors.js";
import { host } from "../host/host.js";
import { checkRunTasks } from "./check-run-tasks.js";
import { NextClaims } from "./next-claims.js";
import { inProcesses, inThisProcess, type Performer } from "./perform-task.js";
import type { ClaimableStatus, TaskFilter } from "./pool-task.js";
import type { TaskClaim } from "./task-claim.js";
import type { TaskFunction, TaskModule } from "./task-function.js";
import type { TaskPool } from "./task-pool.js";
import type { TaskOutcome } from "./task-process.js";

export interface RunTasksOptions {
  /** Tasks at the same time, each in a process of its own; more than 1 needs `{ module, export }`. Default 1. */
  readonly jobs?: number;
  /** Only tasks that fit. */
  readonly filter?: TaskFilter;
  /**
   * Which step is done: `waiting` (default), the function gets the definition; `part_done`, it gets the first step's
   * result; of a list the earlier status is looked for first.
   */
  readonly beforeStatus?: ClaimableStatus | readonly ClaimableStatus[];
  /**
   * What a task is afterwards; `part_done` when another step follows. Default `done`. When it is `part_done` before and
   * after, each task is done once a call.
   */
  readonly afterStatus?: "part_done" | "done";
  /** The first failure of a task ends the work and is thrown. Default: it is stored, and the work goes on. */
  readonly stopOnError?: boolean;
  /**
   * When no task is left: `return` (default); `finish` waits while others have some, which come back when a worker dies;
   * `stay` waits for new ones, until `signal`.
   */
  readonly whenEmpty?: "return" | "finish" | "stay";
  /** Ends the work: tasks at work are told, and given back. */
  readonly signal?: AbortSignal;
  /** Megabytes. A task's process that takes more in all is ended, and the attempt has failed. Needs `{ module, export }`. */
  readonly memoryMb?: number;
  /** How many tasks a process does before another takes its place, so that memory is freed. Default 1. */
  readonly tasksPerProcess?: number;
  /** Told of each attempt that begins. */
  readonly onBegin?: (id: string) => void;
  /** Told of each attempt that ends. */
  readonly onEnd?: (end: TaskEnd) => void;
}

/** How one attempt ended. */
export interface TaskEnd {
  readonly id: string;
  /** `again`: failed, and tried again later. `lost`: it was another's before it was handed in. `released`: given back. */
  readonly status: "done" | "part_done" | "again" | "failed" | "lost" | "released";
  /** Why, where it has not succeeded. */
  readonly error?: unknown;
  readonly seconds: number;
}

export interface RunTasksReport {
  /** Attempts begun. */
  readonly ran: number;
  /** Ids of tasks that were finished here, in that order. */
  readonly succeeded: readonly string[];
  /** Ids of tasks that failed for good here. */
  readonly failed: readonly string[];
}

/**
 * Works on a pool's tasks until none is left: takes one, does it, hands in what it gives, takes the next. Any number of
 * processes may do so at the same time. A task that throws is tried again after a while, and has failed after its last
 * attempt; the others go on.
 *
 * A function works in this process. With `{ module, export }` each task is done in a process of its own: several at the
 * same time, memory is freed and can be limited, what is printed is kept with the task, and nothing a task does harms
 * another. When this process dies, so do those.
 *
 * In Qlib: qlib.workflow.task.manage.run_task
 *
 * @throws InterruptedError when the cell or command is interrupted: tasks at work are given back first.
 * InvalidArgumentError for a module that cannot be loaded; no task has failed by that.
 * @example
 * const pool = openTaskPool("docs-run", { store: "/no/such/folder/yet" });
 * (await runTasks(pool, ({ x }) => x * x)).ran // -> 0
 */
export async function runTasks(
  pool: TaskPool,
  work: TaskFunction | TaskModule,
  options: RunTasksOptions = {},
): Promise<RunTasksReport> {
  checkRunTasks(work, options);
  const { jobs = 1, afterStatus = "done", signal } = options;
  const ended = new AbortController();
  const leaveSignals = host.holdSignals();
  const stop = AbortSignal.any([host.signal, ended.signal, ...(signal ? [signal] : [])]);
  const claims = await NextClaims.of(pool, options, stop);
  const progress = options.whenEmpty === "stay" ? undefined : host.progress(`pool ${pool.name}`, claims.expected);
  const report = { ran: 0, succeeded: [] as string[], failed: [] as string[] };
  let failure: { readonly error: unknown } | undefined;
  const fail = (error: unknown) => {
    failure ??= { error };
    ended.abort();
  };
  const slot = async () => {
    const performer = typeof work === "function" ? inThisProcess(work) : inProcesses(work, options);
    try {
      for (let claim = await claims.next(); claim; claim = await claims.next()) {
        report.ran++;
        options.onBegin?.(claim.task.id);
        const end = await doTask(claim, performer, stop, afterStatus);
        if (end.status === afterStatus) report.succeeded.push(end.id);
        if (end.status === "failed") report.failed.push(end.id);
        claims.ended(end);
        progress?.update(report.succeeded.length + report.failed.length, summary(report));
        options.onEnd?.(end);
        if (options.stopOnError && (end.status === "failed" || end.status === "again")) fail(end.error);
      }
    } catch (error) {
      fail(error);
    } finally {
      performer.end();
    }
  };
  try {
    await Promise.all(Array.from({ length: jobs }, slot));
  } finally {
    progress?.end(summary(report));
    leaveSignals();
  }
  if (failure) throw failure.error;
  if (host.signal.aborted) throw new InterruptedError();
  return report;
}

const summary = ({ succeeded, failed }: RunTasksReport) =>
  `${succeeded.length} done here${failed.length > 0 ? `, ${failed.length} failed` : ""}`;

/** One attempt. Whatever happens, the claim is ended. */
async function doTask(
  claim: TaskClaim,
  performer: Performer,
  stop: AbortSignal,
  to: "part_done" | "done",
): Promise<TaskEnd> {
  const began = performance.now();
  const { id } = claim.task;
  const end = (status: TaskEnd["status"], error?: unknown): TaskEnd => {
    const seconds = (performance.now() - began) / 1000;
    return { id, status, seconds, ...(error !== undefined && { error }) };
  };
  try {
    const outcome = await performer.perform(claim, AbortSignal.any([stop, claim.signal]));
    if (claim.signal.aborted) return end("lost", claim.signal.reason);
    // What was told to stop may have thrown anything.
    if (outcome.kind === "stopped" || (outcome.kind === "failed" && stop.aborted)) {
      await claim.release();
      return end("released");
    }
    return await handIn(claim, outcome, to, end);
  } catch (error) {
    if (error instanceof LeaseLostError) return end("lost", error);
    await claim.release();
    throw error;
  }
}

async function handIn(
  claim: TaskClaim,
  outcome: Exclude<TaskOutcome, { kind: "stopped" }>,
  to: "part_done" | "done",
  end: (status: TaskEnd["status"], error?: unknown) => TaskEnd,
): Promise<TaskEnd> {
  const { log } = outcome;
  let error: unknown = outcome.kind === "failed" ? outcome.error : undefined;
  if (outcome.kind === "done")
    try {
      await claim.commit(outcome.result, { status: to, log });
      return end(to);
    } catch (refused) {
      if (!claim.isOpen) throw refused;
      error = refused;
    }
  return end((await claim.fail(error, { log })) ? "again" : "failed", error);
}
