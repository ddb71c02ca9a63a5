import type { DatasetH } from "../dataset/dataset-h.js";
import type { GroupedPanel } from "../dataset/grouped-panel.js";
import type { Panel } from "../panel/panel.js";

/** Weighs the rows that a model learns from: one weight ≥ 0 per row, in the order of the panel. */
export interface Reweighter {
  reweight(data: GroupedPanel): Float64Array;
}

/** How far training has come; sent after each round of a model that has rounds, once by one that has none. */
export interface RoundReport {
  readonly round: number;
  /** Metric name → value, such as `{ "train.mse": 0.98 }`. */
  readonly metrics: Readonly<Record<string, number>>;
}

export interface FitOptions {
  readonly reweighter?: Reweighter;
  /** Ends training early. Default: the running cell's or command's own signal. */
  readonly signal?: AbortSignal;
  readonly onRound?: (report: RoundReport) => void;
}

export interface PredictOptions {
  /** Default `test`. */
  readonly segment?: string;
}

/**
 * What turns features into forecasts: fitted on the segment `train` of the learn view, asked on the infer view.
 *
 * A class also has a static `fromText(text)` that undoes `toText`, so that a fitted model is kept as text, never as code.
 *
 * In Qlib: qlib.model.base.Model
 */
export interface Model {
  fit(dataset: DatasetH, options?: FitOptions): Promise<void>;
  /** One row per row of the segment, also where features are missing; column `score`. */
  predict(dataset: DatasetH, options?: PredictOptions): Promise<Panel>;
  toText(): string;
}
