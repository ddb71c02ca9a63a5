import { Panel } from "../../panel/panel.js";
import type { PanelSource } from "../../panel/panel-from.js";

/** A return of one day that begins some days after the date: `Ref($close, -2)/Ref($close, -1) - 1`. */
const ONE_DAY = /^Ref\((\$\w+),-(\d+)\)\/(?:Ref\(\1,-(\d+)\)|\1)-1$/;

/**
 * The labels of a run as returns from a date to the next, what positions are judged by; undefined when they are something else.
 *
 * The label of a signal often begins a day later, when the signal can be traded: it is dated on that day.
 *
 * @param expression The run's tag `label`.
 * @returns Column `label`.
 */
export function nextReturns(labels: PanelSource, expression: string): Panel | undefined {
  const [, , end, begin = "0"] = ONE_DAY.exec(expression.replaceAll(" ", "")) ?? [];
  if (end === undefined || Number(end) !== Number(begin) + 1) return undefined;
  const panel = Panel.from(labels);
  const { dates, offsets, codes, instruments } = panel;
  const kept = Math.max(0, dates.length - Number(begin));
  const rows = offsets[kept]!;
  return new Panel({
    dates: dates.subarray(dates.length - kept),
    offsets: offsets.subarray(0, kept + 1),
    codes: codes.subarray(0, rows),
    instruments,
    columns: new Map([["label", panel.get(panel.columnNames[0]!).subarray(0, rows)]]),
  });
}
