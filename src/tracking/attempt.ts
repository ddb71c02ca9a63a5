import { userInfo } from "node:os";
import type { CellInfo } from "../host/host.js";
import type { StoreEvent } from "../store/events.js";
import { processIdentity } from "../store/liveness.js";
import type { RunRow } from "../store/run-queries.js";
import type { CodeState } from "./code-state.js";
import type { EndStatus } from "./recorder-info.js";
import { commandLine, sourceFacts } from "./source-facts.js";

/** Why an attempt ended as it did. */
export interface EndReason {
  /** `exception`, `interrupted`, `SIGTERM`, `exit 1` …; default: `exception` when there is an error, else none. */
  readonly reason?: string | undefined;
  /** What was thrown; name, message and stack are kept. */
  readonly error?: unknown;
}

/** A run before it is stored. */
export function scheduledRow(run: { id: string; name: string; experimentId: string; experimentName: string }): RunRow {
  return {
    ...run,
    status: "SCHEDULED",
    reason: null,
    startTime: null,
    endTime: null,
    attempts: 0,
    host: null,
    pid: null,
    deletedAt: null,
  };
}

/** One more start of a run: its new row and the events that say so. */
export function beginAttempt(
  before: RunRow,
  cell: CellInfo | undefined,
  now = Date.now(),
): { row: RunRow; events: StoreEvent[] } {
  const owner = processIdentity();
  const { host, pid } = owner;
  const attempt = before.attempts + 1;
  const row: RunRow = {
    ...before,
    host,
    pid,
    status: "RUNNING",
    reason: null,
    startTime: before.startTime ?? now,
    endTime: null,
    attempts: attempt,
  };
  const facts = Object.entries(sourceFacts(cell));
  return {
    row,
    events: [
      {
        e: "run",
        r: row.id,
        experiment: row.experimentId,
        name: row.name,
        status: "RUNNING",
        reason: null,
        startTime: row.startTime!,
        endTime: null,
        heartbeat: now,
        ...owner,
        userName: userName(),
        notebook: cell?.notebook ?? null,
      },
      { e: "attempt", r: row.id, attempt, startTime: now, status: "RUNNING", command: commandLine(), host, pid },
      ...facts.map(([k, v]): StoreEvent => ({ e: "g", r: row.id, k, v })),
    ],
  };
}

/** The end of a run's last attempt. */
export function finishAttempt(
  before: RunRow,
  status: EndStatus,
  { error, reason }: EndReason,
  now = Date.now(),
): { row: RunRow; events: StoreEvent[] } {
  const why = reason ?? (error === undefined ? null : "exception");
  return {
    row: { ...before, status, reason: why, endTime: now },
    events: [
      { e: "run", r: before.id, status, reason: why, endTime: now },
      {
        e: "attempt",
        r: before.id,
        attempt: before.attempts,
        status,
        reason: why,
        endTime: now,
        ...(error === undefined ? {} : describeError(error)),
      },
    ],
  };
}

/** What a cell threw, kept on the attempt that goes on. */
export function noteError(row: RunRow, error: unknown): StoreEvent[] {
  return [{ e: "attempt", r: row.id, attempt: row.attempts, ...describeError(error) }];
}

function describeError(error: unknown): { errorName: string; errorMessage: string; errorStack?: string } {
  if (!(error instanceof Error)) return { errorName: typeof error, errorMessage: String(error) };
  return { errorName: error.name, errorMessage: error.message, ...(error.stack ? { errorStack: error.stack } : {}) };
}

/** The state of the code, on the run's row. */
export function codeEvent(run: string, { commit, branch, dirty }: CodeState): StoreEvent {
  return { e: "run", r: run, gitCommit: commit, gitBranch: branch, gitDirty: dirty };
}

/** What is not committed, as artifacts: `code_diff` and `code_status`, for a resumed run `code_diff_2` and so on. */
export function codeTexts({ diff, status }: CodeState, attempt: number): [string, string][] {
  const texts: [string, string][] = [
    [attemptName("code_diff", attempt), diff],
    [attemptName("code_status", attempt), status],
  ];
  return texts.filter(([, text]) => text !== "");
}

/** `code_diff`, for a resumed run `code_diff_2` and so on. */
export function attemptName(name: string, attempt: number): string {
  return attempt === 1 ? name : `${name}_${attempt}`;
}

function userName(): string {
  try {
    return userInfo().username;
  } catch {
    // A user id without an entry in the password file, as in some containers.
    return process.env.USER ?? process.env.USERNAME ?? "unknown";
  }
}
