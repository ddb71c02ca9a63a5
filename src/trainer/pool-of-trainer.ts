import { openTaskPool } from "../pool/open-task-pool.js";
import type { RunTasksOptions } from "../pool/run-tasks.js";
import { TRAIN_TASK, type TaskFunction, type TaskModule } from "../pool/task-function.js";
import { TaskPool } from "../pool/task-pool.js";
import type { PoolTrainerOptions } from "./pool-trainer.js";
import { trainTaskHere } from "./train-task.js";

/** Does something with a trainer's pool; one that was given stays open. */
export async function withPool<T>(
  { pool, experimentName = "Experiment" }: Pick<PoolTrainerOptions, "pool" | "experimentName">,
  use: (pool: TaskPool) => Promise<T>,
): Promise<T> {
  if (pool instanceof TaskPool) return use(pool);
  const opened = openTaskPool(pool ?? poolNameOf(experimentName));
  try {
    return await use(opened);
  } finally {
    await opened.close();
  }
}

/** Names of experiments may have what those of pools may not. */
export const poolNameOf = (experiment: string): string =>
  experiment.replace(/[^A-Za-z0-9._-]+/g, "-").replace(/^[^A-Za-z0-9]+/, "") || "Experiment";

/** What trains: a function here, or one that other processes load. */
export function poolWork(
  options: Pick<PoolTrainerOptions, "trainFunc" | "jobs" | "memoryMb">,
): [TaskFunction | TaskModule, Pick<RunTasksOptions, "jobs" | "memoryMb">] {
  const { trainFunc, jobs, memoryMb } = options;
  const usual = { ...(jobs !== undefined && { jobs }), ...(memoryMb !== undefined && { memoryMb }) };
  const isHere = trainFunc === undefined && jobs === undefined && memoryMb === undefined;
  return [isHere ? trainTaskHere : (trainFunc ?? TRAIN_TASK), usual];
}
