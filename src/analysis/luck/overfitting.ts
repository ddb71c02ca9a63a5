import type { ColumnTable } from "arquero";
import { refuseUnknownOptions } from "../../engine/refuse-unknown-options.js";
import { InvalidArgumentError } from "../../errors.js";
import { host } from "../../host/host.js";
import { columnsOf } from "../statistic/return-series.js";
import { average, deviation, slope } from "../statistic/series-moments.js";
import { combinations } from "./combinations.js";

export interface OverfittingOptions {
  /** Blocks the days are cut into: even, 2 to 20. Default 16, which makes 12,870 splits. */
  readonly splits?: number;
}

/** How often the best in one half of the days is below the middle in the other. */
export interface Overfitting {
  /** Share of splits with logit ≤ 0 */
  readonly pbo: number;
  /** ln(ω / (1 − ω)) of each split, in lexicographic order of the blocks chosen; ω = rank out of sample / (strategies + 1). */
  readonly logits: Float64Array;
  /** Sharpe ratio, per period, of the chosen strategy in and out of sample, one per split. */
  readonly inSample: Float64Array;
  readonly outOfSample: Float64Array;
  /** Line of the second on the first: a slope below 0 says that the better it looked, the worse it did. */
  readonly degradation: { readonly slope: number; readonly intercept: number; readonly r2: number };
  /** Share of splits in which the chosen strategy lost out of sample. */
  readonly probabilityOfLoss: number;
  /** How often each strategy was chosen, by name. */
  readonly chosen: Readonly<Record<string, number>>;
  /** Splits at the very middle (logit 0); they count as overfitted. */
  readonly middle: number;
  /** Days used, days left out because a strategy lacks a return, days left out at the end because they do not divide. */
  readonly days: number;
  readonly missing: number;
  readonly remainder: number;
  /** The rules, in words, as a report prints them. */
  readonly convention: string;
}

/**
 * Probability of backtest overfitting by combinatorially symmetric cross-validation.
 *
 * The days are cut into equal blocks; for every choice of half of the blocks the strategy with the best Sharpe ratio there is looked up in
 * the other half. Where skill is real it ranks high again; where the best was only the luckiest it ranks anywhere, and the share of
 * splits in which it is in the lower half nears ½.
 *
 * (Bailey, Borwein, López de Prado and Zhu, "The probability of backtest overfitting", Journal of Computational Finance 20, 2017.)
 *
 * Rules, which packages state differently: the last n mod `splits` days are left out; equal ranks out of sample are averaged; of equal ones
 * in sample the first is chosen; a strategy with constant returns in a half ranks last there; logit 0 counts as overfitted.
 *
 * @param strategies One column of returns per strategy, at least two, same days; a column `datetime` or `date` is ignored.
 * @throws InvalidArgumentError for fewer than two strategies, an odd number of splits, or fewer than two days a block.
 * @example
 * (await probabilityOfOverfitting({ a: [0.01, 0.02, 0.01, 0.03], b: [0, -0.01, 0, -0.02] }, { splits: 2 })).pbo // -> 0
 */
export async function probabilityOfOverfitting(
  strategies: ColumnTable | Readonly<Record<string, ArrayLike<number>>>,
  options: OverfittingOptions = {},
): Promise<Overfitting> {
  refuseUnknownOptions("Cannot compute the probability of overfitting", options, ["splits"]);
  const { splits = 16 } = options;
  if (!Number.isInteger(splits) || splits % 2 || splits < 2 || splits > 20)
    throw new InvalidArgumentError(
      `Cannot compute overfitting: ${splits} splits, an even number from 2 to 20 expected`,
    );
  const { names, columns, missing } = completeDays(strategies);
  const all = columns[0]!.length;
  const size = Math.floor(all / splits);
  if (size < 2)
    throw new InvalidArgumentError(
      `Cannot compute overfitting: ${all} days with a return of every strategy make ${splits} blocks of ${size}, at least 2 days a block expected\n  give fewer splits, or leave out strategies with short histories`,
    );
  const days = size * splits;
  const blocks = columns.map((column) => blockSums(column.subarray(0, days), splits));

  const half = splits / 2;
  const [logits, inSample, outOfSample] = [[] as number[], [] as number[], [] as number[]];
  const chosen = new Int32Array(names.length);
  const [ins, outs] = [new Float64Array(names.length), new Float64Array(names.length)];
  for (const picked of combinations(splits, half)) {
    if (logits.length % 256 === 0) await host.breathe();
    let best = 0;
    for (let k = 0; k < blocks.length; k++) {
      const { sums, squared, total, totalSquared, center } = blocks[k]!;
      let [sum, square] = [0, 0];
      for (let i = 0; i < half; i++) {
        sum += sums[picked[i]!]!;
        square += squared[picked[i]!]!;
      }
      ins[k] = sharpe(sum, square, days / 2, center);
      outs[k] = sharpe(total - sum, totalSquared - square, days / 2, center);
      if (ins[k]! > ins[best]!) best = k;
    }
    const omega = rankOf(outs, best) / (names.length + 1);
    logits.push(Math.log(omega / (1 - omega)));
    inSample.push(ins[best]!);
    outOfSample.push(outs[best]!);
    chosen[best]!++;
  }
  return summary({
    logits: Float64Array.from(logits),
    inSample: Float64Array.from(inSample),
    outOfSample: Float64Array.from(outOfSample),
    chosen: Object.fromEntries(names.map((name, k) => [name, chosen[k]!])),
    days,
    missing,
    remainder: all - days,
    convention:
      `Sharpe ratio per period, ddof 1; ${splits} contiguous blocks of ${size} days, ${logits.length} splits; ${all - days} days at the end left out; ` +
      "ties out of sample share the average rank, in sample the first is chosen; logit ≤ 0 counts as overfitted",
  });
}

