import type { Task } from "../task/task.js";
import type { Recorder } from "../tracking/recorder.js";

export interface TrainerOptions {
  /** Where runs are kept when a call does not say. Default `Experiment`. */
  readonly experimentName?: string;
  /** Name of the runs. Default `default_recorder`. */
  readonly recorderName?: string;
  /**
   * A task that the experiment has a good run of, found by its hash: `always` trains it again (default, as Qlib does),
   * `missing`
   * takes that run.
   */
  readonly rerun?: "always" | "missing";
}

/** What a call may say otherwise than the trainer. */
export type TrainOptions = TrainerOptions;

export const TRAIN_OPTIONS: readonly (keyof TrainOptions)[] = ["experimentName", "recorderName", "rerun"];

/** What became of one task. */
export interface TrainOutcome {
  /** Place of the task in what was given, from 0. */
  readonly index: number;
  /** `kept`: an earlier run of the same task was taken. */
  readonly status: "trained" | "kept" | "failed";
  /** Undefined when it failed. */
  readonly recorder: Recorder | undefined;
  /** What a failed one threw. */
  readonly error?: unknown;
}

/**
 * Makes runs of tasks: at once, or first planned and trained later.
 *
 * In Qlib: qlib.model.trainer.Trainer
 */
export interface Trainer {
  /** One run a task, in the tasks' order; one task counts as a list of one. The first failure ends it. */
  train(tasks: Task | readonly Task[], options?: TrainOptions): Promise<Recorder[]>;
  /** The same, but goes on after a failure and says what became of each task. An interrupt still ends it. */
  settle(tasks: Task | readonly Task[], options?: TrainOptions): Promise<TrainOutcome[]>;
  /** Finishes what `train` left for later; runs that are finished stay as they are. */
  endTrain(recorders: Recorder | readonly Recorder[]): Promise<Recorder[]>;
  /** Whether `train` leaves the fitting to `endTrain`. */
  isDelay(): boolean;
  /** Whether other processes may do the work. */
  hasWorker(): boolean;
}

/** The tag that tells how far a trainer has brought a run. */
export const TRAIN_STATUS_TAG = "train_status";
export const TRAIN_BEGUN = "begin_task_train";
export const TRAIN_ENDED = "end_task_train";

export function asList<T>(one: T | readonly T[]): readonly T[] {
  return Array.isArray(one) ? (one as readonly T[]) : [one as T];
}
