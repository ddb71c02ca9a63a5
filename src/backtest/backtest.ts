import { resampleCalendar } from "../calendar/resample-calendar.js";
import type { Market } from "../data/market.js";
import type { ComponentConfig } from "../config/component-config.js";
import { formatDatetime, parseDatetime, type DatetimeInput } from "../engine/datetime.js";
import { refuseUnknownOptions } from "../engine/refuse-unknown-options.js";
import { InvalidArgumentError } from "../errors.js";
import { host } from "../host/host.js";
import { Account } from "./account.js";
import { BacktestResult } from "./backtest-result.js";
import { benchmarkReturns, compounded, type Benchmark } from "./benchmark.js";
import { Exchange, type ExchangeOptions } from "./exchange.js";
import { oneOf, type Executor } from "./executor.js";
import { initialPosition, type InitialAccount, type PositionType } from "./initial-position.js";
import { makeExecutor, makeStrategy } from "./make-strategy.js";
import { executorLevels } from "./nested-executor.js";
import type { Fill } from "./order.js";
import type { Position } from "./position.js";
import { Quotes } from "./quotes.js";
import { SimulatorExecutor } from "./simulator-executor.js";
import type { Strategy, StrategyNeeds } from "./strategy.js";
import { Trading, tradeStep, type TradingLevel } from "./trading-level.js";

export interface BacktestOptions {
  /** An object, or `{ class, kwargs }` with Qlib's names: `{ class: "TopkDropoutStrategy", kwargs: { signal, topk: 50, n_drop: 5 } }`. */
  readonly strategy: Strategy | ComponentConfig;
  /** First and last day, both inclusive. */
  readonly start: DatetimeInput;
  readonly end: DatetimeInput;
  /** What the account begins with: cash, or cash and holdings. Default 100,000,000. */
  readonly account?: InitialAccount;
  /** What to compare with. Default: the market's, if it has one. */
  readonly benchmark?: Benchmark;
  /** Prices, limits, lots and costs; or an exchange opened before, with its quotes in memory. */
  readonly exchange?: Exchange | Omit<ExchangeOptions, "start" | "end">;
  /** Default: a {@link SimulatorExecutor} with steps of a day. */
  readonly executor?: Executor | ComponentConfig;
  /** Default `Position`. */
  readonly posType?: PositionType;
  /** Called after each step of the outermost level, to watch or to stop (by throwing). */
  readonly onStep?: (step: BacktestProgress) => void;
}

/** A step that has just ended. */
export interface BacktestProgress {
  /** Trade date, epoch ms (UTC). */
  readonly datetime: number;
  /** Worth of the account, money. */
  readonly account: number;
  readonly fills: readonly Fill[];
  /** Steps done, of `total`. */
  readonly done: number;
  readonly total: number;
}

/**
 * Trades a strategy step by step over [start, end], which move inwards to trading days.
 *
 * On each day the strategy decides with what was known the trading day before, its orders are dealt one by one, and
 * the account is marked to the close. The first day of the calendar has no day before it and is no trade date. Only
 * the last day's end needs nothing after it: the calendar's last day can be traded. It can be interrupted at any step.
 *
 * In Qlib: qlib.backtest.backtest, qlib.contrib.evaluate.backtest_daily
 *
 * @throws InvalidArgumentError when no trading day lies in the range, `account` makes no sense, or the market's bars
 *   do not make up
 *   the executor's steps.
 * @example
 * const market = await openMarket("synthetic://?instruments=4&days=30&seed=1");
 * const waits = { decide: () => [] };
 * const { report } = await backtest(market, { strategy: waits, start: "2015-01-05", end: "2015-01-09", account: 1000 });
 * [report.numRows(), report.get("account", 4)] // -> [5, 1000]
 */
