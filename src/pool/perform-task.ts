import { InterruptedError } from "../errors.js";
import { host } from "../host/host.js";
import { storeEnv } from "./open-task-pool.js";
import { pause } from "./pause.js";
import type { TaskClaim } from "./task-claim.js";
import { resolveModule, workFolder, type TaskFunction, type TaskModule } from "./task-function.js";
import { TaskProcess, type TaskOutcome } from "./task-process.js";

/** Does tasks, one at a time. */
export interface Performer {
  /** @throws InvalidArgumentError when what does tasks cannot be loaded: no task is to blame for that. */
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

/** A file that could be loaded before is being written just now, most likely: it is waited for, 1, 2, 4, 8, 16 seconds. */
const LONGEST_WAIT_MS = 16_000;

/** Each process does `tasksPerProcess` tasks; then another takes its place, so that memory is freed. */
export function inProcesses(work: TaskModule, { memoryMb, tasksPerProcess = 1 }: InProcessesOptions): Performer {
  const folder = workFolder();
  const module = resolveModule(work, folder);
  let process: TaskProcess | undefined;
  let [tasks, hasLoaded] = [0, false];
  const end = () => {
    process?.end();
    process = undefined;
  };
  const attempt = ({ input, task }: TaskClaim, signal: AbortSignal) => {
    if (!process?.isAlive || tasks >= tasksPerProcess) {
      end();
      process = new TaskProcess({ folder, env: storeEnv(), ...(memoryMb !== undefined && { memoryMb }) });
      tasks = 0;
    }
    tasks++;
    return process.run(module, input, task, signal);
  };
  return {
    async perform(claim, signal) {
      for (let wait = 1_000; ; wait *= 2) {
        const outcome = await attempt(claim, signal);
        if (outcome.kind !== "unloadable") {
          hasLoaded = true;
          return outcome;
        }
        end();
        if (!hasLoaded || wait > LONGEST_WAIT_MS) throw outcome.error;
        await pause(wait, signal);
        if (signal.aborted) return { kind: "stopped", log: "" };
      }
    },
    end,
  };
}
