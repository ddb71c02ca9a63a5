import type { DatasetH } from "../dataset/dataset-h.js";
import type { GroupedPanel } from "../dataset/grouped-panel.js";
import { refuseUnknownOptions } from "../engine/refuse-unknown-options.js";
import { DataError, InterruptedError, InvalidArgumentError, UnknownNameError } from "../errors.js";
import { host } from "../host/host.js";
import { Panel } from "../panel/panel.js";
import { VIEW, type View, type Viewable } from "../panel/view.js";
import { askedSegment, checkDataset } from "./asked-segment.js";
import { completeRows } from "./complete-rows.js";
import { gram } from "./gram.js";
import type { FitOptions, Model, PredictOptions } from "./model.js";
import { solveLasso, solveNonNegative } from "./solve-constrained.js";
import { solveCholesky, solveMinimumNorm } from "./solve-symmetric.js";

const ESTIMATORS = ["ols", "nnls", "ridge", "lasso"] as const;
export type LinearEstimator = (typeof ESTIMATORS)[number];

export interface LinearModelOptions {
  /**
   * `ols`: least squares, of all solutions the smallest one; `nnls`: without negative coefficients (nor constant); `ridge`: the sum of
   * squares with α · |w|² added; `lasso`: half the mean square with α · Σ|w| added, which makes most coefficients 0. Default `ols`.
   */
  readonly estimator?: LinearEstimator;
  /** Weight α ≥ 0 of the penalty of `ridge` and `lasso`. Default 0, which is `ols`. */
  readonly alpha?: number;
  /** Fit a constant too; it is not penalised. Default false. */
  readonly fitIntercept?: boolean;
  /** Learn from segment `valid` as well. Default false. */
  readonly includeValid?: boolean;
}

/** A fitted linear model as data. */
interface Fitted {
  readonly names: readonly string[];
  readonly coef: Float64Array;
  readonly intercept: number;
  readonly label: string;
  /** Rows learnt from, and rows left out because a value was missing. */
  readonly rows: number;
  readonly dropped: number;
  readonly rank: number;
}

/**
 * score = intercept + Σ coefficient · feature.
 *
 * Learns from the rows of `train` (learn view) that miss no value; the first label is the target. Least squares are solved by normal
 * equations in double precision; where features repeat each other the solution of smallest norm is taken. A reweighter's weights count a
 * row as often as they say.
 *
 * In Qlib: qlib.contrib.model.linear.LinearModel
 *
 * @throws UnknownNameError for an unknown estimator or option; InvalidArgumentError for a negative alpha.
 * @example
 * new LinearModel({ estimator: "ridge", alpha: 0.05 }).toString() // -> LinearModel(ridge, alpha 0.05, not fitted)
 */
export class LinearModel implements Model, Viewable {
  readonly estimator: LinearEstimator;
  readonly alpha: number;
  readonly fitIntercept: boolean;
  readonly includeValid: boolean;
  #fitted: Fitted | undefined;

  constructor(options: LinearModelOptions = {}) {
    refuseUnknownOptions("Cannot make a LinearModel", options, ["estimator", "alpha", "fitIntercept", "includeValid"]);
    const { estimator = "ols", alpha = 0, fitIntercept = false, includeValid = false } = options;
    if (!ESTIMATORS.includes(estimator)) throw new UnknownNameError("estimator", String(estimator), ESTIMATORS);
    if (!(alpha >= 0 && alpha < Infinity))
      throw new InvalidArgumentError(`Cannot make a LinearModel: alpha is ${alpha}, a number ≥ 0 expected`);
    [this.estimator, this.alpha, this.fitIntercept, this.includeValid] = [estimator, alpha, fitIntercept, includeValid];
  }

  /** One per feature, in the order of `featureNames`. @throws InvalidArgumentError before {@link fit}. */
  get coef(): Float64Array {
    return this.#needFit("read coefficients").coef;
  }
  get featureNames(): readonly string[] {
    return this.#needFit("read coefficients").names;
  }
  /** 0 without `fitIntercept`. */
  get intercept(): number {
    return this.#needFit("read the intercept").intercept;
  }
  /** Independent directions among the features, less than their number when they repeat each other; of `lasso` and `nnls` the coefficients that are not 0. */
  get rank(): number {
    return this.#needFit("read the rank").rank;
  }

