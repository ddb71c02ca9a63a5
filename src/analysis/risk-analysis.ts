import { refuseUnknownOptions } from "../engine/refuse-unknown-options.js";
import { InvalidArgumentError } from "../errors.js";
import { mean, std } from "./moments.js";

export interface RiskAnalysisOptions {
  /** Periods per year; wins over `freq`. */
  readonly N?: number | null;
  /** `day` (238 a year), `week` (50), `month` (12), `min` (57,120), with a count in front if wanted: `5min`. Default `day`. */
  readonly freq?: string | null;
  /** Returns are added up (`sum`, default) or compounded (`product`). */
  readonly mode?: "sum" | "product";
}

/** The five figures under Qlib's names, in Qlib's order. */
export interface RiskFigures {
  readonly mean: number;
  /** ddof 1; of ln(1 + r) in mode `product` */
  readonly std: number;
  readonly annualized_return: number;
  /** mean / std · √N */
  readonly information_ratio: number;
  /** ≤ 0, against the highest earlier value; the first value counts as reached, so a loss on day one is none. */
  readonly max_drawdown: number;
}

const PERIODS: readonly (readonly [RegExp, number])[] = [
  [/^(month|mon)$/, 12],
  [/^(week|w)$/, 50],
  [/^(day|d)$/, 238],
  [/^(minute|min)$/, 240 * 238],
];

/**
 * Mean, risk and worst loss of a series of returns per period.
 *
 * Missing values are left out, but count among the periods of mode `product`.
 *
 * In Qlib: qlib.contrib.evaluate.risk_analysis
 *
 * @param returns Simple returns as decimals, in order of time.
 * @throws InvalidArgumentError for an unknown frequency or mode.
 * @example
 * riskAnalysis([0.01, -0.02, 0.015, 0, -0.01]).annualized_return // -> -0.238
 */
export function riskAnalysis(given: ArrayLike<number>, options: RiskAnalysisOptions = {}): RiskFigures {
  refuseUnknownOptions("Cannot analyse the risk", options, ["N", "freq", "mode"]);
  const { freq = "day", mode = "sum" } = options;
  const returns = numbersOf(given);
  const N = options.N ?? periodsPerYear(freq);
  if (!(N > 0)) throw new InvalidArgumentError(`Cannot analyse the risk: N is ${N}, periods per year > 0 expected`);
  if (mode !== "sum" && mode !== "product")
    throw new InvalidArgumentError(`Cannot analyse the risk: mode "${String(mode)}" is neither "sum" nor "product"`);
  const product = mode === "product";
  let [curve, peak, drawdown] = [product ? 1 : 0, -Infinity, NaN];
  for (let i = 0; i < returns.length; i++) {
    const value = returns[i]!;
    if (Number.isNaN(value)) continue;
    curve = product ? curve * (1 + value) : curve + value;
    peak = Math.max(peak, curve);
    const loss = product ? curve / peak - 1 : curve - peak;
    drawdown = loss >= drawdown ? drawdown : loss;
  }
  const average = product ? curve ** (1 / returns.length) - 1 : mean(returns);
  const deviation = std(product ? Float64Array.from(returns, (value) => Math.log(1 + value)) : returns);
  return {
    mean: average,
    std: deviation,
    annualized_return: product ? curve ** (N / returns.length) - 1 : average * N,
    information_ratio: (average / deviation) * Math.sqrt(N),
    max_drawdown: drawdown,
  };
}

/** Missing values are NaN, as null is. */
function numbersOf(returns: ArrayLike<number | null>): Float64Array {
  if (returns instanceof Float64Array) return returns;
  if (!Array.isArray(returns) && !ArrayBuffer.isView(returns))
    throw new InvalidArgumentError(
      'Cannot analyse the risk: returns as numbers expected, one per period\n  of a back-test\'s report: riskAnalysis(report.array("return"))',
    );
  return Float64Array.from(returns as ArrayLike<number | null>, (value) => value ?? NaN);
}

function periodsPerYear(freq: string | null): number {
  if (freq === null)
    throw new InvalidArgumentError(
      "Cannot analyse the risk: neither N nor freq given, the periods per year are not known",
    );
  const [, count, unit] = /^(\d*)([a-z]+)$/.exec(freq.toLowerCase()) ?? [];
  const known = PERIODS.find(([pattern]) => unit !== undefined && pattern.test(unit));
  if (known && count !== "0") return known[1] / Number(count || 1);
  throw new InvalidArgumentError(
    `Cannot analyse the risk: unknown frequency "${freq}"\n  known: min, day, week, month, with a count in front if wanted; or give N`,
  );
}
