import type { Task } from "../task/task.js";

/** How far one strategy has come on a day. What is not there is still to be done. */
export interface StrategyStep {
  /** What is to be trained; empty once it is: each run has its task. */
  readonly tasks?: readonly Task[];
  /** Ids of the runs made of it, in order. */
  readonly runs?: readonly string[];
  /** Ids of the runs that are online from this day on. */
  readonly online?: readonly string[];
  /** Whether the models are fitted and their tags set. */
  readonly fitted?: boolean;
  /** Predictions extended to the day: by run. */
  readonly updates?: readonly RunUpdate[];
}

export interface RunUpdate {
  readonly run: string;
  readonly status: "updated" | "up to date" | "skipped" | "failed";
  readonly rows: number;
  readonly message?: string;
}

/** The signals of a day. */
export interface SignalIssue {
  /** 0: nothing was new. */
  readonly rows: number;
  readonly from: string | null;
  readonly to: string | null;
}

/**
 * One day of a manager, written after every step, so that what was broken off is finished and what is done is not done
 * again.
 */
export interface JournalEntry {
  /** `first`: strategies trained for the first time; `routine`: a day's work. */
  readonly kind: "first" | "routine";
  /** `YYYY-MM-DD`. */
  readonly day: string;
  /** When it began and ended, by the clock. */
  readonly startedAt: string;
  readonly endedAt: string | null;
  /** `planned`: fitting, predictions and signals are left for later; `done`: nothing is left. */
  readonly state: "begun" | "planned" | "done";
  readonly strategies: Readonly<Record<string, StrategyStep>>;
  readonly signals?: SignalIssue;
}

/** The ids of the models online after the entries up to a day, by strategy. */
export function onlineAfter(
  entries: readonly JournalEntry[],
  asOf: string | null = null,
): ReadonlyMap<string, readonly string[]> {
  const online = new Map<string, readonly string[]>();
  for (const { day, strategies } of entries) {
    if (asOf !== null && day > asOf) break;
    for (const [name, step] of Object.entries(strategies)) if (step.online) online.set(name, step.online);
  }
  return online;
}
