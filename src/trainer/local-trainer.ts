import type { Task } from "../task/task.js";
import type { Recorder } from "../tracking/recorder.js";
import { taskTrain, type TaskTrainOptions } from "./task-train.js";
import { asList, TRAIN_BEGUN, TRAIN_ENDED, TRAIN_OPTIONS, TRAIN_STATUS_TAG } from "./trainer.js";
import type { Trainer, TrainerOptions, TrainOptions, TrainOutcome } from "./trainer.js";
import { trainInTurn } from "./train-in-turn.js";
import { refuseUnknownOptions } from "../engine/refuse-unknown-options.js";

export interface LocalTrainerOptions extends TrainerOptions {
  /** Trains one task. Default {@link taskTrain}. */
  readonly trainFunc?: (task: Task, options: TaskTrainOptions) => Promise<Recorder>;
}

/**
 * Trains tasks in this process, one after the other, each in a run of its own.
 *
 * A bar shows how far it is, an interrupt stops it; the runs finished by then are kept, and `rerun: "missing"` goes on
 * from there.
 * Runs carry the tag `train_status`.
 *
 * In Qlib: qlib.model.trainer.TrainerR
 *
 * @example
 * new LocalTrainer({ experimentName: "rolls" }).isDelay() // -> false
 */
export class LocalTrainer implements Trainer {
  readonly #options: LocalTrainerOptions;

  constructor(options: LocalTrainerOptions = {}) {
    refuseUnknownOptions("Cannot make a LocalTrainer", options, [...TRAIN_OPTIONS, "trainFunc"]);
    this.#options = options;
  }

  async train(tasks: Task | readonly Task[], options: TrainOptions = {}): Promise<Recorder[]> {
    return (await this.#run(tasks, options, "throw")).map(({ recorder }) => recorder!);
  }

  settle(tasks: Task | readonly Task[], options: TrainOptions = {}): Promise<TrainOutcome[]> {
    return this.#run(tasks, options, "collect");
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
    return false;
  }

  #run(tasks: Task | readonly Task[], options: TrainOptions, onError: "throw" | "collect"): Promise<TrainOutcome[]> {
    const { trainFunc = taskTrain, ...own } = this.#options;
    refuseUnknownOptions("Cannot train", options, TRAIN_OPTIONS);
    return trainInTurn(asList(tasks), {
      ...own,
      ...options,
      ...{ onError, trainFunc, good: ["FINISHED"], tag: TRAIN_BEGUN },
    });
  }
}
