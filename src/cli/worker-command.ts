import { InvalidArgumentError, type Command } from "commander";
import path from "node:path";
import type { RunTasksOptions, TaskEnd } from "../pool/run-tasks.js";
import { example } from "./command.js";
import { storeCommand, type StoreOptions } from "./store-option.js";

interface WorkerOptions extends StoreOptions {
  readonly pool: string;
  readonly jobs: number;
  readonly module?: string;
  readonly export?: string;
  readonly experiment?: string;
  readonly memory?: number;
  readonly drain?: true;
}

/** `worker`: does a pool's tasks until it is told to end. */
export function addWorkerCommand(program: Command): void {
  const worker = storeCommand(program, "worker", "Do the tasks of a pool, until Ctrl-C or SIGTERM gives them back.")
    .requiredOption("--pool <name>", "the pool")
    .option("--jobs <n>", "tasks at the same time, each in a process of its own", wholeNumber, 1)
    .option("--module <file>", "a file or package with the function that does a task; default: the task is trained")
    .option("--export <name>", "the name the function is exported under; default: default")
    .option("--experiment <name>", "only tasks of this experiment")
    .option("--memory <megabytes>", "a task that takes more has failed", wholeNumber)
    .option("--drain", "end when no task is left, instead of staying for new ones");
  example(worker, "alphabook worker --pool rolls --jobs 4").action(work);
}

async function work(options: WorkerOptions): Promise<void> {
  // Tasks' processes record there, too.
  if (options.store !== undefined) process.env.ALPHABOOK_STORE = path.resolve(options.store);
  const { openTaskPool } = await import("../pool/open-task-pool.js");
  const { runTasks } = await import("../pool/run-tasks.js");
  const { TRAIN_TASK } = await import("../pool/task-function.js");
  const { InterruptedError } = await import("../errors.js");
  const { jobs, module, experiment, memory, drain } = options;
  const begun = { done: 0, failed: 0 };
  const settings: RunTasksOptions = {
    jobs,
    whenEmpty: drain ? "finish" : "stay",
    ...(module === undefined && { beforeStatus: ["part_done", "waiting"] }),
    ...(experiment !== undefined && { filter: { experiment } }),
    ...(memory !== undefined && { memoryMb: memory }),
    onBegin: (id) => say(options, { event: "begin", id }, `begin  ${id}`),
    onEnd: (end) => {
      if (end.status === "done" || end.status === "part_done") begun.done++;
      if (end.status === "failed") begun.failed++;
      say(options, { event: "end", ...end, error: firstLine(end.error) }, lineOf(end));
    },
  };
  const given = module === undefined ? TRAIN_TASK : { module, export: options.export ?? "default" };
  const pool = openTaskPool(options.pool);
  const { name, engine, place } = pool;
  say(options, { event: "start", pool: name, engine, place, jobs, pid: process.pid }, `${pool}, ${jobs} at a time`);
  try {
    await runTasks(pool, given, settings);
  } catch (error) {
    if (!(error instanceof InterruptedError)) throw error;
  } finally {
    await pool.close();
  }
  say(options, { event: "stop", ...begun }, `end    ${begun.done} done, ${begun.failed} failed for good`);
}

function say({ json }: StoreOptions, facts: Readonly<Record<string, unknown>>, text: string): void {
  const time = new Date().toISOString();
  process.stdout.write(json ? `${JSON.stringify({ time, ...facts })}\n` : `${time.slice(11, 19)} ${text}\n`);
}

const firstLine = (error: unknown) =>
  error === undefined
    ? undefined
    : String(error instanceof Error ? `${error.name}: ${error.message}` : error).split("\n")[0];

function lineOf({ id, status, seconds, error }: TaskEnd): string {
  const told = {
    done: "done  ",
    part_done: "part  ",
    again: "again ",
    failed: "failed",
    lost: "lost  ",
    released: "back  ",
  };
  return [`${told[status]} ${id} ${seconds.toFixed(1)} s`, firstLine(error)].filter(Boolean).join("  ");
}

function wholeNumber(text: string): number {
  if (/^[1-9]\d*$/.test(text)) return Number(text);
  throw new InvalidArgumentError("a whole number from 1 is expected");
}
