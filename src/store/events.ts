/**
 * One line of the event log. History is only ever appended: an ended run, a changed tag and a deletion are events too;
 * of several that say the same thing the last by (time, writer, sequence) wins. The writer adds `q` (sequence) and `t` (epoch ms).
 */
export type StoreEvent =
  ExperimentEvent | RunEvent | AttemptEvent | ParamEvent | MetricEvent | TagEvent | ArtifactEvent | HeartbeatEvent | PurgeEvent;

export type RunStatus = "SCHEDULED" | "RUNNING" | "FINISHED" | "FAILED";

/** Creates or changes an experiment; fields left out keep their value. */
export interface ExperimentEvent {
  readonly e: "experiment";
  readonly experiment: string;
  readonly name?: string;
  readonly createdAt?: number;
  /** Epoch ms of a soft deletion; null restores. */
  readonly deletedAt?: number | null;
}

/** Creates or changes a run (columns of table `runs`); fields left out keep their value. Times are epoch ms. */
export interface RunEvent {
  readonly e: "run";
  readonly r: string;
  readonly experiment?: string;
  readonly name?: string;
  readonly status?: RunStatus;
  /** `orphaned`, `interrupted`, `exception`, `shutdown` …; null clears it. */
  readonly reason?: string | null;
  readonly startTime?: number;
  readonly endTime?: number | null;
  readonly heartbeat?: number;
  readonly host?: string;
  readonly pid?: number;
  /** Start time of the owning process, to tell a reused pid; from `processIdentity()`. */
  readonly processStart?: number;
  /** Where the pid means that process: two containers of one host name have their own numbers; from `processIdentity()`. */
  readonly processSpace?: string;
  readonly userName?: string;
  readonly notebook?: string | null;
  readonly gitCommit?: string | null;
  readonly gitBranch?: string | null;
  readonly gitDirty?: boolean | null;
  readonly parentRun?: string | null;
  readonly deletedAt?: number | null;
  /** Set on events written by a process that is not the run's owner (an orphan verdict); a later event of the owner revokes it. */
  readonly byFinder?: boolean;
}

/** One start or resume of a run (columns of table `attempts`). */
export interface AttemptEvent {
  readonly e: "attempt";
  readonly r: string;
  readonly attempt: number;
  readonly startTime?: number;
  readonly endTime?: number | null;
  readonly status?: RunStatus;
  readonly reason?: string | null;
  readonly errorName?: string;
  readonly errorMessage?: string;
  readonly errorStack?: string;
  readonly command?: string;
  readonly host?: string;
  readonly pid?: number;
  /** As in a run's event: the verdict of a finder, revoked by a later event of the owner. */
  readonly byFinder?: boolean;
}

/** The owner of a run is alive; written by a thread of its own while the run is open. */
export interface HeartbeatEvent {
  readonly e: "h";
  readonly r: string;
}

/** `v` is plain JSON (BigInt already as text). */
export interface ParamEvent {
  readonly e: "p";
  readonly r: string;
  readonly k: string;
  readonly v: unknown;
}

/** `v` is a number; in the log NaN and ±∞ stand as the texts "NaN", "Infinity", "-Infinity" (JSON has no others), which `append` sees to. */
export interface MetricEvent {
  readonly e: "m";
  readonly r: string;
  readonly k: string;
  readonly s: number;
  readonly v: number | "NaN" | "Infinity" | "-Infinity";
  /** When it was measured, epoch ms, where that was not when it was logged: points of another program's history. */
  readonly at?: number;
}

/** `v` null deletes the tag. */
export interface TagEvent {
  readonly e: "g";
  readonly r: string;
  readonly k: string;
  readonly v: unknown;
}

export interface ArtifactEvent {
  readonly e: "a";
  readonly r: string;
  /** Logical name: path without extension (`sig_analysis/ic`); a file saved as a file keeps its extension. */
  readonly name: string;
  /** `table`, `json`, `text`, `model`, `file`. */
  readonly kind: string;
  readonly bytes: number;
  readonly sha256: string;
  /** Path below `artifacts/<run id>/`. */
  readonly path: string;
}

/** A run or an experiment is deleted for good: nothing that any event says of it is shown again. Cannot be taken back. */
export interface PurgeEvent {
  readonly e: "purge";
  /** Of the run or the experiment. */
  readonly id: string;
}
