import type { RunStatus } from "../store/events.js";
import { InvalidArgumentError } from "../errors.js";

/** `SCHEDULED` (prepared, not started), `RUNNING`, `FINISHED`, `FAILED`. */
export type RecorderStatus = RunStatus;

/**
 * The statuses by name; the texts themselves are taken as well.
 *
 * In Qlib: Recorder.STATUS_S, STATUS_R, STATUS_FI, STATUS_FA
 *
 * @example
 * RecorderStatus.Finished // -> FINISHED
 */
export const RecorderStatus = {
  Scheduled: "SCHEDULED",
  Running: "RUNNING",
  Finished: "FINISHED",
  Failed: "FAILED",
} as const satisfies Record<string, RecorderStatus>;

/** How a run may end. `SCHEDULED` says that it was prepared only, and has to be asked for. */
export type EndStatus = Exclude<RecorderStatus, "RUNNING">;

/** The name of a recorder that was given none. */
export const DEFAULT_RECORDER_NAME = "default_recorder";

/** The name of the experiment that is used when none is given. */
export const DEFAULT_EXPERIMENT_NAME = "Experiment";

/** What a recorder says about itself; plain data. */
export interface RecorderInfo {
  readonly id: string;
  readonly name: string;
  readonly experimentId: string;
  readonly experimentName: string;
  readonly status: RecorderStatus;
  /** Why it ended so: `exception`, `interrupted`, `orphaned`, `SIGTERM`, `exit 1` …; undefined after a plain end. */
  readonly reason: string | undefined;
  /** Of the first attempt; undefined while `SCHEDULED`. */
  readonly startTime: Date | undefined;
  /** Of the last attempt; undefined while it runs. */
  readonly endTime: Date | undefined;
  /** How often it was started: 1, and one more for each resume. */
  readonly attempts: number;
}

const END_STATUSES: readonly string[] = ["FINISHED", "FAILED", "SCHEDULED"] satisfies EndStatus[];

/**
 * A status a run may end with.
 *
 * @throws InvalidArgumentError for any other, `RUNNING` included.
 * @example
 * checkEndStatus("FAILED") // -> FAILED
 */
export function checkEndStatus(status: unknown): EndStatus {
  if (END_STATUSES.includes(status as string)) return status as EndStatus;
  throw new InvalidArgumentError(
    `Cannot end a run: status "${String(status)}" is not one a run can end with\n  expected: ${END_STATUSES.join(", ")}`,
  );
}
