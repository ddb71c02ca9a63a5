import type { Recorder } from "../tracking/recorder.js";

/** What a run's own record says about leaks. */
export interface LeakStamp {
  /** Findings that a reader must see first. */
  readonly warnings: readonly string[];
  /** That it was looked for, and nothing found. */
  readonly assurances: readonly string[];
}

const UNKNOWN: LeakStamp = { warnings: [], assurances: [] };

/** The leak check that the run's artifact `dataset` holds; neither warning nor assurance without one. */
export async function leakStamp(recorder: Recorder): Promise<LeakStamp> {
  if (!(await recorder.hasArtifact("dataset"))) return UNKNOWN;
  const dataset = (await recorder.loadObject("dataset")) as {
    leakCheck?: { findings?: readonly string[]; labelHorizonDays?: number };
  } | null;
  const leakCheck = dataset?.leakCheck;
  if (!leakCheck?.findings) return UNKNOWN;
  if (leakCheck.findings.length)
    return { warnings: leakCheck.findings.map((finding) => `possible leak: ${finding}`), assurances: [] };
  return {
    warnings: [],
    assurances: [
      `Leak check: nothing found (segments against the label's ${leakCheck.labelHorizonDays} days, fit windows, repeated rows).`,
    ],
  };
}
