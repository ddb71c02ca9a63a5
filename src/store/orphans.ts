import type { EngineColumn } from "../engine/columns.js";
import type { Engine } from "../engine/engine.js";
import type { Activity } from "./activity.js";
import type { StoreEvent } from "./events.js";
import { isOwnerDead, type RunOwner } from "./liveness.js";

/** A run that says it is running, and who has to be alive for that to be true. */
export interface RunningRun {
  readonly r: string;
  readonly attempt: number | undefined;
  readonly ownerWriter: number;
  /** Epoch ms. */
  readonly startTime: number;
  readonly owner: Omit<RunOwner, "lastSeen">;
}

export async function findRunning(engine: Engine): Promise<RunningRun[]> {
  const { columns, numRows } = await engine.query(
    `WITH running AS (SELECT * FROM live.runs WHERE status = 'RUNNING')
     SELECT run_id, owner, host, pid, process_start, process_space, greatest(start_time, heartbeat, 0) AS known, attempt
     FROM running LEFT JOIN (
       SELECT run_id, max(attempt) AS attempt FROM live.attempts WHERE run_id IN (SELECT run_id FROM running) GROUP BY run_id) USING (run_id)`,
    [],
    { signal: null },
  );
  return Array.from({ length: numRows }, (_, row) => {
    const text = (name: string) => textAt(columns.get(name), row);
    const number = (name: string) => numberAt(columns.get(name), row);
    return {
      r: text("run_id")!,
      attempt: number("attempt"),
      ownerWriter: number("owner") ?? NaN,
      startTime: number("known") ?? 0,
      owner: {
        host: text("host"),
        pid: number("pid"),
        processStart: number("process_start"),
        processSpace: text("process_space"),
      },
    };
  });
}

/** Verdicts on the runs whose owner is dead: FAILED, reason `orphaned`, ended when the owner was last heard of. */
export function verdictsOn(running: readonly RunningRun[], activity: Activity, now: number): StoreEvent[] {
  return running.flatMap(({ r, attempt, ownerWriter, startTime, owner }) => {
    const lastSeen = Math.max(activity.lastSeen(r, ownerWriter) ?? 0, startTime);
    if (!isOwnerDead({ ...owner, lastSeen }, now)) return [];
    const end = { status: "FAILED", reason: "orphaned", endTime: lastSeen, byFinder: true } as const;
    return [
      { e: "run", r, ...end } as const,
      ...(attempt === undefined ? [] : [{ e: "attempt", r, attempt, ...end } as const]),
    ];
  });
}

function textAt(column: EngineColumn | undefined, row: number): string | undefined {
  return column?.type === "text" ? column.dictionary[column.codes[row]!] : undefined;
}

function numberAt(column: EngineColumn | undefined, row: number): number | undefined {
  const value = column?.type === "integer" ? column.values[row] : undefined;
  return value === undefined || Number.isNaN(value) ? undefined : value;
}
