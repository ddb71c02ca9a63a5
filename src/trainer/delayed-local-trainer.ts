import { host } from "../host/host.js";
import type { Task } from "../task/task.js";
import type { Recorder } from "../tracking/recorder.js";
import { beginTaskTrain, endTaskTrain, type TaskTrainOptions } from "./task-train.js";
import { asList, TRAIN_BEGUN, TRAIN_ENDED, TRAIN_OPTIONS, TRAIN_STATUS_TAG } from "./trainer.js";
import type { Trainer, TrainerOptions, TrainOptions, TrainOutcome } from "./trainer.js";
import { trainInTurn } from "./train-in-turn.js";
import { refuseUnknownOptions } from "../engine/refuse-unknown-options.js";

export interface DelayedLocalTrainerOptions extends TrainerOptions {
  /** Plans one task. Default {@link beginTaskTrain}. */
  readonly trainFunc?: (task: Task, options: TaskTrainOptions) => Promise<Recorder>;
  /** Trains what was planned. Default {@link endTaskTrain}. */
  readonly endTrainFunc?: (recorder: Recorder) => Promise<Recorder>;
}

/**
 * Plans all tasks first, as runs that wait (`SCHEDULED`), and trains them when `endTrain` is called; runs that were
 * trained already are
 * skipped, so it may be called again after an interrupt.
 *
 * In Qlib: qlib.model.trainer.DelayTrainerR
 *
 * @example
 * new DelayedLocalTrainer().isDelay() // -> true
 */
export class DelayedLocalTrainer implements Trainer {
  readonly #options: DelayedLocalTrainerOptions;

  constructor(options: DelayedLocalTrainerOptions = {}) {
    refuseUnknownOptions("Cannot make a DelayedLocalTrainer", options, [...TRAIN_OPTIONS, "trainFunc", "endTrainFunc"]);
    this.#options = options;
  }

  async train(tasks: Task | readonly Task[], options: TrainOptions = {}): Promise<Recorder[]> {
    return (await this.#plan(tasks, options, "throw")).map(({ recorder }) => recorder!);
  }

  settle(tasks: Task | readonly Task[], options: TrainOptions = {}): Promise<TrainOutcome[]> {
    return this.#plan(tasks, options, "collect");
  }

  /** The runs as they are when trained, in the order given. The first failure ends it. */
  async endTrain(recorders: Recorder | readonly Recorder[]): Promise<Recorder[]> {
    const { endTrainFunc = endTaskTrain } = this.#options;
    const list = asList(recorders);
    const progress = host.progress("train", list.length);
    const ended: Recorder[] = [];
    try {
      for (const recorder of list) {
        await host.breathe();
        progress.update(ended.length, recorder.name);
        const done = (await recorder.listTags())[TRAIN_STATUS_TAG] === TRAIN_ENDED;
        const trained = done ? recorder : await endTrainFunc(recorder);
        trained.setTags({ [TRAIN_STATUS_TAG]: TRAIN_ENDED });
        ended.push(trained);
      }
    } finally {
      progress.end(`${ended.length} of ${list.length} planned tasks trained`);
    }
    return ended;
  }

  isDelay(): boolean {
    return true;
  }

  hasWorker(): boolean {
    return false;
  }

  #plan(tasks: Task | readonly Task[], options: TrainOptions, onError: "throw" | "collect"): Promise<TrainOutcome[]> {
    const { trainFunc = beginTaskTrain, endTrainFunc: _later, ...own } = this.#options;
    refuseUnknownOptions("Cannot train", options, TRAIN_OPTIONS);
    return trainInTurn(asList(tasks), {
      ...own,
      ...options,
      ...{ onError, trainFunc, good: ["FINISHED", "SCHEDULED"], tag: TRAIN_BEGUN },
    });
  }
}
