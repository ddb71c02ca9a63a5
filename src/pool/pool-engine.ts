import type { ClaimableStatus, PoolTask, TaskFailure, TaskFilter, TaskStats, TaskStatus } from "./pool-task.js";

/** A task that is to be added. */
export interface NewTask {
  readonly id: string;
  readonly hash: string;
  readonly experiment: string;
  readonly def: unknown;
  readonly priority: number;
  readonly maxAttempts: number;
}

/** What an engine is asked: every part is resolved, nothing is left open. */
export interface EngineFilter extends Omit<TaskFilter, "status"> {
  readonly statuses: readonly TaskStatus[];
}

/** A task taken by one worker; whoever holds the token may finish it, nobody else. */
export interface Claimed {
  readonly task: PoolTask;
  readonly token: string;
}

/** How a claim ends. */
export type Outcome =
  | { readonly kind: "commit"; readonly status: "done" | "part_done"; readonly result: unknown; readonly log?: string }
  /** `retryInMs` undefined: it has failed for good. */
  | {
      readonly kind: "fail";
      readonly error: TaskFailure;
      readonly retryInMs: number | undefined;
      readonly log?: string;
    }
  /** Given back as if it had not been taken. */
  | { readonly kind: "release" };

/** What a user does to tasks without working on them. */
export type Change =
  /** To the step they failed at, with all attempts before them. */
  | { readonly kind: "retry" }
  /** Running ones to where they were taken from, all others to `waiting` without their result. */
  | { readonly kind: "reset" }
  | { readonly kind: "cancel" }
  | { readonly kind: "remove" }
  | { readonly kind: "prioritize"; readonly priority: number };

/**
 * The seam of a task pool: what files and PostgreSQL do differently. `TaskPool` is built on it, and one suite of tests
 * is run on every engine.
 *
 * Each call is atomic for each task: whoever looks sees a task before or after it, once, and two callers never both
 * succeed in moving it.
 */
export interface PoolEngine {
  readonly kind: "files" | "postgres";
  readonly pool: string;
  /** Where it is, without user or password: a folder, or `host:port/database`. */
  readonly place: string;

  /** Adds what is not there yet, in order. @returns For each whether it is new. */
  insert(tasks: readonly NewTask[]): Promise<boolean[]>;
  /** Takes the most urgent task that fits and may be taken now, and counts the attempt. */
  claim(from: ClaimableStatus, filter: EngineFilter, leaseMs: number): Promise<Claimed | undefined>;
  /** From now on the claim is renewed, also while the main thread computes. `onLost` is called once when it is another's. */
  keep(claimed: Claimed, leaseMs: number, onLost: () => void): () => void;
  /** Ends a claim. @throws LeaseLostError when it is no longer held; nothing is changed then. */
  finish(claimed: Claimed, outcome: Outcome): Promise<void>;
  /** Puts tasks of dead workers back where they were taken from, or to `failed` after their last attempt. */
  reclaim(): Promise<number>;
  /** @returns How many tasks it was done to. */
  change(filter: EngineFilter, change: Change): Promise<number>;
  /** In the order in which workers take them: priority, then submission. */
  list(filter: EngineFilter): Promise<PoolTask[]>;
  stats(filter: EngineFilter): Promise<TaskStats>;
  /** What the task's attempts printed; "" when nothing was kept. */
  log(id: string): Promise<string>;
  close(): Promise<void>;
}
