import type { ColumnTable } from "arquero";
import { Panel } from "../../panel/panel.js";
import type { PanelSource } from "../../panel/panel-from.js";
import { dateTable } from "../date-table.js";
import { centralMoment, mean } from "../moments.js";
import { predAutocorr } from "../pred-autocorr.js";

/**
 * One column by date: how much of it is there, how it is spread over the instruments, how much it resembles the date before.
 *
 * Figures other than counts rest on finite values. Standard deviation with ddof 1, skew and excess kurtosis corrected for bias (3 and
 * 4 values needed); of equal values they are missing.
 *
 * In Qlib: qlib.contrib.report.data.ana (NumFeaAnalyser, ValueCNT, FeaInfAna, FeaNanAna, FeaNanAnaRatio, FeaACAna, FeaSkewTurt, FeaMeanStd)
 *
 * @returns One row per datetime: `rows`, `missing`, `missingShare`, `infinite`, `distinct` (different values), `distinctShare` (of the
 * values), `mean`, `std`, `skew`, `kurtosis`, `autocorr` (Pearson with the date before, NaN on the first date).
 * @throws UnknownNameError for a column that is not there.
 * @example
 * const day = { datetime: Array(4).fill("2020-01-02"), instrument: [..."ABCD"], f: [1, 1, 4, NaN] };
 * analyseFeature(day, "f").select("missing", "distinct", "mean").object() // -> { missing: 1, distinct: 2, mean: 2 }
 */
export function analyseFeature(source: PanelSource, feature: string): ColumnTable {
  const panel = Panel.from(source);
  const values = panel.get(feature);
  const column = () => new Float64Array(panel.numDates);
  const found = {
    rows: column(),
    missing: column(),
    missingShare: column(),
    infinite: column(),
    distinct: column(),
    distinctShare: column(),
    mean: column(),
    std: column(),
    skew: column(),
    kurtosis: column(),
    autocorr: Float64Array.from(predAutocorr(panel, { score: feature }).array("autocorr") as ArrayLike<number>),
  };
  for (let d = 0; d < panel.numDates; d++) {
    const [from, to] = panel.rowsOf(d);
    const day = Float64Array.from(values.subarray(from, to));
    const finite = day.filter(Number.isFinite);
    const missing = day.reduce((n, value) => n + Number(Number.isNaN(value)), 0);
    const distinct = new Set(day).size - Number(missing > 0);
    found.rows[d] = day.length;
    found.missing[d] = missing;
    found.missingShare[d] = missing / day.length;
    found.infinite[d] = day.length - missing - finite.length;
    found.distinct[d] = distinct;
    found.distinctShare[d] = distinct / (day.length - missing);
    found.mean[d] = finite.length ? mean(finite) : NaN;
    found.std[d] =
      finite.length > 1 ? Math.sqrt((centralMoment(finite, 2) * finite.length) / (finite.length - 1)) : NaN;
    found.skew[d] = skewOf(finite);
    found.kurtosis[d] = kurtosisOf(finite);
  }
  return dateTable(panel, found);
}

function skewOf(values: Float64Array): number {
  const n = values.length;
  const variance = n < 3 ? 0 : centralMoment(values, 2);
  if (variance === 0) return NaN;
  return ((centralMoment(values, 3) / variance ** 1.5) * Math.sqrt(n * (n - 1))) / (n - 2);
}

function kurtosisOf(values: Float64Array): number {
  const n = values.length;
  const variance = n < 4 ? 0 : centralMoment(values, 2);
  if (variance === 0) return NaN;
  const excess = centralMoment(values, 4) / variance ** 2 - 3;
  return (((n + 1) * excess + 6) * (n - 1)) / ((n - 2) * (n - 3));
}
