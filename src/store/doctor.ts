import type { EngineTable } from "../engine/columns.js";
import { examineArtifacts } from "./examine-artifacts.js";
import { examineGenerations } from "./examine-generations.js";
import { examineLogs } from "./examine-logs.js";
import { reason } from "./format.js";

/** Something in a store that is not as it should be. */
export interface DoctorFinding {
  /**
   * `orphan`: a run that says it is running and whose owner is dead. `torn-tail`: a log that ends in the middle of a
   * line, by a dead writer. `unreadable-line`: lines that are no events. `missing-artifact`: a file that is gone, or has
   * another length. `alien-artifact`: a file that no run names. `alien-file`: a file that is no part of a store.
   * `damaged-generation`: the newest manifest, or a file it names, cannot be read.
   */
  readonly kind:
    | "orphan"
    | "torn-tail"
    | "unreadable-line"
    | "missing-artifact"
    | "alien-artifact"
    | "alien-file"
    | "damaged-generation";
  /** A path below the store's folder, or a run's id. */
  readonly where: string;
  readonly what: string;
  /** What a repair does or did; undefined where there is nothing to be done. */
  readonly repair: string | undefined;
  /** `open`: not repaired. */
  readonly state: "open" | "repaired" | "failed";
}

/** A finding with the work of its repair. */
export interface Ailment extends Omit<DoctorFinding, "state"> {
  readonly cure: (() => void) | undefined;
}

/** What the doctor needs of a store. */
export interface Patient {
  readonly root: string;
  /** Runs that say they are running and whose owner is dead, as yet unmarked. */
  orphans(): Promise<readonly string[]>;
  /** An answer from all that was logged up to now; it also marks orphans. */
  ask(sql: string): Promise<EngineTable>;
}

/** Looks at everything in a store; see `Store.doctor`. */
export async function examine(
  patient: Patient,
  { repair, now }: { repair: boolean; now: number },
): Promise<DoctorFinding[]> {
  const state = (ailment: Ailment) => (repair ? treat(ailment) : finding(ailment, "open"));
  const generations = (await examineGenerations(patient.root)).map(state);
  const logs = (await examineLogs(patient.root, now)).map(state);
  // Without a generation that can be read there is nothing that runs could be asked of.
  if (generations.some(({ kind, state }) => kind === "damaged-generation" && state !== "repaired"))
    return [...generations, ...logs];
  const orphans = await patient.orphans();
  const artifacts = await examineArtifacts(patient.root, now, (sql) => patient.ask(sql));
  const stillOrphans = await patient.orphans();
  return [
    ...orphans.map((run) => orphan(run, stillOrphans.includes(run) ? "open" : "repaired")),
    ...generations,
    ...logs,
    ...artifacts.map(state),
  ];
}

const orphan = (where: string, state: DoctorFinding["state"]): DoctorFinding => ({
  kind: "orphan",
  where,
  what: "it said it was running, and its process is dead",
  repair: "mark it FAILED, reason orphaned",
  state,
});

function treat(ailment: Ailment): DoctorFinding {
  if (!ailment.cure) return finding(ailment, "open");
  try {
    ailment.cure();
    return finding(ailment, "repaired");
  } catch (error) {
    return { ...finding(ailment, "failed"), what: `${ailment.what}; the repair failed: ${reason(error)}` };
  }
}

const finding = ({ kind, where, what, repair }: Ailment, state: DoctorFinding["state"]): DoctorFinding => ({
  kind,
  where,
  what,
  repair,
  state,
});
