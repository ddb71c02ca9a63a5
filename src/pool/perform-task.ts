import { InterruptedError } from "../errors.js";
import { host } from "../host/host.js";
import { storeEnv } from "./open-task-pool.js";
import type { TaskClaim } from "./task-claim.js";
import { resolveModule, workFolder, type TaskFunction, type TaskModule } from "./task-function.js";
import { TaskProcess, type TaskOutcome } from "./task-process.js";

/** Does tasks, one at a time. */
export interface Performer {
  perform(claim: TaskClaim, signal: AbortSignal): Promise<TaskOutcome>;
  end(): void;
}

export function inThisProcess(work: TaskFunction): Performer {
  return {
    async perform({ input, task }, signal) {
      try {
        await host.breathe();
        return { kind: "done", result: await work(input as never, { task, signal }), log: "" };
      } catch (error) {
        if (error instanceof InterruptedError && signal.aborted) return { kind: "stopped", log: "" };
        return { kind: "failed", error: error instanceof Error ? error : new Error(String(error)), log: "" };
      }
    },
    end() {},
  };
}

export interface InProcessesOptions {
  readonly memoryMb?: number;
  readonly tasksPerProcess?: number;
}

/** Each process does `tasksPerProcess` tasks; then another takes its place, so that memory is freed. */
export function inProcesses(work: TaskModule, { memoryMb, tasksPerProcess = 1 }: InProcessesOptions): Performer {
  const folder = workFolder();
  const module = resolveModule(work, folder);
  let process: TaskProcess | undefined;
  let tasks = 0;
  const end = () => {
    process?.end();
    process = undefined;
  };
  return {
    async perform({ input, task }, signal) {
      if (!process?.isAlive || tasks >= tasksPerProcess) {
        end();
        process = new TaskProcess({ folder, env: storeEnv(), ...(memoryMb !== undefined && { memoryMb }) });
        tasks = 0;
      }
      tasks++;
      return process.run(module, input, task, signal);
    },
    end,
  };
}
