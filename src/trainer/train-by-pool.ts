import { RecorderNotFoundError, TasksFailedError } from "../errors.js";
import type { PoolTask } from "../pool/pool-task.js";
import type { TaskPool } from "../pool/task-pool.js";
import type { Task } from "../task/task.js";
import { taskHash } from "../task/task-hash.js";
import { R } from "../tracking/r.js";
import type { Recorder } from "../tracking/recorder.js";
import type { RecorderStatus } from "../tracking/recorder-info.js";
import { taskForPool } from "./task-for-pool.js";
import { knownRuns } from "./train-in-turn.js";
import { runOf } from "./train-task.js";
import { TRAIN_BEGUN, TRAIN_STATUS_TAG, type TrainOutcome } from "./trainer.js";

export interface TrainByPool {
  readonly pool: TaskPool;
  readonly experimentName: string;
  readonly recorderName: string | undefined;
  readonly rerun: "always" | "missing";
  readonly until: "done" | "part_done";
  readonly priority: number;
  readonly maxAttempts: number;
  /** Works on the tasks; undefined when others do. */
  readonly run: ((ids: readonly string[]) => Promise<unknown>) | undefined;
}

/**
 * Gives tasks to a pool, has them done or waits until others have done them, and finds their runs. What the pool has
 * done already stays done, as long as its run is there.
 */
export async function trainByPool(tasks: readonly Task[], options: TrainByPool): Promise<TrainOutcome[]> {
  const { pool, experimentName, recorderName, rerun, until, priority, maxAttempts } = options;
  const plain = tasks.map(taskForPool);
  if (plain.length === 0) return [];
  // Here, so that workers which begin at the same time find it.
  await R.getExp({ experimentName });
  const known = rerun === "missing" ? await knownRuns(experimentName, ["FINISHED"]) : new Map<string, Recorder>();
  const earlier = plain.map((task) => known.get(taskHash(task)));
  const missing = plain.filter((_, i) => !earlier[i]);
  const defs = missing.map((task) => (recorderName === undefined ? task : { ...task, recorderName }));
  const submitted = await pool.submit(defs, { experiment: experimentName, priority, maxAttempts });
  const ids = [...new Set(submitted.map(({ id }) => id))];
  await openAgain(
    pool,
    submitted.filter(({ isNew }) => !isNew).map(({ id }) => id),
    rerun,
  );
  const had = new Set((await finishedOf(pool, ids)).map(({ id }) => id));
  if (ids.length > 0) await options.run?.(ids);
  const ended = ids.length > 0 ? await pool.wait({ ids }, { until, allowFailed: true }) : [];
  const outcomes = new Map<string, Omit<TrainOutcome, "index">>();
  for (const task of ended) outcomes.set(task.id, await outcomeOf(task, had.has(task.id)));
  let next = 0;
  return earlier.map((recorder, index) =>
    recorder ? { index, status: "kept", recorder } : { index, ...outcomes.get(submitted[next++]!.id)! },
  );
}

const finishedOf = async (pool: TaskPool, ids: readonly string[]): Promise<PoolTask[]> =>
  ids.length === 0 ? [] : pool.list({ ids, status: ["done", "part_done"] });

/** Lets tasks that the pool has had before be done anew: failed ones, and those whose run is not there or no good. */
async function openAgain(pool: TaskPool, ids: readonly string[], rerun: "always" | "missing"): Promise<void> {
  if (ids.length === 0) return;
  if (rerun === "always") {
    await pool.reset({ ids, status: ["done", "part_done", "failed", "cancelled"] });
    return;
  }
  await pool.retry({ ids, status: ["failed", "cancelled"] });
  const lost: string[] = [];
  for (const task of await finishedOf(pool, ids)) {
    const status = await statusOfRun(task);
    // One that is part done is trained, and tried again, by the pool.
    if (status === undefined || (task.status === "done" && status !== "FINISHED")) lost.push(task.id);
  }
  if (lost.length > 0) await pool.reset({ ids: lost, status: ["done", "part_done"] });
}

/** Undefined for a run that is deleted or in no store we know. */
async function statusOfRun({ result, id }: PoolTask): Promise<RecorderStatus | undefined> {
  try {
    const run = await runOf(result, id);
    return run.deletedAt ? undefined : run.status;
  } catch (error) {
    if (error instanceof RecorderNotFoundError) return undefined;
    throw error;
  }
}

async function outcomeOf(task: PoolTask, wasThere: boolean): Promise<Omit<TrainOutcome, "index">> {
  const { id, pool, status, error } = task;
  if (status === "failed" || status === "cancelled") {
    const why = error ? `${error.name}: ${error.message}` : "it was cancelled";
    return { status: "failed", recorder: undefined, error: new TasksFailedError(`Task ${id}: ${why}`, [id]) };
  }
  try {
    const recorder = await runOf(task.result, id);
    recorder.setTags({ [TRAIN_STATUS_TAG]: TRAIN_BEGUN });
    return { status: wasThere ? "kept" : "trained", recorder };
  } catch (cause) {
    if (!(cause instanceof RecorderNotFoundError)) throw cause;
    throw new RecorderNotFoundError(
      `Cannot find the run of task ${id} of pool "${pool}" in ${R.getUri()}\n  its worker recorded it in another store: start workers with this one`,
      { cause },
    );
  }
}

/** The runs of all tasks. @throws TasksFailedError naming those that have none. */
export function allTrained(pool: TaskPool, outcomes: readonly TrainOutcome[]): Recorder[] {
  const failed = outcomes.filter(({ recorder }) => recorder === undefined);
  if (failed.length === 0) return outcomes.map(({ recorder }) => recorder!);
  const errors = failed.map(({ error }) => error as TasksFailedError);
  const shown = errors.slice(0, 5).map(({ message }) => `  ${message.split("\n")[0]}`);
  if (errors.length > shown.length) shown.push(`  … and ${errors.length - shown.length} more`);
  throw new TasksFailedError(
    `${failed.length} of ${outcomes.length} trainings by pool "${pool.name}" have not succeeded\n${shown.join("\n")}\n  look: alphabook task show <id> --pool ${pool.name}; the others are kept, a second call trains what is missing`,
    errors.flatMap(({ ids }) => ids),
  );
}
