import type { EngineColumn } from "../engine/columns.js";
import type { Engine } from "../engine/engine.js";
import type { Activity } from "./activity.js";
import type { StoreEvent } from "./events.js";
import { isOwnerDead, type RunOwner } from "./liveness.js";

/** Verdicts on the running runs whose owner is dead: FAILED, reason `orphaned`, ended when the owner was last heard of. */
export async function findOrphans(engine: Engine, activity: Activity, now: number): Promise<StoreEvent[]> {
  const { columns, numRows } = await engine.query(
    `SELECT run_id, owner, host, pid, process_start, process_space, greatest(start_time, heartbeat) AS known, attempt
     FROM tail.runs LEFT JOIN (SELECT run_id, max(attempt) AS attempt FROM tail.attempts GROUP BY run_id) USING (run_id)
     WHERE status = 'RUNNING'`,
    [], { signal: null },
  );
  const verdicts: StoreEvent[] = [];
  for (let row = 0; row < numRows; row++) {
    const text = (name: string) => textAt(columns.get(name), row);
    const number = (name: string) => numberAt(columns.get(name), row);
    const r = text("run_id")!;
    const lastSeen = Math.max(activity.lastSeen(r, number("owner") ?? NaN) ?? -Infinity, number("known") ?? -Infinity);
    const owner: RunOwner = { host: text("host"), pid: number("pid"), processStart: number("process_start"), processSpace: text("process_space"), lastSeen };
    if (!isOwnerDead(owner, now)) continue;
    const end = { status: "FAILED", reason: "orphaned", endTime: lastSeen, byFinder: true } as const;
    verdicts.push({ e: "run", r, ...end });
    const attempt = number("attempt");
    if (attempt !== undefined) verdicts.push({ e: "attempt", r, attempt, ...end });
  }
  return verdicts;
}

function textAt(column: EngineColumn | undefined, row: number): string | undefined {
  return column?.type === "text" ? column.dictionary[column.codes[row]!] : undefined;
}

function numberAt(column: EngineColumn | undefined, row: number): number | undefined {
  const value = column?.type === "integer" ? column.values[row] : undefined;
  return value === undefined || Number.isNaN(value) ? undefined : value;
}