  /** @throws DataError when no row is complete or a value is ±∞; UnknownNameError when the dataset has no `train`. */
  async fit(dataset: DatasetH, options: FitOptions = {}): Promise<void> {
    checkDataset("Cannot fit a LinearModel", dataset);
    refuseUnknownOptions("Cannot fit a LinearModel", options, ["reweighter", "signal", "onRound"]);
    const { reweighter, signal, onRound } = options;
    const parts = [await dataset.prepareGroups("train", "learn")];
    if (this.includeValid) parts.push(await dataset.prepareGroups("valid", "learn"));
    const names = parts[0]!.feature;
    const label = parts[0]!.label[0];
    if (label === undefined) throw new DataError("Cannot fit a LinearModel: the dataset has no label");
    // Sums about a value near the mean lose fewer digits than sums about 0; without an intercept the origin is 0 by definition.
    const centers = this.#centred
      ? roughCenters(parts[0]!.panel, [...names, label])
      : new Float64Array(names.length + 1);
    const moments: Moments[] = [];
    for (const part of parts) {
      moments.push(await this.#momentsOf(part, [...names, label], centers, reweighter?.reweight(part)));
      if (signal?.aborted) throw new InterruptedError();
    }
    const { fitted, mse } = await this.#solve(moments.reduce(merge), names, label, centers);
    this.#fitted = fitted;
    onRound?.({ round: 1, metrics: { "train.mse": mse } });
  }

  /** @param options A segment's name alone will do. */
  async predict(dataset: DatasetH, options: PredictOptions | string = {}): Promise<Panel> {
    const { names, coef, intercept } = this.#needFit("predict");
    const segment = askedSegment("Cannot predict", options);
    checkDataset("Cannot predict", dataset);
    const { panel } = await dataset.prepareGroups(segment, "infer");
    const score = new Float64Array(panel.numRows).fill(intercept);
    for (const [i, name] of names.entries()) {
      await host.breathe();
      const column = panel.get(name);
      const weight = coef[i]!;
      for (let row = 0; row < score.length; row++) score[row]! += weight * column[row]!;
    }
    return panel.select([]).assign({ score });
  }

  /** The fitted model as JSON text. @throws InvalidArgumentError before {@link fit}. */
  toText(): string {
    const fitted = this.#needFit("save");
    const { estimator, alpha, fitIntercept, includeValid } = this;
    return JSON.stringify({
      options: { estimator, alpha, fitIntercept, includeValid },
      ...fitted,
      coef: Array.from(fitted.coef),
    });
  }

  /** @throws DataError for a text that is no linear model. */
  static fromText(text: string): LinearModel {
    let parts: { options: LinearModelOptions; coef: number[] } & Omit<Fitted, "coef">;
    try {
      parts = JSON.parse(text) as typeof parts;
    } catch (cause) {
      throw new DataError("Cannot read a LinearModel: the text is no JSON", { cause });
    }
    const { options, ...fitted } = parts;
    if (!Array.isArray(fitted.coef) || !Array.isArray(fitted.names) || fitted.coef.length !== fitted.names.length) {
      throw new DataError("Cannot read a LinearModel: the text lacks names and coefficients, one for each feature");
    }
    const model = new LinearModel(options);
    model.#fitted = { ...fitted, coef: Float64Array.from(fitted.coef) };
    return model;
  }

  [VIEW](): View {
    const { estimator, alpha, fitIntercept } = this;
    const fitted = this.#fitted;
    const settings = {
      estimator,
      ...(penalised(estimator) ? { alpha } : {}),
      intercept: fitIntercept ? (fitted?.intercept ?? true) : "none",
    };
    if (!fitted) return { kind: "facts", title: "LinearModel, not fitted", facts: settings };
    const { names, coef, rows, dropped, rank, label } = fitted;
    return {
      kind: "facts",
      title: `LinearModel, ${names.length} features`,
      facts: { ...settings, label, rows, "rows left out": dropped, rank },
      table: names
        .map((feature, i) => ({ feature, coefficient: coef[i]! }))
        .sort((a, b) => Math.abs(b.coefficient) - Math.abs(a.coefficient)),
      notes:
        rank === names.length
          ? []
          : estimator === "lasso" || estimator === "nnls"
            ? [`${rank} of ${names.length} features have a coefficient, the others 0`]
            : [
                `the ${names.length} features have ${rank} independent directions: of all equally good solutions this is the smallest`,
              ],
    };
  }

  toString(): string {
    const state = this.#fitted ? `${this.#fitted.names.length} features, ${this.#fitted.rows} rows` : "not fitted";
    return `LinearModel(${this.estimator}${penalised(this.estimator) ? `, alpha ${this.alpha}` : ""}, ${state})`;
  }

  [Symbol.for("nodejs.util.inspect.custom")](): string {
    return this.toString();
  }

  async #momentsOf(
    { panel }: GroupedPanel,
    names: readonly string[],
    centers: Float64Array,
    weights?: Float64Array,
  ): Promise<Moments> {
    const rows = await completeRows(panel, names, "Cannot fit a LinearModel");
    const n = rows?.length ?? panel.numRows;
    if (weights && weights.length !== panel.numRows)
      throw new InvalidArgumentError(`Cannot fit a LinearModel: ${weights.length} weights for ${panel.numRows} rows`);
    const factors = weights && Float64Array.from({ length: n }, (_, i) => Math.sqrt(weights[rows ? rows[i]! : i]!));
    // A column of ones makes the sums that an intercept needs.
    const ones = this.fitIntercept ? [new Float64Array(panel.numRows).fill(1)] : [];
    const columns = [...names.map((name) => panel.get(name)), ...ones];
    const products = await gram({
      columns,
      rows,
      factors,
      centers: Float64Array.from([...centers, ...ones.map(() => 0)]),
    });
    for (const [i, name] of names.entries()) {
      if (!Number.isFinite(products[i * columns.length + i]!))
        throw new DataError(
          `Cannot fit a LinearModel: column "${name}" holds ±∞\n  add "ProcessInf" to inferProcessors, or clip it`,
        );
    }
    const weight = factors ? factors.reduce((sum, factor) => sum + factor * factor, 0) : n;
    return { products, rows: n, weight, dropped: panel.numRows - n };
  }

