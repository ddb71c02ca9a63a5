import { host, type Shutdown } from "../host/host.js";
import type { EndReason } from "./attempt.js";
import type { Recorder } from "./recorder.js";
import type { EndStatus } from "./recorder-info.js";

/** How a run ends that is still going when the process does. */
export function endBy({ failed, reason, error }: Shutdown, noted: unknown): [EndStatus, EndReason] {
  if (error !== undefined) return ["FAILED", { error }];
  if (failed) return ["FAILED", { reason: reason === "SIGINT" ? "interrupted" : reason, error: noted }];
  return noted === undefined ? ["FINISHED", {}] : ["FAILED", { error: noted }];
}

/** Ends the run that a cell started when it was run before, and says so. */
export async function endBefore(recorder: Recorder | undefined): Promise<void> {
  if (!recorder) return;
  const error = recorder.notedError;
  await recorder.endRun(error === undefined ? "FINISHED" : "FAILED", { error });
  host.notice(`Run "${recorder.name}" that this cell started before is ended: ${recorder.status} (${recorder.id})`);
}

/** Ends a run whose body threw; a second error does not hide the first. */
export async function endQuietly(recorder: Recorder, end: EndReason): Promise<void> {
  try {
    if (recorder.status === "RUNNING") await recorder.endRun("FAILED", end);
  } catch (error) {
    if (end.error instanceof Error && end.error.cause === undefined) end.error.cause = error;
  }
}
