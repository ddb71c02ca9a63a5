import { refuseUnknownOptions } from "../engine/refuse-unknown-options.js";
import { InvalidArgumentError } from "../errors.js";
import type { RunTasksOptions } from "./run-tasks.js";
import type { TaskFunction, TaskModule } from "./task-function.js";

const OPTIONS: readonly (keyof RunTasksOptions)[] = [
  ...(["jobs", "filter", "beforeStatus", "afterStatus", "stopOnError", "whenEmpty", "signal"] as const),
  ...(["memoryMb", "tasksPerProcess", "onBegin", "onEnd"] as const),
];

/** Before anything is claimed. @throws InvalidArgumentError; UnknownNameError for an option that is none. */
export function checkRunTasks(work: TaskFunction | TaskModule, options: RunTasksOptions): void {
  refuseUnknownOptions("Cannot run tasks", options, OPTIONS);
  const { jobs = 1, beforeStatus = "waiting", afterStatus = "done", whenEmpty = "return" } = options;
  const { memoryMb, tasksPerProcess = 1 } = options;
  if (typeof work !== "function" && typeof (work as Partial<TaskModule> | undefined)?.module !== "string")
    refuse('what does them is neither a function nor { module: "./train.js", export: "train" }');
  for (const status of typeof beforeStatus === "string" ? [beforeStatus] : beforeStatus)
    oneOf("beforeStatus", status, ["waiting", "part_done"]);
  if (beforeStatus.length === 0) refuse("beforeStatus names none");
  oneOf("afterStatus", afterStatus, ["done", "part_done"]);
  oneOf("whenEmpty", whenEmpty, ["return", "finish", "stay"]);
  for (const [name, value] of Object.entries({ jobs, tasksPerProcess }))
    if (!Number.isInteger(value) || value < 1) refuse(`${name} is ${value}\n  expected: a whole number from 1`);
  if (memoryMb !== undefined && !(memoryMb > 0)) refuse(`memoryMb is ${memoryMb}\n  expected: megabytes`);
  if (typeof work === "function" && (jobs > 1 || memoryMb !== undefined))
    refuse(
      'a function works in this process, so jobs and memoryMb cannot be chosen\n  move it to a file beside the notebook and give { module: "./train.js", export: "train" }',
    );
}

function oneOf(name: string, value: string, known: readonly string[]): void {
  if (!known.includes(value)) refuse(`${name} is "${value}"\n  expected: ${known.join(", ")}`);
}

function refuse(reason: string): never {
  throw new InvalidArgumentError(`Cannot run tasks: ${reason}`);
}
