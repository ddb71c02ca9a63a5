import os from "node:os";
import { refuseUnknownOptions } from "../engine/refuse-unknown-options.js";
import { LeaseLostError } from "../errors.js";
import { canonicalJson } from "../task/task-hash.js";
import type { Claimed, Outcome, PoolEngine } from "./pool-engine.js";
import type { PoolTask } from "./pool-task.js";

export interface CommitOptions {
  /** `part_done`: the first of two steps; another claim gets the result and goes on. Default `done`. */
  readonly status?: "done" | "part_done";
  /** What the work printed; kept with the task. */
  readonly log?: string;
}

export interface ClaimSettings {
  readonly leaseMs: number;
  /** Wait after the first failure; twice as long after each further one. */
  readonly backoffMs: number;
}

const LONGEST_BACKOFF_MS = 300_000;

/**
 * A task that this process works on, until one of `commit`, `fail` and `release` ends it. In the meantime a thread of
 * its own says that the worker lives, also while the main thread computes; when the process dies, the task goes back.
 */
export class TaskClaim {
  readonly #engine: PoolEngine;
  readonly #claimed: Claimed;
  readonly #settings: ClaimSettings;
  readonly #lost = new AbortController();
  readonly #leave: () => void;
  #ended = false;

  /** Made by `TaskPool.claim`. */
  constructor(engine: PoolEngine, claimed: Claimed, settings: ClaimSettings) {
    this.#engine = engine;
    this.#claimed = claimed;
    this.#settings = settings;
    this.#leave = engine.keep(claimed, settings.leaseMs, () => this.#lost.abort(lostError(claimed.task)));
  }

  get task(): PoolTask {
    return this.#claimed.task;
  }

  /** Whether none of `commit`, `fail` and `release` has ended it yet; see `signal` for whether it is still held. */
  get isOpen(): boolean {
    return !this.#ended;
  }

  /** What to work on: the definition, or after a first step its result. */
  get input(): unknown {
    const { claimedFrom, def, result } = this.task;
    return claimedFrom === "waiting" ? def : result;
  }

  /** Aborted when the task is no longer this worker's: cancelled, reset, removed, or taken over after a silence. */
  get signal(): AbortSignal {
    return this.#lost.signal;
  }

  /**
   * Hands in the result.
   *
   * @param result Plain JSON data; undefined is kept as null.
   * @throws LeaseLostError when the task is no longer this worker's; ConfigError for a result that is no plain data, and
   * the claim is still held then.
   */
  async commit(result?: unknown, options: CommitOptions = {}): Promise<void> {
    refuseUnknownOptions("Cannot hand in a task", options, ["status", "log"]);
    const { status = "done", log } = options;
    const plain: unknown = JSON.parse(canonicalJson(result ?? null, "result"));
    await this.#end({ kind: "commit", status, result: plain, ...(log !== undefined && { log }) });
  }

  /**
   * Says that the attempt failed. With attempts left the task goes back to where it was taken from and is tried again
   * after a while; else it is `failed`. The error is stored in both cases.
   *
   * @returns Whether it will be tried again. @throws LeaseLostError.
   */
  async fail(error: unknown, options: { readonly log?: string } = {}): Promise<boolean> {
    refuseUnknownOptions("Cannot give up a task", options, ["log"]);
    const { log } = options;
    const { attempts, maxAttempts } = this.task;
    const { name, message, stack } = error instanceof Error ? error : new Error(String(error));
    const isLast = attempts >= maxAttempts;
    const wait =
      Math.min(this.#settings.backoffMs * 2 ** (attempts - 1), LONGEST_BACKOFF_MS) * (0.75 + Math.random() / 2);
    await this.#end({
      kind: "fail",
      error: {
        name,
        message,
        ...(stack !== undefined && { stack }),
        host: os.hostname(),
        attempt: attempts,
        at: new Date().toISOString(),
      },
      retryInMs: isLast ? undefined : wait,
      ...(log !== undefined && { log }),
    });
    return !isLast;
  }

  /** Gives the task back as if it had not been taken. Nothing happens when it is no longer held. */
  async release(): Promise<void> {
    if (this.#ended) return;
    try {
      await this.#end({ kind: "release" });
    } catch (error) {
      if (!(error instanceof LeaseLostError)) throw error;
    }
  }

  /** `await using claim = …` gives back what was not handed in. */
  [Symbol.asyncDispose](): Promise<void> {
    return this.release();
  }

  async #end(outcome: Outcome): Promise<void> {
    if (this.#ended) throw lostError(this.task);
    this.#ended = true;
    this.#leave();
    await this.#engine.finish(this.#claimed, outcome);
  }
}

function lostError({ id, pool }: PoolTask): LeaseLostError {
  return new LeaseLostError(
    `Cannot go on with task ${id} of pool "${pool}": this worker does not hold it any more\n  it was handed in already, cancelled, reset, removed, or taken over`,
  );
}
