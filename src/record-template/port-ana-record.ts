/**
 * Trades a recorded prediction and keeps what happened: reports are drawn from these tables, without trading again.
 *
 * Needs `pred` of {@link SignalRecord}; an old run is analysed again with `new PortAnaRecord({ recorder: oldRun, config })`,
 * nothing is trained. Writes in the folder `portfolio_analysis`, `<f>` being the frequency of a level, `1day` as a rule;
 * `datetime` is always the trade date (start of the step), rates are decimals (0.01 = 1 %), money is in the market's currency,
 * amounts and prices are adjusted (real shares ÷ factor, real price × factor):
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
 * In the report, `account` is cash + value after the step, net of costs; `return` the step's return on the account before
 * *before* cost; `cost` and `turnover` (buys + sells) the step's money ÷ that account; `total_*` running sums in money; `bench`
 * the benchmark's return of the step (0: none); `cash_delay` proceeds that are not yet to be spent. So the return after cost is
 * `return − cost`, the excess `return − bench − cost`. In `positions`, `weight` is the share of the account (cash has no row: it
 * is 1 − Σ weight) and `count` the steps held. In `orders`, `direction` is `buy` or `sell` and amounts are not negative; in `_obj`,
 * buys are positive, sells negative, `trade_dir` 1 or 0. A step without orders has NaN for ffr, pa and pos.
 *
 * `port_analysis` holds mean, std, annualized_return, information_ratio and max_drawdown (sum of returns, 238 days a year) of
 * `excess_return_without_cost` = return − bench, then of `excess_return_with_cost` = return − bench − cost. Metrics:
 * `<f>.<kind>.<metric>` (`1day.excess_return_with_cost.information_ratio`) and `<f>.ffr`, `<f>.pa`, `<f>.pos`.
 *
 * In Qlib: qlib.workflow.record_temp.PortAnaRecord
 */
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
