import { refuseUnknownOptions } from "../engine/refuse-unknown-options.js";
import { InvalidArgumentError } from "../errors.js";
import { runTasks, type RunTasksOptions, type RunTasksReport } from "../pool/run-tasks.js";
import type { TaskPool } from "../pool/task-pool.js";
import type { Task } from "../task/task.js";
import { R } from "../tracking/r.js";
import type { Recorder } from "../tracking/recorder.js";
import { poolWork, withPool } from "./pool-of-trainer.js";
import type { PoolTrainerOptions } from "./pool-trainer.js";
import { allTrained, trainByPool } from "./train-by-pool.js";
import { beginTaskOfPool, POOL_TASK_TAG } from "./train-task.js";
import { asList, TRAIN_ENDED, TRAIN_OPTIONS, TRAIN_STATUS_TAG } from "./trainer.js";
import type { Trainer, TrainOptions, TrainOutcome } from "./trainer.js";

export interface DelayedPoolTrainerOptions extends Omit<PoolTrainerOptions, "trainFunc"> {
  /** What trains a run that waits, given as `{ experimentId, recorderId }`, and gives the same back. Default `trainTask`. */
  readonly endTrainFunc?: PoolTrainerOptions["trainFunc"];
}

const OPTIONS: readonly (keyof DelayedPoolTrainerOptions)[] = [
  ...TRAIN_OPTIONS,
  ...(["pool", "skipRunTask", "jobs", "memoryMb", "endTrainFunc", "priority", "maxAttempts"] as const),
];

/**
 * Plans all tasks at once, as runs that wait (`SCHEDULED`) and tasks of a pool that are part done; they are trained when
 * `endTrain` is called, in this process or by workers, which may begin earlier. What is trained already stays.
 *
 * In Qlib: qlib.model.trainer.DelayTrainerRM
 *
 * @example
 * new DelayedPoolTrainer({ pool: "rolls" }).isDelay() // -> true
 */
export class DelayedPoolTrainer implements Trainer {
  readonly #options: DelayedPoolTrainerOptions;

  constructor(options: DelayedPoolTrainerOptions = {}) {
    refuseUnknownOptions("Cannot make a DelayedPoolTrainer", options, OPTIONS);
    this.#options = options;
  }

  /** One run a task, in the tasks' order. */
  train(tasks: Task | readonly Task[], options: TrainOptions = {}): Promise<Recorder[]> {
    return this.#plan(tasks, options, allTrained);
  }

  settle(tasks: Task | readonly Task[], options: TrainOptions = {}): Promise<TrainOutcome[]> {
    return this.#plan(tasks, options, (_, outcomes) => outcomes);
  }

  /** The runs as they are when trained, in the order given. @throws TasksFailedError once all have ended. */
  async endTrain(recorders: Recorder | readonly Recorder[]): Promise<Recorder[]> {
    const list = asList(recorders);
    const open = new Map<string, string[]>();
    for (const recorder of list) {
      const tags = await recorder.listTags();
      if (tags[TRAIN_STATUS_TAG] === TRAIN_ENDED || recorder.status === "FINISHED") continue;
      const [pool, id] = placeOf(recorder, tags[POOL_TASK_TAG]);
      open.set(pool, [...(open.get(pool) ?? []), id]);
    }
    for (const [pool, ids] of open) await this.#end(pool, ids);
    const trained: Recorder[] = [];
    for (const { id: recorderId, experimentId } of list) {
      const recorder = await R.getRecorder({ recorderId, experimentId });
      recorder.setTags({ [TRAIN_STATUS_TAG]: TRAIN_ENDED });
      trained.push(recorder);
    }
    return trained;
  }

  isDelay(): boolean {
    return true;
  }

  hasWorker(): boolean {
    return true;
  }

  /** Trains the runs that wait, until nothing is left; see `whenEmpty` for staying longer. */
  worker(options: RunTasksOptions = {}): Promise<RunTasksReport> {
    return withPool(this.#options, (pool) => this.#run(pool, { whenEmpty: "finish", ...options }));
  }

  #run(pool: TaskPool, options: RunTasksOptions): Promise<RunTasksReport> {
    const { endTrainFunc, jobs, memoryMb } = this.#options;
    const [work, usual] = poolWork({
      ...(endTrainFunc && { trainFunc: endTrainFunc }),
      ...(jobs !== undefined && { jobs }),
      ...(memoryMb !== undefined && { memoryMb }),
    });
    return runTasks(pool, work, { beforeStatus: "part_done", ...usual, ...options });
  }

  #end(name: string, ids: readonly string[]): Promise<void> {
    const { pool: own, skipRunTask = false } = this.#options;
    const pool = typeof own === "object" && own.name === name ? own : name;
    return withPool({ pool }, async (opened) => {
      await opened.retry({ ids });
      if (!skipRunTask) await this.#run(opened, { filter: { ids }, whenEmpty: "finish" });
      await opened.wait({ ids });
    });
  }

  #plan<T>(
    tasks: Task | readonly Task[],
    call: TrainOptions,
    give: (pool: TaskPool, outcomes: TrainOutcome[]) => T,
  ): Promise<T> {
    refuseUnknownOptions("Cannot train", call, TRAIN_OPTIONS);
    const options = { ...this.#options, ...call };
    const { experimentName = "Experiment", recorderName, rerun = "missing", priority = 0, maxAttempts = 3 } = options;
    return withPool(options, async (pool) => {
      const run = (ids: readonly string[]) =>
        runTasks(pool, beginTaskOfPool, { filter: { ids }, afterStatus: "part_done", whenEmpty: "return" });
      const outcomes = await trainByPool(asList(tasks), {
        ...{ pool, experimentName, recorderName, rerun, priority, maxAttempts, run },
        until: "part_done",
      });
      return give(pool, outcomes);
    });
  }
}

function placeOf(recorder: Recorder, tag: unknown): [string, string] {
  const [pool, id] = typeof tag === "string" ? tag.split("/") : [];
  if (pool && id) return [pool, id];
  throw new InvalidArgumentError(
    `Cannot end the training of run "${recorder.name}" (${recorder.id}) by a pool: no pool has its task\n  expected: a run that DelayedPoolTrainer.train has given`,
  );
}
