import { table, type ColumnTable } from "arquero";
import { indicatorAnalysis, type IndicatorMethod } from "../analysis/indicator-analysis.js";
import { riskAnalysis, type RiskFigures } from "../analysis/risk-analysis.js";
import type { BacktestLevel } from "../backtest/account.js";
import { backtest } from "../backtest/backtest.js";
import { keyFigures, type BacktestResult } from "../backtest/backtest-result.js";
import { Exchange } from "../backtest/exchange.js";
import { Executor } from "../backtest/executor.js";
import { executorLevels } from "../backtest/nested-executor.js";
import { freqKey } from "../calendar/frequency.js";
import { camelKeys, isComponentConfig } from "../config/component-config.js";
import type { Market } from "../data/market.js";
import { columnValues } from "../engine/arquero.js";
import { refuseUnknownOptions } from "../engine/refuse-unknown-options.js";
import { Panel } from "../panel/panel.js";
import type { PanelSource } from "../panel/panel-from.js";
import type { Fact, View } from "../panel/view.js";
import { ACRecordTemp, type ACRecordTempOptions } from "./ac-record-temp.js";
import { marketOfRun, type MarketSource } from "./market-of-run.js";
import {
  backtestRange,
  portAnaConfig,
  resolveParts,
  type PortAnaConfig,
  type ReadPortAnaConfig,
} from "./port-ana-config.js";
import { RecordResult } from "./record-result.js";
import type { RecordClass } from "./record-temp.js";
import { SignalRecord } from "./signal-record.js";

export interface PortAnaRecordOptions extends ACRecordTempOptions {
  /**
   * What is traded and how. Default: `TopkDropoutStrategy` with topk 50 and nDrop 5, daily, on the dates of the
   * prediction.
   */
  readonly config?: PortAnaConfig;
  /** Where the quotes come from: a market or its address. Default: the one the run's dataset was made of. */
  readonly market?: MarketSource;
  /** Levels whose risk is analysed, such as `"day"`. Default: the outermost one with a report. */
  readonly riskAnalysisFreq?: string | readonly string[] | null;
  /** Levels whose indicators are analysed. Default: as above. */
  readonly indicatorAnalysisFreq?: string | readonly string[] | null;
  /** How indicators are averaged over the steps. Default `mean`: by number of orders. */
  readonly indicatorAnalysisMethod?: IndicatorMethod | null;
}

/**
 * Trades a recorded prediction and keeps what happened: reports are drawn from these tables, without trading again.
 *
 * Needs `pred` of {@link SignalRecord}; an old run is analysed again with `new PortAnaRecord({ recorder: oldRun,
 * config })`, nothing is trained. Writes in the folder `portfolio_analysis`, `<f>` being the frequency of a level,
 * `1day` as a rule; `datetime` is always the trade date (start of the step), rates are decimals (0.01 = 1 %), money is
 * in the market's currency, amounts and prices are adjusted (real shares ÷ factor, real price × factor):
 *
 *     artifact                     columns                                                                rows
 *     report_normal_<f>            datetime, account, return, total_turnover, turnover, total_cost,       one per step
 *                                  cost, value, cash, bench, cash_delay
 *     positions_normal_<f>         datetime, instrument, amount, price, weight, count                     one per step and holding
 *     indicators_normal_<f>        datetime, ffr, pa, pos, deal_amount, value, count                      one per step
 *     indicators_normal_<f>_obj    datetime, instrument, amount, inner_amount, deal_amount, trade_price,  one per order
 *                                  trade_value, trade_cost, trade_dir, ffr, pa, base_price
 *     orders_<f>                   datetime, instrument, direction, amount, deal_amount, price, value,    one per order
 *                                  cost, ffr, pa, reason
 *     port_analysis_<f>            kind, metric, risk                                                     10
 *     indicator_analysis_<f>       metric, value                                                          3: ffr, pa, pos
 *     facts                        plain values: market, benchmark, start, end, account, strategy,        -
 *                                  executor, exchange, periodsPerYear, notes
 *
 * In the report, `account` is cash + value after the step, net of costs; `return` the step's return on the account
 * before it, costs not taken off; `cost` and `turnover` (buys + sells) the step's money ÷ that account; `total_*`
 * running sums in money; `bench` the benchmark's return of the step (0: none); `cash_delay` proceeds that are not yet
 * to be spent. So the return after cost is `return − cost`, the excess `return − bench − cost`. In `positions`,
 * `weight` is the share of the account (cash has no row: it is 1 − Σ weight) and `count` the steps held. In `orders`,
 * `direction` is `buy` or `sell` and amounts are not negative; in `_obj`, buys are positive, sells negative,
 * `trade_dir` 1 or 0. A step without orders has NaN for ffr, pa and pos.
 *
 * `port_analysis` holds mean, std, annualized_return, information_ratio and max_drawdown (sum of returns, 238 days a
 * year) of `excess_return_without_cost` = return − bench, then of `excess_return_with_cost` = return − bench − cost.
 * Metrics: `<f>.<kind>.<metric>` (`1day.excess_return_with_cost.information_ratio`) and `<f>.ffr`, `<f>.pa`,
 * `<f>.pos`.
 *
 * In Qlib: qlib.workflow.record_temp.PortAnaRecord
 */
