import type { BacktestOptions } from "../backtest/backtest.js";
import type { ExchangeOptions } from "../backtest/exchange.js";
import { EXCHANGE_OPTIONS } from "../backtest/exchange-options.js";
import type { Executor } from "../backtest/executor.js";
import { makeExecutor, makeStrategy } from "../backtest/make-strategy.js";
import type { Strategy } from "../backtest/strategy.js";
import { camelKeys, type ComponentConfig } from "../config/component-config.js";
import { deepcopyBasicType, isPlainObject } from "../config/deepcopy-basic-type.js";
import type { Market } from "../data/market.js";
import { formatDatetime, parseDatetime, type DatetimeInput } from "../engine/datetime.js";
import { ConfigError, DataError, UnknownNameError } from "../errors.js";
import type { DatasetH } from "../dataset/dataset-h.js";
import type { Model } from "../model/model.js";
import type { Panel } from "../panel/panel.js";

/** Stands in a configuration for the recorded prediction. */
export const PRED = "<PRED>";

/** The part `backtest` of a configuration; snake_case names are taken too. */
export interface PortAnaBacktest {
  /** First trade date. Default: the first date of the prediction. */
  readonly startTime?: DatetimeInput | null;
  /** Last trade date. Default: the trading day before the last date of the prediction. */
  readonly endTime?: DatetimeInput | null;
  /** Default 100,000,000. */
  readonly account?: BacktestOptions["account"];
  /** Default: the market's. */
  readonly benchmark?: BacktestOptions["benchmark"];
  readonly exchangeKwargs?: Omit<ExchangeOptions, "start" | "end">;
  readonly posType?: BacktestOptions["posType"];
}

/** What {@link PortAnaRecord} trades: the same keys as in Qlib's workflow files, or real objects. */
export interface PortAnaConfig {
  /** `{ class, kwargs }` with {@link PRED} for the prediction, or an object. */
  readonly strategy?: ComponentConfig | Strategy;
  /** Default: a SimulatorExecutor with steps of a day. */
  readonly executor?: ComponentConfig | Executor;
  readonly backtest?: PortAnaBacktest | Readonly<Record<string, unknown>>;
}

/** A configuration with its defaults, names in camelCase, lists and mappings copied. */
export interface ReadPortAnaConfig {
  readonly strategy: ComponentConfig | Strategy;
  readonly executor: ComponentConfig | Executor;
  readonly backtest: PortAnaBacktest;
}

const KNOWN = ["startTime", "endTime", "account", "benchmark", "exchangeKwargs", "posType"];
const EXCHANGE = EXCHANGE_OPTIONS.filter((name) => name !== "start" && name !== "end");

/** @throws UnknownNameError for a key that means nothing, with the nearest one. */
export function portAnaConfig(config: PortAnaConfig = {}): ReadPortAnaConfig {
  const given = deepcopyBasicType(config) as PortAnaConfig;
  checkKeys(given, ["strategy", "executor", "backtest"], "configuration");
  const backtest = camelKeys((given.backtest ?? {}) as Record<string, unknown>);
  checkKeys(backtest, KNOWN, "backtest");
  return {
    strategy: given.strategy ?? { class: "TopkDropoutStrategy", kwargs: { signal: PRED, topk: 50, nDrop: 5 } },
    executor: given.executor ?? { class: "SimulatorExecutor", kwargs: { timePerStep: "day" } },
    backtest: {
      ...backtest,
      exchangeKwargs: exchangeOptions((backtest.exchangeKwargs ?? {}) as Record<string, unknown>),
    },
  };
}

function exchangeOptions(given: Readonly<Record<string, unknown>>): Omit<ExchangeOptions, "start" | "end"> {
  const { codes, freq: _freq, ...options } = camelKeys(given);
  checkKeys(options, EXCHANGE, "exchange_kwargs");
  const pair = (value: unknown) =>
    Array.isArray(value) && value.length === 2 ? { buy: value[0], sell: value[1] } : value;
  const { limitThreshold, dealPrice, ...rest } = options;
  return {
    ...rest,
    ...(codes === undefined ? {} : { universe: codes }),
    ...(dealPrice == null ? {} : { dealPrice: pair(dealPrice) }),
    ...(limitThreshold === undefined ? {} : { limitThreshold: pair(limitThreshold) }),
  } as Omit<ExchangeOptions, "start" | "end">;
}

function checkKeys(options: object, known: readonly string[], where: string): void {
  for (const key of Object.keys(options))
    if (!known.includes(key)) throw new UnknownNameError(`key of the ${where}`, key, known);
}

/** Strategy and executor as objects, the prediction in its place; a signal given as `[model, dataset]` is predicted. */
export async function resolveParts(
  { strategy, executor }: ReadPortAnaConfig,
  pred: Panel,
): Promise<{ readonly strategy: Strategy; readonly executor: Executor }> {
  return {
    strategy: makeStrategy(await withPrediction(strategy, pred)),
    executor: makeExecutor(await withPrediction(executor, pred)),
  };
}

async function withPrediction<T>(config: T, pred: Panel): Promise<T> {
  if ((config as unknown) === PRED) return pred as T;
  if (isModelAndDataset(config)) return (await config[0].predict(config[1])) as T;
  if (Array.isArray(config)) return (await Promise.all(config.map((item) => withPrediction(item, pred)))) as T;
  if (!isPlainObject(config)) return config;
  const entries = Object.entries(config).map(async ([key, item]) => [key, await withPrediction(item, pred)]);
  return Object.fromEntries(await Promise.all(entries)) as T;
}

const isModelAndDataset = (value: unknown): value is [Model, DatasetH] =>
  Array.isArray(value) && value.length === 2 && typeof (value[0] as Partial<Model> | null)?.predict === "function";

/**
 * First and last trade date of a back-test, and what to tell about them.
 *
 * @throws DataError for a prediction without rows or whose dates do not meet the market's; ConfigError when nothing
 *   is left to trade.
 */
export function backtestRange(
  { startTime, endTime }: PortAnaBacktest,
  pred: Panel,
  market: Market,
): { readonly start: number; readonly end: number; readonly notes: readonly string[] } {
  const { calendar } = market;
  const [first, last] = [pred.dates[0], pred.dates.at(-1)];
  if (first === undefined || last === undefined)
    throw new DataError("Cannot back-test: the prediction has no rows\n  is the segment test empty?");
  if (first > calendar.last || last < calendar.first)
    throw new DataError(
      `Cannot back-test: the prediction runs from ${formatDatetime(first)} to ${formatDatetime(last)}, the market from ${formatDatetime(calendar.first)} to ${formatDatetime(calendar.last)}\n  is it the market the prediction was made on?`,
    );
  const notes: string[] = [];
  const start = startTime == null ? first : parseDatetime(startTime);
  let end = endTime == null ? NaN : parseDatetime(endTime);
  if (Number.isNaN(end)) {
    end = calendar.at(Math.max(0, calendar.lastAtOrBefore(last) - 1));
    notes.push(
      `the back-test ends on ${formatDatetime(end)}, the trading day before the prediction's last, ${formatDatetime(last)}; say endTime for another day`,
    );
  }
  if (end < start)
    throw new ConfigError(
      `Cannot back-test: it would start on ${formatDatetime(start)} and end on ${formatDatetime(end)}\n  a prediction of one day cannot be traded without an endTime after it`,
    );
  return { start, end, notes };
}
