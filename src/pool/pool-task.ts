/** Where a task of a pool stands. The last three are final until somebody resets or retries it. */
export type TaskStatus = "waiting" | "running" | "part_done" | "done" | "failed" | "cancelled";

export const TASK_STATUSES: readonly TaskStatus[] = ["waiting", "running", "part_done", "done", "failed", "cancelled"];
/** Nothing more happens to a task here. */
export const FINAL_STATUSES: readonly TaskStatus[] = ["done", "failed", "cancelled"];

/** A status a worker takes tasks from: untouched ones, or those whose first step is finished. */
export type ClaimableStatus = "waiting" | "part_done";

/** How many tasks stand where; every status is there, also with 0. */
export type TaskStats = Readonly<Record<TaskStatus, number>>;

/** Why an attempt failed. */
export interface TaskFailure {
  readonly name: string;
  readonly message: string;
  readonly stack?: string;
  /** Where it was tried. */
  readonly host: string;
  /** Number of the attempt, from 1. */
  readonly attempt: number;
  /** ISO text, UTC. */
  readonly at: string;
}

/** One task of a pool, as it stood when it was read. */
export interface PoolTask {
  /** Follows from experiment and definition: the same task has the same id in every pool. 32 hexadecimal digits. */
  readonly id: string;
  readonly pool: string;
  /** "" when none was named. */
  readonly experiment: string;
  /** What is to be done, as plain JSON data. */
  readonly def: unknown;
  /** `taskHash` of the definition. */
  readonly hash: string;
  readonly status: TaskStatus;
  /** Where it was taken from, or where it would be put back: the step that is at work or comes next. */
  readonly claimedFrom: ClaimableStatus;
  /** Larger is sooner; equal ones in the order of submission. */
  readonly priority: number;
  /** Attempts begun at this step and not given back. */
  readonly attempts: number;
  readonly maxAttempts: number;
  /** After a failure it is not taken before this. */
  readonly availableAt: Date | undefined;
  /** What the last finished step gave, as plain JSON data; undefined before. */
  readonly result: unknown;
  /** The last failure; undefined once a step has succeeded. */
  readonly error: TaskFailure | undefined;
  /** `host:pid` of who has it, or had it last. */
  readonly worker: string | undefined;
  readonly createdAt: Date;
  readonly startedAt: Date | undefined;
  readonly finishedAt: Date | undefined;
}

/** Which tasks are meant; a task must fit all that is given. Nothing given: all. */
export interface TaskFilter {
  readonly ids?: readonly string[];
  readonly status?: TaskStatus | readonly TaskStatus[];
  readonly experiment?: string;
  /** Values of the definition by their path: `{ "model.class": "LGBModel", "dataset.kwargs.segments.test.0": "2020-01-02" }`. */
  readonly where?: Readonly<Record<string, unknown>>;
}

/** The statuses a filter names; `otherwise` when it names none. */
export function statusesOf(filter: TaskFilter, otherwise: readonly TaskStatus[] = TASK_STATUSES): readonly TaskStatus[] {
  const { status } = filter;
  if (status === undefined) return otherwise;
  return typeof status === "string" ? [status] : status;
}
