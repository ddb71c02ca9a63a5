import { spawn, type ChildProcess } from "node:child_process";
import type { Readable } from "node:stream";
import { fileURLToPath } from "node:url";
import { InvalidArgumentError } from "../errors.js";
import type { PoolTask } from "./pool-task.js";
import type { ResolvedModule } from "./task-function.js";
import { TaskOutput } from "./task-output.js";
import type { TaskAnswer, TaskRequest } from "./task-process-main.js";
import { MEMORY_PIPE } from "./task-watch.js";

/** What became of an attempt. */
export type TaskOutcome =
  | { readonly kind: "done"; readonly result: unknown; readonly log: string }
  | { readonly kind: "failed"; readonly error: Error; readonly log: string }
  /** It was told to stop before it was finished. */
  | { readonly kind: "stopped"; readonly log: string };

export type ProcessOutcome = TaskOutcome | { readonly kind: "unloadable"; readonly error: InvalidArgumentError };

export interface TaskProcessOptions {
  /** The process is ended when it takes more memory. */
  readonly memoryMb?: number;
  /** Its working directory. */
  readonly folder: string;
  readonly env?: Readonly<Record<string, string>>;
}

const PROGRAM = fileURLToPath(new URL("./task-process-main.js", import.meta.url));
/** Between the request to stop and the end by force. */
const GRACE_MS = 5_000;

/** A process that does tasks, one after the other. */
export class TaskProcess {
  readonly #child: ChildProcess;
  readonly #output: TaskOutput;
  readonly #memoryMb: number | undefined;
  #tookMb = "";
  #exit: string | undefined;

  constructor({ memoryMb, folder, env = {} }: TaskProcessOptions) {
    this.#memoryMb = memoryMb;
    const limit = memoryMb === undefined ? [] : [`--max-old-space-size=${Math.ceil(memoryMb)}`];
    // A group of its own: Ctrl-C in a terminal is for the worker, which ends its tasks in order.
    const child = spawn(process.execPath, [...limit, PROGRAM, String(memoryMb ?? "")], {
      stdio: ["ignore", "pipe", "pipe", "ipc", "pipe"],
      serialization: "advanced",
      cwd: folder,
      env: { ...process.env, ...env },
      detached: true,
      windowsHide: true,
    });
    this.#child = child;
    this.#output = new TaskOutput([child.stdout!, child.stderr!]);
    (child.stdio[MEMORY_PIPE] as Readable).on("data", (part: Buffer) => (this.#tookMb += part.toString()));
    child.on("error", (error) => (this.#exit ??= error.message));
    child.on("exit", (code, signal) => (this.#exit ??= signal ?? `exit code ${code}`));
  }

  get isAlive(): boolean {
    return this.#exit === undefined;
  }

  get pid(): number | undefined {
    return this.#child.pid;
  }

  async run(module: ResolvedModule, input: unknown, task: PoolTask, signal: AbortSignal): Promise<ProcessOutcome> {
    this.#output.begin();
    const stop = () => {
      this.#child.kill("SIGTERM");
      force = setTimeout(() => this.#child.kill("SIGKILL"), GRACE_MS);
    };
    let force: NodeJS.Timeout | undefined;
    if (signal.aborted) stop();
    else signal.addEventListener("abort", stop, { once: true });
    try {
      const said = await this.#ask({ module, input, task });
      const log = await this.#output.end(said !== undefined);
      if (said?.kind === "done") return { kind: "done", result: JSON.parse(said.result), log };
      if (signal.aborted) return { kind: "stopped", log };
      if (said?.kind === "unloadable") return { kind: "unloadable", error: unloadable(module, said.message) };
      return { kind: "failed", error: said ? errorOf(said) : this.#death(log), log };
    } finally {
      clearTimeout(force);
      signal.removeEventListener("abort", stop);
      if (signal.aborted) this.end();
    }
  }

  /** Lets it go; by force when it does not. */
  end(): void {
    if (!this.isAlive) return;
    if (this.#child.connected) this.#child.disconnect();
    const force = setTimeout(() => this.#child.kill("SIGKILL"), GRACE_MS);
    this.#child.once("exit", () => clearTimeout(force));
  }

  /** Undefined when the process ends without an answer; its output is complete then. */
  #ask(request: TaskRequest): Promise<TaskAnswer | undefined> {
    const child = this.#child;
    return new Promise((resolve) => {
      const leave = (said?: TaskAnswer) => {
        child.off("message", leave);
        child.off("close", onEnd);
        child.off("error", onEnd);
        resolve(said);
      };
      const onEnd = () => leave();
      child.on("message", leave);
      child.on("close", onEnd);
      child.on("error", onEnd);
      if (!this.isAlive) return leave();
      // A process that dies before it is asked is heard of by its end.
      child.send(request, () => {});
    });
  }

  #death(log: string): Error {
    const limit = this.#memoryMb;
    if (limit !== undefined && this.#tookMb !== "")
      return plainError(`the task took ${this.#tookMb} MB of memory; its limit is ${limit} MB`);
    if (/JavaScript heap out of memory/.test(log))
      return plainError(
        `the task took more memory than its ${limit === undefined ? "process has" : `limit, ${limit} MB`}`,
      );
    return plainError(`the process of the task ended before it was done: ${this.#exit ?? "no answer"}`);
  }
}

/** Where in this program it was made says nothing. */
function plainError(message: string): Error {
  const error = new Error(message);
  error.name = "TaskProcessError";
  delete error.stack;
  return error;
}

function errorOf({ name, message, stack }: TaskAnswer & { kind: "failed" }): Error {
  const error = new Error(message);
  error.name = name;
  error.stack = stack ?? `${name}: ${message}`;
  return error;
}

function unloadable({ shown, export: name }: ResolvedModule, why: string): InvalidArgumentError {
  return new InvalidArgumentError(
    `Cannot run tasks with "${name}" of ${shown}: ${why}\n  a worker loads a file (JavaScript or TypeScript) or a package, and calls the function it exports under that name`,
  );
}
