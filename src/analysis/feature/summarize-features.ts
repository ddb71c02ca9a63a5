import { table, type ColumnTable } from "arquero";
import { host } from "../../host/host.js";
import { Panel } from "../../panel/panel.js";
import type { PanelSource } from "../../panel/panel-from.js";
import { mean, std } from "../moments.js";
import { pearson } from "../pearson.js";
import { refuseUnknownOptions } from "../../engine/refuse-unknown-options.js";

/**
 * What there is to know of each column before a model sees it: gaps, infinities, range, and the relation to a label.
 *
 *     feature  missingShare  infinite  min    max   mean   std   ic
 *     MOM5     0.013         0        -0.31   0.42  0.001  0.05  0.021
 *
 * @param features Columns to look at. Default: all but the label.
 * @param label A column; with it `ic` is the mean over the dates of the correlation of feature and label, else NaN.
 * @returns One row per feature: `missingShare`, `infinite` (count), `constantDates` (dates on which all values are equal), `min`, `max`,
 * `mean`, `std` (ddof 1) over the finite values of all rows, `ic`.
 * @throws UnknownNameError for a column that is not there.
 * @example
 * const day = { datetime: Array(3).fill("2020-01-02"), instrument: [..."ABC"], f: [1, 2, NaN], y: [0.1, 0.2, 0.3] };
 * (await summarizeFeatures(day, { label: "y" })).select("feature", "max", "ic").object() // -> { feature: "f", max: 2, ic: 1 }
 */
export async function summarizeFeatures(
  source: PanelSource,
  options: { readonly features?: readonly string[]; readonly label?: string } = {},
): Promise<ColumnTable> {
  refuseUnknownOptions("Cannot summarise features", options, ["features", "label"]);
  const { features, label } = options;
  const panel = Panel.from(source);
  const names = features ?? panel.columnNames.filter((name) => name !== label);
  const rows: Record<string, number>[] = [];
  const progress = host.progress("Looking at features", names.length);
  try {
    for (const [i, name] of names.entries()) {
      await host.breathe();
      rows.push(summaryOf(panel, name, label));
      progress.update(i + 1);
    }
  } finally {
    progress.end();
  }
  const keys = ["missingShare", "infinite", "constantDates", "min", "max", "mean", "std", "ic"];
  return table({
    feature: [...names],
    ...Object.fromEntries(keys.map((key) => [key, Float64Array.from(rows, (row) => row[key]!)])),
  });
}

function summaryOf(panel: Panel, name: string, label: string | undefined): Record<string, number> {
  const values = panel.get(name);
  const labels = label === undefined ? undefined : panel.get(label);
  const finite = Float64Array.from(values).filter(Number.isFinite);
  let missing = 0;
  for (const value of values) missing += Number(Number.isNaN(value));
  let constantDates = 0;
  const ics: number[] = [];
  for (let d = 0; d < panel.numDates; d++) {
    const [from, to] = panel.rowsOf(d);
    const day = values.subarray(from, to).filter(Number.isFinite);
    if (day.length > 1 && day.every((value) => value === day[0])) constantDates++;
    if (!labels) continue;
    const both = Int32Array.from({ length: to - from }, (_, i) => from + i).filter(
      (row) => Number.isFinite(values[row]!) && Number.isFinite(labels[row]!),
    );
    const ic = pearson(
      Float64Array.from(both, (row) => values[row]!),
      Float64Array.from(both, (row) => labels[row]!),
    );
    if (!Number.isNaN(ic)) ics.push(ic);
  }
  return {
    missingShare: missing / values.length,
    infinite: values.length - missing - finite.length,
    constantDates,
    min: finite.reduce((a, b) => Math.min(a, b), Infinity),
    max: finite.reduce((a, b) => Math.max(a, b), -Infinity),
    mean: finite.length ? mean(finite) : NaN,
    std: finite.length > 1 ? std(finite) : NaN,
    ic: ics.length ? mean(ics) : NaN,
  };
}
