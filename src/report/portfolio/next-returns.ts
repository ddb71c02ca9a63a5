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
  const values = panel.get(panel.columnNames[0]!);
  const rows: { datetime: number; row: number }[] = [];
  for (let d = 0; d + Number(begin) < panel.numDates; d++) {
    const [from, to] = panel.rowsOf(d);
    for (let row = from; row < to; row++) rows.push({ datetime: panel.dates[d + Number(begin)]!, row });
  }
  return Panel.from({
    datetime: Float64Array.from(rows, ({ datetime }) => datetime),
    instrument: rows.map(({ row }) => panel.instruments[panel.codes[row]!]!),
    label: Float64Array.from(rows, ({ row }) => values[row]!),
  });
}
