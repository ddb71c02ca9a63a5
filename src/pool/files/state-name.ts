import type { ClaimableStatus } from "../pool-task.js";

/**
 * What the name of a task's state file says. The file lies in the folder of its status; moving it is one rename, so a
 * task stands in one place and only one of several movers succeeds.
 */
export interface State {
  readonly priority: number;
  /** Grows with submission. */
  readonly sequence: string;
  readonly id: string;
  readonly attempts: number;
  readonly from: ClaimableStatus;
  /** Epoch ms before which nobody takes it; 0 = now. */
  readonly available: number;
  /** Which note holds its result and error (`task-note.ts`). */
  readonly note: string;
  /** Of the claim, while it runs. */
  readonly token?: string;
}

const HIGHEST = 1_000_000_000;

/** Names sort as tasks are taken: priority downward, then submission. */
export function stateName({ priority, sequence, id, attempts, from, available, note, token }: State): string {
  const rank = String(HIGHEST - priority).padStart(10, "0");
  const parts = [rank, sequence, id, attempts, from === "waiting" ? "w" : "p", available, note];
  return (token === undefined ? parts : [...parts, token]).join(".");
}

/** Undefined for a file that is no state, such as one an editor left. */
export function parseStateName(name: string): State | undefined {
  const match = /^(\d{10})\.([0-9a-f]{32})\.([0-9a-f]{32})\.(\d+)\.([wp])\.(\d+)\.([0-9a-f]+)(?:\.([0-9a-f]+))?$/.exec(
    name,
  );
  if (!match) return undefined;
  const [, rank, sequence, id, attempts, from, available, note, token] = match as unknown as string[];
  return {
    priority: HIGHEST - Number(rank),
    sequence: sequence!,
    id: id!,
    attempts: Number(attempts),
    from: from === "w" ? "waiting" : "part_done",
    available: Number(available),
    note: note!,
    ...(token !== undefined && { token }),
  };
}
