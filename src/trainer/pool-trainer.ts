import { runTasks, type RunTasksOptions, type RunTasksReport } from "../pool/run-tasks.js";
import type { TaskModule } from "../pool/task-function.js";
import type { TaskPool } from "../pool/task-pool.js";
import type { Task } from "../task/task.js";
import type { Recorder } from "../tracking/recorder.js";
import { poolWork, withPool } from "./pool-of-trainer.js";
import { allTrained, trainByPool } from "./train-by-pool.js";
import { asList, TRAIN_ENDED, TRAIN_OPTIONS, TRAIN_STATUS_TAG } from "./trainer.js";
import type { Trainer, TrainerOptions, TrainOptions, TrainOutcome } from "./trainer.js";
import { refuseUnknownOptions } from "../engine/refuse-unknown-options.js";

export interface PoolTrainerOptions extends TrainerOptions {
  /** The pool, or its name. Default: named after the experiment. */
  readonly pool?: TaskPool | string;
  /** This process only gives the tasks to the pool and waits; workers train. Default false. */
  readonly skipRunTask?: boolean;
  /** Trainings at the same time, each in a process of its own. Default: one after the other, in this process. */
  readonly jobs?: number;
  /** Megabytes that a training's process may take; see `RunTasksOptions`. */
  readonly memoryMb?: number;
  /** What trains a task and gives `{ experimentId, recorderId }`. Default `trainTask`. */
  readonly trainFunc?: TaskModule;
  /** Whole number; larger is sooner. Default 0. */
  readonly priority?: number;
  /** How often a task that fails is tried. Default 3. */
  readonly maxAttempts?: number;
  /**
   * `missing` (default) takes what the pool or the experiment has of a task: its run, if that is there and good. A failed
   * task is tried again. `always` trains again.
   */
  readonly rerun?: "always" | "missing";
}

const OPTIONS: readonly (keyof PoolTrainerOptions)[] = [
  ...TRAIN_OPTIONS,
  ...(["pool", "skipRunTask", "jobs", "memoryMb", "trainFunc", "priority", "maxAttempts"] as const),
];

/**
 * Trains tasks by a pool: gives them to it, has them trained in this process or by workers of any process and host, and
 * takes their runs. It may be interrupted or killed at any time: the same call goes on where it was.
 *
 * All tasks are tried, whichever fails; a task is data, so classes of one's own stand in files beside the notebook.
 *
 * In Qlib: qlib.model.trainer.TrainerRM
 *
 * @example
 * new PoolTrainer({ experimentName: "rolls", skipRunTask: true }).hasWorker() // -> true
 */
export class PoolTrainer implements Trainer {
  readonly #options: PoolTrainerOptions;

  constructor(options: PoolTrainerOptions = {}) {
    refuseUnknownOptions("Cannot make a PoolTrainer", options, OPTIONS);
    this.#options = options;
  }

  /** One run a task, in the tasks' order. @throws TasksFailedError once all have ended, when some have failed. */
  train(tasks: Task | readonly Task[], options: TrainOptions = {}): Promise<Recorder[]> {
    return this.#train(tasks, options, allTrained);
  }

  settle(tasks: Task | readonly Task[], options: TrainOptions = {}): Promise<TrainOutcome[]> {
    return this.#train(tasks, options, (_, outcomes) => outcomes);
  }

  /** Nothing is left to do: marks the runs as ended. */
  async endTrain(recorders: Recorder | readonly Recorder[]): Promise<Recorder[]> {
    const list = [...asList(recorders)];
    for (const recorder of list) recorder.setTags({ [TRAIN_STATUS_TAG]: TRAIN_ENDED });
    return list;
  }

  isDelay(): boolean {
    return false;
  }

  hasWorker(): boolean {
    return true;
  }

  /** Trains whatever the pool has, until nothing is left; see `whenEmpty` for staying longer. */
  worker(options: RunTasksOptions = {}): Promise<RunTasksReport> {
    return withPool(this.#options, (pool) => {
      const [work, usual] = poolWork(this.#options);
      return runTasks(pool, work, { whenEmpty: "finish", ...usual, ...options });
    });
  }

  #train<T>(
    tasks: Task | readonly Task[],
    call: TrainOptions,
    give: (pool: TaskPool, outcomes: TrainOutcome[]) => T,
  ): Promise<T> {
    refuseUnknownOptions("Cannot train", call, TRAIN_OPTIONS);
    const options = { ...this.#options, ...call };
    const { experimentName = "Experiment", recorderName, rerun = "missing", skipRunTask = false } = options;
    const { priority = 0, maxAttempts = 3 } = options;
    return withPool(options, async (pool) => {
      const [work, usual] = poolWork(options);
      const run = (ids: readonly string[]) => runTasks(pool, work, { ...usual, filter: { ids }, whenEmpty: "finish" });
      const outcomes = await trainByPool(asList(tasks), {
        ...{ pool, experimentName, recorderName, rerun, priority, maxAttempts },
        until: "done",
        run: skipRunTask ? undefined : run,
      });
      return give(pool, outcomes);
    });
  }
}