  /** Moments about the means make the constant; where it may not be negative it is a coefficient like the others. */
  get #centred(): boolean {
    return this.fitIntercept && this.estimator !== "nnls";
  }

  async #solve(
    { products, rows, weight, dropped }: Moments,
    names: readonly string[],
    label: string,
    centers: Float64Array,
  ): Promise<{ fitted: Fitted; mse: number }> {
    const k = names.length;
    const width = k + (this.fitIntercept ? 2 : 1);
    const offset = (i: number) => (this.#centred ? products[(width - 1) * width + i]! / weight : 0);
    const moment = (i: number, j: number) => products[i * width + j]! - weight * offset(i) * offset(j);
    const constant = this.fitIntercept && !this.#centred;
    const unknowns = [...names.map((_, i) => i), ...(constant ? [k + 1] : [])];
    const n = unknowns.length;
    const a = Float64Array.from({ length: n * n }, (_, at) => moment(unknowns[Math.floor(at / n)]!, unknowns[at % n]!));
    const b = Float64Array.from(unknowns, (i) => moment(i, k));
    const { x, rank } = await this.#coefficients(a, b, weight);
    const coef = x.slice(0, k);
    const mean = (i: number) => centers[i]! + offset(i);
    const about = this.#centred ? mean(k) - coef.reduce((sum, w, i) => sum + w * mean(i), 0) : 0;
    const intercept = constant ? x[k]! : about;
    let squares = moment(k, k);
    for (let i = 0; i < n; i++) {
      squares -= 2 * x[i]! * b[i]!;
      for (let j = 0; j < n; j++) squares += x[i]! * x[j]! * a[i * n + j]!;
    }
    return { fitted: { names, coef, intercept, label, rows, dropped, rank }, mse: Math.max(0, squares) / weight };
  }

  async #coefficients(a: Float64Array, b: Float64Array, weight: number): Promise<{ x: Float64Array; rank: number }> {
    const k = b.length;
    const used = (x: Float64Array) => ({ x, rank: x.reduce((count, w) => count + (w === 0 ? 0 : 1), 0) });
    if (this.estimator === "nnls") return used(await solveNonNegative(a, b));
    if (this.estimator === "ols" || this.alpha === 0) return solveMinimumNorm(a, b);
    if (this.estimator === "lasso") return used(await solveLasso(a, b, this.alpha * weight));
    const penalised = a.slice();
    for (let i = 0; i < k; i++) penalised[i * k + i]! += this.alpha;
    const x = solveCholesky(penalised, b);
    return x ? { x, rank: k } : solveMinimumNorm(penalised, b);
  }

  #needFit(what: string): Fitted {
    if (!this.#fitted)
      throw new InvalidArgumentError(`Cannot ${what}: the LinearModel is not fitted\n  await model.fit(dataset) first`);
    return this.#fitted;
  }
}

const penalised = (estimator: LinearEstimator) => estimator === "ridge" || estimator === "lasso";

interface Moments {
  readonly products: Float64Array;
  readonly rows: number;
  /** Sum of the rows' weights. */
  readonly weight: number;
  readonly dropped: number;
}

const merge = (a: Moments, b: Moments): Moments => ({
  products: a.products.map((value, i) => value + b.products[i]!),
  rows: a.rows + b.rows,
  weight: a.weight + b.weight,
  dropped: a.dropped + b.dropped,
});

/** Mean of the finite values of each column; 0 where there is none. */
function roughCenters(panel: Panel, names: readonly string[]): Float64Array {
  return Float64Array.from(names, (name) => {
    let [sum, n] = [0, 0];
    for (const value of panel.get(name)) {
      if (!Number.isFinite(value)) continue;
      sum += value;
      n++;
    }
    return n ? sum / n : 0;
  });
}
