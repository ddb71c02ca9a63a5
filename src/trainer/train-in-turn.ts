import { InterruptedError } from "../errors.js";
import { host } from "../host/host.js";
import type { Task } from "../task/task.js";
import { taskHash } from "../task/task-hash.js";
import { R } from "../tracking/r.js";
import type { Recorder } from "../tracking/recorder.js";
import type { RecorderStatus } from "../tracking/recorder-info.js";
import { plainTask } from "./plain-task.js";
import { TASK_HASH_TAG, type TaskTrainOptions } from "./task-train.js";
import { TRAIN_STATUS_TAG, type TrainOptions, type TrainOutcome } from "./trainer.js";

export interface TrainInTurn extends TrainOptions {
  readonly onError: "throw" | "collect";
  readonly trainFunc: (task: Task, options: TaskTrainOptions) => Promise<Recorder>;
  /** Statuses of runs that need no other. */
  readonly good: readonly RecorderStatus[];
  readonly tag: string;
}

/**
 * Trains one task after the other in this process. @throws what a training throws, with `onError: "throw"`;
 * InterruptedError always.
 */
export async function trainInTurn(tasks: readonly Task[], options: TrainInTurn): Promise<TrainOutcome[]> {
  const { onError, trainFunc, good, tag, rerun = "always", experimentName, recorderName } = options;
  const where = {
    ...(experimentName !== undefined && { experimentName }),
    ...(recorderName !== undefined && { recorderName }),
  };
  const known = rerun === "missing" ? await knownRuns(experimentName, good) : new Map<string, Recorder>();
  const progress = host.progress("train", tasks.length);
  const outcomes: TrainOutcome[] = [];
  try {
    for (const [index, task] of tasks.entries()) {
      await host.breathe();
      progress.update(index, `task ${index + 1} of ${tasks.length}`);
      const earlier = known.get(hashOf(task) ?? "");
      if (earlier) {
        outcomes.push({ index, status: "kept", recorder: earlier });
        continue;
      }
      try {
        const recorder = await trainFunc(task, where);
        recorder.setTags({ [TRAIN_STATUS_TAG]: tag });
        outcomes.push({ index, status: "trained", recorder });
      } catch (error) {
        if (onError === "throw" || error instanceof InterruptedError || host.signal.aborted) throw error;
        outcomes.push({ index, status: "failed", recorder: undefined, error });
      }
    }
  } finally {
    progress.end(summary(outcomes, tasks.length));
  }
  return outcomes;
}

/** The newest good run of each task hash. */
export async function knownRuns(
  experimentName: string | undefined,
  good: readonly RecorderStatus[],
): Promise<Map<string, Recorder>> {
  const known = new Map<string, Recorder>();
  const experiment = await R.getExp(experimentName === undefined ? {} : { experimentName });
  for (const run of await experiment.listRecorders()) {
    if (!good.includes(run.status)) continue;
    await host.breathe();
    const hash = (await run.listTags())[TASK_HASH_TAG];
    if (typeof hash === "string" && !known.has(hash)) known.set(hash, run);
  }
  return known;
}

/** Undefined for a task with objects that are not told apart by data. */
function hashOf(task: Task): string | undefined {
  const { task: plain, opaque } = plainTask(task);
  return opaque.length === 0 ? taskHash(plain) : undefined;
}

function summary(outcomes: readonly TrainOutcome[], total: number): string {
  const counts = (["trained", "kept", "failed"] as const).flatMap((status) => {
    const n = outcomes.filter((one) => one.status === status).length;
    return n > 0 ? [`${n} ${status}`] : [];
  });
  return `${total} ${total === 1 ? "task" : "tasks"}: ${counts.join(", ") || "none trained"}`;
}
