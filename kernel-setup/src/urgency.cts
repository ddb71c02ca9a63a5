import { writeSync } from "node:fs";
import type { Urgent } from "./line.cjs";
import type { StopSignal } from "./stop-signal.cjs";

/** A main thread that has not come to an urgent request by then is stuck in a cell: first Node may stop it, then the cell's own loops. */
const SIGNAL_AFTER_MS = 100;
const STOP_LOOPS_AFTER_MS = 300;
/** A kernel that shall end, and is stuck where nothing stops it, is killed. */
const KILL_AFTER_MS = 700;
const LOOK_AGAIN_MS = 20;

const later = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));

/**
 * Sees to it, from another thread, that the main thread comes to an urgent request, which was or will be handed to it.
 * @param beforeKill Called when there is no way but to kill the process.
 */
export async function press(signal: StopSignal, { mayKill }: Urgent, beforeKill?: () => Promise<void>): Promise<void> {
  const number = signal.ask();
  await later(SIGNAL_AFTER_MS);
  while (signal.isWorking()) await later(LOOK_AGAIN_MS);
  // The main thread may just have come out of it.
  await later(LOOK_AGAIN_MS);
  if (signal.isSeen(number)) return;
  // On Windows that would end the process.
  if (process.platform !== "win32") {
    signal.raise();
    process.kill(process.pid, "SIGINT");
  }
  await later(STOP_LOOPS_AFTER_MS - SIGNAL_AFTER_MS);
  if (signal.isSeen(number)) return;
  signal.stopLoops();
  if (!mayKill) return;
  await later(KILL_AFTER_MS - STOP_LOOPS_AFTER_MS);
  while (signal.isWorking()) await later(LOOK_AGAIN_MS);
  if (signal.isSeen(number)) return;
  // Past the streams of the main thread.
  writeSync(
    2,
    "Kernel: killed by a shutdown request: a cell ran without a pause, in code of a library that nothing can stop\n" +
      "  what it had not written to disk is lost, and no shutdown hook ran\n",
  );
  await beforeKill?.();
  process.kill(process.pid, "SIGKILL");
}
