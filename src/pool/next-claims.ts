import { pause } from "./pause.js";
import type { ClaimableStatus, TaskFilter } from "./pool-task.js";
import type { RunTasksOptions, TaskEnd } from "./run-tasks.js";
import type { TaskClaim } from "./task-claim.js";
import type { TaskPool } from "./task-pool.js";

const LOOK_MS = { files: 100, postgres: 500 } as const;

/** The claims of one `runTasks`, one after the other, for all its slots. */
export class NextClaims {
  readonly #pool: TaskPool;
  readonly #options: RunTasksOptions;
  readonly #stop: AbortSignal;
  readonly #statuses: readonly ClaimableStatus[];
  /** Where a task would come back with the status it had: those that are still to be done once. */
  readonly #once: Set<string> | undefined;
  /** How many tasks there were to do at the beginning. */
  readonly expected: number;

  static async of(pool: TaskPool, options: RunTasksOptions, stop: AbortSignal): Promise<NextClaims> {
    const statuses = statusList(options);
    const tasks = await pool.list({ ...options.filter, status: statuses });
    return new NextClaims(
      pool,
      options,
      stop,
      tasks.map(({ id }) => id),
    );
  }

  private constructor(pool: TaskPool, options: RunTasksOptions, stop: AbortSignal, ids: readonly string[]) {
    [this.#pool, this.#options, this.#stop] = [pool, options, stop];
    this.#statuses = statusList(options);
    this.expected = ids.length;
    if (this.#statuses.some((status) => status === options.afterStatus)) this.#once = new Set(ids);
  }

  /** Undefined when there is nothing left to do, or the work is to end. */
  async next(): Promise<TaskClaim | undefined> {
    for (;;) {
      const filter = this.#filter();
      if (this.#stop.aborted || filter === undefined) return undefined;
      for (const from of this.#statuses) {
        const claim = await this.#pool.claim({ from, filter });
        if (claim && this.#stop.aborted) return void (await claim.release());
        if (!claim) continue;
        this.#once?.delete(claim.task.id);
        return claim;
      }
      if (await this.#isEmpty(filter)) return undefined;
      await pause(LOOK_MS[this.#pool.engine], this.#stop);
    }
  }

  ended({ id, status }: TaskEnd): void {
    if (status === "again") this.#once?.add(id);
  }

  /** Those that wait for their next attempt are still to be done; those that others have may come back. */
  async #isEmpty(filter: TaskFilter): Promise<boolean> {
    const { whenEmpty = "return" } = this.#options;
    if (whenEmpty === "stay") return false;
    const stats = await this.#pool.stats(filter);
    const open = this.#statuses.some((status) => stats[status] > 0);
    return !open && (whenEmpty === "return" || stats.running === 0);
  }

  #filter(): TaskFilter | undefined {
    const { status: _not, ...filter } = this.#options.filter ?? {};
    if (!this.#once) return filter;
    return this.#once.size === 0 ? undefined : { ...filter, ids: [...this.#once] };
  }
}

function statusList({ beforeStatus = "waiting" }: RunTasksOptions): readonly ClaimableStatus[] {
  return typeof beforeStatus === "string" ? [beforeStatus] : beforeStatus;
}
