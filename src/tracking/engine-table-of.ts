import type { ColumnTable } from "arquero";
import { fromArquero } from "../engine/arquero.js";
import type { EngineTable } from "../engine/columns.js";
import { Panel } from "../panel/panel.js";
import { panelToEngine } from "./panel-to-engine.js";

/** By what it can do: a notebook may have loaded another copy of arquero. */
export function isArqueroTable(value: unknown): value is ColumnTable {
  const table = value as Partial<ColumnTable> | null;
  return (
    typeof table === "object" &&
    table !== null &&
    typeof table.columnNames === "function" &&
    typeof table.array === "function" &&
    typeof table.numRows === "function"
  );
}

/**
 * Whatever is a table as columns of the engine: a Panel, an arquero table, or something with `toTable()` (an SQL result,
 * a collector's result). Undefined for everything else.
 */
export function findEngineTable(value: unknown): EngineTable | undefined {
  if (value instanceof Panel) return panelToEngine(value);
  if (isArqueroTable(value)) return fromArquero(value);
  const { toTable } = (value ?? {}) as { toTable?: () => unknown };
  if (typeof value !== "object" || typeof toTable !== "function") return undefined;
  const table: unknown = toTable.call(value);
  return isArqueroTable(table) ? fromArquero(table) : undefined;
}
