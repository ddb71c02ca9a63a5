import os from "node:os";
import type { ComponentConfig } from "../config/component-config.js";
import { fillPlaceholder } from "../config/fill-placeholder.js";
import { flattenDict } from "../config/flatten-dict.js";
import { initInstanceByConfig } from "../config/init-instance-by-config.js";
import type { DatasetH } from "../dataset/dataset-h.js";
import { refuseUnknownOptions } from "../engine/refuse-unknown-options.js";
import { ConfigError, InvalidArgumentError } from "../errors.js";
import { host } from "../host/host.js";
import type { Model, Reweighter } from "../model/model.js";
import type { RecordTemp } from "../record-template/record-temp.js";
import type { Task } from "../task/task.js";
import { taskHash } from "../task/task-hash.js";
import { R } from "../tracking/r.js";
import type { Recorder } from "../tracking/recorder.js";
import { plainTask } from "./plain-task.js";

/** Where a task's run is kept. */
export interface TaskTrainOptions {
  /** Default `Experiment`. */
  readonly experimentName?: string;
  /** Default `default_recorder`. */
  readonly recorderName?: string;
  /** Called once the run is there, before anything of the task is done: for what is to be kept even if training fails. */
  readonly onStart?: (run: Recorder) => void | Promise<void>;
}

/** The tag by which a task's run is found again: see `taskHash`. */
export const TASK_HASH_TAG = "task_hash";

/**
 * Trains one task inside a run of its own: makes model and dataset, fits, saves the fitted model (`params`), the
 * dataset's
 * configuration (`dataset`), what its processors learnt (`handler_state`) and the task itself (`task`), then lets each record template of the task do its work, in
 * order. Metrics that a model reports while it learns are kept by round (`l2.train`, `l2.valid`).
 *
 * References such as `<dataset.kwargs.segments.train.0>` are filled in before anything is made, so that a processor's
 * fit window
 * follows a rolled segment; `<MODEL>` and `<DATASET>` stand for the objects. Templates get the run, and are offered
 * both. The run's
 * parameters are the flattened task; its tags tell host and task hash. The task given stays as it is.
 *
 * In Qlib: qlib.model.trainer.task_train
 *
 * @returns The run, `FINISHED`. @throws ConfigError, UnknownNameError for a task that names no model or an unknown
 * class; whatever
 * training throws: the run is `FAILED` then.
 */
export async function taskTrain(task: Task, options: TaskTrainOptions = {}): Promise<Recorder> {
  return R.start(runOptions(options), async (run) => {
    await options.onStart?.(run);
    await logTaskInfo(run, task);
    await executeTask(run, task);
    return run;
  });
}

/**
 * The first half of {@link taskTrain}: a run that knows its task and waits, `SCHEDULED`. {@link endTaskTrain} does the
 * rest, then or
 * in another process.
 *
 * In Qlib: qlib.model.trainer.begin_task_train, whose run ends FINISHED though nothing is trained
 *
 * @throws ConfigError when the task holds objects that cannot be made again from data.
 */
export async function beginTaskTrain(task: Task, options: TaskTrainOptions = {}): Promise<Recorder> {
  const { opaque } = plainTask(task);
  if (opaque.length > 0)
    throw new ConfigError(
      `Cannot keep a task for later: it holds objects without a configuration\n  ${opaque.join("\n  ")}\n  give { class, kwargs } instead`,
    );
  return R.start(runOptions(options), async (run) => {
    await options.onStart?.(run);
    await logTaskInfo(run, task);
    await run.endRun("SCHEDULED");
    return run;
  });
}

/**
 * The second half: goes on with a run of {@link beginTaskTrain} and trains its task.
 *
 * In Qlib: qlib.model.trainer.end_task_train
 *
 * @returns The run as it is then. @throws MissingArtifactError for a run without a task; whatever training throws.
 */
export function endTaskTrain(recorder: Recorder): Promise<Recorder> {
  const { id: recorderId, experimentId } = recorder;
  return R.start({ experimentId, recorderId, resume: true }, async (run) => {
    await executeTask(run, (await run.loadObject("task")) as Task);
    return run;
  });
}

function runOptions(options: TaskTrainOptions): Omit<TaskTrainOptions, "onStart"> {
  refuseUnknownOptions("Cannot train a task", options, ["experimentName", "recorderName", "onStart"]);
  const { experimentName, recorderName } = options;
  return {
    ...(experimentName !== undefined && { experimentName }),
    ...(recorderName !== undefined && { recorderName }),
  };
}

async function logTaskInfo(run: Recorder, task: Task): Promise<void> {
  const { task: plain, opaque } = plainTask(task);
  run.logParams(flattenDict(plain));
  run.setTags({ hostname: os.hostname(), ...(opaque.length === 0 && { [TASK_HASH_TAG]: taskHash(plain) }) });
  await run.saveObjects({ task: plain });
}

async function executeTask(run: Recorder, task: Task): Promise<void> {
  if (task.model === undefined)
    throw new ConfigError(
      'Cannot train a task: it has no model\n  e.g. { model: { class: "LinearModel" }, dataset: … }',
    );
  const filled = fillPlaceholder(task, {});
  const model = initInstanceByConfig<Model>(filled.model as Model | ComponentConfig, { what: "model" });
  const dataset = initInstanceByConfig<DatasetH>(filled.dataset as ComponentConfig, { what: "dataset" });
  const given = filled.reweighter as Reweighter | ComponentConfig | undefined;
  await host.breathe();
  const reweighter = given == null ? undefined : initInstanceByConfig<Reweighter>(given, { what: "reweighter" });
  await model.fit(dataset, {
    ...(reweighter && { reweighter }),
    onRound: ({ round, metrics }) => run.logMetrics(metrics, { step: round }),
  });
  await run.saveObjects({ params: model, dataset: dataset.config() });
  // What processors learnt goes with the model: rows that come later are scaled as these were.
  if (dataset.handler?.fitWindows?.length) await run.saveObjects({ handler_state: await dataset.handler.fitted() });
  const { record = [] } = fillPlaceholder(task, { "<MODEL>": model, "<DATASET>": dataset });
  for (const config of Array.isArray(record) ? (record as readonly ComponentConfig[]) : [record as ComponentConfig]) {
    await host.breathe();
    await makeRecord(config, { recorder: run, model, dataset }).generate();
  }
}

/** A record template of its configuration or its name. */
export function makeRecord(config: ComponentConfig | string, context: Readonly<Record<string, unknown>>): RecordTemp {
  const made = initInstanceByConfig<RecordTemp>(config, { what: "record template", context });
  if (typeof (made as Partial<RecordTemp>).generate === "function") return made;
  throw new InvalidArgumentError(`Cannot record with ${made.constructor.name}: it has no method generate`);
}
