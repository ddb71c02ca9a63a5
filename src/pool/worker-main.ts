import { InterruptedError } from "../errors.js";
import { host } from "../host/host.js";
import { openTaskPool, type OpenTaskPoolOptions } from "./open-task-pool.js";
import { runTasks, type RunTasksOptions, type TaskEnd } from "./run-tasks.js";
import type { TaskModule } from "./task-function.js";
import type { TaskPool } from "./task-pool.js";

/** What a worker's process is told first; `"stop"` may follow. */
export interface WorkerOrder {
  readonly pool: string;
  readonly open: OpenTaskPoolOptions;
  readonly work: TaskModule;
  readonly options: RunTasksOptions;
}
/** What it tells. */
export type WorkerNews =
  | { readonly kind: "ready" }
  | { readonly kind: "begin"; readonly id: string }
  | { readonly kind: "end"; readonly end: Omit<TaskEnd, "error">; readonly error?: string }
  | { readonly kind: "failed"; readonly message: string };

const tell = (news: WorkerNews) => process.connected && process.send?.(news);
const textOf = (error: unknown) => (error instanceof Error ? `${error.name}: ${error.message}` : String(error));

async function serve({ pool: name, open, work, options }: WorkerOrder): Promise<void> {
  const alone = new AbortController();
  // It still tells how its task ended; when the channel is gone, nobody is there to be told.
  for (const news of ["message", "disconnect"]) process.once(news, () => alone.abort());
  const leave = host.holdSignals();
  let pool: TaskPool | undefined;
  try {
    pool = openTaskPool(name, open);
    tell({ kind: "ready" });
    await runTasks(pool, work, {
      ...options,
      signal: alone.signal,
      onBegin: (id) => tell({ kind: "begin", id }),
      onEnd: ({ error, ...end }) => tell({ kind: "end", end, ...(error !== undefined && { error: textOf(error) }) }),
    });
  } catch (error) {
    if (!(error instanceof InterruptedError)) {
      tell({ kind: "failed", message: error instanceof Error ? error.message : String(error) });
      process.exitCode = 1;
    }
  } finally {
    leave();
    await pool?.close();
    if (process.connected) process.disconnect();
  }
}

if (process.send && process.argv[1]?.endsWith("worker-main.js"))
  process.once("message", (order: WorkerOrder) => void serve(order));
