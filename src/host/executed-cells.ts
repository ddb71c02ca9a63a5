import { findBridge, type CellInfo } from "./bridge.js";

/** A cell that was run in this kernel. */
export interface ExecutedCell extends CellInfo {
  /** Epoch ms at which it began. */
  readonly startedAt: number;
  /** Whether it threw; undefined while it runs. */
  readonly failed: boolean | undefined;
}

const cells: { -readonly [K in keyof ExecutedCell]: ExecutedCell[K] }[] = [];
let watching = false;

/** From now on every cell is remembered, the running one first. Does nothing outside a notebook, or the second time. */
export function watchCells(): void {
  const bridge = findBridge();
  if (watching || !bridge) return;
  watching = true;
  const begin = ({ id, executionCount, code, notebook }: CellInfo) =>
    void cells.push({
      ...(id !== undefined && { id }),
      executionCount,
      code,
      ...(notebook !== undefined && { notebook }),
      startedAt: Date.now(),
      failed: undefined,
    });
  if (bridge.cell) begin(bridge.cell);
  bridge.on("cellStart", begin);
  bridge.on("cellEnd", (end) => {
    const cell = cells.findLast(({ executionCount }) => executionCount === end.executionCount);
    if (cell) cell.failed = "error" in end;
  });
}

/** The cells run since {@link watchCells}, in the order in which they began. */
export function executedCells(): readonly ExecutedCell[] {
  return cells;
}
