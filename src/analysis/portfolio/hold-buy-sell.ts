import { table, type ColumnTable } from "arquero";
import { parseDatetime, type DatetimeInput } from "../../engine/datetime.js";
import { averageRanks } from "../../panel/average-rank.js";
import { Panel } from "../../panel/panel.js";
import type { PanelSource } from "../../panel/panel-from.js";
import { returnSeries, type ReturnSource } from "../statistic/return-series.js";
import { refuseUnknownOptions } from "../../engine/refuse-unknown-options.js";

export interface HoldBuySellOptions {
  /** Column of returns from a date to the next. Default `label`. */
  readonly label?: string;
  /** A back-test's report: its dates are those of the snapshots, also of days without a position, and its `bench` is taken off the labels. */
  readonly report?: ReturnSource;
  /** First and last date. Default all. */
  readonly start?: DatetimeInput;
  readonly end?: DatetimeInput;
}

/** What a strategy decided, by date. */
export interface HoldBuySell {
  /**
   * `datetime`, then for each of hold, buy and sell `…_value` (Σ label · weight), `…_weight` (Σ weight) and `…_mean` (value / weight, 0 without
   * weight), `buy_minus_sell_value`, `buy_minus_sell_mean`, `buy_plus_sell_weight`, `cum_hold`, `cum_buy`, `cum_sell`, `cum_buy_minus_sell`: sums of the means.
   * Dates without a return of any position, such as the last, are not there.
   */
  readonly returns: ColumnTable;
  /** `datetime, hold, buy, sell`: mean rank of the label among all labelled rows of the date, in per cent; small is good; 0 where nothing was held. */
  readonly ranks: ColumnTable;
  /** Positions without a label, left out of both. */
  readonly unlabelled: number;
}

const GROUPS = ["hold", "buy", "sell"] as const;
type Group = (typeof GROUPS)[number];

interface Entry {
  readonly group: Group;
  readonly name: string;
  readonly weight: number;
}

/**
 * Was it right to hold what was held, to buy what was bought, to sell what was sold?
 *
 * On each date a name is bought (held after the date's trades, not before), held (both) or sold (before only). Its weight is its share of the
 * value of all positions, cash excluded; a sold name keeps the weight it had on the date before. The label of a date is the return that follows.
 *
 * In Qlib: qlib.contrib.report.analysis_position.parse_position.get_position_data
 *
 * @param positions A back-test's positions: `datetime, instrument, amount, price`, or `weight` alone.
 * @param labels `datetime, instrument, label`: simple return from the date to the next one, of held names and of others.
 * @throws UnknownNameError for a column that is not there.
 * @example
 * const positions = { datetime: ["2020-01-02", "2020-01-03"], instrument: ["A", "B"], weight: [1, 1] };
 * const labels = { datetime: ["2020-01-02", "2020-01-03", "2020-01-03"], instrument: ["A", "A", "B"], label: [0.5, -0.25, 0.25] };
 * holdBuySell(positions, labels).returns.array("buy_minus_sell_mean") // -> [0.5, 0.5]
 */
export function holdBuySell(
  positions: PanelSource,
  labels: PanelSource,
  options: HoldBuySellOptions = {},
): HoldBuySell {
  refuseUnknownOptions("Cannot judge decisions", options, ["label", "report", "start", "end"]);
  const { label = "label", report, start, end } = options;
  const snapshots = weightsByDate(Panel.from(positions));
  const all = Panel.from(labels);
  const byDate = labelsByDate(all, label);
  const bench = report === undefined ? undefined : nextBench(report);
  const dates = bench?.dates ?? [...snapshots.keys()];
  const [from, to] = [start, end].map((at) => (at === undefined ? undefined : parseDatetime(at)));
  const returnRows: Record<string, number>[] = [];
  const rankRows: Record<string, number>[] = [];
  let before = new Map<string, number>();
  let unlabelled = 0;
  for (const date of dates) {
    const held = snapshots.get(date) ?? new Map<string, number>();
    const entries = decisions(before, held);
    before = held;
    if ((from !== undefined && date < from) || (to !== undefined && date > to)) continue;
    const known = byDate.get(date);
    const labelled = entries.filter(({ name }) => known?.values.has(name));
    unlabelled += entries.length - labelled.length;
    if (known) rankRows.push({ date, ...meanRanks(labelled, known.rank) });
    const off = bench ? (bench.next.get(date) ?? NaN) : 0;
    if (known && labelled.length > 0 && !Number.isNaN(off))
      returnRows.push({ date, ...sums(labelled, (name) => known.values.get(name)! - off) });
  }
  return { returns: returnTable(returnRows), ranks: rowTable(rankRows, GROUPS), unlabelled };
}

