import type { EngineTable } from "../../src/engine/columns.js";
import { formatDatetime } from "../../src/engine/datetime.js";
import { processIdentity } from "../../src/store/liveness.js";
import type { RunEvent } from "../../src/store/events.js";

/** Rows as plain objects: texts, numbers (NaN of a NULL as null), datetimes as text. */
export function rowsOf({ numRows, columns }: EngineTable): Record<string, unknown>[] {
  return Array.from({ length: numRows }, (_, row) =>
    Object.fromEntries(
      [...columns].map(([name, column]) => {
        if (column.type === "text") return [name, column.dictionary[column.codes[row]!] ?? null];
        const value = column.values[row];
        if (column.type === "datetime") return [name, formatDatetime(value as number) || null];
        return [name, typeof value === "number" && Number.isNaN(value) ? null : value];
      }),
    ),
  );
}

/** The event that starts a run of this process. */
export function startOf(r: string, fields: Partial<RunEvent> = {}): RunEvent {
  return {
    e: "run",
    r,
    experiment: "x1",
    name: `run ${r}`,
    status: "RUNNING",
    startTime: Date.UTC(2026, 0, 2),
    ...processIdentity(),
    ...fields,
  };
}
