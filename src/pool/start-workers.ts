import { spawn } from "node:child_process";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { InvalidArgumentError } from "../errors.js";
import { checkRunTasks } from "./check-run-tasks.js";
import { placeToOpen, storeEnv, type OpenTaskPoolOptions } from "./open-task-pool.js";
import type { RunTasksOptions } from "./run-tasks.js";
import { TRAIN_TASK, workFolder, type TaskModule } from "./task-function.js";
import { TaskPool } from "./task-pool.js";
import type { WorkerOrder } from "./worker-main.js";
import { WorkerProcess } from "./worker-process.js";
import { Workers } from "./workers.js";

export interface StartWorkersOptions
  extends
    Pick<RunTasksOptions, "filter" | "beforeStatus" | "afterStatus" | "whenEmpty" | "memoryMb" | "tasksPerProcess">,
    OpenTaskPoolOptions {
  /** The pool, or its name. */
  readonly pool: TaskPool | string;
  /** What does a task, by where it stands. Default: `trainTask` of this package, which trains it. */
  readonly work?: TaskModule;
}

const PROGRAM = fileURLToPath(new URL("./worker-main.js", import.meta.url));

/**
 * Starts workers on this computer, each a process that takes one task after the other. They stay until `stop`, or until
 * the notebook's kernel or the program that started them ends, however it ends; what they were at then goes back.
 *
 * They run in the notebook's folder and record in the store in use. The value returned shows what they are doing.
 *
 *     const workers = startWorkers(2, { pool: "rolls" });
 *     await pool.wait();
 *     await workers.stop();
 *
 * @param count How many; each does one task at a time, in a process of its own.
 * @throws InvalidArgumentError for a count that is none, and for options {@link runTasks} refuses.
 */
export function startWorkers(count: number, options: StartWorkersOptions): Workers {
  const { pool, work = TRAIN_TASK, store, url, leaseMs, backoffMs, ...rest } = options;
  if (!Number.isInteger(count) || count < 1)
    throw new InvalidArgumentError(`Cannot start ${count} workers\n  expected: a whole number from 1`);
  const settings: RunTasksOptions = {
    whenEmpty: "stay",
    ...(work === TRAIN_TASK && { beforeStatus: ["part_done", "waiting"] }),
    ...rest,
  };
  checkRunTasks(work, settings);
  const order: WorkerOrder = {
    pool: typeof pool === "string" ? pool : pool.name,
    open: {
      ...(typeof pool !== "string" && placeToOpen(pool)),
      ...(store !== undefined && { store: path.resolve(store) }),
      ...(url !== undefined && { url }),
      ...(leaseMs !== undefined && { leaseMs }),
      ...(backoffMs !== undefined && { backoffMs }),
    },
    work,
    options: settings,
  };
  const start = () =>
    new WorkerProcess(
      spawn(process.execPath, [PROGRAM], {
        stdio: ["ignore", "ignore", "pipe", "ipc"],
        serialization: "advanced",
        cwd: workFolder(),
        env: { ...process.env, ...storeEnv() },
        detached: true,
        windowsHide: true,
      }),
      order,
    );
  return new Workers(order.pool, Array.from({ length: count }, start));
}
