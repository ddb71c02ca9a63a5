import { pairSeries, type PairedReturns } from "./pair-series.js";
import type { ReturnSeries } from "./return-series.js";
import { groupByPeriod, type Period, type PeriodReturns } from "./period-returns.js";
import { average, deviation } from "./series-moments.js";
import { curve, underwater } from "./wealth.js";
import { drawdowns, type Drawdown } from "./drawdowns.js";

/** How returns add up over time: compounded (`product`) or added (`sum`). */
export type Compounding = "sum" | "product";

/** The trials that a deflated figure allows for. */
export interface Trials {
  /** How many strategies were tried, this one included. */
  readonly count: number;
  /** Standard deviation (ddof 1) of their Sharpe ratios, per period, not annualised. */
  readonly sharpeStd: number;
}

/** What every statistic is computed with. */
export interface Conventions {
  readonly periodsPerYear: number;
  /** Per year, as a decimal. */
  readonly riskFree: number;
  readonly mode: Compounding;
}

/**
 * One series of returns as statistics see it: what is missing left out, the costly parts computed once and only when asked for.
 */
export class ReturnFacts {
  readonly conventions: Conventions;
  /** Returns that are present, in order of time. */
  readonly returns: Float64Array;
  /** Their dates, epoch ms (UTC). */
  readonly dates: Float64Array | undefined;
  /** Periods without a return: left out of everything. */
  readonly missing: number;
  readonly trials: Trials | undefined;
  readonly #series: ReturnSeries;
  readonly #benchmark: ReturnSeries | undefined;
  readonly #kept = new Map<string, unknown>();

  constructor(series: ReturnSeries, conventions: Conventions, benchmark?: ReturnSeries, trials?: Trials) {
    this.conventions = conventions;
    this.trials = trials;
    this.#series = series;
    this.#benchmark = benchmark;
    const here = (i: number) => !Number.isNaN(series.values[i]!);
    const whole = !series.values.some(Number.isNaN);
    this.returns = whole ? series.values : series.values.filter((_, i) => here(i));
    this.dates = whole ? series.dates : series.dates?.filter((_, i) => here(i));
    this.missing = series.values.length - this.returns.length;
  }

  /** Periods with a return. */
  get n(): number {
    return this.returns.length;
  }
  get periodsPerYear(): number {
    return this.conventions.periodsPerYear;
  }
  get compounds(): boolean {
    return this.conventions.mode === "product";
  }
  /** n / periods per year */
  get years(): number {
    return this.n / this.periodsPerYear;
  }
  /** Risk-free return per period: (1 + rf)^(1/N) − 1 compounded, rf / N added. */
  get riskFreePerPeriod(): number {
    const { riskFree, periodsPerYear } = this.conventions;
    return this.compounds ? (1 + riskFree) ** (1 / periodsPerYear) - 1 : riskFree / periodsPerYear;
  }
  /** Returns less the risk-free return. */
  get excess(): Float64Array {
    const free = this.riskFreePerPeriod;
    return free === 0 ? this.returns : this.#once("excess", () => this.returns.map((value) => value - free));
  }
  get mean(): number {
    return this.#once("mean", () => average(this.returns));
  }
  /** ddof 1 */
  get std(): number {
    return this.#once("std", () => deviation(this.returns));
  }
  /** Mean over standard deviation (ddof 1) of the excess return, per period; NaN where the deviation is 0. */
  get sharpe(): number {
    return this.#once("sharpe", () => {
      const spread = deviation(this.excess);
      return spread === 0 ? NaN : average(this.excess) / spread;
    });
  }
  /** What the whole series returns: Π(1 + r) − 1, or Σr. NaN when there is none. */
  get total(): number {
    return this.#once("total", () => total(this.returns, this.conventions.mode));
  }
  /** Per year: (1 + total)^(N/n) − 1, or mean · N. */
  get annual(): number {
    return annual(this.returns, this.conventions);
  }
  /** Cumulative return after each period. */
  get curve(): Float64Array {
    return this.#once("curve", () => curve(this.returns, this.conventions.mode));
  }
  /** Distance from the highest point so far, ≤ 0; the start counts as a point. */
  get underwater(): Float64Array {
    return this.#once("underwater", () => underwater(this.curve, this.conventions.mode));
  }
  get drawdowns(): readonly Drawdown[] {
    return this.#once("drawdowns", () => drawdowns(this.underwater));
  }
  get maxDrawdown(): number {
    return this.#once("maxDrawdown", () =>
      this.n === 0 ? NaN : this.underwater.reduce((worst, value) => Math.min(worst, value), 0),
    );
  }
  get positive(): Float64Array {
    return this.#once("positive", () => this.returns.filter((value) => value > 0));
  }
  get negative(): Float64Array {
    return this.#once("negative", () => this.returns.filter((value) => value < 0));
  }
  /** Returns by calendar week, month, quarter or year; needs dates. */
  by(period: Period): PeriodReturns {
    return this.#once(period, () => groupByPeriod(this.returns, this.dates!, period, this.conventions.mode));
  }
  get hasBenchmark(): boolean {
    return this.#benchmark !== undefined;
  }
  /** Strategy and benchmark on the periods that both have; needs a benchmark. */
  get paired(): PairedReturns {
    return this.#once("paired", () => pairSeries(this.#series, this.#benchmark!));
  }
  /** Return of the strategy less that of the benchmark. */
  get active(): Float64Array {
    const { returns, benchmark } = this.paired;
    return this.#once("active", () => returns.map((value, i) => value - benchmark[i]!));
  }

  #once<T>(name: string, compute: () => T): T {
    if (!this.#kept.has(name)) this.#kept.set(name, compute());
    return this.#kept.get(name) as T;
  }
}

/** Π(1 + r) − 1, or Σr; NaN for no returns. */
export function total(returns: Float64Array, mode: Compounding): number {
  if (returns.length === 0) return NaN;
  let value = mode === "product" ? 1 : 0;
  for (let i = 0; i < returns.length; i++) value = mode === "product" ? value * (1 + returns[i]!) : value + returns[i]!;
  return mode === "product" ? value - 1 : value;
}

/** The total per year: (1 + total)^(N/n) − 1, or mean · N. */
export function annual(returns: Float64Array, { mode, periodsPerYear }: Conventions): number {
  const whole = total(returns, mode);
  const scale = periodsPerYear / returns.length;
  return mode === "product" ? (1 + whole) ** scale - 1 : whole * scale;
}
