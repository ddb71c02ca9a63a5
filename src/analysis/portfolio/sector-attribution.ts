import { table, type ColumnTable } from "arquero";
import { Panel } from "../../panel/panel.js";
import type { PanelSource } from "../../panel/panel-from.js";
import { groupRows, type Grouping } from "../factor/grouping.js";
import { refuseUnknownOptions } from "../../engine/refuse-unknown-options.js";

export interface SectorAttributionOptions {
  /** Weight in the portfolio at the start of the period. Default `weight`. */
  readonly weight?: string;
  /** Weight in the benchmark. Default `benchmarkWeight`. */
  readonly benchmarkWeight?: string;
  /** Return over the period. Default `return`. */
  readonly return?: string;
}

export interface SectorAttribution {
  /** `group, weight, benchmarkWeight` (means)`, allocation, selection, interaction, total` (sums over the dates); last the row `(all)`. */
  readonly groups: ColumnTable;
  /** `datetime, portfolio, benchmark, allocation, selection, interaction`; the last three add up to portfolio − benchmark when both weights add up to the same. */
  readonly daily: ColumnTable;
  /** Rows without a return or a group: weight on them earns 0 and stands in no group. */
  readonly left: number;
}

/**
 * Where the active return comes from: sectors that were overweighted, or names inside the sectors.
 *
 * Per date and group g, with w and v its weights in portfolio and benchmark, p and b its returns in them (b or p when the other holds none of
 * it), B the benchmark's return: allocation (w − v)(b − B), selection v(p − b), interaction (w − v)(p − b). Effects of the dates are added up, not linked.
 *
 * (Brinson and Fachler, Journal of Portfolio Management 11, 1985; Brinson, Hood and Beebower, Financial Analysts Journal 42, 1986.)
 *
 * @param source One row per (datetime, instrument) that either holds.
 * @param by Groups as {@link groupAnalysis} takes them.
 * @throws UnknownNameError when a column is not there; InvalidArgumentError when no row has a group.
 * @example
 * const day = { datetime: Array(2).fill("2020-01-02"), instrument: ["A", "B"], weight: [1, 0], benchmarkWeight: [0.5, 0.5], return: [0.1, 0] };
 * sectorAttribution(day, { A: "x", B: "y" }).daily.get("allocation", 0) // -> 0.05
 */
export function sectorAttribution(
  source: PanelSource,
  by: Grouping,
  options: SectorAttributionOptions = {},
): SectorAttribution {
  refuseUnknownOptions("Cannot attribute returns to sectors", options, ["weight", "benchmarkWeight", "return"]);
  const panel = Panel.from(source);
  const weights = panel.get(options.weight ?? "weight");
  const against = panel.get(options.benchmarkWeight ?? "benchmarkWeight");
  const returns = panel.get(options.return ?? "return");
  const groups = groupRows(panel, by);
  const count = groups.names.length;
  const totals = Array.from({ length: count }, () => ({ w: 0, v: 0, allocation: 0, selection: 0, interaction: 0 }));
  const daily = Array.from({ length: panel.numDates }, () => ({
    p: 0,
    b: 0,
    allocation: 0,
    selection: 0,
    interaction: 0,
  }));
  let left = 0;
  for (let d = 0; d < panel.numDates; d++) {
    const sums = Array.from({ length: count }, () => ({ w: 0, v: 0, p: 0, b: 0 }));
    const [from, to] = panel.rowsOf(d);
    for (let row = from; row < to; row++) {
      const [w, v, r] = [weights[row]! || 0, against[row]! || 0, returns[row]!];
      if (w === 0 && v === 0) continue;
      if (!Number.isFinite(r) || groups.of[row]! < 0) {
        left++;
        continue;
      }
      const sum = sums[groups.of[row]!]!;
      sum.w += w;
      sum.v += v;
      sum.p += w * r;
      sum.b += v * r;
    }
    const day = daily[d]!;
    day.p = sums.reduce((total, { p }) => total + p, 0);
    day.b = sums.reduce((total, { b }) => total + b, 0);
    const whole = sums.reduce((total, { v }) => total + v, 0);
    const market = whole === 0 ? 0 : day.b / whole;
    sums.forEach(({ w, v, p, b }, g) => {
      if (w === 0 && v === 0) return;
      const own = w === 0 ? b / v : p / w;
      const other = v === 0 ? own : b / v;
      const effects = {
        allocation: (w - v) * (other - market),
        selection: v * (own - other),
        interaction: (w - v) * (own - other),
      };
      for (const name of ["allocation", "selection", "interaction"] as const) {
        totals[g]![name] += effects[name];
        day[name] += effects[name];
      }
      totals[g]!.w += w / panel.numDates;
      totals[g]!.v += v / panel.numDates;
    });
  }
  const all = totals.reduce(
    (sum, one) => ({
      w: sum.w + one.w,
      v: sum.v + one.v,
      allocation: sum.allocation + one.allocation,
      selection: sum.selection + one.selection,
      interaction: sum.interaction + one.interaction,
    }),
    { w: 0, v: 0, allocation: 0, selection: 0, interaction: 0 },
  );
  const rows = [...totals, all];
  return {
    groups: table({
      group: [...groups.names, "(all)"],
      weight: rows.map(({ w }) => w),
      benchmarkWeight: rows.map(({ v }) => v),
      allocation: rows.map((one) => one.allocation),
      selection: rows.map((one) => one.selection),
      interaction: rows.map((one) => one.interaction),
      total: rows.map((one) => one.allocation + one.selection + one.interaction),
    }),
    daily: table({
      datetime: Array.from(panel.dates, (ms) => new Date(ms)),
      portfolio: daily.map(({ p }) => p),
      benchmark: daily.map(({ b }) => b),
      allocation: daily.map((one) => one.allocation),
      selection: daily.map((one) => one.selection),
      interaction: daily.map((one) => one.interaction),
    }),
    left,
  };
}
