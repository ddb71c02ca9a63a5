import { host } from "../host/host.js";
import type { Panel, PanelColumn } from "../panel/panel.js";
import { withPanel, type GroupedPanel } from "./grouped-panel.js";

/** Replaces columns one by one, letting an interrupt through between them. `change` returns a new column, or the one it was given. */
export async function mapColumns(
  data: GroupedPanel,
  names: readonly string[],
  label: string,
  change: (column: PanelColumn, name: string) => PanelColumn,
): Promise<GroupedPanel> {
  const changed: Record<string, PanelColumn> = {};
  await eachColumn(data.panel, names, label, (column, name) => {
    changed[name] = change(column, name);
  });
  return withPanel(data, data.panel.assign(changed));
}

/** Looks at columns one by one, with progress and breath. */
export async function eachColumn(
  panel: Panel,
  names: readonly string[],
  label: string,
  look: (column: PanelColumn, name: string) => void,
): Promise<void> {
  const progress = host.progress(label, names.length);
  try {
    for (const [i, name] of names.entries()) {
      await host.breathe();
      look(panel.get(name), name);
      progress.update(i + 1);
    }
  } finally {
    progress.end();
  }
}

/** (x − center) / scale, cut off at ± `limit`; NaN stays. A column of the same type. */
export function standardized(column: PanelColumn, center: number, scale: number, limit = Infinity): PanelColumn {
  const scaled = new (column.constructor as new (length: number) => PanelColumn)(column.length);
  for (let row = 0; row < scaled.length; row++) {
    // Without jumps: which values are cut off cannot be predicted.
    scaled[row] = Math.max(-limit, Math.min(limit, (column[row]! - center) / scale));
  }
  return scaled;
}

/** A column of the same type; `change` writes the values of one date, rows [from, to). */
export function mapDates(
  panel: Panel,
  column: PanelColumn,
  change: (values: PanelColumn, out: PanelColumn) => void,
): PanelColumn {
  const changed = column.slice();
  for (let d = 0; d < panel.numDates; d++) {
    const [from, to] = panel.rowsOf(d);
    change(column.subarray(from, to), changed.subarray(from, to));
  }
  return changed;
}