/** Name → share of the stock value, by date. */
function weightsByDate(panel: Panel): Map<number, Map<string, number>> {
  const hasAmount = panel.columns.has("amount") && panel.columns.has("price");
  const values = hasAmount ? panel.get("amount") : panel.get("weight");
  const prices = hasAmount ? panel.get("price") : undefined;
  const found = new Map<number, Map<string, number>>();
  for (let d = 0; d < panel.numDates; d++) {
    const [from, to] = panel.rowsOf(d);
    const held = new Map<string, number>();
    let total = 0;
    for (let row = from; row < to; row++) {
      const value = values[row]! * (prices?.[row] ?? 1);
      if (!(value > 0) && !(value < 0)) continue;
      held.set(panel.instruments[panel.codes[row]!]!, value);
      total += value;
    }
    for (const [name, value] of held) held.set(name, value / total);
    found.set(panel.dates[d]!, held);
  }
  return found;
}

interface DateLabels {
  readonly values: ReadonlyMap<string, number>;
  /** In per cent, the best label the smallest. */
  readonly rank: ReadonlyMap<string, number>;
}

function labelsByDate(panel: Panel, label: string): Map<number, DateLabels> {
  const values = panel.get(label);
  const found = new Map<number, DateLabels>();
  for (let d = 0; d < panel.numDates; d++) {
    const [from, to] = panel.rowsOf(d);
    const rows: number[] = [];
    for (let row = from; row < to; row++) if (!Number.isNaN(values[row]!)) rows.push(row);
    if (rows.length === 0) continue;
    const ranks = averageRanks(Float64Array.from(rows, (row) => -values[row]!));
    const name = (row: number) => panel.instruments[panel.codes[row]!]!;
    found.set(panel.dates[d]!, {
      values: new Map(rows.map((row) => [name(row), values[row]!])),
      rank: new Map(rows.map((row, i) => [name(row), (100 * ranks[i]!) / rows.length])),
    });
  }
  return found;
}

/** The benchmark's return from each date of a report to the next; none after the last. */
function nextBench(report: ReturnSource): { dates: number[]; next: Map<number, number> } {
  const { values, dates } = returnSeries(report, "bench");
  const days = Array.from(dates ?? []);
  return { dates: days, next: new Map(days.map((day, i) => [day, values[i + 1] ?? NaN])) };
}

function decisions(before: ReadonlyMap<string, number>, held: ReadonlyMap<string, number>): Entry[] {
  return [
    ...Array.from(held, ([name, weight]): Entry => ({ group: before.has(name) ? "hold" : "buy", name, weight })),
    ...Array.from(before)
      .filter(([name]) => !held.has(name))
      .map(([name, weight]): Entry => ({ group: "sell", name, weight })),
  ];
}

function meanRanks(entries: readonly Entry[], rank: ReadonlyMap<string, number>): Record<Group, number> {
  const of = (group: Group) => {
    const ranks = entries.filter((entry) => entry.group === group).map(({ name }) => rank.get(name)!);
    return ranks.length === 0 ? 0 : ranks.reduce((sum, value) => sum + value, 0) / ranks.length;
  };
  return { hold: of("hold"), buy: of("buy"), sell: of("sell") };
}

function sums(entries: readonly Entry[], returnOf: (name: string) => number): Record<string, number> {
  return Object.fromEntries(
    GROUPS.flatMap((group) => {
      const own = entries.filter((entry) => entry.group === group);
      const value = own.reduce((sum, { name, weight }) => sum + weight * returnOf(name), 0);
      const weight = own.reduce((sum, entry) => sum + entry.weight, 0);
      return [
        [`${group}_value`, value],
        [`${group}_weight`, weight],
        [`${group}_mean`, weight === 0 ? 0 : value / weight],
      ] as const;
    }),
  );
}

function returnTable(rows: readonly Record<string, number>[]): ColumnTable {
  const totals = { hold: 0, buy: 0, sell: 0, buy_minus_sell: 0 };
  const whole = rows.map((row) => {
    const more = {
      ...row,
      buy_minus_sell_value: row.buy_value! - row.sell_value!,
      buy_minus_sell_mean: row.buy_mean! - row.sell_mean!,
      buy_plus_sell_weight: row.buy_weight! + row.sell_weight!,
    };
    for (const name of Object.keys(totals) as (keyof typeof totals)[])
      totals[name] += (more as Record<string, number>)[`${name}_mean`]!;
    const cumulative = Object.entries(totals).map(([name, value]) => [`cum_${name}`, value] as const);
    return { ...more, ...Object.fromEntries(cumulative) } as Record<string, number>;
  });
  return rowTable(whole, [
    ...GROUPS.flatMap((group) => [`${group}_value`, `${group}_weight`, `${group}_mean`]),
    "buy_minus_sell_value",
    "buy_minus_sell_mean",
    "buy_plus_sell_weight",
    ...Object.keys(totals).map((name) => `cum_${name}`),
  ]);
}

function rowTable(rows: readonly Record<string, number>[], names: readonly string[]): ColumnTable {
  return table({
    datetime: rows.map(({ date }) => new Date(date!)),
    ...Object.fromEntries(names.map((name) => [name, Float64Array.from(rows, (row) => row[name]!)])),
  });
}