export async function backtest(market: Market, options: BacktestOptions): Promise<BacktestResult> {
  refuseUnknownOptions("Cannot back-test", options, OPTIONS);
  const { account = 1e8, onStep } = options;
  const strategy = makeStrategy(options.strategy);
  const executor = options.executor ? makeExecutor(options.executor) : new SimulatorExecutor();
  const posType = oneOf("posType", options.posType ?? "Position", ["Position", "InfPosition"]);
  const steps = resampleCalendar(market.calendar, executor.freq, { region: market.region });
  const [from, to] = stepRange(market, options, steps.starts);
  const [firstBar, endBar] = [steps.starts[from]!, steps.starts[to]!];
  const benchmark = options.benchmark === undefined ? (market.benchmark ?? null) : options.benchmark;
  const base =
    options.exchange instanceof Exchange
      ? options.exchange
      : await Exchange.open(market, {
          ...options.exchange,
          // What is held already is worth its last close, which may lie further back.
          start: market.calendar.at(typeof account === "object" ? 0 : steps.starts[from - 1]!),
          end: market.calendar.at(endBar - 1),
        });
  const returns = await benchmarkReturns(market, benchmark, firstBar, endBar);

  const history = strategy.needs && (await loadHistory(market, strategy.needs, steps, from, to));

  const level = (executors: readonly Executor[], position?: Position): TradingLevel => {
    const [own, ...inner] = executors;
    const { exchange, starts } = base.resample(own!.freq);
    const held = position ?? initialPosition(account, posType, exchange, from);
    return {
      executor: own!,
      exchange,
      starts,
      account: new Account(held, own!, { isOutermost: position === undefined }),
      bench: (step) => compounded(returns, starts[step]! - firstBar, starts[step + 1]! - firstBar),
      inner: inner.length ? level(inner, held) : undefined,
    };
  };
  const outermost = level(executorLevels(executor));
  const { exchange } = outermost;
  const { position } = outermost.account;
  const trading = new Trading();
  const progress = host.progress("Back-test", to - from);
  try {
    for (let step = from; step < to; step++) {
      await host.breathe();
      const orders = await strategy.decide(tradeStep(exchange, step, position, history && { history }));
      const fills = await trading.run(outermost, step, orders);
      const [datetime, done] = [exchange.calendar.at(step), step - from + 1];
      onStep?.({ datetime, account: position.value, fills, done, total: to - from });
      progress.update(done, formatDatetime(datetime));
    }
  } finally {
    progress.end();
  }
  const missing = returns.filter(Number.isNaN).length;
  return new BacktestResult(tablesOf(outermost), {
    settings: {
      market: market.address,
      start: formatDatetime(exchange.calendar.at(from)),
      end: formatDatetime(exchange.calendar.at(to - 1)),
      benchmark: isPlain(benchmark) ? benchmark : "series",
      account: outermost.account.initial,
      strategy: nameOf(strategy),
      executor: executor.facts(),
      exchange: exchange.facts(),
    },
    notes: [
      ...(missing ? [`the benchmark has no return on ${missing} of ${returns.length} bars: taken as 0`] : []),
      ...base.notes(),
      ...(strategy.notes?.() ?? []),
    ],
  });
}

const OPTIONS = ["strategy", "start", "end", "account", "benchmark", "exchange", "executor", "posType", "onStep"];

/** On the steps' calendar, from as many steps before the first one as are wanted and there. */
async function loadHistory(
  market: Market,
  { fields, steps }: StrategyNeeds,
  { calendar, starts }: ReturnType<typeof resampleCalendar>,
  from: number,
  to: number,
): Promise<Quotes> {
  const start = market.calendar.at(starts[Math.max(0, from - 1 - steps)]!);
  const quotes = Quotes.from(
    await market.loadBars({ fields, universe: "all", start, end: market.calendar.at(starts[to]! - 1) }),
  );
  return starts.length === market.calendar.length + 1 ? quotes : quotes.resample(calendar, starts, () => "last");
}

/** A strategy of one's own is often a plain object, which has no name. */
const nameOf = (strategy: Strategy): string =>
  strategy.constructor === Object ? "a strategy of one's own" : strategy.constructor.name;

const isPlain = (benchmark: Benchmark): benchmark is string | readonly string[] | null =>
  benchmark === null || typeof benchmark === "string" || Array.isArray(benchmark);

function tablesOf(level: TradingLevel | undefined): Map<string, ReturnType<Account["tables"]>> {
  if (!level) return new Map();
  return new Map([[level.executor.freq, level.account.tables()], ...tablesOf(level.inner)]);
}

/** Steps whose bars all lie in the range, with a step before the first. */
function stepRange(market: Market, options: BacktestOptions, starts: Int32Array): [from: number, to: number] {
  const { calendar } = market;
  const [firstBar, endBar] = calendar.rangeOf(options);
  const from = Math.max(
    1,
    starts.subarray(0, -1).findIndex((start) => start >= firstBar),
  );
  let to = starts.length - 1;
  while (to > 0 && starts[to]! > endBar) to--;
  const last = starts.at(-2) ?? 0;
  if (firstBar > last || from >= to)
    throw new InvalidArgumentError(
      `Cannot back-test: no trading day with one before it between ${formatDatetime(parseDatetime(options.start))} and ${formatDatetime(parseDatetime(options.end))}\n  the market has ${String(calendar)}`,
    );
  return [from, to];
}