type Parts = Omit<Overfitting, "pbo" | "degradation" | "probabilityOfLoss" | "middle">;

function summary(parts: Parts): Overfitting {
  const { logits, inSample, outOfSample } = parts;
  const known = (_: number, i: number) => Number.isFinite(inSample[i]!) && Number.isFinite(outOfSample[i]!);
  const [x, y] = [inSample.filter(known), outOfSample.filter(known)];
  const line = slope(y, x);
  return {
    pbo: logits.filter((logit) => logit <= 0).length / logits.length,
    degradation: {
      slope: line,
      intercept: average(y) - line * average(x),
      r2: ((line * deviation(x)) / deviation(y)) ** 2,
    },
    probabilityOfLoss: outOfSample.filter((value) => value < 0).length / logits.length,
    middle: logits.filter((logit) => logit === 0).length,
    ...parts,
  };
}

/** Columns on the days on which all have a return. */
function completeDays(strategies: ColumnTable | Readonly<Record<string, ArrayLike<number>>>) {
  const { names: all, get } = columnsOf(strategies);
  const names = all.filter((name) => name !== "datetime" && name !== "date");
  if (names.length < 2)
    throw new InvalidArgumentError(
      `Cannot compute overfitting: ${names.length === 1 ? `only "${names[0]}"` : "no strategy"}, the returns of at least two expected`,
    );
  const raw = names.map((name) => Float64Array.from(get(name), (value) => (value == null ? NaN : Number(value))));
  const length = raw[0]!.length;
  const other = raw.findIndex((column) => column.length !== length);
  if (other > 0)
    throw new InvalidArgumentError(
      `Cannot compute overfitting: "${names[0]}" has ${length} days and "${names[other]}" ${raw[other]!.length}, the same days expected`,
    );
  const complete = Uint8Array.from({ length }, (_, d) => (raw.every((column) => Number.isFinite(column[d]!)) ? 1 : 0));
  const columns = raw.map((column) => column.filter((_, d) => complete[d]));
  return { names, columns, missing: length - columns[0]!.length };
}

/** Sums and sums of squares of a centred column, by block and over all. */
function blockSums(column: Float64Array, splits: number) {
  const center = average(column);
  const size = column.length / splits;
  const [sums, squared] = [new Float64Array(splits), new Float64Array(splits)];
  for (let i = 0; i < column.length; i++) {
    const off = column[i]! - center;
    sums[Math.floor(i / size)]! += off;
    squared[Math.floor(i / size)]! += off * off;
  }
  const add = (total: number, value: number) => total + value;
  return { sums, squared, center, total: sums.reduce(add, 0), totalSquared: squared.reduce(add, 0) };
}

/** From sums of centred values; −∞ where they are constant up to rounding, so that they rank last. */
function sharpe(sum: number, square: number, n: number, center: number): number {
  const spread = square - (sum * sum) / n;
  if (!(spread > 1e-12 * (square + 1e-12 * n * center * center))) return -Infinity;
  return (sum / n + center) / Math.sqrt(spread / (n - 1));
}

/** Average rank, from 1, of one value among all. */
function rankOf(values: Float64Array, which: number): number {
  let [below, equal] = [0, 0];
  for (let k = 0; k < values.length; k++) {
    if (values[k]! < values[which]!) below++;
    else if (values[k] === values[which]) equal++;
  }
  return below + (equal + 1) / 2;
}
