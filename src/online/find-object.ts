import { MissingArtifactError } from "../errors.js";
import type { Recorder } from "../tracking/recorder.js";

/** An artifact of a run, or undefined where there is none: one question to the store instead of two. */
export async function findObject(recorder: Recorder, name: string): Promise<unknown> {
  try {
    return await recorder.loadObject(name);
  } catch (error) {
    if (error instanceof MissingArtifactError) return undefined;
    throw error;
  }
}