export class PortAnaRecord extends ACRecordTemp {
  static override readonly artifactPath: string = "portfolio_analysis";
  static override readonly dependCls: RecordClass = SignalRecord;
  static override readonly artifacts: readonly string[] = [];
  static override readonly usage: string = "await new PortAnaRecord({ recorder }).generate()";
  protected readonly config: ReadPortAnaConfig;
  protected readonly riskFreqs: readonly string[];
  readonly #indicatorFreqs: readonly string[];
  readonly #reportFreqs: readonly string[];
  readonly #method: IndicatorMethod;
  readonly #market: MarketSource | undefined;

  /**
   * @throws UnknownNameError for a key of the configuration that means nothing; InvalidArgumentError for a text
   * that is no frequency.
   */
  constructor(options: PortAnaRecordOptions) {
    super(options);
    if (new.target === PortAnaRecord) refuseUnknownOptions("Cannot make a PortAnaRecord", options, PORT_ANA_OPTIONS);
    const { config, market, riskAnalysisFreq, indicatorAnalysisFreq, indicatorAnalysisMethod } = options;
    this.config = portAnaConfig(config);
    this.#market = market;
    this.#reportFreqs = reportFreqs(this.config.executor);
    this.riskFreqs = freqsOf(riskAnalysisFreq, this.#reportFreqs);
    this.#indicatorFreqs = freqsOf(indicatorAnalysisFreq, this.#reportFreqs);
    this.#method = indicatorAnalysisMethod ?? "mean";
  }

  override list(): readonly string[] {
    const reported = (freq: string) => this.#reportFreqs.includes(freq);
    return [
      ...this.#reportFreqs.flatMap((freq) => [`report_normal_${freq}`, `positions_normal_${freq}`]),
      ...this.riskFreqs.filter(reported).map((freq) => `port_analysis_${freq}`),
      ...this.#indicatorFreqs.filter(reported).map((freq) => `indicator_analysis_${freq}`),
    ];
  }

  protected async compute(): Promise<RecordResult> {
    const pred = await this.prediction();
    const floor = await this.openFloor(pred);
    const result = await this.trade(pred, floor);
    const notes = [...floor.notes, ...result.notes];
    const { metrics, objects } = this.analyse(result, notes);
    this.recorder.logMetrics(metrics);
    await this.save({ ...objects, facts: this.facts(result, notes) });
    return this.generated(Object.keys(objects).concat("facts"), metrics, notes, result);
  }

  protected async prediction(): Promise<Panel> {
    return Panel.from((await this.load("pred")) as PanelSource);
  }

  /** What all back-tests of a prediction share: market, dates, quotes in memory. */
  protected async openFloor(pred: Panel): Promise<TradingFloor> {
    const market = await marketOfRun(this.recorder, this.#market);
    const { start, end, notes } = backtestRange(this.config.backtest, pred, market);
    const exchange = await Exchange.open(market, {
      ...this.config.backtest.exchangeKwargs,
      start: start - QUOTES_BEFORE_MS,
      end,
    });
    return { market, exchange, start, end, notes };
  }

  /** Back-tests a prediction as configured. */
  protected async trade(
    pred: Panel,
    floor: TradingFloor,
    config: ReadPortAnaConfig = this.config,
  ): Promise<BacktestResult> {
    const { account, benchmark, posType } = config.backtest;
    return backtest(floor.market, {
      ...(await resolveParts(config, pred)),
      start: floor.start,
      end: floor.end,
      exchange: floor.exchange,
      ...(account === undefined ? {} : { account }),
      ...(benchmark === undefined ? {} : { benchmark }),
      ...(posType === undefined ? {} : { posType }),
    });
  }

  protected facts(result: BacktestResult, notes: readonly string[]): PortAnaFacts {
    const settings = result.settings as unknown as Omit<PortAnaFacts, "freqs" | "periodsPerYear" | "notes">;
    return {
      ...settings,
      strategy: strategyFacts(this.config.strategy),
      freqs: this.#reportFreqs,
      periodsPerYear: 238,
      notes,
    };
  }

  protected generated(
    names: readonly string[],
    metrics: Readonly<Record<string, number>>,
    notes: readonly string[],
    result: BacktestResult,
  ): RecordResult {
    return new RecordResult({
      status: "generated",
      recorder: this.recorder,
      artifacts: names.map((name) => this.getPath(name)),
      metrics,
      notes,
      view: this.view(metrics, firstReport(result)),
    });
  }

  /** Artifacts and metrics of a back-test; frequencies that are not there are told in the notes. */
  protected analyse(
    result: BacktestResult,
    notes: string[],
  ): { readonly metrics: Record<string, number>; readonly objects: Record<string, unknown> } {
    const metrics: Record<string, number> = {};
    const objects: Record<string, unknown> = {};
    for (const [freq, { report, positions, indicators, orders }] of result.levels) {
      if (report) objects[`report_normal_${freq}`] = report;
      if (positions) objects[`positions_normal_${freq}`] = positions;
      objects[`indicators_normal_${freq}`] = indicators;
      objects[`indicators_normal_${freq}_obj`] = orderMetrics(orders);
      objects[`orders_${freq}`] = orders.select(ORDER_COLUMNS);
    }
    for (const freq of this.riskFreqs) {
      const report = result.levels.get(freq)?.report;
      if (!report) {
        notes.push(`no risk analysis of ${freq}: the executor keeps no report of that level`);
        continue;
      }
      const rows = portAnalysis(report, freq);
      for (const { kind, metric, risk } of rows) metrics[`${freq}.${kind}.${metric}`] = risk;
      objects[`port_analysis_${freq}`] = longTable(rows, ["kind", "metric"], "risk");
    }
    for (const freq of this.#indicatorFreqs) {
      const indicators = result.levels.get(freq)?.indicators;
      if (!indicators) {
        notes.push(`no indicator analysis of ${freq}: the executor has no such level`);
        continue;
      }
      const figures = indicatorAnalysis(indicators, this.#method);
      const rows = Object.entries(figures).map(([metric, value]) => ({ metric, value: value as number }));
      for (const { metric, value } of rows) metrics[`${freq}.${metric}`] = value;
      objects[`indicator_analysis_${freq}`] = longTable(rows, ["metric"], "value");
    }
    return { metrics, objects };
  }

  protected view(metrics: Readonly<Record<string, number>>, report?: ColumnTable): View {
    const facts: Record<string, Fact> = report ? keyFigures(report, this.#reportFreqs[0]) : { ...metrics };
    return { kind: "portfolio-report", title: "Portfolio analysis", facts, ref: this.recorder };
  }
}

/** All options there are; a workflow gives its model and its dataset to every record. */
const PORT_ANA_OPTIONS: readonly (keyof PortAnaRecordOptions | "model" | "dataset")[] = [
  "recorder",
  "model",
  "dataset",
  "skipExisting",
  "lenient",
  "config",
  "market",
  "riskAnalysisFreq",
  "indicatorAnalysisFreq",
  "indicatorAnalysisMethod",
];

/** What all back-tests of a prediction share. */
export interface TradingFloor {
  readonly market: Market;
  readonly exchange: Exchange;
  /** First and last trade date, epoch ms (UTC). */
  readonly start: number;
  readonly end: number;
  readonly notes: readonly string[];
}

/** Strategies may look at the step before the first; longer than any holiday. */
const QUOTES_BEFORE_MS = 40 * 86_400_000;

const ORDER_COLUMNS = "datetime instrument direction amount deal_amount price value cost ffr pa reason".split(" ");

const firstReport = ({ levels }: BacktestResult): ColumnTable | undefined =>
  [...levels.values()].find(({ report }: BacktestLevel) => report)?.report;

/** Class and options, as far as they are plain data. */
function strategyFacts(strategy: ReadPortAnaConfig["strategy"]): Record<string, unknown> {
  if (!isComponentConfig(strategy)) return { class: strategy.constructor.name };
  const plain = Object.entries(camelKeys(strategy.kwargs ?? {})).filter(([, value]) => isPlainFact(value));
  return { class: strategy.class, ...Object.fromEntries(plain) };
}

const isPlainFact = (value: unknown): boolean =>
  value === null || ["string", "number", "boolean"].includes(typeof value);

/** Levels that keep a report, outermost first. */
function reportFreqs(executor: ReadPortAnaConfig["executor"]): string[] {
  if (executor instanceof Executor)
    return executorLevels(executor).flatMap(({ generatePortfolioMetrics, freq }) =>
      generatePortfolioMetrics ? [freq] : [],
    );
  const { timePerStep = "day", generatePortfolioMetrics = true, innerExecutor } = camelKeys(executor.kwargs ?? {});
  return [
    ...(generatePortfolioMetrics ? [freqKey(timePerStep as string)] : []),
    ...(innerExecutor === undefined ? [] : reportFreqs(innerExecutor as ReadPortAnaConfig["executor"])),
  ];
}

function freqsOf(given: string | readonly string[] | null | undefined, reported: readonly string[]): string[] {
  if (given == null) return reported.slice(0, 1);
  return (typeof given === "string" ? [given] : given).map((freq) => freqKey(freq));
}

/** One row of the artifact `port_analysis_<f>`. */
export interface PortAnalysisRow {
  readonly kind: string;
  readonly metric: keyof RiskFigures;
  readonly risk: number;
}

/** Risk of the excess return without and with cost; ten rows. */
export function portAnalysis(report: ColumnTable, freq: string): PortAnalysisRow[] {
  const column = (name: string) => Float64Array.from(columnValues(report, name) as ArrayLike<number>);
  const [cost, bench] = [column("cost"), column("bench")];
  const without = column("return").map((value, i) => value - bench[i]!);
  const kinds = {
    excess_return_without_cost: without,
    excess_return_with_cost: without.map((value, i) => value - cost[i]!),
  };
  return Object.entries(kinds).flatMap(([kind, returns]) =>
    (Object.entries(riskAnalysis(returns, { freq })) as [keyof RiskFigures, number][]).map(([metric, risk]) => ({
      kind,
      metric,
      risk,
    })),
  );
}

/** Text columns and one of numbers. */
export function longTable<Row extends object>(
  rows: readonly Row[],
  texts: readonly (keyof Row & string)[],
  number: keyof Row & string,
): ColumnTable {
  return table({
    ...Object.fromEntries(texts.map((name) => [name, rows.map((row) => row[name])])),
    [number]: Float64Array.from(rows, (row) => row[number] as number),
  });
}

/** Orders as the reference names them: buys positive, sells negative. */
function orderMetrics(orders: ColumnTable): ColumnTable {
  const column = (name: string) => columnValues(orders, name) as ArrayLike<number>;
  const buys = Array.from(columnValues(orders, "direction") as ArrayLike<string>, (direction) => direction === "buy");
  const signed = (name: string) => Float64Array.from(column(name), (value, i) => (buys[i] ? value : -value));
  return table({
    datetime: Array.from(columnValues(orders, "datetime")),
    instrument: Array.from(columnValues(orders, "instrument")),
    amount: signed("amount"),
    inner_amount: signed("inner_amount"),
    deal_amount: signed("deal_amount"),
    trade_price: column("price"),
    trade_value: signed("value"),
    trade_cost: column("cost"),
    trade_dir: Float64Array.from(buys, (isBuy) => (isBuy ? 1 : 0)),
    ffr: column("ffr"),
    pa: column("pa"),
    base_price: column("base_price"),
  });
}

/** What stands in the artifact `portfolio_analysis/facts`: how the back-test was made. */
export interface PortAnaFacts {
  /** Address of the market the quotes came from. */
  readonly market: string;
  /** An instrument, several, `series` for returns given, or null: `bench` is 0. */
  readonly benchmark: string | readonly string[] | null;
  /** First and last trade date, `YYYY-MM-DD`. */
  readonly start: string;
  readonly end: string;
  /** Account at the start. */
  readonly account: number;
  /** Frequencies with a report, outermost first: `["1day"]`. */
  readonly freqs: readonly string[];
  /** Name of the strategy's class, and what it was made with as far as it is plain data. */
  readonly strategy: Readonly<Record<string, unknown>>;
  readonly executor: Readonly<Record<string, unknown>>;
  /** Costs, lots, limits as they were in force. */
  readonly exchange: Readonly<Record<string, unknown>>;
  /** Periods per year of `port_analysis`: 238. */
  readonly periodsPerYear: number;
  /** Sentences: what was left out or moved, and why. */
  readonly notes: readonly string[];
}
