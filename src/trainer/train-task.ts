import { isPlainObject } from "../config/deepcopy-basic-type.js";
import { DataError } from "../errors.js";
import type { TaskContext } from "../pool/task-function.js";
import type { Task } from "../task/task.js";
import { R } from "../tracking/r.js";
import type { Recorder } from "../tracking/recorder.js";
import { keepLog } from "./keep-log.js";
import { loadOwnClasses } from "./own-classes.js";
import { beginTaskTrain, endTaskTrain, taskTrain, type TaskTrainOptions } from "./task-train.js";

/** Where the run of a task is: what a pool keeps as the task's result. */
export interface RunReference {
  readonly experimentId: string;
  readonly recorderId: string;
}

/** The tag of a run that tells its task: pool and id. */
export const POOL_TASK_TAG = "pool_task";

/** What the definition of a pool's task may have beside the task. */
interface TaskOfPool extends Task {
  /** Name of the run. */
  readonly recorderName?: string;
}

/**
 * What a pool's workers do with a task: they train it in a run of the task's experiment, or, when the training was begun
 * already, end it. What is printed meanwhile is saved with the run, as `log`.
 *
 *     alphabook worker --pool rolls                       // does this
 *     startWorkers(2, { pool: "rolls" })                  // so does this
 *     await runTasks(pool, { module: "alphabook", export: "trainTask" }, { jobs: 2 })
 *
 * Classes of the user's own are loaded from their `module_path`, seen from the working directory.
 *
 * @returns Where the run is. @throws What {@link taskTrain} throws: the run is `FAILED` then.
 */
export function trainTask(input: Task | RunReference, context: TaskContext): Promise<RunReference> {
  return keepLog((tell) => trainOrEnd(input, context, tell));
}

/** The same in this process, whose output is the user's. */
export function trainTaskHere(input: Task | RunReference, context: TaskContext): Promise<RunReference> {
  return trainOrEnd(input, context, () => {});
}

/** The first of two steps: a run that knows its task and waits. */
export async function beginTaskOfPool(input: Task, context: TaskContext): Promise<RunReference> {
  const { task, options } = partsOf(input, context);
  return referenceTo(await beginTaskTrain(task, options));
}

async function trainOrEnd(
  input: Task | RunReference,
  context: TaskContext,
  onStart: (run: Recorder) => void,
): Promise<RunReference> {
  if (isReference(input)) {
    const recorder = await runOf(input, context.task.id);
    onStart(recorder);
    await loadOwnClasses(await recorder.loadObject("task"));
    return referenceTo(await endTaskTrain(recorder));
  }
  const { task, options } = partsOf(input, context, onStart);
  await loadOwnClasses(task);
  return referenceTo(await taskTrain(task, options));
}

function partsOf(
  input: Task,
  { task: { pool, id, experiment } }: TaskContext,
  tell: (run: Recorder) => void = () => {},
): { task: Task; options: TaskTrainOptions } {
  const { recorderName, ...task } = input as TaskOfPool;
  const options = {
    onStart: (run: Recorder) => {
      run.setTags({ [POOL_TASK_TAG]: `${pool}/${id}` });
      tell(run);
    },
    ...(experiment !== "" && { experimentName: experiment }),
    ...(recorderName !== undefined && { recorderName }),
  };
  return { task, options };
}

const referenceTo = ({ experimentId, id }: Recorder): RunReference => ({ experimentId, recorderId: id });

function isReference(value: unknown): value is RunReference {
  return isPlainObject(value) && typeof value.experimentId === "string" && typeof value.recorderId === "string";
}

/** The run a task's result names. @throws DataError when it names none; RecorderNotFoundError. */
export async function runOf(result: unknown, taskId: string): Promise<Recorder> {
  if (isReference(result)) return R.getRecorder({ ...result });
  throw new DataError(
    `Cannot tell the run of task ${taskId}: its result is ${JSON.stringify(result)?.slice(0, 100)}\n  expected: { experimentId, recorderId }, as trainTask gives it`,
  );
}
