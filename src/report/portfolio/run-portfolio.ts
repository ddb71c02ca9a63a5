import { table, type ColumnTable } from "arquero";
import { probabilityOfOverfitting } from "../../analysis/luck/overfitting.js";
import { trialsOf } from "../../analysis/luck/deflated-sharpe.js";
import type { FillSource } from "../../analysis/portfolio/round-trips.js";
import { columnValues } from "../../engine/arquero.js";
import { host } from "../../host/host.js";
import type { PanelSource } from "../../panel/panel-from.js";
import { findTrials } from "../../tracking/find-trials.js";
import { R } from "../../tracking/r.js";
import type { Recorder } from "../../tracking/recorder.js";
import { leakStamp } from "../leak-stamp.js";
import type { Report } from "../report.js";
import type { SearchFacts } from "./luck.js";
import { nextReturns } from "./next-returns.js";
import { portfolioReport, type PortfolioReportOptions } from "./portfolio-report.js";

const FOLDER = "portfolio_analysis";
/** Combinations of halves: 12,870 for 16 blocks. */
const BLOCKS = 16;
/** A block of fewer days has no Sharpe ratio worth comparing. */
const FEWEST_DAYS = 4 * BLOCKS;

/** What a back-test says about itself, as far as a report repeats it. */
interface BacktestFacts {
  readonly periodsPerYear?: number;
  readonly benchmark?: unknown;
  readonly strategy?: Readonly<Record<string, unknown>>;
  readonly account?: number;
  readonly notes?: readonly string[];
}

/**
 * The portfolio report of a run, from what its back-test saved; nothing is traded again.
 *
 * Returns are added up and years have the days of the run's own `port_analysis`, so that the report's figures are the run's metrics.
 * Trials are counted over the whole store, overfitting over the experiment's back-tests of the same days.
 *
 * @throws MissingArtifactError when the run has no back-test.
 */
export async function loadPortfolioReport(
  recorder: Recorder,
  { freq = "1day", ...options }: PortfolioReportOptions & { readonly freq?: string } = {},
): Promise<Report> {
  const load = (name: string) => recorder.loadObject(`${FOLDER}/${name}`);
  const maybe = async (name: string) => ((await recorder.hasArtifact(`${FOLDER}/${name}`)) ? load(name) : undefined);
  const report = (await load(`report_normal_${freq}`)) as ColumnTable;
  const positions = (await maybe(`positions_normal_${freq}`)) as PanelSource | undefined;
  const orders = (await maybe(`orders_${freq}`)) as ColumnTable | undefined;
  const labels = positions && (await labelsOf(recorder));
  const facts = ((await maybe("facts")) ?? {}) as BacktestFacts;
  const { warnings, assurances } = await leakStamp(recorder);
  const { periodsPerYear = facts.periodsPerYear ?? 252, mode = "sum" } = options;
  return portfolioReport(withoutBenchmark(report, facts), {
    title: `Portfolio report · ${recorder.name}`,
    mode,
    periodsPerYear,
    ...(positions && { positions }),
    ...(labels && { labels }),
    ...(orders && { fills: fillsOf(orders) }),
    search: await searchFacts(recorder, freq, periodsPerYear),
    notes: [
      ...warnings.map((warning) => `Warning: ${warning}`),
      ...assurances,
      settingsNote(facts),
      ...(facts.notes ?? []).map(asSentence),
    ],
    ...options,
  });
}

async function labelsOf(recorder: Recorder): Promise<PanelSource | undefined> {
  const labels = (await recorder.hasArtifact("label")) ? await recorder.loadObject("label") : null;
  const expression = (await recorder.listTags()).label;
  return labels === null || typeof expression !== "string" ? undefined : nextReturns(labels as PanelSource, expression);
}

/** Without a benchmark the back-test writes 0 for its return: that is no series to compare with. */
function withoutBenchmark(report: ColumnTable, { benchmark }: BacktestFacts): ColumnTable {
  return benchmark === null ? report.select(report.columnNames().filter((name) => name !== "bench")) : report;
}

function fillsOf(orders: ColumnTable): FillSource {
  const directions = columnValues(orders, "direction") as ArrayLike<string>;
  const amounts = columnValues(orders, "deal_amount") as ArrayLike<number>;
  return {
    datetime: columnValues(orders, "datetime"),
    instrument: columnValues(orders, "instrument"),
    amount: Float64Array.from(amounts, (amount, row) => (directions[row] === "sell" ? -amount : amount)),
    price: columnValues(orders, "price"),
    cost: columnValues(orders, "cost"),
  };
}

async function searchFacts(recorder: Recorder, freq: string, periodsPerYear: number): Promise<SearchFacts> {
  const found = await findTrials(recorder, `${freq}.excess_return_with_cost.information_ratio`);
  const overfitting = await overfittingAmong(recorder, freq);
  if (!found) return overfitting ? { overfitting } : {};
  const perPeriod = found.values.map((ratio) => ratio / Math.sqrt(periodsPerYear));
  return {
    trials: { ...trialsOf(perPeriod), count: found.count },
    lacking: found.lacking,
    ...(overfitting && { overfitting }),
  };
}

/** Over the back-tests of the run's experiment that have every one of its days; undefined when there are none, or too few days. */
async function overfittingAmong(recorder: Recorder, freq: string): Promise<SearchFacts["overfitting"]> {
  const experiment = await R.getExp({ experimentId: recorder.experimentId, create: false }).catch(() => undefined);
  if (!experiment) return undefined;
  const excess = new Map<string, Map<number, number>>();
  for (const other of await experiment.listRecorders()) {
    await host.breathe();
    const name = `${FOLDER}/report_normal_${freq}`;
    if (await other.hasArtifact(name)) excess.set(other.id, excessByDay((await other.loadObject(name)) as ColumnTable));
  }
  const days = [...(excess.get(recorder.id)?.keys() ?? [])];
  const comparable = [...excess].filter(([, byDay]) => days.every((day) => byDay.has(day)));
  if (comparable.length < 2 || days.length < FEWEST_DAYS) return undefined;
  const columns = comparable.map(([id, byDay]) => [id, Float64Array.from(days, (day) => byDay.get(day)!)] as const);
  const found = await probabilityOfOverfitting(table(Object.fromEntries(columns)), { splits: BLOCKS });
  return { ...found, strategies: comparable.length };
}

function excessByDay(report: ColumnTable): Map<number, number> {
  const column = (name: string) => columnValues(report, name) as ArrayLike<number>;
  const [returns, cost, bench] = [column("return"), column("cost"), column("bench")];
  const days = columnValues(report, "datetime") as ArrayLike<Date>;
  return new Map(
    Array.from(days, (day, row) => [
      Number(day),
      returns[row]! - cost[row]! - (Number.isNaN(bench[row]!) ? 0 : bench[row]!),
    ]),
  );
}

const asSentence = (text: string) => `${text.charAt(0).toUpperCase()}${text.slice(1)}${text.endsWith(".") ? "" : "."}`;

function settingsNote({ strategy, account, benchmark }: BacktestFacts): string {
  const text = (value: unknown) => (typeof value === "string" ? value : JSON.stringify(value));
  const parts = [
    ...(strategy ? [`strategy ${text(strategy)}`] : []),
    ...(account !== undefined ? [`account ${account.toLocaleString("en-US")}`] : []),
    `benchmark ${benchmark === null || benchmark === undefined ? "none" : text(benchmark)}`,
  ];
  return `Back-test: ${parts.join(", ")}.`;
}
