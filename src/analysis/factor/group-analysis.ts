import { table, type ColumnTable } from "arquero";
import { Panel } from "../../panel/panel.js";
import type { PanelSource } from "../../panel/panel-from.js";
import { calcIc, type ScoreLabelColumns } from "../ic.js";
import { calcQuantileReturns } from "../quantile-returns.js";
import { mean } from "../moments.js";
import { summarizeIc, type IcSummary } from "../summarize-ic.js";
import { groupRows, type Grouping } from "./grouping.js";
import { refuseUnknownOptions } from "../../engine/refuse-unknown-options.js";

export interface GroupAnalysisOptions extends ScoreLabelColumns {
  /** Default 5. */
  readonly quantiles?: number;
  /** For the Newey–West interval; see {@link neweyWest}. */
  readonly lags?: number;
}

/**
 * Does the factor work everywhere, or in one corner? IC and returns inside each sector, size class or year.
 *
 * Inside a group everything is computed as if only its rows existed: daily IC, daily quantiles, then means over the days.
 *
 * @param by `"year"`; `{ AAPL: "Technology", … }`; `{ column: "sector" }`; `{ column: "size", quantiles: 3 }`, classes of each date.
 * @returns One row per group, ascending, and last `(no group)` when rows have none: `group, rows, days` with an IC`, ic, icir, rankIc, rankIcir, low, high`
 * (Newey–West interval of the mean Rank IC)`, Q1 … Qk, spread, average`.
 * @throws InvalidArgumentError when no row has a group; UnknownNameError for a column that is not there.
 * @example
 * const day = { datetime: Array(4).fill("2020-01-02"), instrument: [..."ABCD"], score: [1, 2, 1, 2], label: [0.1, 0.2, 0.4, 0.3] };
 * groupAnalysis(day, { A: "up", B: "up", C: "down", D: "down" }).array("rankIc") // -> [-1, 1]
 */
export function groupAnalysis(source: PanelSource, by: Grouping, options: GroupAnalysisOptions = {}): ColumnTable {
  refuseUnknownOptions("Cannot analyse groups", options, ["quantiles", "lags", "score", "label"]);
  const { score = "score", label = "label", quantiles = 5, lags } = options;
  const panel = Panel.from(source).select([...new Set([score, label, ...columnOf(by)])]);
  const groups = groupRows(panel, by);
  const list = groups.names.map((name, index) => ({ name, index }));
  if (groups.without) list.push({ name: "(no group)", index: -1 });
  const found = list.map(({ name, index }) => {
    const part = panel.filter(Uint8Array.from(groups.of, (group) => (group === index ? 1 : 0)));
    const ic = calcIc(part, { score, label });
    const summary = (column: string): IcSummary =>
      summarizeIc(ic.array(column) as Float64Array, lags === undefined ? {} : { lags });
    const buckets = calcQuantileReturns(part, { score, label, quantiles });
    return { name, rows: part.numRows, pearson: summary("ic"), rank: summary("rankIc"), buckets };
  });
  const returns = [...Array.from({ length: quantiles }, (_, q) => `Q${q + 1}`), "spread", "average"];
  return table({
    group: found.map(({ name }) => name),
    rows: found.map(({ rows }) => rows),
    days: found.map(({ rank }) => rank.n),
    ic: found.map(({ pearson }) => pearson.mean),
    icir: found.map(({ pearson }) => pearson.icir),
    rankIc: found.map(({ rank }) => rank.mean),
    rankIcir: found.map(({ rank }) => rank.icir),
    low: found.map(({ rank }) => rank.neweyWest.low),
    high: found.map(({ rank }) => rank.neweyWest.high),
    ...Object.fromEntries(
      returns.map((column) => [column, found.map(({ buckets }) => mean(buckets.array(column) as Float64Array))]),
    ),
  });
}

const columnOf = (by: Grouping): string[] => (by !== "year" && typeof by.column === "string" ? [by.column] : []);
